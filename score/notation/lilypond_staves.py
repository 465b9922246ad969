"""A part of the page as LilyPond staves: timing, voices, chord symbols and lyrics, each a stream of its own.

Conventions: voices are streams that last the whole piece, with spacers where they are not needed, so that ties and
slurs never leave their voice. What has a tick of its own but is no note (clefs, dynamics, words, tempo) stands in a
timing stream of spacers. Chord symbols make no sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from partimento.score.notation.bars import by_bar
from partimento.score.notation.lilypond_bars import WHOLE_REST, stream
from partimento.score.notation.lilypond_chords import chord_text
from partimento.score.notation.lilypond_drums import drum_style
from partimento.score.notation.lilypond_notes import (
    HEADS,
    class_name,
    pitch_name,
    quoted,
    rests,
    spaced,
    value_name,
    voice_text,
)
from partimento.score.notation.page import Bar, Direction, Event, Measure, Page, Part, TempoMark
from partimento.score.notation.transposing import key_of_part
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch

_CLEFS = {"treble8vb": "treble_8", "bass8vb": "bass_8", "treble8va": "treble^8"}
_DYNAMICS = frozenset("ppppp pppp ppp pp p mp mf f ff fff ffff fffff fp sf sff sp spp sfz rfz n".split())
_VOICES = ("One", "Two", "Three", "Four")
_STEMS = {"up": "\\stemUp", "down": "\\stemDown"}


def part_text(page: Page, index: int, midi_instrument: str) -> str:
    """The part at `index`: its chord symbols, its staff or staves, its lyrics."""
    part = page.parts[index]
    staves = [_staff(page, index, staff + 1) for staff in range(len(part.clefs))]
    settings = (
        f"instrumentName = {quoted(part.name)} shortInstrumentName = {quoted(part.abbreviation)}"
        f' midiInstrument = "{midi_instrument}"'
    )
    kind = "DrumStaff" if part.drums else "Staff"
    if len(staves) == 1:
        extra = f" {drum_style(part, HEADS)}" if part.drums else ""
        body = f"\\new {kind} \\with {{ {settings}{extra} }} {staves[0]}"
    else:
        inner = "\n".join(f'\\new Staff \\with {{ midiInstrument = "{midi_instrument}" }} {text}' for text in staves)
        body = f"\\new PianoStaff \\with {{ {settings} }} <<\n{inner}\n>>"
    return "\n".join(text for text in (_chords(page, part), body, _lyrics(page, part)) if text)


def _staff(page: Page, index: int, staff: int) -> str:
    part = page.parts[index]
    streams = [_braced(stream(page.bars, _timing(page, index, staff)), "")]
    numbers = sorted({v.number for m in part.measures for v in m.voices if v.staff == staff})
    beamed = _beamed(page)
    sounding = _transposition(part)
    for place, number in enumerate(numbers):
        texts = [
            _voice(bar, measure, staff, number, place, bool(part.drums), beamed)
            for bar, measure in zip(page.bars, part.measures, strict=True)
        ]
        context = "DrumVoice" if part.drums else "Voice"
        mode = "\\drummode " if part.drums else ""
        streams.append(f"\\new {context} {mode}{_braced(stream(page.bars, texts), sounding)}")
    return "<<\n" + "\n".join(streams) + "\n>>"


def _braced(text: str, before: str) -> str:
    return "{\n" + (before + "\n" if before else "") + text + "\n}"


def _transposition(part: Part) -> str:
    """Which pitch a written C sounds: LilyPond plays the part with it."""
    interval = Interval(*part.transposes)
    if not (interval.steps or interval.semitones):
        return ""
    return f"\\transposition {pitch_name(Pitch('C', 0, 4).transposed(-interval))}"


def _voice(bar: Bar, measure: Measure, staff: int, number: int, place: int, drums: bool, beamed: bool) -> str:
    on_staff = [v for v in measure.voices if v.staff == staff]
    voice = next((v for v in on_staff if v.number == number), None)
    if voice is None:
        return f"s{spaced(bar.length)}"
    events = voice.events
    if len(events) == 1 and not events[0].notes and events[0].whole_bar:
        if events[0].hidden:
            return f"s{spaced(bar.length)}"
        # A bar shorter than its meter has rests: LilyPond's whole-bar ones lose their way in it.
        return WHOLE_REST if bar.length == bar.meter.bar else f"\\oneVoice {rests(bar.length)}"
    shared = sum(1 for v in on_staff if any(e.notes or not e.hidden for e in v.events)) > 1
    if shared:
        way = f"\\voice{_VOICES[min(place, 3)]}"
    else:
        way = "\\oneVoice" + _stem(events)
    text = voice_text(events, drums=drums, beamed=beamed)
    return f"{way} {text}"


def _stem(events: Iterable[Event]) -> str:
    ways = {event.stem for event in events if event.notes}
    return " " + _STEMS[ways.pop()] if len(ways) == 1 and ways <= set(_STEMS) else ""


def _beamed(page: Page) -> bool:
    return any(e.beams for part in page.parts for m in part.measures for v in m.voices for e in v.events)


def _timing(page: Page, index: int, staff: int) -> list[str]:
    """Each bar's spacers with all that hangs on them."""
    part = page.parts[index]
    texts = []
    pending: list[tuple[int, str]] = []
    tempos = by_bar(page.bars, page.tempos)
    for place, (bar, measure) in enumerate(zip(page.bars, part.measures, strict=True)):
        items = [(bar.start, text) for text in _bar_start(page, index, staff, place)]
        items += [item for item in pending if item[0] < bar.end]
        pending = [item for item in pending if item[0] >= bar.end]
        for direction in measure.directions:
            if direction.staff == staff:
                for tick, text in _direction(direction):
                    (items if tick < bar.end else pending).append((tick, text))
        if index == 0 and staff == 1:
            items += [(tempo.onset, _tempo(page, tempo)) for tempo in tempos[place]]
        end = [text for tick, text in pending if tick == bar.end and place == len(page.bars) - 1]
        if index == 0 and staff == 1:
            end += _barline(page.bars, place)
        texts.append(" ".join([_spacers(bar, items), *end]))
    return texts


