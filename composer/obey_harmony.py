"""Harmony under a teacher's rules: chords that are not allowed give way to allowed ones, the piece ends as it must.

Conventions: only rules that the set takes as errors bind. A chord is replaced before the tune is written, so that
everybody plays over the chords as they then are; what was replaced leaves a Decision in place of the old ones.
"""

from __future__ import annotations

from dataclasses import replace

from partimento.score.decision import Decision, Where
from partimento.score.song import ChordSymbol, Drum, Song, Track
from partimento.theory.chord import Chord
from partimento.theory.errors import BriefError, RuleError
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.pitch import pitch_at
from partimento.theory.roman import chord_of, function_of, numeral_of
from partimento.theory.rules.demands import is_allowed, meaning
from partimento.theory.rules.rule_set import RuleSet

_CLOSES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "PAC": (("V7", "V"), ("I", "i", "Imaj7", "i7", "I69", "i69")),
    "IAC": (("V7", "V"), ("I", "i", "Imaj7", "i7", "I69", "i69")),
    "IAC-inverted": (("V65", "V6"), ("I", "i")),
    "HC": (("ii", "IV", "I", "iiø7", "iv", "i"), ("V",)),
    "Phrygian": (("iv6",), ("V",)),
    "DC": (("V7", "V"), ("vi", "VI")),
    "PC": (("IV", "iv"), ("I", "i")),
    "viio-I": (("viio6", "viio7"), ("I", "i")),
}
"""Cadence to the chords that may make it, the last but one and the last, best first; those foreign to the key's mode
are passed over."""


def fitting_key(key: Key, rules: RuleSet) -> Key:
    """The key itself, or its relative where only that one's tonic chord is allowed."""
    if _fits(_tonic(key), key, rules):
        return key
    other = key.relative if key.mode in ("major", "minor") else Key(key.tonic, "minor" if key.is_minor else "major")
    for candidate in (other, other.relative):
        if _fits(_tonic(candidate), candidate, rules):
            return candidate
    return key


def _tonic(key: Key) -> Chord:
    return chord_of("i" if key.is_minor else "I", key)


def refuse_contradiction(song: Song, rules: RuleSet, given: frozenset[int]) -> None:
    """BriefError where a chord of a section in `given`, asked for by name, is not among those that are allowed."""
    for i in sorted(given):
        section = song.sections[i]
        for symbol in song.chords:
            if section.start <= symbol.onset < section.end and not _fits(symbol.chord, symbol.key, rules):
                raise BriefError(
                    f"the chord {symbol.chord.name} of {section.name} is asked for, but the rules allow only"
                    f" {', '.join(_names(rules))} in {symbol.key}"
                )


def obeyed_harmony(song: Song, rules: RuleSet) -> Song:
    """The song with its chords as the rules have them; RuleError where they cannot be met together."""
    symbols = list(song.chords)
    if rules.severity("allowed-chords") == "error":
        symbols = [_allowed(symbol, rules) for symbol in symbols]
    if rules.severity("unraised-leading-tone") == "error":
        symbols = [_raised(symbol) for symbol in symbols]
    if rules.severity("required-cadence") == "error" and symbols:
        symbols = _closing(song, symbols, rules)
    return _told(song, tuple(symbols))


def _names(rules: RuleSet) -> tuple[str, ...]:
    """The names of the chords that are allowed; none where all are."""
    return rules.texts("allowed-chords", "chords") if rules.severity("allowed-chords") == "error" else ()


def _fits(chord: Chord, key: Key, rules: RuleSet) -> bool:
    names = _names(rules)
    return not names or is_allowed(chord, key, names)


def _allowed(symbol: ChordSymbol, rules: RuleSet) -> ChordSymbol:
    """The symbol itself where it is allowed, else the allowed chord that is most like it."""
    names = _names(rules)
    if is_allowed(symbol.chord, symbol.key, names):
        return symbol
    bare = symbol.chord.over(None)
    if is_allowed(bare, symbol.key, names):
        return _symbol(symbol, bare)
    candidates = [meaning(name.removesuffix("*"), symbol.key) for name in names]
    return _symbol(symbol, max(candidates, key=lambda chord: (_likeness(symbol, chord), -candidates.index(chord))))


def _raised(symbol: ChordSymbol) -> ChordSymbol:
    """A minor key's dominant with its leading tone; any other chord as it is."""
    key, chord = symbol.key, symbol.chord
    if not key.is_minor or chord.root != key.degree(5) or chord.third != key.degree(7):
        return symbol
    raised = chord_of("V7" if chord.seventh is not None else "V", key)
    return _symbol(symbol, raised if chord.bass_tone == chord.third else raised.over(chord.bass))


def _likeness(symbol: ChordSymbol, chord: Chord) -> int:
    """How well a chord stands for another: the root before the function before the tones they share."""
    old = symbol.chord
    shared = len(set(old.numbers) & set(chord.numbers))
    functions = function_of(symbol.roman), function_of(numeral_of(chord, symbol.key))
    return 6 * (old.root == chord.root) + 4 * (functions[0] == functions[1]) + 2 * shared - len(chord.numbers)


