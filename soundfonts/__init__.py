"""Finding and describing SoundFonts."""
