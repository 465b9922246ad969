"""Analysis of music as plain tones: keys, chords, cadences, phrases, non-chord tones. No Song and no file is known here."""
