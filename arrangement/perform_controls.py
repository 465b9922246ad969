"""Pedal, swells, vibrato, bends and glides of one track, from what its notes turned out to be.

Conventions: ticks; controllers 64 pedal, 11 expression, 1 vibrato, -1 bend with 8192 steps to `bend_range_of` the
setting in semitones. A bend always returns to 0 and never touches a note that sounds with another. Amounts are taste.
"""

from __future__ import annotations

from bisect import bisect_left

from partimento.arrangement.perform_notes import OVERLAP, Playing, Setting
from partimento.score.performance import PlayedControl
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline

PEDAL, EXPRESSION, VIBRATO, BEND = 64, 11, 1, -1
_SLIDERS = {"808 bass": 12, "sub bass": 12, "synth bass": 12, "fretless bass": 2}
"""Basses that slide from a slurred note into the next one, and how far (semitones)."""
BASE_EXPRESSION = 108
_SWELLING = frozenset({"strings", "brass", "voices", "woodwind", "reeds", "synth"})
_VIBRATO = frozenset({"strings", "brass", "voices", "woodwind", "reeds", "synth", "guitar"})
_DEEP = frozenset({"ambient", "cinematic"})
_ELECTRIC = frozenset({"blues", "country", "rock", "punk", "funk", "jazzfunk", "rnb", "soul"})
_EARTHY = frozenset({"blues", "country", "folk", "soul", "rnb"})
_WIND = frozenset({"jazz", "blues", "funk", "jazzfunk", "soul", "rnb", "pop", "rock", "bossa", "salsa", "neworleans"})

BENDERS: dict[str, tuple[int, int, float, frozenset[str]]] = {
    "pedal steel": (200, 240, 0.5, frozenset()),
    "slide guitar": (150, 180, 0.5, frozenset()),
    "electric guitar": (180, 160, 0.3, _ELECTRIC),
    "overdriven guitar": (200, 160, 0.3, _ELECTRIC),
    "distortion guitar": (200, 150, 0.22, _ELECTRIC),
    "steel guitar": (100, 120, 0.15, frozenset({"blues", "country"})),
    "soprano sax": (40, 90, 0.2, _WIND),
    "alto sax": (55, 90, 0.25, _WIND),
    "tenor sax": (60, 100, 0.28, _WIND),
    "baritone sax": (55, 100, 0.2, _WIND),
    "trombone": (60, 110, 0.15, _WIND),
    "harmonica": (100, 140, 0.35, _EARTHY),
    "fiddle": (60, 90, 0.2, _EARTHY),
}
"""Instrument to (depth in cents, length in ms, chance a fitting note is scooped, styles; empty: any)."""


def bend_range_of(setting: Setting) -> int:
    """How many semitones a full bend of this track is worth (PlayedTrack.bend_range): more than General MIDI's two
    where it slides by more."""
    return _SLIDERS.get(setting.instrument.name, 2) if setting.track.role == "bass" else 2


def _cent(setting: Setting) -> float:
    """Bend steps to a cent."""
    return 8192 / (100 * bend_range_of(setting))


def pedalling(setting: Setting, playing: list[Playing], timeline: Timeline) -> list[PlayedControl]:
    """Legato pedal: up and down again just after each chord that sounds; up where the part rests over a chord."""
    out: list[PlayedControl] = []
    time, share = setting.time, setting.share
    starts = [p[0] for p in playing]
    chords = timeline.chords
    down = False
    for k, chord in enumerate(chords):
        if k and chord.chord == chords[k - 1].chord and chord.onset == chords[k - 1].onset + chords[k - 1].duration:
            continue
        here = max(0, chord.sounding)
        n = k + 1
        while n < len(chords) and chords[n].chord == chord.chord:
            n += 1
        until = chords[n].sounding if n < len(chords) else chord.onset + sum(c.duration for c in chords[k:n])
        factor = time.per_ms[time.bar_index(here)]
        on = time.place(here, share) + round(setting.late_ms * factor)
        i = bisect_left(starts, on - 60)
        plays = i < len(starts) and starts[i] < time.place(until, share) - 60
        lifted = on + round(12 * factor)
        if down:
            out.append(PlayedControl(lifted, PEDAL, 0))
        if plays:
            out.append(PlayedControl(on + round((65 if down else 15) * factor), PEDAL, 127))
        down = plays
    if down:
        out.append(PlayedControl(max(time.end, out[-1].onset + 1), PEDAL, 0))
    return out


