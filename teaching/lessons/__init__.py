"""Lessons: a text, examples composed on the spot, the terms that occur, and three exercises with their keys."""
