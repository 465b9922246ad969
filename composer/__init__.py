"""Brief to form, harmony and melody; building a Song."""
