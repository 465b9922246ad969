"""The plan: every open field of a brief filled by style and seed, and why.

Convention: what is asked exactly stays exactly; draws come from Stream(seed, "plan", what, take).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from partimento.arrangement.regimes import settle_regime
from partimento.arrangement.style import Ending, FormSpec, Style, load_style
from partimento.composer.brief_check import check_brief, check_meter, parsed_meter
from partimento.composer.form import Item, asked_items, fit_form, natural_totals, style_items, style_kind
from partimento.composer.genre_choice import genre_weights
from partimento.composer.harmony_ending import ending_bars
from partimento.composer.harmony_given import Progression, estimate_key, read_given
from partimento.composer.moods import Mood, mood_of
from partimento.composer.plan_size import Slowing, pace_bpm, seconds_for, settle, spare_ticks
from partimento.score.brief import Brief
from partimento.score.decision import Decision, Value, Where
from partimento.score.stream import Stream
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.meter import Meter

COMMON_TONICS = {
    "major": {"C": 10, "G": 10, "D": 9, "F": 8, "A": 7, "Bb": 7, "E": 6, "Eb": 6, "Ab": 3},
    "minor": {"A": 10, "E": 9, "D": 9, "G": 7, "C": 7, "B": 6, "F#": 5, "F": 4, "C#": 3},
}
WHOLE_FORM = ("intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "outro")
"""Taken where chords are given for sections that no form of the style has together."""

SLOWED_ENDINGS = ("held", "cadence", "tag", "ring")


@dataclass(frozen=True, slots=True)
class Given:
    """Chords for sections of a kind ("" for all), called `word` by the user."""

    kind: str
    word: str
    bars: Progression


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the composer needs to begin. `brief` has genre, mood, energy and title filled in."""

    asked: Brief
    brief: Brief
    style: Style
    key: Key
    meter: Meter
    tempo: float
    form_name: str
    items: tuple[Item, ...]
    ending: Ending
    slowing: Slowing | None
    mood: Mood
    energy_shift: float
    given: tuple[Given, ...]
    decisions: tuple[Decision, ...]

    @property
    def bars(self) -> int:
        """The song's bars."""
        return sum(item.bars for item in self.items)

    def given_for(self, kind: str, material: str) -> Given | None:
        """The chords asked for a section: those of its kind, else those for all."""
        own = [g for g in self.given if g.kind == kind]
        exact = [g for g in own if g.word.casefold() in material.casefold()]
        return next(iter(exact or own or [g for g in self.given if not g.kind]), None)


class _Notes:
    """Collects the plan's decisions."""

    def __init__(self, asked: Brief) -> None:
        self.asked = asked
        self.out: list[Decision] = []

    def add(self, what: str, value: Value, said: bool, table: dict[str, int] | None = None, **more: Value) -> None:
        rule = f"plan.{what}.asked" if said else f"plan.{what}.drawn"
        alternatives = tuple(sorted(table.items(), key=lambda kv: (-kv[1], kv[0]))) if table and not said else ()
        self.out.append(Decision(Where(), what, rule, ((what, value), *sorted(more.items())), alternatives))

    def notice(self, text_id: str, **values: Value) -> None:
        self.out.append(Decision(Where(), "notice", f"notice.{text_id}", tuple(sorted(values.items()))))


