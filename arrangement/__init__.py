"""Styles (data) and the players: drums, bass, comping, strings, horns; voicing; performance."""
