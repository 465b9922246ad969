"""Notation: the Page that a Song makes, and the formats that print it."""
