"""Analysis of music as plain tones: keys, chords, cadences, phrases, non-chord tones; no Song and no file is known."""