def _spacers(bar: Bar, items: Sequence[tuple[int, str]]) -> str:
    out = []
    now = bar.start
    for tick, text in sorted(items, key=lambda item: item[0]):
        if tick > now:
            out.append(f"s{spaced(tick - now)}")
            now = tick
        out.append(text)
    out.append(f"s{spaced(bar.end - now)}")
    return " ".join(out)


def _bar_start(page: Page, index: int, staff: int, place: int) -> list[str]:
    bar = page.bars[place]
    part = page.parts[index]
    out = []
    if place == 0:
        clef = part.clefs[staff - 1]
        out.append(f'\\clef "{_CLEFS.get(clef, clef)}"')
    if (place == 0 or bar.shows_key) and not part.drums:
        out.append(_key(bar.key, part.transposes))
    if place == 0 or bar.shows_meter:
        groups = "" if bar.meter.groups == (1,) * bar.meter.numerator else f"{','.join(map(str, bar.meter.groups))} "
        out.append(f"\\time {groups}{bar.meter.numerator}/{bar.meter.denominator}")
    if bar.length < bar.meter.bar:
        out.append(f"\\partial {spaced(bar.length)}")
    if index == 0 and staff == 1:
        if bar.new_system and place:
            out.append("\\break")
        if bar.repeat_start and not place:
            out.append('\\bar ".|:"')
        if bar.section:
            out.append(f"\\sectionMark {quoted(bar.section)}")
    return out


def _key(key: Key, transposes: tuple[int, int]) -> str:
    written = key_of_part(key, transposes)
    return f"\\key {class_name(written.tonic)} \\{written.mode}"


def _barline(bars: Sequence[Bar], place: int) -> list[str]:
    bar = bars[place]
    following = bars[place + 1] if place + 1 < len(bars) else None
    if bar.repeat_end or (following is not None and following.repeat_start):
        return []
    return {"double": ['\\bar "||"'], "final": ['\\bar "|."']}.get(bar.barline, [])


def _tempo(page: Page, mark: TempoMark) -> str:
    first = bool(page.tempos) and mark == page.tempos[0]
    swing = {"eighth": "swung eighths", "16th": "swung 16ths"}.get(page.swing, "") if first else ""
    words = ", ".join(text for text in (mark.text, swing) if text)
    if mark.shows_number and mark.bpm > 0:
        return f"\\tempo {quoted(words) + ' ' if words else ''}{value_name(mark.beat)} = {max(1, round(mark.bpm))}"
    quiet = f"\\set Score.tempoWholesPerMinute = #(ly:make-moment {max(1, round(mark.quarter_bpm))} 4)"
    return f"\\tempo {quoted(words)} {quiet}" if words else quiet


def _direction(direction: Direction) -> list[tuple[int, str]]:
    """What to write at which tick."""
    onset, end = direction.onset, direction.onset + direction.duration
    kind, text = direction.kind, direction.text
    if kind == "dynamic":
        return [(onset, f"<>\\{text}" if text in _DYNAMICS else f"<>_\\markup \\italic {quoted(text)}")]
    if kind in ("crescendo", "diminuendo"):
        return [(onset, "<>\\<" if kind == "crescendo" else "<>\\>"), (end, "<>\\!")]
    if kind == "pedal":
        return [(onset, "<>\\sustainOn"), (end, "<>\\sustainOff")]
    if kind == "clef":
        return [(onset, f'\\clef "{_CLEFS.get(text, text)}"')]
    return [(onset, f"<>^\\markup \\italic {quoted(text)}")]


def _chords(page: Page, part: Part) -> str:
    if not any(measure.harmonies for measure in part.measures):
        return ""
    texts = []
    for bar, measure in zip(page.bars, part.measures, strict=True):
        ends = [harmony.onset for harmony in measure.harmonies[1:]] + [bar.end]
        first = measure.harmonies[0].onset if measure.harmonies else bar.end
        out = [f"s{spaced(first - bar.start)}"] if first > bar.start else []
        for harmony, end in zip(measure.harmonies, ends, strict=False):
            length = spaced(end - harmony.onset)
            out.append(f"r{length}" if harmony.chord is None else chord_text(harmony.chord, length))
        texts.append(" ".join(out))
    return f"\\new ChordNames \\chordmode {_braced(stream(page.bars, texts), '')}"


def _lyrics(page: Page, part: Part) -> str:
    if not any(e.lyric for m in part.measures for v in m.voices for e in v.events):
        return ""
    texts = []
    for bar, measure in zip(page.bars, part.measures, strict=True):
        sung = sorted(
            ((e.onset, e.lyric) for v in measure.voices for e in v.events if e.lyric and not e.grace),
            key=lambda item: item[0],
        )
        out, now = [], bar.start
        ends = [onset for onset, _ in sung[1:]] + [bar.end]
        for (onset, lyric), end in zip(sung, ends, strict=False):
            if end <= onset:
                continue
            if onset > now:
                out.append(f"\\skip {spaced(onset - now)}")
            hyphen = " --" if lyric.endswith("-") else ""
            out.append(f"{quoted(lyric.strip('-'))}{spaced(end - onset)}{hyphen}")
            now = end
        if now < bar.end:
            out.append(f"\\skip {spaced(bar.end - now)}")
        texts.append(" ".join(out))
    return f"\\new Lyrics \\lyricmode {_braced(stream(page.bars, texts), '')}"
