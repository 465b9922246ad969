"""Arranging a given tune: its key and phrases found, its chords chosen, a song built round it in a style.

Conventions: the tune's notes keep their pitch and rhythm; every statement of it is a stretch of sections with more
energy than the one before; an introduction goes before, the style's ending after. Its tempo is halved or doubled
into the style's range.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from partimento.arrangement.arrange import arrange
from partimento.arrangement.band import Band, Chair, choose_band
from partimento.arrangement.perform import perform
from partimento.arrangement.style import HarmonySpec, Part, Style, load_style, style_names
from partimento.composer.brief_check import check_meter, styles_with
from partimento.composer.compose import sketch
from partimento.composer.harmonise import harmonise, misfit_of
from partimento.composer.harmony_colour import Draft, add_sevenths, colour, resolve_all
from partimento.composer.harmony_given import lay_given, read_given
from partimento.composer.harmony_rhythm import Slot, cut, merged
from partimento.composer.neural.muse import PLAYERS, muse_of, one_thread, settled
from partimento.composer.plan import Plan, make_plan
from partimento.composer.plan_size import felt_factor
from partimento.composer.tune_phrases import TunePhrase, find_phrases
from partimento.score.brief import Brief
from partimento.score.decision import Decision, Where
from partimento.score.instruments import INSTRUMENTS, Instrument, instrument
from partimento.score.song import ChordSymbol, Note, Phrase, Section, Song, Track
from partimento.score.stream import Stream
from partimento.score.tune_read import Tune, TuneNote
from partimento.theory.chord import Chord
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.key_finding import find_key
from partimento.theory.meter import Meter
from partimento.theory.roman import chord_of
from partimento.theory.spelling import spell_line

_WANTED_BARS = 56
_MOST_STATEMENTS = 3
_MOST_BARS = 1200
_STAND_INS = ("voice", "flute", "violin", "clarinet", "alto sax", "cello", "trombone", "bassoon", "piano")
_BLUE = ("I", "IV", "V")
"""The chords that stand as dominant sevenths in the blues."""
_TABLE_OF = {"jazz": "standards", "bossa": "standards", "blues": "blues", "classical": "classical", "folk": "folk"}


@dataclass(frozen=True, slots=True)
class _Laid:
    """A tune measured: notes from its first bar line (a pick-up lies before 0), bars, key, phrases."""

    notes: tuple[TuneNote, ...]
    bars: int
    key: Key
    meter: Meter
    phrases: tuple[TunePhrase, ...]


def arrange_tune(tune: Tune, brief: Brief) -> Song:
    """A whole song round the tune, in `brief.genre` (drawn by seed among those that have its meter, when not said).

    The brief's key only tells how the tune is to be heard; its tempo, chords, band, energy and mood are taken. Raises
    BriefError for a meter that the style does not have, and for what a tune fixes itself (bars, form, duration).
    """
    decided = (
        ("a number of bars", brief.bars), ("a form", brief.form), ("a duration", brief.duration_s),
        ("a style model", brief.style_model),
    )  # fmt: skip
    for name, value in decided:
        if value:
            raise BriefError(f"{name} cannot be given here: the tune decides it")
    meter = Meter(4, 4) if (tune.meter.numerator, tune.meter.denominator) == (2, 2) else tune.meter
    style = _style(brief, meter)
    if brief.meter is not None and Meter.parse(brief.meter).bar != meter.bar:
        raise BriefError(f"the tune is in {tune.meter}; it cannot be played in {brief.meter}")
    meter = Meter.parse(check_meter(meter, style))
    laid = _lay(tune, brief, meter)
    statements = max(1, min(_MOST_STATEMENTS, _WANTED_BARS // laid.bars))
    chunks = _chunks(laid)
    intro = 4 if laid.bars >= 8 else 2
    form = [f"intro:{intro}"]
    form += [f"{_word(i, statements)}:{bars}" for i in range(statements) for _, bars in chunks]
    form.append(f"outro:{_outro_bars(style)}")
    tempo, notices = _tempo(tune, brief, style, meter)
    plan = make_plan(
        replace(
            brief, genre=style.name, key=str(laid.key), meter=str(meter), tempo_bpm=tempo, form=tuple(form), chords=(),
            title=brief.title or tune.title,
        )
    )  # fmt: skip
    muse = muse_of(plan.brief, style, PLAYERS)
    plan = replace(plan, brief=settled(plan.brief, muse))
    song = _retold(sketch(plan, muse), laid, chunks, statements, intro)
    song = _harmonised(song, plan, laid, brief, intro)
    band = choose_band(plan.brief, style, plan.form_name, Stream(brief.seed, "band", brief.take))
    band = _with_lead(band, laid, plan)
    song = _with_tune(song, laid, band, statements, intro)
    kept = tuple(d for d in song.decisions if d.what not in ("chord", "loop", "progression"))
    song = replace(song, decisions=(*kept, *notices, *_told(song, laid, statements)))
    with one_thread(muse):
        return perform(arrange(song, style, band, muse.nets), style, muse.nets)


def tune_chords(tune: Tune, brief: Brief) -> tuple[tuple[ChordSymbol, ...], tuple[Phrase, ...]]:
    """The chords that `arrange_tune` would give the tune in `brief.genre`, and its phrases; ticks from its first note.

    BriefError as `arrange_tune`, but any meter will do.
    """
    meter = Meter(4, 4) if (tune.meter.numerator, tune.meter.denominator) == (2, 2) else tune.meter
    style = _style(brief, meter)
    laid = _lay(tune, brief, meter)
    kind = "verse" if "verse" in style.sections else min(style.sections)
    rows = _found(laid, style, style.harmony[style.sections[kind].harmony], brief.seed)
    chords = tuple(
        ChordSymbol(onset + tune.pickup, duration, chord, laid.key, roman) for onset, duration, chord, roman in rows
    )
    phrases = tuple(Phrase(tune.pickup + p.bar * meter.bar, p.bars * meter.bar, p.close, p.idea) for p in laid.phrases)
    return chords, phrases


def _style(brief: Brief, meter: Meter) -> Style:
    if brief.genre:
        return load_style(brief.genre)
    having = [name for name in styles_with(meter) if name in style_names()]
    if not having:
        raise BriefError(f"no genre is played in {meter}; give a genre and a tune in one of its meters")
    return load_style(Stream(brief.seed, "tune", "genre").choice(having))


def _lay(tune: Tune, brief: Brief, meter: Meter) -> _Laid:
    notes = tuple((onset - tune.pickup, length, number) for onset, length, number in tune.notes)
    if brief.key is not None:
        key = Key.parse(brief.key)
    else:
        key = tune.key or find_key(notes)[0][0]
    end = max(onset + length for onset, length, _ in notes)
    bars = max(1, -(-end // meter.bar))
    if bars > _MOST_BARS:
        raise BriefError(f"the tune has {bars} bars; at most {_MOST_BARS} can be arranged")
    return _Laid(notes, bars, key, meter, find_phrases(notes, meter, bars, key))


def _chunks(laid: _Laid) -> list[tuple[int, int]]:
    """(first bar, bars) of the sections of one statement: 8 to 16 bars each where the phrases allow."""
    if laid.bars <= 20:
        return [(0, laid.bars)]
    size = 8 if laid.bars <= 32 else 16
    edges = [phrase.bar for phrase in laid.phrases] + [laid.bars]
    out: list[tuple[int, int]] = []
    start = 0
    for edge in edges[1:]:
        if edge - start >= size and (laid.bars - edge >= size // 2 or edge == laid.bars):
            out.append((start, edge - start))
            start = edge
    if start < laid.bars:
        out.append((start, laid.bars - start))
    return out


def _word(statement: int, statements: int) -> str:
    return "chorus" if statement and statement == statements - 1 else "verse"


def _outro_bars(style: Style) -> int:
    return max(2, min(4, min(ending.bars for ending in style.endings)))


def _tempo(tune: Tune, brief: Brief, style: Style, meter: Meter) -> tuple[float | None, list[Decision]]:
    """The felt tempo: the tune's, halved or doubled into the style's range; None leaves it to the style."""
    if brief.tempo_bpm is not None or tune.tempo_bpm is None:
        return brief.tempo_bpm, []
    felt = tune.tempo_bpm / felt_factor(meter)
    options = [felt * factor for factor in (1.0, 0.5, 2.0, 0.25, 4.0)]
    inside = [bpm for bpm in options if style.tempo.low <= bpm <= style.tempo.high]
    if inside:
        found = round(inside[0], 3)
    else:  # the range is narrower than an octave and the tune falls between: the nearest end of it
        found = min(
            (float(bound) for bound in (style.tempo.low, style.tempo.high)),
            key=lambda bound: min(abs(bpm - bound) for bpm in options),
        )
    if abs(found - felt) < 0.01:
        return found, []
    values = (("from", round(felt, 2)), ("genre", style.name), ("to", found))
    return found, [Decision(Where(), "notice", "notice.tune-tempo", values)]


def _retold(song: Song, laid: _Laid, chunks: list[tuple[int, int]], statements: int, intro: int) -> Song:
    """The sketch with its middle sections made the tune's: names, phrases, key, energy growing by statement."""
    bar = laid.meter.bar
    out: list[Section] = []
    middle = len(chunks) * statements
    energies = sorted(s.energy for s in song.sections)
    low, high = min(0.45, energies[0] + 0.15), max(0.8, energies[-1])
    for i, section in enumerate(song.sections):
        if not 0 < i <= middle:
            out.append(replace(section, key=laid.key, lead="none" if i == 0 else "sparse"))
            continue
        statement, part = divmod(i - 1, len(chunks))
        first, bars = chunks[part]
        phrases = tuple(
            Phrase(section.start + (p.bar - first) * bar, p.bars * bar, p.close, p.idea)
            for p in laid.phrases
            if first <= p.bar < first + bars
        )
        grown = low + (high - low) * (statement + part / len(chunks)) / max(1, statements)
        name = f"Tune {statement + 1}" if len(chunks) == 1 else f"Tune {statement + 1}, {chr(65 + part)}"
        out.append(
            replace(
                section, name=name, material=f"tune {part}", variation=statement, key=laid.key, lead="tune",
                close=phrases[-1].close if phrases else "open", phrases=phrases, energy=round(grown, 3),
            )
        )  # fmt: skip
    return replace(song, sections=tuple(out))


