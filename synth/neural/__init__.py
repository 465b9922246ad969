"""The neural renderer: instruments and kits played from trained weights, without a SoundFont."""
