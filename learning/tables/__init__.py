"""Learn small integer tables (chord loops, transitions, forms, rhythm cells, intervals) from symbolic corpora."""