def _harmonised(song: Song, plan: Plan, laid: _Laid, brief: Brief, intro: int) -> Song:
    """The song with the tune's chords under the tune, and its last bars leading in."""
    style, bar = plan.style, laid.meter.bar
    spec = style.harmony[style.sections[song.sections[1].kind].harmony]
    chords = _given(laid, brief) if brief.chords else _found(laid, style, spec, brief.seed)
    tune_start, tune_end = intro * bar, song.sections[-1].start
    out: list[ChordSymbol] = []
    first = max(0, laid.bars - intro) * bar
    for onset, duration, chord, roman in chords:  # the introduction: the tune's last bars, left open
        if onset >= first and onset - first < (intro - 1) * bar:
            length = min(duration, (intro - 1) * bar - (onset - first))
            out.append(ChordSymbol(onset - first, length, chord, laid.key, roman))
    lead_in = {"mixolydian": "bVII", "dorian": "VII", "phrygian": "bII", "lydian": "II"}.get(laid.key.mode, "V7")
    out.append(ChordSymbol((intro - 1) * bar, bar, chord_of(lead_in, laid.key), laid.key, lead_in))
    span = laid.bars * bar
    for start in range(tune_start, tune_end, span):
        for onset, duration, chord, roman in chords:
            out.append(ChordSymbol(start + onset, duration, chord, laid.key, roman))
    closing = [c for c in song.chords if c.onset >= tune_end]
    return replace(song, chords=(*_covered(out, tune_end), *closing))


