"""Cycles of chords that the harmony model writes, in genres where songs go that way.

Convention: a material's cycle is written once, up to sixteen bars, and laid out, closed, pushed and varied by the rules
as a style's own loops are. What the style's harmony and the key do not have is never written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from partimento.arrangement.style import HarmonySpec
from partimento.composer.harmony_closes import LEADS_ON, meets_close
from partimento.composer.harmony_colour import Draft, add_sevenths, colour
from partimento.composer.harmony_critic import Cycled, Want, chosen
from partimento.composer.harmony_loops import Cycle, spell
from partimento.composer.harmony_rhythm import Slot, bars_to_slots, cut, merged, split_bar
from partimento.composer.neural.harmony_guard import Draws, Guard, Placed, Written, tones_of
from partimento.composer.neural.harmony_view import BASSES, CLOSES, KINDS, QUALITIES, SOURCES
from partimento.composer.neural.harmony_view import GENRES as NET_GENRES
from partimento.composer.neural.muse import Muse
from partimento.score.stream import Stream
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.roman import chord_of, numeral_of

if TYPE_CHECKING:
    from partimento.composer.neural.harmony import HarmonyNet

MOST_BARS = 16
TURNS = 0.85
"""How often a cycle that goes round turns another way in a section's last bars, where it can."""
LIVELIEST = 1.7
"""Standard deviations of liveliness on either side: it is spread evenly between them."""
ENDINGS = 4
"""Candidates for the last two bars."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How a genre asks: the corpus and genre it is like, and by section kind how many bars a cycle has (0: all).

    `prefer` gives nats to roots, in chromatic steps above a major tonic or a minor one.
    """

    source: str
    genre: str
    bars: dict[str, dict[int, int]]
    prefer: dict[str, dict[int, float]] = field(default_factory=dict)
    without_tonic: tuple[str, ...] = ()
    slow: tuple[float, float] = (0.0, 0.4)
    """What each doubling of a chord's length is worth in nats: mean, and standard deviation from song to song."""
    quick: int = 2
    """The shortest chord in half beats."""
    still: float = 0.5
    """The greatest share of a cycle's bars that one chord may fill alone."""
    freedom: tuple[float, float] = (1.0, 0.0)
    chromatic: tuple[float, float] = (0.0, 0.5)
    """A song's temperature, and the nats for chords from outside the key: means, and what a standard deviation of
    liveliness adds to them; a song has one liveliness."""


HABITS: dict[str, Habit] = {
    "pop": Habit(
        "pop909", "pop", {"chorus": {4: 8, 8: 1}, "": {4: 1, 8: 3, 0: 6}}, without_tonic=("prechorus",),
        freedom=(1.1, 0.3), chromatic=(0.4, 1.2),
    ),
    "rock": Habit(
        "rs200", "rock", {"chorus": {4: 7, 8: 3}, "": {4: 6, 8: 3}}, {"major": {10: 0.7}},
        slow=(0.6, 0.6), quick=4, still=0.75, freedom=(0.85, 0.2), chromatic=(-0.4, 0.9),
    ),
    "country": Habit(
        "billboard", "country", {"": {8: 6, 0: 4}},
        slow=(0.5, 0.5), quick=4, still=0.7, freedom=(0.75, 0.2), chromatic=(-1.0, 0.9),
    ),
}
"""The genres whose loops the model writes. Blues, jazz and salsa have forms of their own; house, hip-hop, lo-fi, reggae
and funk live by short loops that do not develop; R&B's ninths and thirteenths, folk, cinematic and ambient are not in
the corpora."""

RIFFS = ("riff", "solo", "vamp")
"""Harmonies of a style that stay its own."""


class Lean(NamedTuple):
    """What a song leans to.

    Nats for each doubling of a chord's length and for chords from outside the key; the quantile (0-1) of its cycles'
    lengths.
    """

    slow: float
    chromatic: float
    long: float


def suits(genre: str, meter: Meter, want: Want) -> bool:
    """Whether the model writes this: a genre of HABITS, a loop that is no riff, a meter of equal beats."""
    even = len(set(meter.beat_lengths)) == 1
    return genre in HABITS and even and want.spec.kind == "loop" and want.table not in RIFFS and not want.spec.shared


