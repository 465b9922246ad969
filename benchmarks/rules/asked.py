"""Random requests and whether each was met exactly: key, tempo, meter, bars, form, chords, instruments, duration.

Convention: a request holds together (nothing contradicts) and stays within its style, so that a refusal is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable

from partimento.arrangement.band import GENERIC, family_holds
from partimento.arrangement.style import Style
from partimento.composer.compose import last_release_s
from partimento.composer.form import style_kind
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.song import Song
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter

CHORDS = {
    "major": ("C | Am | F | G", "C | F | C | G7", "C Am | Dm G7 | Em Am | F G", "F | G | Em | Am"),
    "minor": ("Am | F | C | G", "Am | Dm | E7 | Am", "Am7 | Bm7b5 E7b9 | Am7 | Dm7", "Am G | F E7"),
}
TOLERANCE = 0.03


def draw_request(style: Style, seed: int) -> Brief:
    """A request with about half of everything said."""
    stream = Stream(seed, "request", style.name)

    def says(what: str, share: float = 0.5) -> bool:
        return stream.sub("says", what).chance(share)

    meter = stream.sub("meter").pick(style.meters)
    minor = stream.sub("mode").chance(0.4)
    tonic = stream.sub("tonic").choice(("C", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"))
    form = _form(style, stream.sub("form")) if says("form", 0.3) else ()
    bars = stream.sub("bars").between(4, 24) * 4 if says("bars") and not form else None
    tempo = float(stream.sub("tempo").between(*style.tempo.usual)) if says("tempo") else None
    length = None if bars is not None or form else stream.sub("length").between(45, 200)
    kinds = [token.split(":")[0] for token in form]
    chords: tuple[tuple[str, str], ...] = ()
    if form and says("chords") and Meter.parse(meter).bar == 1920:
        chords = ((stream.sub("where").choice(kinds), stream.sub("chords").choice(CHORDS[_mode(minor)])),)
    key = f"{tonic} {_mode(minor)}" if says("key") and not chords else None
    if chords:
        key = "A minor" if minor else "C major"
    instruments: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    names = sorted({name for part in style.parts for name in part.instruments})
    if says("instruments", 0.35):
        instruments = tuple(stream.sub("instruments").shuffled(names)[: stream.sub("count").between(1, 5)])
    elif says("without", 0.4):
        without = (stream.sub("without").choice(names),)
    return Brief(
        seed=seed, genre=style.name, key=key, tempo_bpm=tempo, meter=meter if says("meter") or chords else None,
        bars=bars, duration_s=float(length) if length is not None and says("duration", 0.7) else None,
        form=form, chords=chords, instruments=instruments, without=without,
        energy=round(stream.sub("energy").random(), 2) if says("energy", 0.3) else None,
        quantized=says("quantized", 0.1), humanize=not says("plain", 0.1),
    )  # fmt: skip


def _mode(minor: bool) -> str:
    return "minor" if minor else "major"


def _form(style: Style, stream: Stream) -> tuple[str, ...]:
    kinds = sorted(style.sections)
    count = stream.between(2, 5)
    tokens = [stream.choice(kinds) for _ in range(count)]
    return tuple(f"{kind}:{4 * stream.between(1, 4)}" if stream.chance(0.3) else kind for kind in tokens)


def unmet(brief: Brief, song: Song, style: Style) -> list[str]:
    """What was asked and is not there."""
    out: list[str] = []
    line = Timeline(song)
    meter = song.meters[0].meter
    if brief.key is not None:
        home = Key.parse(brief.key)
        share = sum(s.length for s in song.sections if s.key == home) / song.end
        # A style may begin or contrast elsewhere, and lift its last chorus: at home it is most of the time.
        if share < 0.5 and song.keys[0].key != home:
            out.append(f"key {brief.key}: {song.keys[0].key}")
    if brief.meter is not None and (len(song.meters) != 1 or not _same_meter(meter, Meter.parse(brief.meter))):
        out.append(f"meter {brief.meter}: {meter}")
    if brief.tempo_bpm is not None:
        felt = 1.5 if meter.compound else 2.0 if meter.denominator == 2 else 1.0
        if abs(song.tempos[0].tempo_bpm - brief.tempo_bpm * felt) > 0.01:
            out.append(f"tempo {brief.tempo_bpm}: {song.tempos[0].tempo_bpm / felt}")
    if brief.bars is not None and len(line.bars) != brief.bars:
        out.append(f"bars {brief.bars}: {len(line.bars)}")
    if brief.duration_s is not None:
        lasts = last_release_s(song)
        if abs(lasts - brief.duration_s) > TOLERANCE * brief.duration_s:
            out.append(f"duration {brief.duration_s:g} s: {lasts:.1f} s")
    out += _form_faults(brief, song, style, meter.bar)
    out += _chord_faults(brief, song, style)
    have = {track.instrument for track in song.tracks}
    if brief.instruments:
        met = {word: {name for name in have if _is(word, name)} for word in brief.instruments}
        if not all(met.values()) or have != set().union(*met.values()):
            out.append(f"instruments {sorted(brief.instruments)}: {sorted(have)}")
    out += [f"without {name}: it plays" for name in brief.without if instrument(name).name in have]
    return out


def _is(word: str, name: str) -> bool:
    """Whether an instrument is the one a word asks for; a word like "drums" or "strings" means any of the family."""
    kind = GENERIC.get(word, "")
    return name == instrument(word).name or (bool(kind) and family_holds(kind, instrument(name)))


def _same_meter(have: Meter, asked: Meter) -> bool:
    return (have.numerator, have.denominator) == (asked.numerator, asked.denominator)


def _form_faults(brief: Brief, song: Song, style: Style, bar: int) -> list[str]:
    if not brief.form:
        return []
    if len(song.sections) != len(brief.form):
        return [f"form of {len(brief.form)}: {len(song.sections)} sections"]
    out = []
    for token, section in zip(brief.form, song.sections, strict=True):
        kind, _, bars = token.partition(":")
        if section.kind != style_kind(kind, style) or (bars and section.length != int(bars) * bar):
            out.append(f"section {token}: {section.kind}:{section.length // bar}")
    return out


def _chord_faults(brief: Brief, song: Song, style: Style) -> list[str]:
    out = []
    for word, text in brief.chords:
        kind = style_kind(word, style)
        wanted = [parse_chord(name) for name in text.replace("|", " ").split()]
        for section in song.sections:
            if section.kind != kind:
                continue
            last = section is song.sections[-1]
            end = song.ending.start if last else section.end
            own = _without_repeats(c.chord for c in song.chords if section.start <= c.onset < end)
            # The pass after ends where the section does, or where the song comes home to its tonic.
            expected = _without_repeats(wanted * (len(own) + 1))[: len(own)]
            if own != expected and not (last and own[:-1] == expected[:-1]):
                out.append(f"chords of {section.name}: {' '.join(c.name for c in own[:8])}")
    return out


def _without_repeats(chords: Iterable[Chord]) -> list[Chord]:
    out: list[Chord] = []
    for chord in chords:
        if not out or out[-1] != chord:
            out.append(chord)
    return out