Row = tuple[int, int, Chord, str]


def _covered(chords: list[ChordSymbol], end: int) -> list[ChordSymbol]:
    """The chords with gaps at their front closed by the next chord (an introduction never begins in silence)."""
    out: list[ChordSymbol] = []
    at = 0
    for chord in chords:
        if chord.onset > at and not out:
            chord = replace(chord, onset=at, duration=chord.duration + chord.onset - at)
        elif chord.onset > at:
            out[-1] = replace(out[-1], duration=chord.onset - out[-1].onset)
        out.append(chord)
        at = chord.onset + chord.duration
    return out


def _given(laid: _Laid, brief: Brief) -> list[Row]:
    word = next((kind for kind, _ in brief.chords if kind), "")
    if word:
        raise BriefError(f"a tune's chords go bar by bar from its first full bar: leave '{word}:' out")
    text = " | ".join(text for _, text in brief.chords)
    slots, chords = lay_given(read_given("", text), laid.bars, laid.meter, laid.key, "")
    return [(s.start, s.duration, chord, s.roman) for s, chord in zip(slots, chords, strict=True)]


def _found(laid: _Laid, style: Style, spec: HarmonySpec, seed: int) -> list[Row]:
    """Chords by search, then dressed as the style dresses them wherever the tune allows the added tone."""
    ends = {(p.bar + p.bars) * laid.meter.bar: p.close for p in laid.phrases}
    table = spec.table if spec.kind == "functional" and spec.table else _TABLE_OF.get(style.name, "pop")
    quick = spec.rhythm.get("2", 0) + spec.rhythm.get("4", 0) > 0 or style.name in ("folk", "classical", "country")
    searched = harmonise(laid.notes, laid.meter, laid.bars, laid.key, table, ends, quick)
    plain = _alike([Slot(s.onset, s.duration, s.roman) for s in searched], laid)
    draft = Draft(list(plain))
    stream = Stream(seed, "tune", "harmony")
    if spec.kind == "chorus" and any(text.startswith("I7") for text in spec.major):
        draft = Draft([s._replace(roman=s.roman + "7") if s.roman in _BLUE else s for s in draft.slots])
    else:
        add_sevenths(draft, spec, laid.key, stream)
    colour(draft, spec, laid.key, stream, True)
    rows: list[Row] = []
    for before, after in zip(plain, draft.slots, strict=True):
        roman = after.roman if _allowed(before, after.roman, laid) else before.roman
        rows.append((before.start, before.duration, chord_of(roman, laid.key), roman))
    if style.references.get("forbids_unresolved"):
        settled = Draft([Slot(onset, duration, roman) for onset, duration, _, roman in rows])
        resolve_all(settled, laid.key)
        rows = [(s.start, s.duration, chord_of(s.roman, laid.key), s.roman) for s in settled.slots]
    return rows