def write_cycles(muse: Muse, genre: str, meter: Meter, wants: Sequence[Want], stream: Stream) -> list[Cycled]:
    """A cycle for each want, all of them asked of the model at once; different materials take different cycles."""
    if muse.harmony is None or not wants:
        return []
    habit, taste = HABITS[genre], muse.taste
    if taste.hard:
        habit = replace(habit, prefer={}, slow=(0.0, 0.0), freedom=(1.0, 0.0), chromatic=(0.0, 0.0))
    lively = LIVELIEST * (2 * stream.sub("lively").random() - 1)
    lean = Lean(
        habit.slow[0] + stream.sub("slow").gauss(habit.slow[1]), habit.chromatic[0] + habit.chromatic[1] * lively,
        stream.sub("long").random(),
    )  # fmt: skip
    guards = [guard_of(want, habit, meter, lean) for want in wants]
    count = max(1, taste.candidates)
    freedom = max(0.5, habit.freedom[0] + habit.freedom[1] * lively)
    draws = Draws(taste.temperature * freedom, 0.03 * (1.0 - taste.creativity))
    out: list[Cycled] = []
    taken: set[str] = set()
    for want, drawn in zip(wants, _drawn(muse.harmony, wants, guards, count, stream, draws), strict=True):
        cycles = [cycle_of(one.chords, want, meter, stream.sub(want.material, "enrich")) for one in drawn]
        found = chosen(want, drawn, cycles, taken, taste, habit.still)
        taken.add(spell(found.cycle))
        out.append(found)
    return _turned(muse.harmony, wants, guards, out, meter, stream.sub("ending"), draws)


def _drawn(
    net: HarmonyNet, wants: Sequence[Want], guards: Sequence[Guard], count: int, stream: Stream, draws: Draws
) -> list[list[Written]]:
    """`count` progressions for each guard, in one batch."""
    streams = [stream.sub(want.material, want.key.mode, n) for want in wants for n in range(count)]
    written = net.write([guard for guard in guards for _ in range(count)], streams, draws)
    return [written[i : i + count] for i in range(0, len(written), count)]


def _turned(
    net: HarmonyNet, wants: Sequence[Want], guards: Sequence[Guard], found: Sequence[Cycled], meter: Meter,
    stream: Stream, draws: Draws,
) -> list[Cycled]:  # fmt: skip
    """The cycles with endings: the section's last two bars written anew, for cycles that go round and for returns."""
    able = [i for i, want in enumerate(wants) if 4 <= want.bars <= 2 * MOST_BARS]
    out = list(found)
    asked = [_going_on(wants[i], guards[i], out[i]) for i in able]
    here = [wants[i] for i in able]
    for i, drawn in zip(able, _drawn(net, here, asked, ENDINGS, stream, draws) if able else (), strict=True):
        want, one = wants[i], out[i]
        bars = [cycle_of(written.chords, want, meter, stream.sub(want.material, "enrich")) for written in drawn]
        usual = [one.cycle[(want.bars - 2 + n) % len(one.cycle)] for n in range(2)]
        fit = [row for row in dict.fromkeys(bars) if list(row) != usual and _closes(row, want)]
        turns = 2 * len(one.cycle) <= want.bars and stream.sub(want.material).chance(TURNS)
        if fit and turns:
            ending = fit.pop(0)
            one = one._replace(ending=ending, values=(*one.values, ("ending", spell(ending))))
        out[i] = one._replace(last=fit[0]) if fit else one
    return out


def _closes(bars: Cycle, want: Want) -> bool:
    return meets_close(want.close, [chord_of(roman, want.key) for bar in bars for roman in bar], want.key)


def _going_on(want: Want, guard: Guard, one: Cycled) -> Guard:
    """The guard of a whole section whose chords stand but for the last two bars."""
    width, end = guard.width, (want.bars - 2) * guard.width
    given: list[Placed] = []
    for start in range(0, end, guard.bars * width):
        for placed in one.chords:
            at = start + placed.at
            if at < end:
                given.append(placed._replace(at=at, halves=min(placed.halves, end - at)))
    close, last = _close(want)
    return replace(guard, bars=want.bars, close=CLOSES.index(close), end=last, given=tuple(given))


