"""What the renderer's models are about, for their cards.

Convention: cards are those of learning/nets/card.py; `python -m partimento.synth.neural.card MODEL.json ...` makes them
anew.
"""

from __future__ import annotations

import sys

from partimento.learning.nets.card import rewrite_cards

ABOUT = {
    "instruments": "The sound of the 128 General MIDI programs: partials, noise and release of a note, from program,"
    " key, velocity and length.",
    "kits": "The strokes of the General MIDI drum kits: waveforms in few bits, found by kit, key and velocity.",
}

if __name__ == "__main__":
    rewrite_cards(sys.argv[1:], ABOUT)
