"""Species counterpoint: lines against a cantus firmus, found or shown to be impossible; and cantus firmi themselves."""