def _symbol(symbol: ChordSymbol, chord: Chord) -> ChordSymbol:
    return replace(symbol, chord=chord, roman=numeral_of(chord, symbol.key))


def _closing(song: Song, symbols: list[ChordSymbol], rules: RuleSet) -> list[ChordSymbol]:
    """The symbols with the last two chords making one of the cadences that are asked for."""
    wanted = rules.texts("required-cadence", "cadences")
    key = symbols[-1].key
    for kind in wanted:
        pair = _pair(kind, key, rules)
        if pair is not None:
            return _with_close(song, symbols, *pair)
    raise RuleError(
        f"no chords that are allowed make the cadence that is required ({' or '.join(wanted)}) in {key};"
        " allow its chords, or ask for another"
    )


def _pair(kind: str, key: Key, rules: RuleSet) -> tuple[Chord, Chord] | None:
    if kind not in _CLOSES or (kind == "Phrygian" and not key.is_minor):
        return None
    before, last = (_first(numerals, key, rules) for numerals in _CLOSES[kind])
    return (before, last) if before is not None and last is not None else None


def _first(numerals: tuple[str, ...], key: Key, rules: RuleSet) -> Chord | None:
    """The first of the chords that is of the key, its raised leading tone included, and allowed."""
    tones = {*key.tones, key.tonic.up(5)}
    for numeral in numerals:
        chord = chord_of(numeral, key)
        if all(tone in tones for tone in chord.tones) and _fits(chord, key, rules):
            return chord
    return None


def _with_close(song: Song, symbols: list[ChordSymbol], before: Chord, last: Chord) -> list[ChordSymbol]:
    """The final chord from the last change on, the chord before it on the change before; one chord is cut in two."""
    final = symbols[-1]
    start = final.onset
    if len(symbols) == 1 or symbols[-2].onset < song.sections[-1].start:
        half = final.duration // 2
        symbols = [*symbols[:-1], replace(final, duration=half), replace(final, onset=start + half, push=0)]
        symbols[-1] = replace(symbols[-1], duration=final.duration - half)
    return [*symbols[:-2], _symbol(symbols[-2], before), _symbol(symbols[-1], last)]


def with_heard_close(song: Song, rules: RuleSet) -> Song:
    """The song with its last chord sounded by bass and tune, where a cadence is required and all are silent there.

    Endings that leave the last bar to the drums, or to nobody, would make the cadence on paper alone.
    """
    if rules.severity("required-cadence") != "error" or not song.chords:
        return song
    final = song.chords[-1]
    pitched = [track for track in song.tracks if track.notes and not isinstance(track.notes[-1].pitch, Drum)]
    if any(note.onset + note.duration > final.onset for track in pitched for note in track.notes):
        return song
    players = [
        next((track for track in pitched if track.role == role and _near_end(track, final.onset)), None)
        for role in ("bass", "lead")
    ]
    found = [track for track in players if track is not None] or pitched[:1]
    sounded = {track.name: _sounding(track, final) for track in found}
    tracks = tuple(sounded.get(track.name, track) for track in song.tracks)
    return replace(song, tracks=tracks)


def _near_end(track: Track, tick: int) -> bool:
    """Whether the track plays within eight whole notes before `tick`."""
    return track.notes[-1].onset >= tick - 8 * 4 * TICKS


def _sounding(track: Track, final: ChordSymbol) -> Track:
    """The track with the chord's bass tone, in the octave nearest to its last note, for the chord at most a half."""
    last = track.notes[-1]
    around = last.number
    pc = final.chord.bass_tone
    number = around + (pc.number - around + 6) % 12 - 6
    note = replace(last, onset=final.onset, duration=min(final.duration, 2 * TICKS), pitch=pitch_at(pc, number))
    return replace(track, notes=(*track.notes, note))


def _told(song: Song, symbols: tuple[ChordSymbol, ...]) -> Song:
    """The song with the symbols; decisions about changed stretches are replaced by what became of them."""
    if symbols == song.chords:
        return song
    old = {symbol.onset: symbol for symbol in song.chords}
    changed = [symbol for symbol in symbols if old.get(symbol.onset) != symbol]
    ticks = [symbol.onset for symbol in changed]

    def speaks_of(decision: Decision) -> bool:
        where = decision.where
        return decision.what in ("chord", "cadence", "loop") and any(where.start <= t < where.end for t in ticks)

    kept = tuple(decision for decision in song.decisions if not speaks_of(decision))
    new = []
    for symbol in changed:
        section = next(i for i, s in enumerate(song.sections) if s.start <= symbol.onset < s.end)
        was = old.get(symbol.onset)
        where = Where(section, "", symbol.onset, symbol.onset + symbol.duration)
        values = (("from", was.roman if was is not None else ""), ("to", symbol.roman))
        new.append(Decision(where, "chord", "harmony.rules", values))
    return replace(song, chords=symbols, decisions=(*kept, *new))