def swells(setting: Setting, playing: list[Playing]) -> list[PlayedControl]:
    """Expression over long notes of sustaining instruments: they grow and give way; deep and slow in ambient music."""
    instrument, time = setting.instrument, setting.time
    if not instrument.sustains or instrument.family not in _SWELLING or setting.track.role == "bass":
        return []
    deep = bool(_DEEP & {setting.feel.name, setting.style.name}) and setting.track.role != "lead"
    low, high, last = (62, 122, 70) if deep else (98, 120, 104)
    least = 1400.0 if deep else 900.0
    out: list[PlayedControl] = []
    i, count, busy = 0, len(playing), -1
    while i < count:
        on, off, written = playing[i][0], playing[i][1], playing[i][4].onset
        i += 1
        while i < count and playing[i][4].onset == written:
            off = max(off, playing[i][1])
            i += 1
        following = playing[i][0] if i < count else off
        off = min(off, following) if following > on else off
        if on < busy or off - on < least * time.per_ms[time.bar_index(on)]:
            continue
        length = off - on
        steps = min(24 if deep else 12, max(4, length // 60))
        peak = 0.55
        for k in range(steps):
            x = k / steps
            value = low + (high - low) * x / peak if x < peak else high - (high - last) * (x - peak) / (1 - peak)
            out.append(PlayedControl(on + length * k // steps, EXPRESSION, round(value)))
        out.append(PlayedControl(off, EXPRESSION, BASE_EXPRESSION))
        busy = off
    return out


def vibrato(setting: Setting, playing: list[Playing]) -> list[PlayedControl]:
    """Vibrato that sets in late on a line's long notes, deeper the longer they last."""
    instrument, time = setting.instrument, setting.time
    if setting.track.role not in ("lead", "answer", "counter") or not instrument.sustains:
        return []
    if instrument.family not in _VIBRATO or instrument.hands not in ("mono", "guitar"):
        return []
    out: list[PlayedControl] = []
    for k, (on, off, *_) in enumerate(playing):
        factor = time.per_ms[time.bar_index(on)]
        length = (off - on) / factor
        if length < 650.0 or (k + 1 < len(playing) and playing[k + 1][0] < off - OVERLAP):
            continue
        depth = min(64, 28 + round(length / 60))
        begin = on + round(0.35 * (off - on))
        rise = round(min(400.0, 0.3 * length) * factor)
        out += [PlayedControl(begin + rise * s // 4, VIBRATO, depth * (s + 1) // 5) for s in range(5)]
        out.append(PlayedControl(off, VIBRATO, 0))
    return out


def bends(setting: Setting, playing: list[Playing]) -> list[PlayedControl]:
    """Scoops into notes and falls off the last one before a rest, on instruments and in styles that bend."""
    row = BENDERS.get(setting.instrument.name)
    if row is None or setting.track.role not in ("lead", "answer", "counter"):
        return []
    cents, length_ms, chance, styles = row
    if styles and not styles & {setting.feel.name, setting.style.name}:
        return []
    time = setting.time
    depth = cents * _cent(setting)
    out: list[PlayedControl] = []
    heard = -1
    bar, draw = -1, None
    for k, (on, off, _, _, note) in enumerate(playing):
        following = playing[k + 1][0] if k + 1 < len(playing) else off + 100_000
        alone = heard <= on + OVERLAP and following >= off - OVERLAP
        heard = max(heard, off)
        index = time.bar_index(note.onset)
        if index != bar or draw is None:
            bar = index
            draw = Stream(setting.seed, "perform", setting.take, "bend", setting.track.name, bar).random
        scoop, fall = draw(), draw()
        factor = time.per_ms[bar]
        length = off - on
        if not alone or note.grace or note.articulation in ("dead", "ghost", "staccato") or length < 300 * factor:
            continue
        stop = min(off, following)
        if scoop < chance:
            rise = int(min(length_ms * factor, 0.4 * (stop - on)))
            for s in range(6):
                x = s / 6
                out.append(PlayedControl(on + rise * s // 6, BEND, -round(depth * (1.0 - x * x * (3.0 - 2.0 * x)))))
            out.append(PlayedControl(on + rise, BEND, 0))
        elif fall < 0.6 * chance and following - off >= 240:
            drop = int(min(140 * factor, 0.35 * length))
            for s in range(1, 6):
                out.append(PlayedControl(off - drop + drop * s // 6, BEND, -round(depth * (s / 5) ** 2)))
            out.append(PlayedControl(min(following - 2, off + round(80 * factor)), BEND, 0))
    return out


def glides(setting: Setting, playing: list[Playing]) -> list[PlayedControl]:
    """A bass slides from a slurred note into the next one, from as far as its bend reaches; far ones take longer."""
    if setting.track.role != "bass" or setting.instrument.name not in _SLIDERS:
        return []
    cent, furthest = _cent(setting), 100 * bend_range_of(setting)
    out: list[PlayedControl] = []
    for before, after in zip(playing, playing[1:], strict=False):
        if before[4].articulation != "legato" or before[2] == after[2] or after[0] - before[1] > 30:
            continue
        on, off = after[0], after[1]
        start = max(-furthest, min(furthest, 100 * (before[2] - after[2])))
        length_ms = 90.0 + 0.05 * abs(start)
        span = int(min(length_ms * setting.time.per_ms[setting.time.bar_index(on)], 0.6 * (off - on)))
        if span < 6:
            continue
        # Steps of a semitone would be heard as a scale; these are a few cents to half a semitone.
        steps = max(6, min(24, span // 4))
        for s in range(steps):
            x = s / steps
            value = round(start * cent * (1.0 - x * x * (3.0 - 2.0 * x)))
            out.append(PlayedControl(on + span * s // steps, BEND, max(-8192, min(8191, value))))
        out.append(PlayedControl(on + span, BEND, 0))
    return out


def written_controls(setting: Setting) -> dict[int, list[PlayedControl]]:
    """The page's own controllers, by number; they stand in place of ours of that number."""
    out: dict[int, list[PlayedControl]] = {}
    for control in setting.track.controls:
        on = setting.time.place(control.onset, setting.share)
        if control.kind == "bend":
            value = max(-8192, min(8191, round(control.value * _cent(setting))))
            out.setdefault(BEND, []).append(PlayedControl(on, BEND, value))
        else:
            number = PEDAL if control.kind == "pedal" else EXPRESSION
            out.setdefault(number, []).append(PlayedControl(on, number, max(0, min(127, control.value))))
    for number in (BEND, PEDAL):
        row = out.get(number)
        if row and row[-1].value:
            row.append(PlayedControl(max(setting.time.end, row[-1].onset + 1), number, 0))
    return out


def controls_of(setting: Setting, playing: list[Playing], timeline: Timeline) -> tuple[PlayedControl, ...]:
    """All controllers of a track, sorted, one value a controller and tick (the later one written wins)."""
    if setting.track.role in ("drums", "percussion"):
        return ()
    own = written_controls(setting)
    rows = list(own.values())
    part = setting.part
    if PEDAL not in own and part is not None and part.id in setting.style.feel.pedal:
        rows.append(pedalling(setting, playing, timeline))
    if EXPRESSION not in own:
        rows.append(swells(setting, playing))
    rows.append(vibrato(setting, playing))
    if BEND not in own:
        rows.append(glides(setting, playing) or bends(setting, playing))
    found = {(c.onset, c.controller): c for row in rows for c in row}
    return tuple(found[key] for key in sorted(found))