def _alike(slots: list[Slot], laid: _Laid) -> list[Slot]:
    """The slots with a phrase that comes back unchanged given the chords of its first coming."""
    bar = laid.meter.bar
    first: dict[str, TunePhrase] = {}
    out: list[Slot] = []
    for phrase in laid.phrases:
        model = first.setdefault(phrase.idea, phrase)
        if model.bars != phrase.bars:
            model = phrase
        moved = (phrase.bar - model.bar) * bar
        inside = cut(slots, model.bar * bar, (model.bar + model.bars) * bar)
        out += [slot._replace(start=slot.start + moved) for slot in inside]
    return merged(out)


def _allowed(slot: Slot, roman: str, laid: _Laid) -> bool:
    """Whether the dressed chord suits the tune no worse than the plain one."""
    if roman == slot.roman:
        return True
    end = slot.start + slot.duration
    plain = misfit_of(laid.notes, slot.start, end, laid.meter, chord_of(slot.roman, laid.key), laid.key)
    return misfit_of(laid.notes, slot.start, end, laid.meter, chord_of(roman, laid.key), laid.key) <= plain


def _with_lead(band: Band, laid: _Laid, plan: Plan) -> Band:
    """The band with a lead chair that can play the tune where it lies."""
    low = min(number for _, _, number in laid.notes)
    high = max(number for _, _, number in laid.notes)

    def fits(played: Instrument) -> bool:
        return played.low <= low and high <= played.high

    lead = band.lead
    if lead is not None and fits(lead.instrument):
        return replace(band, chairs=tuple(replace(c, low=low, high=high) if c is lead else c for c in band.chairs))
    wishes = (*plan.brief.featured, *plan.brief.instruments)
    own = sorted(lead.part.instruments) if lead is not None else []
    names = [instrument(n).name for n in wishes] + own + list(_STAND_INS) + list(INSTRUMENTS)
    found = next((INSTRUMENTS[n] for n in names if INSTRUMENTS[n].hands != "drums" and fits(INSTRUMENTS[n])), None)
    if found is None:
        raise BriefError(f"the tune spans MIDI {low} to {high}; no instrument of the table plays all of it")
    if lead is not None:
        chair = replace(lead, instrument=found, low=low, high=high, track=_unused(found, band, lead))
        return replace(band, chairs=tuple(chair if c is lead else c for c in band.chairs))
    part = Part.model_validate({"id": "lead", "role": "lead", "player": "lead", "instruments": {found.name: 1}})
    return replace(band, chairs=(Chair(part, found, low, high, _unused(found, band, None)), *band.chairs))


