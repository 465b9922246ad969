"""Exercises: worksheets by topic and level, their keys, and the ID from which both can be made again."""
