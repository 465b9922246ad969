"""Teaching: words over what the rooms below know. Explanations, checks, exercises, grading, lessons."""
