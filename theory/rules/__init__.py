"""Rules of part-writing and counterpoint over a Piece: what they forbid, how gravely, and how often Bach does it."""