def _unused(played: Instrument, band: Band, but: Chair | None) -> str:
    base = played.name.title()
    taken = {chair.track for chair in band.chairs if chair is not but}
    return next(name for name in (base, *(f"{base} {n}" for n in range(2, 99))) if name not in taken)


def _with_tune(song: Song, laid: _Laid, band: Band, statements: int, intro: int) -> Song:
    """The song with the tune on its lead track, once a statement; each pick-up lies in the bar before."""
    lead = band.lead
    assert lead is not None
    spelled = spell_line(tuple(number for _, _, number in laid.notes), laid.key)
    bar = laid.meter.bar
    notes: list[Note] = []
    for statement in range(statements):
        start = intro * bar + statement * laid.bars * bar
        velocity = 78 + 8 * statement
        pickup_from = start + min(0, laid.notes[0][0])
        while notes and notes[-1].onset >= pickup_from:
            notes.pop()
        if notes and notes[-1].onset + notes[-1].duration > pickup_from:
            notes[-1] = replace(notes[-1], duration=pickup_from - notes[-1].onset)
        for (onset, length, _), pitch in zip(laid.notes, spelled, strict=True):
            strong = laid.meter.strength(onset)
            notes.append(Note(start + onset, length, pitch, min(127, velocity + 3 * strong)))
    track = Track(lead.track, "lead", lead.instrument.name, tuple(notes))
    return replace(song, tracks=(track,))


def _told(song: Song, laid: _Laid, statements: int) -> list[Decision]:
    out = [
        Decision(Where(), "tune", "tune.laid", (
            ("bars", laid.bars), ("key", str(laid.key)), ("meter", str(laid.meter)), ("phrases", len(laid.phrases)),
            ("statements", statements),
        ))
    ]  # fmt: skip
    for i, section in enumerate(song.sections):
        inside = [c for c in song.chords if section.start <= c.onset < section.end]
        if section.material.startswith("tune") and section.variation == 0:
            out += [
                Decision(Where(i, "", c.onset, c.onset + c.duration), "chord", "harmony.fits-tune", (
                    ("chord", c.chord.name), ("roman", c.roman)))
                for c in inside
            ]  # fmt: skip
    return out
