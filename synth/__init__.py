"""Performance to audio: FluidSynth, mixing, mastering."""