def with_ending(slots: list[Slot], ending: Cycle, bars: int, meter: Meter) -> list[Slot]:
    """A section of `bars` bars whose last bars give way to these."""
    start = (bars - len(ending)) * meter.bar
    return merged([*cut(slots, 0, start), *bars_to_slots(list(ending), meter, start)])


# What there is to choose from.


def guard_of(want: Want, habit: Habit, meter: Meter, lean: Lean) -> Guard:
    """The guard of a want: the genre's habit, the style's chords, the key, the grid of the meter, the close."""
    bars = _cycle_bars(habit.bars.get(want.kind, habit.bars[""]), want.bars, lean.long)
    outside, follow = chords_of(want.spec, want.key)
    root_nats = habit.prefer.get("minor" if want.key.is_minor else "major", {})
    chords = {
        chord: lean.chromatic * foreign + root_nats.get(chord // len(QUALITIES), 0.0)
        for chord, foreign in outside.items()
    }
    begin = frozenset(chord for chord, foreign in outside.items() if not foreign)
    if want.kind in habit.without_tonic:
        chords = {chord: nats for chord, nats in chords.items() if chord // len(QUALITIES)}
    net_close, end = _close(want) if bars == want.bars else ("", None)
    kind = want.kind if want.kind in KINDS else "instrumental" if want.kind == "interlude" else "other"
    return Guard(
        SOURCES.index(habit.source), NET_GENRES.index(habit.genre), int(want.key.is_minor), KINDS.index(kind),
        CLOSES.index(net_close), bars, len(meter.beats) * 2, 4, chords, follow, begin, end,
        quick=habit.quick, slow=lean.slow, inverted=0.0 if want.spec.inversions > 0 else None,
    )  # fmt: skip


def _cycle_bars(table: dict[int, int], bars: int, quantile: float) -> int:
    """How many bars the cycle has: of those in the table that divide the section; all of a short or odd one."""
    options: dict[int, int] = {}
    for n, weight in table.items():
        length = n or bars
        if length <= MOST_BARS and bars % length == 0:
            options[length] = options.get(length, 0) + weight
    if not options:
        return bars if bars <= MOST_BARS and bars % 8 else min(bars, 8)
    mark = quantile * sum(options.values())
    for length in sorted(options):
        mark -= options[length]
        if mark < 0:
            return length
    return max(options)


def _close(want: Want) -> tuple[str, frozenset[int] | None]:
    """The close as the model knows it, and the roots that end it."""
    plain = want.key.mode in ("major", "minor")
    if want.close in LEADS_ON:
        return "half", frozenset({7}) if plain else None
    if want.close in ("authentic", "plagal", "modal"):
        return "authentic" if want.close == "authentic" else "plagal", frozenset({0})
    return ("open", None) if want.close == "deceptive" else ("", None)


_BORROWED = {
    "major": ((10, "maj"), (5, "min"), (8, "maj"), (3, "maj"), (7, "min"), (2, "hdim7"), (10, "7"), (5, "min7")),
    "minor": ((5, "maj"), (2, "min"), (5, "7"), (2, "min7"), (0, "maj")),
}
"""Chords of the parallel key (root, quality) that songs borrow; the tonic triad of major only as it leads to iv."""


def chords_of(spec: HarmonySpec, key: Key) -> tuple[dict[int, bool], dict[int, frozenset[int]]]:
    """(the chords there are, whether from outside the key; where some must go): those of the key, borrowed, applied.

    Applied dominants go a fifth down; a dominant seventh goes home, to the sixth degree or to the fourth.
    """
    scale = {(tone.number - key.tonic.number) % 12 for tone in key.tones}
    minor = key.mode == "minor"
    chords: dict[int, bool] = {}
    follow: dict[int, frozenset[int]] = {}
    borrowed = _BORROWED[key.mode] if key.mode in _BORROWED and spec.mixture > 0 else ()
    for root in range(12):
        for quality in _qualities(spec):
            chord = root * len(QUALITIES) + QUALITIES.index(quality)
            inside = tones_of(chord) <= scale and root in scale
            raised = minor and root in (7, 11) and tones_of(chord) <= scale | {11}
            if quality == "sus":
                inside = root == 7 and spec.suspensions > 0
            if quality == "dim" and not (root == 11 or (minor and root == 2)):
                inside = raised = False
            goal = (root + 5) % 12
            applied = (
                quality in ("maj", "7") and not inside and not raised and root in scale and spec.applied > 0
                and key.mode in _BORROWED and goal in scale and goal not in (0, 2 if minor else 11)
            )  # fmt: skip
            if not (inside or raised or applied or (root, quality) in borrowed):
                continue
            chords[chord] = not (inside or raised)
            if applied:
                follow[chord] = frozenset({goal})
            elif quality == "7" and root == 7:
                follow[chord] = frozenset({0, 5, 8 if minor else 9})
            elif quality == "dim" and root == 11:
                follow[chord] = frozenset({0, 8 if minor else 9})
            elif quality == "sus":
                follow[chord] = frozenset({0, 5, 7, 8 if minor else 9})
    return chords, follow


def _qualities(spec: HarmonySpec) -> tuple[str, ...]:
    plain = ("maj", "min", "dim", "sus")
    if spec.sevenths == "never":
        return plain
    if spec.sevenths == "dominant":
        coloured = {name for table in spec.colour.values() for name in table}
        return (*plain, "7", *(q for q, name in (("maj7", "maj7"), ("min7", "m7")) if name in coloured))
    return (*plain, "7", "maj7", "min7", "hdim7")


# From numbers to numerals.

_WRITTEN = {
    "maj": "", "min": "m", "7": "7", "maj7": "maj7", "min7": "m7", "dim": "dim", "hdim7": "m7b5",
}  # fmt: skip
"""Qualities as chords are written; "sus" is written by the style's sevenths."""


def roman_of(placed: Placed, key: Key, spec: HarmonySpec) -> str:
    """The numeral of a written chord in a key."""
    root, number = divmod(placed.chord, len(QUALITIES))
    quality = QUALITIES[number]
    name = ("sus4" if spec.sevenths == "never" else "7sus4") if quality == "sus" else _WRITTEN[quality]
    chord = Chord(key.spell(60 + key.tonic.number + root).pitch_class, name)
    degree = (1, 3, 5, 7)[placed.bass] if placed.bass < len(BASSES) - 1 else 1
    tone = chord.members.get(degree)
    return numeral_of(chord.over(tone) if degree > 1 and tone is not None else chord, key)


def cycle_of(chords: Sequence[Placed], want: Want, meter: Meter, stream: Stream) -> Cycle:
    """The cycle of bars, with the style's sevenths and colours; a chord that returns keeps its own."""
    romans = [roman_of(placed, want.key, want.spec) for placed in chords]
    if want.spec.sevenths == "dominant" and romans[-1] in ("V7", "V7sus4"):
        romans[-1] = "V"
    names = list(dict.fromkeys(romans))
    draft = Draft([Slot(i, 1, roman) for i, roman in enumerate(names)])
    if want.spec.sevenths in ("often", "always"):
        add_sevenths(draft, want.spec, want.key, stream.sub("sevenths"))
    colour(draft, want.spec, want.key, stream.sub("colour"), False)
    richer = {
        name: name if "/" in name else slot.roman for name, slot in zip(names, draft.slots, strict=True)
    }  # applied dominants stay plain: they are on their way
    beats = [richer[roman] for roman, placed in zip(romans, chords, strict=True) for _ in range(placed.halves // 2)]
    each = len(meter.beats)
    return tuple(_folded(tuple(beats[i : i + each]), meter) for i in range(0, len(beats), each))


def _folded(beats: tuple[str, ...], meter: Meter) -> tuple[str, ...]:
    """A bar's chords, a beat each, said as one or two where they are that many."""
    if len(set(beats)) == 1:
        return beats[:1]
    half = len(beats) // 2
    even = len(set(split_bar(meter, 2))) == 1 and len(beats) % 2 == 0
    if even and len(set(beats[:half])) == 1 and len(set(beats[half:])) == 1:
        return beats[0], beats[half]
    return beats
