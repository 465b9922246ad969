"""What drum performances teach: feel (velocity, timing, swing) and patterns."""
