"""Claims about chords in a run: two-fives, turnarounds, pedal points, and how rich the chords are throughout.

Conventions: as in `chords`; a run counts where each of its chords is heard.
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.teaching.claim import Claim
from partimento.teaching.kinds.chords import Facts, Pair, gathered
from partimento.teaching.kinds.claiming import by, claim, kind, number, share, text
from partimento.teaching.kinds.cycles import drones_and_blues
from partimento.teaching.kinds.rounds import rounds
from partimento.teaching.kinds.wording import count, listed, percent, row
from partimento.teaching.music import Harmony, Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.chord import parse_chord


def _two_five(music: Music, pair: Pair) -> Facts | None:
    """A minor or half-diminished seventh chord, its dominant a fifth below, and perhaps the goal."""
    h, after = pair.here, pair.after
    if after is None or h.chord.seventh is None or h.chord.family not in ("minor", "half-diminished"):
        return None
    if after.chord.family != "dominant" or after.chord.root != h.chord.root.up(-1) or not music.is_heard(after):
        return None
    follows = next((x for x in music.within(after.end, after.end + 1)), None)
    goal = after.chord.root.up(-1)
    arrives = follows is not None and follows.chord.root == goal
    minor = h.chord.family == "half-diminished"
    home = goal == h.key.tonic
    # A home chord that goes to a seventh chord on IV sets off for nowhere; a home chord with a seventh is no five.
    stays = h.key.tonic in (h.chord.root, after.chord.root) and not arrives
    # The minor chord on IV and the seventh chord on the lowered VII are borrowed, not aimed at a third key.
    backdoor = h.chord.root == h.key.tonic.up(-1) and not arrives
    if stays or backdoor or h.key.mode not in ("major", "minor"):
        return None
    return (
        ("two", h.chord.name),
        ("five", after.chord.name),
        ("one", follows.chord.name if follows and arrives else ""),
        ("goal", goal.name),
        ("minor", minor),
        ("home", home),
    )


def _say_two_five(c: Claim, level: str, naming: Naming) -> str:
    two, five = (naming.chord(parse_chord(text(c, name))) for name in ("two", "five"))
    one = naming.chord(parse_chord(text(c, "one"))) if text(c, "one") else ""
    goal = naming.note(parse_chord(text(c, "goal")).root)
    name = "minor two-five" if c.value("minor") else "two-five"
    if level == "beginner":
        return (
            f"{two} and {five} make a run-up, and {one} is where it lands."
            if one
            else f"{two} and {five} make a run-up to {goal}, which does not come."
        )
    where = "home" if c.value("home") else f"{goal}, away from home"
    if one:
        return f"{two}–{five}–{one} is a {name}–one that arrives {'at ' if where != 'home' else ''}{where}."
    return f"{two}–{five} is a {name} towards {goal} whose goal does not follow."


def _pedal(subject: Subject) -> Iterator[Claim]:
    """A bass tone held or struck again under at least three different chords, of which it belongs not to all."""
    music = subject.music
    held = drones_and_blues(subject)
    spans: dict[str, list[tuple[int, int]]] = {}
    chords: dict[str, list[str]] = {}
    run: list[Harmony] = []
    for h in (*music.harmony, None):
        bass = music.bass(h) if h is not None else None
        last = music.bass(run[-1]) if run else None
        joined = bool(run) and h is not None and run[-1].end == h.start
        if h is not None and joined and bass is not None and last is not None and bass.pitch.midi == last.pitch.midi:
            run.append(h)
            continue
        foreign = last is not None and any(last.pitch.midi % 12 not in x.chord.numbers for x in run)
        if (
            last is not None
            and foreign
            and len({x.chord.root for x in run}) >= 3
            and not any(s <= run[0].start < e for s, e in held)
        ):
            tone = last.pitch.pitch_class.name
            spans.setdefault(tone, []).append((run[0].start, run[-1].end))
            chords.setdefault(tone, []).extend(x.chord.name for x in run)
        run = [h] if h is not None else []
    for tone, places in spans.items():
        yield claim("harmony.pedal", places, tone=tone, chords=" ".join(dict.fromkeys(chords[tone])))


def _say_pedal(c: Claim, level: str, naming: Naming) -> str:
    tone = parse_chord(text(c, "tone")).root
    chords = listed([naming.chord(parse_chord(name)) for name in text(c, "chords").split()])
    said = f"{naming.note(tone)} stays in the bass as a pedal point while {chords} pass above it."
    return said


def _find_colour(subject: Subject) -> Iterator[Claim]:
    """How many of the chords carry sevenths and more that are heard."""
    music = subject.music
    whole = [h for h in music.harmony if music.is_heard(h)]
    if len(whole) < 4:
        return
    sevenths = extended = power = 0
    for h in whole:
        heard = {t.pitch.midi % 12 for t in music.tones(h.heard, h.end)}
        sevenths += h.chord.seventh is not None and h.chord.seventh.number in heard
        extended += any(d in (9, 11, 13) and tone.number in heard for d, tone in h.chord.members.items())
        power += h.chord.third is None and len(h.chord.tones) == 2
    yield claim(
        "harmony.colour",
        ((0, music.end),),
        chords=len(whole),
        sevenths=round(sevenths / len(whole), 2),
        extended=round(extended / len(whole), 2),
        power=round(power / len(whole), 2),
    )


def _say_colour(c: Claim, level: str, naming: Naming) -> str:
    sevenths, extended, power = (share(c, name) for name in ("sevenths", "extended", "power"))
    if power >= 0.5:
        return "The chords are power chords, root and fifth alone: they are neither major nor minor."
    if sevenths < 0.15:
        return "The chords are plain triads, three tones each." if sevenths < 0.05 and extended < 0.1 else ""
    if level == "beginner":
        return "Most chords have a fourth tone, the seventh, which makes them softer and richer." * (sevenths >= 0.5)
    said = f"In {_share_of(sevenths, number(c, 'chords'))} a seventh sounds"
    return said + (f", in {_part_of(extended)} a ninth, eleventh or thirteenth." if extended >= 0.05 else ".")


def _part_of(share_: float) -> str:
    return "all" if share_ >= 0.995 else percent(share_)


def _share_of(share_: float, chords: int) -> str:
    """`"all chords"`, `"23 % of the chords"`, `"two of six chords"` where there are few."""
    if share_ >= 0.995:
        return "all chords"
    if chords <= 12:
        return f"{count(round(share_ * chords))} of {count(chords, 'chord')}"
    return f"{percent(share_)} of the chords"


def _colour_terms(c: Claim) -> tuple[str, ...]:
    if share(c, "power") >= 0.5:
        return ("power-chord",)
    if share(c, "sevenths") < 0.15:
        return ("triad",)
    return ("seventh-chord", "extension") if share(c, "extended") >= 0.05 else ("seventh-chord",)


def _find_turnaround(subject: Subject) -> Iterator[Claim]:
    """Jazz turnarounds: I or iii, vi or VI7, ii, V or its substitute, in four bars at most, leading back to a start."""
    music = subject.music
    turning = [span for cycle in rounds(subject) for span in cycle.spans]
    spans: dict[str, list[tuple[int, int]]] = {}
    for i in range(len(music.harmony) - 3):
        four = music.harmony[i : i + 4]
        if any(s <= four[0].start < e for s, e in turning):
            continue
        if any(a.end != b.start for a, b in zip(four, four[1:], strict=False)) or not all(map(music.is_heard, four)):
            continue
        degrees = [(h.chord.root.number - four[0].key.tonic.number) % 12 for h in four]
        length = music.count_bars(four[0].start, four[3].end)
        bars = music.count_bars(0, four[3].end)
        line = bars % 8 == 0 or any(part.start == four[3].end for part in music.parts)
        after = music.at(four[3].end)
        home = after is not None and (after.chord.root.number - four[0].key.tonic.number) % 12 in (0, 4)
        if (
            degrees[0] in (0, 4)
            and degrees[1] in (9, 3)
            and degrees[2] in (2, 8)
            and degrees[3] in (7, 1)
            and (length <= 4 and (line or (home and bars % 4 == 0)))
        ):
            spans.setdefault(" ".join(h.numeral for h in four), []).append((four[0].start, four[3].end))
    for names, places in spans.items():
        yield claim("harmony.turnaround", places, chords=names)


def _say_turnaround(c: Claim, level: str, naming: Naming) -> str:
    if level == "beginner":
        return "A turnaround: four quick chords that lead from the end back to the beginning."
    return (
        f"{row(text(c, 'chords').split())} is a turnaround: it leads from the end of a line to the start of the next."
    )


def _two_five_again(c: Claim, level: str, naming: Naming) -> str:
    two, five = (naming.chord(parse_chord(text(c, name))) for name in ("two", "five"))
    if level == "beginner":
        return ""
    if text(c, "one"):
        return f"Another arrives: {two}–{five}–{naming.chord(parse_chord(text(c, 'one')))}."
    return f"Another, {two}–{five}, points to {naming.note(parse_chord(text(c, 'goal')).root)} and goes elsewhere."


KINDS = (
    kind("harmony.colour", "harmony", ("seventh-chord", "extension", "power-chord", "triad"), _find_colour, _say_colour,
         weight=6, named=_colour_terms),
    kind("harmony.two-five", "harmony", ("ii-v-i", "minor-ii-v"), gathered("harmony.two-five", _two_five),
         _say_two_five,
         named=by("minor", {True: "minor-ii-v", False: "ii-v-i"}), again=_two_five_again),
    kind("harmony.turnaround", "harmony", ("turnaround",), _find_turnaround, _say_turnaround),
    kind("harmony.pedal", "harmony", ("pedal-point",), _pedal, _say_pedal),
)  # fmt: skip
