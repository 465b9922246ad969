"""The bass against the tune: which chords stand in first inversion, once the lead is written.

Conventions: triads and sevenths stand on root or third; given chords, cadences and the first chord of a section stay.
The line is the cheapest over a section: no fifths or octaves in parallel with the lead (Fux), few leaps, no doubled
leading tone. The symbols themselves change, so that every player hears the same bass. Where a cadence leaves the bass
no choice, the lead's note before it gives way to another tone of its chord.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from partimento.composer.harmony_closes import CADENCES, LEADS_ON
from partimento.score.decision import Decision, Where
from partimento.score.song import ChordSymbol, Drum, Note, Section, Song
from partimento.theory.pitch import Pitch
from partimento.theory.roman import Numeral, chord_of
from partimento.theory.spelling import spell_over

_PARALLEL, _LEADING = 100, 60
_DISTANCE = (2, 0, 0, 2, 3, 1, 7)
"""Cost of the bass's way by semitones within the octave, 0 to 6: steps first, fourths and fifths before thirds."""
_TURNED = 2
"""What an inversion costs: it wants a reason."""
_QUALITIES = frozenset({"", "m", "7", "m7"})


def lead_the_bass(song: Song, fixed: frozenset[int] = frozenset()) -> Song:
    """`song` with chords inverted where the bass gains by it; sections in `fixed` (indices) keep theirs."""
    lead = sorted((n for t in song.tracks for n in t.notes if not isinstance(n.pitch, Drum) and not n.grace),
                  key=lambda n: n.onset)  # fmt: skip
    if not lead:
        return song
    onsets = [note.onset for note in lead]
    chords = list(song.chords)
    decisions: list[Decision] = []
    for index, section in enumerate(song.sections):
        own = [i for i, c in enumerate(chords) if section.start <= c.onset < section.end]
        if index in fixed or len(own) < 3:
            continue
        ties = _ties(section, song, [chords[i] for i in own])
        options = [_options(chords[i], k in ties) for k, i in enumerate(own)]
        line = _cheapest(options, lead, onsets, chords[own[0] - 1] if own[0] else None)
        for i, option in zip(own, line, strict=True):
            if option is not chords[i]:
                old, chords[i] = chords[i], option
                where = Where(index, "", option.onset, option.onset + option.duration)
                values = (("from", old.roman), ("to", option.roman))
                decisions.append(Decision(where, "chord", "harmony.bass-line", values))
    song = replace(song, chords=tuple(chords), decisions=(*song.decisions, *decisions))
    return _mended(song, lead, onsets)


def _mended(song: Song, lead: list[Note], onsets: list[int]) -> Song:
    """The song with lead notes moved to another chord tone where they would go in parallel with the chords' basses."""
    moved: dict[int, Pitch] = {}
    for before, now in pairwise(song.chords):
        i = bisect_right(onsets, now.sounding - 1) - 1
        at = i + 1 if i + 1 < len(lead) and onsets[i + 1] == now.sounding else i
        if i < 0 or at == i or lead[i].onset + lead[i].duration < now.sounding:
            continue
        last, bass = before.chord.bass_tone.number, now.chord.bass_tone.number
        old, new = _pitch(lead[i], moved), _pitch(lead[at], moved)
        if bass == last or not _parallel(old, last, new, bass) or lead[i].onset < before.sounding:
            continue
        earlier = _pitch(lead[i - 1], moved) if i else old
        leading = (before.key.tonic.number + 11) % 12
        options = [
            m for m in range(old - 5, old + 6)
            if m % 12 in before.chord.numbers and not _parallel(m, last, new, bass) and abs(m - new) <= 7
            and not (m % 12 == last and m % 12 == leading) and abs(m - earlier) <= 9
            and _goes_on(before, m, new, leading)
        ]  # fmt: skip
        if lead[i].onset == before.sounding and i:
            # The note itself begins with its chord: it must not make a new parallel there.
            k = song.chords.index(before)
            past = song.chords[k - 1].chord.bass_tone.number if k else last
            options = [m for m in options if past == last or not _parallel(earlier, past, m, last)]
        if options:
            best = min(options, key=lambda m: (abs(m - old) + abs(m - new) + abs(m - earlier), m))
            moved[id(lead[i])] = spell_over(best, before.chord, before.key)
    if not moved:
        return song
    tracks = tuple(
        replace(t, notes=tuple(replace(n, pitch=moved[id(n)]) if id(n) in moved else n for n in t.notes))
        for t in song.tracks
    )
    return replace(song, tracks=tracks)