def make_plan(brief: Brief) -> Plan:
    """Checks the brief and fills what it leaves open; BriefError and its kin for what cannot be met."""
    check_brief(brief)
    notes = _Notes(brief)
    seed, take = brief.seed, brief.take

    def stream(what: str) -> Stream:
        return Stream(seed, "plan", what, take)

    style = _style(brief, stream("genre"), notes)
    mood_name = brief.mood
    if mood_name is None and style.moods:
        mood_name = stream("mood").pick({"": 0, **style.moods})
    mood = mood_of(mood_name)
    notes.add("mood", mood.name, brief.mood is not None, dict(style.moods))
    given = _given(brief, style)
    key = _key(brief, style, mood, given, stream("key"), notes)
    called = named_form(brief, style)
    meter_name = _meter(brief, style, called, stream("meter"), notes)
    meter = Meter.parse(meter_name)
    energy = brief.energy if brief.energy is not None else round(min(1.0, max(0.0, style.energy + mood.energy)), 3)
    notes.add("energy", energy, brief.energy is not None)
    felt = brief.tempo_bpm
    if felt is None and brief.bars is not None and brief.duration_s is not None:
        felt = 60.0 * brief.bars * len(meter.beats) / brief.duration_s
    own = style.tempo_in.get(f"{meter.numerator}/{meter.denominator}")
    style = style.model_copy(update={"tempo": own}) if own is not None else settle_regime(style, felt, stream("regime"))
    drawn = round(stream("tempo").between(*style.tempo.usual) * mood.tempo)
    wish = min(style.tempo.high, max(style.tempo.low, drawn)) if brief.pace is None else pace_bpm(brief.pace, style)
    wish_s = stream("duration").between(*style.duration_s) if not brief.form or called else None
    around = _bars_around(brief, meter, wish, wish_s)
    form_name, items = _form(brief, style, called, meter, given, around, stream("form"), notes)
    items = _lengthened(items, given)
    ending = _ending(style, items, stream("ending"), notes)
    slowing = None
    slows = next((spec.slows for spec in style.forms if spec.name == form_name), True)
    if ending.kind in SLOWED_ENDINGS and slows and stream("ritardando").chance(style.feel.ritardando):
        slowing = Slowing(2 if around >= 12 else 1, style.feel.rit_depth)
    fixed_shape = bool(brief.form) and called is None
    natural = (sum(i.bars for i in items),) if fixed_shape else natural_totals(items, max(2 * around, 64))
    least = sum(i.bars if i.fixed else 1 for i in items) if fixed_shape else 2
    if fixed_shape and brief.bars is None and brief.duration_s is not None and all(i.fixed for i in items):
        brief_bars: int | None = natural[0]
    else:
        brief_bars = brief.bars
    size = settle(
        style=style, meter=meter, spare=spare_ticks(ending.kind, ending_bars(ending, key), meter), slowing=slowing,
        natural=natural, least=least, bars=brief_bars,
        tempo=brief.tempo_bpm, duration_s=brief.duration_s, wish_bpm=float(wish),
        wish_s=None if wish_s is None else float(wish_s),
    )  # fmt: skip
    items = fit_form(items, size.bars, fixed_shape)
    for g in given:
        if g.kind and not any(i.kind == g.kind for i in items):
            raise BriefError(f"chords are given for '{g.word}', but {size.bars} bars leave no room for it")
    total = sum(i.bars for i in items)
    notes.add("tempo", size.tempo, brief.tempo_bpm is not None)
    notes.add("bars", total, brief.bars is not None)
    notes.out.append(Decision(Where(), "form", "form.fit", (
        ("form", form_name), ("sections", " ".join(f"{i.word}:{i.bars}" for i in items)), ("bars", total),
    )))  # fmt: skip
    notes.add("ritardando", slowing.depth if slowing else 1.0, False, bars=slowing.bars if slowing else 0)
    if not style.tempo.low <= size.tempo <= style.tempo.high:
        notes.notice("tempo-outside-style", tempo=size.tempo, low=style.tempo.low, high=style.tempo.high)
    title = brief.title or f"{style.title} in {key.tonic.name.replace('b', '♭').replace('#', '♯')} {key.mode}"
    # Key, tempo, meter and bars stay as said: the filled brief makes this very song again. The Song's maps hold them.
    filled = replace(brief, genre=style.name, energy=energy, mood=mood.name or brief.mood, title=title)
    return Plan(
        brief, filled, style, key, meter, size.tempo, form_name, items, ending, slowing, mood, energy - style.energy,
        given, tuple(notes.out),
    )  # fmt: skip


def _style(brief: Brief, stream: Stream, notes: _Notes) -> Style:
    if brief.genre:
        style = load_style(brief.genre)
        notes.add("genre", style.name, True)
        return style
    weights = genre_weights(brief)
    name = stream.pick(weights)
    notes.add("genre", name, False, weights)
    return load_style(name)


def _given(brief: Brief, style: Style) -> tuple[Given, ...]:
    out = []
    for word, text in brief.chords:
        name = word.strip()
        out.append(Given(style_kind(name, style) if name else "", name, read_given(name, text)))
    return tuple(out)


def _key(
    brief: Brief, style: Style, mood: Mood, given: tuple[Given, ...], stream: Stream, notes: _Notes
) -> Key:
    if brief.key is not None:
        key = Key.parse(brief.key)
        notes.add("key", str(key), True)
        return key
    if given:
        key = estimate_key(tuple(g.bars for g in given))
        notes.out.append(Decision(Where(), "key", "plan.key.from-chords", (("key", str(key)),)))
        return key
    modes = {m: w * (5 if mood.mode and _third(m) == mood.mode else 1) for m, w in style.modes.items()}
    mode = stream.pick(modes)
    tonics = dict(style.tonics) or COMMON_TONICS[_third(mode)]
    named = {name: weight for name, weight in tonics.items() if " " not in name}
    named |= {name.split()[0]: weight for name, weight in tonics.items() if name.endswith(f" {mode}")}
    key = Key.parse(f"{stream.pick(named or COMMON_TONICS[_third(mode)])} {mode}").simplified()
    table = {f"mode {m}": w for m, w in modes.items()} | {f"tonic {t}": w for t, w in named.items()}
    notes.add("key", str(key), False, table)
    return key


def _third(mode: str) -> str:
    return "minor" if mode in ("minor", "dorian", "phrygian", "locrian") else "major"


