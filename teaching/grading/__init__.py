"""Grading: a student's file read, held against its exercise, and marked point by point."""