def _pitch(note: Note, moved: dict[int, Pitch]) -> int:
    pitch = moved.get(id(note), note.pitch)
    assert not isinstance(pitch, Drum)
    return pitch.midi


def _goes_on(symbol: ChordSymbol, midi: int, new: int, leading: int) -> bool:
    """Whether a tone of the chord may go to `new`: a seventh by step, the leading tone up."""
    seventh = symbol.chord.seventh
    if seventh is not None and midi % 12 == seventh.number and abs(new - midi) > 2:
        return False
    return midi % 12 != leading or new in (midi, midi + 1)


def _parallel(old: int, last: int, new: int, bass: int) -> bool:
    """Whether lead and bass (its pitch classes) go from one fifth or octave to another of its kind."""
    return old != new and (new - bass) % 12 in (0, 7) and (old - last) % 12 == (new - bass) % 12


def _ties(section: Section, song: Song, own: Sequence[ChordSymbol]) -> set[int]:
    """The places that keep their bass: the first chord, cadences, the ending."""
    out = {0}
    for phrase in section.phrases:
        inside = [k for k, c in enumerate(own) if phrase.start <= c.onset < phrase.start + phrase.length]
        if phrase.close in CADENCES:
            out.update(inside[-1 if phrase.close in LEADS_ON else -2 :])
        out.update(inside[:1])
    out.update(k for k, c in enumerate(own) if c.onset >= song.ending.start)
    return out


def _options(symbol: ChordSymbol, tied: bool) -> tuple[ChordSymbol, ...]:
    """The symbol itself and, where it may be turned, its first inversion (or its root position)."""
    numeral = Numeral.parse(symbol.roman) if symbol.roman else None
    if tied or numeral is None or numeral.bass is not None or numeral.inversion > 1:
        return (symbol,)
    if numeral.quality not in _QUALITIES:
        return (symbol,)
    roman = str(replace(numeral, inversion=1 - numeral.inversion))
    return (symbol, replace(symbol, roman=roman, chord=chord_of(roman, symbol.key)))


def _cheapest(
    options: list[tuple[ChordSymbol, ...]], lead: list[Note], onsets: list[int], before: ChordSymbol | None
) -> list[ChordSymbol]:
    paths: list[tuple[int, list[ChordSymbol]]] = [(0, [before] if before is not None else [])]
    for row in options:
        grown: list[tuple[int, list[ChordSymbol]]] = []
        tick = row[0].sounding
        old, new = _at(lead, onsets, tick - 1), _at(lead, onsets, tick)
        for turn, option in enumerate(row):
            best = min(
                (cost + _step(path[-1] if path else None, option, old, new), i) for i, (cost, path) in enumerate(paths)
            )
            grown.append((best[0] + _TURNED * turn, [*paths[best[1]][1], option]))
        paths = grown
    path = min(paths, key=lambda p: p[0])[1]
    return path[1:] if before is not None else path


def _at(lead: list[Note], onsets: list[int], tick: int) -> int:
    """The lead's pitch at a tick, -1 in a rest."""
    i = bisect_right(onsets, tick) - 1
    if i < 0 or lead[i].onset + lead[i].duration <= tick:
        return -1
    pitch = lead[i].pitch
    return -1 if isinstance(pitch, Drum) else pitch.midi


def _step(before: ChordSymbol | None, now: ChordSymbol, old: int, new: int) -> int:
    """What it costs to go on to `now`; `old` and `new` are the lead's pitches before and at the change."""
    bass = now.chord.bass_tone.number
    cost = 0
    if new >= 0 and new % 12 == bass and now.chord.inversion == 1:
        cost += _LEADING if bass == (now.key.tonic.number + 11) % 12 else 4
    if before is None:
        return cost
    last = before.chord.bass_tone.number
    away = (bass - last) % 12
    tonic = before.key.tonic.number
    if last == (tonic + 11) % 12 and before.chord.family in ("major", "dominant") and bass not in (tonic, last):
        cost += _LEADING
    cost += _DISTANCE[min(away, 12 - away)]
    if old >= 0 and new >= 0 and old != new and away:
        interval = (new - bass) % 12
        if interval in (0, 7):
            if (old - last) % 12 == interval:
                cost += _PARALLEL
            elif abs(new - old) > 2:
                cost += 6
    return cost