def _meter(brief: Brief, style: Style, called: FormSpec | None, stream: Stream, notes: _Notes) -> str:
    fitting = called.meters if called is not None else ()
    if brief.meter is not None:
        meter = parsed_meter(brief.meter)
        own = check_meter(meter, style)
        if called is not None and fitting and not {own, f"{meter.numerator}/{meter.denominator}"} & set(fitting):
            raise BriefError(f"the form '{called.name}' of {style.name} is in {' or '.join(fitting)}, not in {meter}")
        notes.add("meter", brief.meter, True)
        # A grouping that was written out is kept; the style's own otherwise.
        return str(meter) if ":" in brief.meter else own
    table = {name: weight for name, weight in style.meters.items() if not fitting or name in fitting}
    name = stream.pick(table or style.meters)
    notes.add("meter", name, False, dict(table or style.meters))
    return name


def _bars_around(brief: Brief, meter: Meter, tempo: float, wish_s: int | None) -> int:
    if brief.bars is not None:
        return brief.bars
    seconds = brief.duration_s or wish_s or 120
    return max(4, round(seconds / seconds_for(brief.tempo_bpm or tempo, meter.bar, meter)))


def named_form(brief: Brief, style: Style) -> FormSpec | None:
    """The style's form that the brief calls by its name ("sonata", "waltz, AABB"), or None."""
    name = " ".join(" ".join(brief.form).casefold().replace(",", " ").split())
    return next((spec for spec in style.forms if spec.name.casefold().replace(",", "") == name), None)


def _form(
    brief: Brief, style: Style, called: FormSpec | None, meter: Meter, given: tuple[Given, ...], around: int,
    stream: Stream, notes: _Notes,
) -> tuple[str, tuple[Item, ...]]:
    if called is not None:
        items = style_items(called, style)
        _given_in(items, given)
        notes.add("form", called.name, True)
        kept = {g.kind for g in given}
        return called.name, tuple(replace(i, optional=i.optional and i.kind not in kept) for i in items)
    if brief.form:
        items = asked_items(brief.form, style)
        _given_in(items, given)
        notes.add("form", " ".join(brief.form), True)
        return "asked", items
    short = f"{meter.numerator}/{meter.denominator}"
    forms = [f for f in style.forms if not f.meters or short in f.meters or str(meter) in f.meters] or list(style.forms)
    needed = {g.kind for g in given if g.kind}
    having = [f for f in forms if needed <= {i.kind for i in style_items(f, style)}]
    words = {g.word.casefold() for g in given if g.kind}
    # Chords for two words that are one kind of section here ask for a form that tells the two apart.
    if needed and (not having or len(words) > len(needed)) and words <= set(WHOLE_FORM):
        items = asked_items(WHOLE_FORM, style)
        notes.add("form", " ".join(WHOLE_FORM), False)
        return "asked", items
    if needed and not having:
        kinds = sorted({i.kind for f in forms for i in style_items(f, style)})
        missing = ", ".join(sorted(needed))
        raise BriefError(f"no form of {style.name} has the sections {missing}; its sections: {', '.join(kinds)}")
    weights = {f.name: f.weight * _nearness(f, style, around) for f in having}
    name = stream.pick(weights)
    notes.add("form", name, False, weights)
    items = style_items(next(f for f in having if f.name == name), style)
    return name, tuple(replace(i, optional=False) if i.kind in needed else i for i in items)


def _given_in(items: tuple[Item, ...], given: tuple[Given, ...]) -> None:
    for g in given:
        if g.kind and all(i.kind != g.kind for i in items):
            words = ", ".join(dict.fromkeys(i.word for i in items))
            raise BriefError(f"chords are given for '{g.word}', which the form lacks: it has {words}")


def _nearness(form: FormSpec, style: Style, around: int) -> int:
    """How well a form fits about `around` bars: 200 where it comes near by itself, 1 where it must be bent far."""
    totals = natural_totals(style_items(form, style), max(64, 2 * around))
    off = min(abs(n - around) for n in totals)
    return 200 if off * 10 <= around else 10 if off * 5 <= around else 1


def _lengthened(items: tuple[Item, ...], given: tuple[Given, ...]) -> tuple[Item, ...]:
    """Sections with given chords take whole passes of them where their length is open.

    One that borrows another kind's material ("climax@motif") has its own when chords are given for either of the two.
    """
    named = {g.kind for g in given if g.kind}
    out = []
    for item in items:
        source = item.material.split(" ")[0]
        if source != item.kind and {source, item.kind} & named:
            item = replace(item, material=item.kind)
        own = next((g for g in given if g.kind == item.kind), None) or next((g for g in given if not g.kind), None)
        if own is not None and not item.fixed:
            n = len(own.bars)
            bars = max(1, (item.bars + n // 2) // n) * n
            if n <= 64:
                item = replace(item, bars=bars, natural=bars, unit=n if own.kind else item.unit)
        out.append(item)
    return tuple(out)


def _ending(style: Style, items: tuple[Item, ...], stream: Stream, notes: _Notes) -> Ending:
    own = [e for e in style.endings if not e.sections or items[-1].kind in e.sections] or list(style.endings)
    fitting = [e for e in own if e.bars <= items[-1].bars] or own
    weights = {e.name: e.weight for e in fitting}
    name = stream.pick(weights)
    notes.add("ending", name, False, weights)
    return next(e for e in fitting if e.name == name)
