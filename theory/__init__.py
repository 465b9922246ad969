"""Music theory, pure: no I/O, no randomness, no third-party imports."""
