"""Single notes of the teacher: a SoundFont played dry by FluidSynth, from whose sound the renderer learns.

Conventions: a fresh synth a note, at 44.1 kHz and gain 0.5; lengths in whole blocks of 64 samples, so that a note is
the same wherever it begins. Samples are float32 of shape (n, 2).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from partimento.synth.fluid_font import CONTROL, OFF, ON, Synth, library
from partimento.synth.signal import Samples

RATE, BLOCK = 44100, 64


class Teacher:
    """A SoundFont as single notes. Raises RenderError as FluidSynth does: no library, a damaged font."""

    def __init__(self, soundfont: Path) -> None:
        library()
        self.soundfont = soundfont

    def note(
        self, program: int, key: int, velocity: int, held_s: float, ring_s: float, *, drums: bool = False
    ) -> Samples:
        """A note held for `held_s` and heard for `ring_s` more, (n, 2); zeros where the font has none there."""
        held, ring = (max(1, round(seconds * RATE / BLOCK)) * BLOCK for seconds in (held_s, ring_s))
        out = np.zeros((held + ring, 2), np.float32)
        synth = Synth(self.soundfont, RATE, drums, program)
        try:
            synth.play([(CONTROL, 91, 0), (CONTROL, 93, 0), (CONTROL, 7, 127), (CONTROL, 10, 64), (CONTROL, 11, 127)])
            synth.play([(ON, key, velocity)])
            synth.render(out[:held])
            synth.play([(OFF, key, 0)])
            if synth.sounds():
                synth.render(out[held:])
        finally:
            synth.close()
        return out
