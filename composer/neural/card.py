"""What the composer's models are about and learn from, and under which licences; their cards.

Convention: cards are those of learning/nets/card.py; `python -m partimento.composer.neural.card MODEL.json ...` makes
them anew.
"""

from __future__ import annotations

import sys

from partimento.learning.nets import card as cards
from partimento.learning.nets.card import Facts

ABOUT = {
    "harmony": "Chord sequences relative to the key, with durations and basses, by genre, mode, section and cadence.",
    "melody": "Notes of a melody, given chords, meter, genre and phrase, and the bars that each bar goes back to.",
    "voicing": "Four voices, sixteenth by sixteenth, chord first: chorales, and what moves as they do.",
    "drums": "Strokes of a groove as it goes on, its fills, and the force and time of each stroke.",
    "texture": "A pianist's two hands under a melody, from chords.",
}
LICENCES = {
    "pop_pop909cl.jsonl.gz": "MIT (POP909, POP909-CL)",
    "pop_billboard_chords.jsonl.gz": "CC0 (McGill Billboard annotations 2.0)",
    "rock_rs200.jsonl.gz": "CC BY 4.0 (T. de Clercq, D. Temperley, Rolling Stone corpus 2.1)",
    "leadsheets_openewld_pd.jsonl.gz": "MIT, public-domain works (OpenEWLD)",
    "folk_tunes_pd.jsonl.gz": "public-domain tunes, music21 corpus transcriptions",
    "classical_openscore_lieder_cc0.jsonl.gz": "CC0 (OpenScore Lieder)",
    "hymns_openhymnal_satb.jsonl.gz": "public domain (Open Hymnal)",
    "chorales_bach_satb.jsonl.gz": "public-domain music, music21 corpus encodings",
    "chorales_jsb16_trainvalid.json.gz": "public-domain music (JSB chorales, standard split)",
    "drums_groove_midi.jsonl.gz": "CC BY 4.0 (Google LLC, Groove MIDI Dataset)",
    "jazz_chord_ngram_statistics.json.gz": "aggregate counts only",
}
"""Each file of the open corpora that a model may learn from, and the licence it comes under."""
_TUNES = (
    "pop_pop909cl.jsonl.gz", "folk_tunes_pd.jsonl.gz", "classical_openscore_lieder_cc0.jsonl.gz",
    "leadsheets_openewld_pd.jsonl.gz", "rock_rs200.jsonl.gz",
)  # fmt: skip
FILES = {
    "harmony": (
        "pop_billboard_chords.jsonl.gz", "rock_rs200.jsonl.gz", "pop_pop909cl.jsonl.gz",
        "leadsheets_openewld_pd.jsonl.gz", "jazz_chord_ngram_statistics.json.gz",
    ),
    "melody": _TUNES,
    "voicing": ("chorales_jsb16_trainvalid.json.gz", "hymns_openhymnal_satb.jsonl.gz"),
    "drums": ("drums_groove_midi.jsonl.gz",),
    "texture": ("pop_pop909cl.jsonl.gz", "classical_openscore_lieder_cc0.jsonl.gz"),
}  # fmt: skip
"""What each model learns from."""


def card(facts: Facts) -> str:
    """The card of one of the composer's models as Markdown."""
    return cards.card(facts, ABOUT.get(facts["model"], ""))


if __name__ == "__main__":
    cards.rewrite_cards(sys.argv[1:], ABOUT)
