"""Foreign music made into a Song: every reader yields a Draft, which is completed."""
