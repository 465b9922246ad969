"""Project files of digital audio workstations, written and read."""
