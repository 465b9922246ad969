"""Dissonance in species counterpoint: at every attack, whether what clashes is a dissonance that the species allows.

Conventions: as in `species`. Passing, neighbour, double neighbour and cambiata are figures of a moving voice against
tones that stand still; a suspension is a tone held into a downbeat at which another voice moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from partimento.theory.analysis.piece import Tone
from partimento.theory.interval import Interval
from partimento.theory.rules.breach import Value
from partimento.theory.rules.species_texture import Line, Texture, is_consonant

Found = tuple[str, int, tuple[int, ...], tuple[tuple[str, Value], ...]]

_ABOVE = {(6, 5), (3, 2), (1, 0)}
_BELOW = {(1, 2)}
"""Suspensions as steps within the octave, dissonance and resolution: 7-6, 4-3, 9-8 above, 2-3 below."""


def dissonances(texture: Texture, species: int) -> Iterator[Found]:
    """Every clash that is none of the species' figures, at the tick where it begins."""
    attacks = sorted({tone.onset for line in texture.lines for tone in line.tones})
    for tick in attacks:
        sounding = texture.sounding(tick)
        bass = sounding[0][0]
        for (low, low_tone), (high, high_tone) in combinations(sounding, 2):
            if is_consonant(low_tone.pitch, high_tone.pitch, with_bass=low == bass):
                continue
            first, second = texture_line(texture, low), texture_line(texture, high)
            clash = _Clash(texture, tick, (first, low_tone), (second, high_tone), low == bass)
            yield from clash.judged(species)


def texture_line(texture: Texture, voice: int) -> Line:
    """The line of `voice`."""
    return next(line for line in texture.lines if line.voice == voice)


class _Clash:
    """Two tones that are dissonant at `tick`, the lower first."""

    def __init__(
        self, texture: Texture, tick: int, low: tuple[Line, Tone], high: tuple[Line, Tone], with_bass: bool
    ) -> None:
        self.texture, self.tick, self.low, self.high, self.with_bass = texture, tick, low, high, with_bass

    def judged(self, species: int) -> Iterator[Found]:
        """Nothing where the clash is allowed, else the breach."""
        held = [(line, tone) for line, tone in (self.low, self.high) if tone.onset < self.tick and not line.given]
        struck = [(line, tone) for line, tone in (self.low, self.high) if tone.onset == self.tick]
        voices = tuple(sorted((self.low[0].voice, self.high[0].voice)))
        values = (("interval", Interval.between(self.low[1].pitch, self.high[1].pitch).simple.name),)
        tied = [(line, tone) for line, tone in held if self.texture.on_downbeat(self.tick)]
        if species >= 4 and len(tied) == 1 and len(struck) == 1:
            if not self._is_suspension(*tied[0], struck[0], species):
                yield "species-suspension", self.tick, voices, values
            return
        if len(struck) == 1 and not struck[0][0].given and self._is_figure(*struck[0], species):
            return
        yield "species-dissonance", self.tick, voices, values

    def _other(self, line: Line) -> tuple[Line, Tone]:
        return self.high if line is self.low[0] else self.low

    def _consonant_with_other(self, line: Line, tone: Tone | None) -> bool:
        """Whether a tone of `line` agrees with what the other voice sounds when it enters."""
        if tone is None:
            return False
        against = self._other(line)[0].at(tone.onset)
        return against is None or is_consonant(tone.pitch, against.pitch, with_bass=self.with_bass)

    def _is_suspension(self, line: Line, tone: Tone, struck: tuple[Line, Tone], species: int) -> bool:
        """Prepared as a consonance, held over, resolved down by step while the other voice stands."""
        if not self._consonant_with_other(line, tone):
            return False
        resolution = self._resolution(line, tone, species)
        if resolution is None or struck[1].end <= resolution.onset:
            return False
        above = line is self.high[0]
        dissonance = abs(tone.pitch.diatonic - struck[1].pitch.diatonic) % 7
        after = abs(resolution.pitch.diatonic - struck[1].pitch.diatonic) % 7
        if (dissonance, after) not in (_ABOVE if above else _BELOW):
            return not self.with_bass and is_consonant(resolution.pitch, struck[1].pitch, with_bass=False)
        if above and (dissonance, after) == (1, 0) and tone.pitch.diatonic - struck[1].pitch.diatonic < 7:
            return False
        return is_consonant(resolution.pitch, struck[1].pitch, with_bass=self.with_bass)

    def _resolution(self, line: Line, tone: Tone, species: int) -> Tone | None:
        """The tone a step below: the next one, or in florid counterpoint one on the second half after an ornament."""
        start, end = self.texture.bar_of(self.tick)
        half = start + (end - start) // 2
        following = line.at(tone.end)
        on_half = line.at(half)
        for candidate in (following, on_half if species == 5 else None):
            if candidate is None or candidate.onset > half:
                continue
            if candidate.pitch.diatonic == tone.pitch.diatonic - 1:
                return candidate
        return None

    def _is_figure(self, line: Line, tone: Tone, species: int) -> bool:
        """Whether a struck dissonance is a passing tone or, from the third species on, one of the other figures."""
        if self.texture.on_downbeat(self.tick):
            return False
        index = line.onsets.index(tone.onset)
        before = line.tones[index - 1] if index else None
        after = line.tones[index + 1] if index + 1 < len(line.tones) else None
        if before is None or after is None:
            return False
        entered = tone.pitch.diatonic - before.pitch.diatonic
        left = after.pitch.diatonic - tone.pitch.diatonic
        if species == 2 or (species == 4 and self._is_weak_half(tone)):
            return abs(entered) == 1 and left == entered
        if species not in (3, 5):
            return False
        if abs(entered) == 1 and abs(left) == 1:
            return left == entered or left == -entered
        further = line.tones[index + 2] if index + 2 < len(line.tones) else None
        if abs(entered) == 1 and further is not None:
            last = further.pitch.diatonic - after.pitch.diatonic
            cambiata = (entered, left, last) == (-1, -2, 1) and self._consonant_with_other(line, after)
            double = left == -2 * entered and last == entered
            if cambiata or double:
                return True
        # The second of a double neighbour's two tones is entered by the third and goes home by step.
        start = line.tones[index - 2] if index >= 2 else None
        return (
            start is not None
            and abs(entered) == 2
            and before.pitch.diatonic - start.pitch.diatonic == -entered // 2
            and left == -entered // 2
        )

    def _is_weak_half(self, tone: Tone) -> bool:
        start, end = self.texture.bar_of(self.tick)
        return tone.onset * 2 == start + end and tone.end <= end
