"""Performance to audio."""
