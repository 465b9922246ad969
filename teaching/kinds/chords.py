"""Claims about chords that stand out: applied, borrowed, substituted, inverted, held over a pedal, coloured.

Conventions: one claim for all places where the same thing happens; each place has been heard in the notes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import claim, kind, number, share, text
from partimento.teaching.kinds.wording import listed, numeral, parsed, percent, row, times
from partimento.teaching.music import Harmony, Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.key import Key
from partimento.theory.roman import Numeral, chord_of, is_diatonic


class Pair(NamedTuple):
    """A chord in its place with the one after it, None at the end or before a silence."""

    here: Harmony
    numeral: Numeral
    after: Harmony | None


def pairs(music: Music) -> Iterator[Pair]:
    """All chords that are heard and have a numeral."""
    for i, h in enumerate(music.harmony):
        found = parsed(h.numeral)
        if found is not None and music.is_heard(h):
            after = music.harmony[i + 1] if i + 1 < len(music.harmony) else None
            yield Pair(h, found, after if after is not None and after.start == h.end else None)


Facts = tuple[tuple[str, str | int | float | bool], ...]


def _gathered(name: str, read: Callable[[Music, Pair], Facts | None]) -> Callable[[Subject], Iterator[Claim]]:
    """A finder: all pairs of which `read` tells the same facts are one claim."""

    def find(subject: Subject) -> Iterator[Claim]:
        spans: dict[Facts, list[tuple[int, int]]] = {}
        sure: dict[Facts, float] = {}
        for pair in pairs(subject.music):
            facts = read(subject.music, pair)
            if facts is not None:
                spans.setdefault(facts, []).append((pair.here.start, pair.here.end))
                sure[facts] = min(sure.get(facts, 1.0), pair.here.sure)
        for facts, places in spans.items():
            basis = "decided" if subject.recorded else "found"
            yield replace(claim(name, places, basis=basis, sure=sure[facts]), values=facts)

    return find


def _home(key: Key, chord: Chord) -> bool:
    return chord.root == key.tonic


def _applied(music: Music, pair: Pair) -> Facts | None:
    h, found = pair.here, pair.numeral
    if found.applied is None or found.degree not in (5, 7) or found.alter:
        return None
    target = chord_of(str(found.applied), h.key)
    resolves = pair.after is not None and pair.after.chord.root.number == target.root.number
    leading = target.root.up(5)
    sounds = any(t.pitch.midi % 12 == leading.number for t in music.tones(h.heard, h.end))
    if not sounds:
        return None
    goes = "" if pair.after is None else pair.after.chord.name
    return (
        ("numeral", h.numeral),
        ("chord", h.chord.name),
        ("target", str(found.applied)),
        ("to", target.name),
        ("resolves", resolves),
        ("goes", goes),
        ("leading", leading.name),
        ("key", str(h.key)),
    )


def _say_applied(c: Claim, level: str, naming: Naming) -> str:
    chord, target = (naming.chord(parse_chord(text(c, name))) for name in ("chord", "to"))
    leading = naming.note(parse_chord(text(c, "leading")).root)
    if level == "beginner":
        return f"{chord} does not belong to the key: its {leading} leans towards {target}" + (
            ", which follows." if c.value("resolves") else ", but another chord follows."
        )
    said = f"{chord} is {numeral(text(c, 'numeral'))}, a secondary dominant: {leading} is the leading tone of {target}"
    if c.value("resolves"):
        return said + f", and {target} follows."
    goes = text(c, "goes")
    return said + (f"; it goes to {naming.chord(parse_chord(goes))} instead." if goes else ", which does not follow.")


def _tritone(music: Music, pair: Pair) -> Facts | None:
    h, found = pair.here, pair.numeral
    if (found.degree, found.alter) != (2, -1) or h.chord.family != "dominant" or pair.after is None:
        return None
    down = (h.chord.root.number - pair.after.chord.root.number) % 12 == 1
    if not down or not music.bass_says(h):
        return None
    third, seventh = h.chord.third, h.chord.seventh
    if third is None or seventh is None:
        return None
    replaced = Chord(h.chord.root.up(6), "7").name if h.chord.root.fifths < 0 else Chord(h.chord.root.up(-6), "7").name
    return (
        ("chord", h.chord.name),
        ("for", replaced),
        ("to", pair.after.chord.name),
        ("third", third.name),
        ("seventh", seventh.name),
        ("numeral", h.numeral),
    )


def _say_tritone(c: Claim, level: str, naming: Naming) -> str:
    chord, other, to = (naming.chord(parse_chord(text(c, name))) for name in ("chord", "for", "to"))
    if level == "beginner":
        return f"{chord} stands in for {other}: the bass slides down a half step to {to}."
    third, seventh = (naming.note(parse_chord(text(c, name)).root) for name in ("third", "seventh"))
    return (
        f"{chord} ({numeral(text(c, 'numeral'))}) is a tritone substitution for {other}: both hold {third} and {seventh}"
        f" (there perhaps spelled otherwise), and the bass falls a half step to {to}."
    )


_BORROWED = {(4, 0): "iv", (6, -1): "bVI", (3, -1): "bIII", (7, -1): "bVII", (2, 0): "ii"}


def _mixture(music: Music, pair: Pair) -> Facts | None:
    h, found = pair.here, pair.numeral
    if h.key.mode != "major" or found.applied is not None or (found.degree, found.alter) not in _BORROWED:
        return None
    chord = h.chord
    if found.degree in (2, 4) and not (
        chord.family in ("minor", "half-diminished", "diminished") and (found.degree == 4 or chord.family != "minor")
    ):
        return None
    if found.degree in (3, 6) and chord.family != "major":
        return None
    if found.degree == 7 and chord.family not in ("major", "dominant"):
        return None
    foreign = [t.name for t in chord.tones if t not in h.key.tones]
    parallel = h.key.parallel
    if not foreign or not all(t in parallel.tones for t in chord.tones if t in chord.tones[:3]):
        return None
    heard = {t.pitch.midi % 12 for t in music.tones(h.heard, h.end)}
    if not any(parse_chord(name).root.number in heard for name in foreign):
        return None
    return (("numeral", h.numeral), ("chord", chord.name), ("foreign", foreign[0]), ("parallel", str(parallel)))


def _say_mixture(c: Claim, level: str, naming: Naming) -> str:
    chord, foreign = naming.chord(parse_chord(text(c, "chord"))), naming.note(parse_chord(text(c, "foreign")).root)
    parallel = naming.key(Key.parse(text(c, "parallel")))
    if level == "beginner":
        return f"{chord} is borrowed: its {foreign} comes from {parallel} and darkens the colour for a moment."
    return f"{chord} is {numeral(text(c, 'numeral'))}, modal mixture: {foreign} is borrowed from {parallel}."


def _chromatic(music: Music, pair: Pair) -> Facts | None:
    h, found = pair.here, pair.numeral
    name = ""
    if found.quality in ("It6", "Fr6", "Ger6"):
        name = "augmented-sixth"
    elif (found.degree, found.alter, found.quality) == (2, -1, "") and h.key.mode in ("major", "minor"):
        name = "neapolitan"
    elif h.chord.quality == "dim7" and found.applied is None and not is_diatonic(h.chord, h.key):
        name = "diminished-seventh"
    if not name:
        return None
    after = pair.after
    step = 0
    if name == "diminished-seventh":
        if after is None:
            return None
        step = (after.chord.bass_tone.number - h.chord.bass_tone.number) % 12
        if step not in (1, 11, 0) or not music.bass_says(h) or not music.bass_says(after):
            return None
    return (
        ("what", name),
        ("numeral", h.numeral),
        ("chord", h.chord.name),
        ("to", after.chord.name if after is not None else ""),
        ("step", {1: "up", 11: "down", 0: "same"}.get(step, "")),
    )


def _say_chromatic(c: Claim, level: str, naming: Naming) -> str:
    chord, what = naming.chord(parse_chord(text(c, "chord"))), text(c, "what")
    to = naming.chord(parse_chord(text(c, "to"))) if text(c, "to") else ""
    if what == "diminished-seventh":
        way = {"up": "a half step up", "down": "a half step down", "same": "over the same bass"}[text(c, "step")]
        name = "passing diminished seventh" if text(c, "step") != "same" else "common-tone diminished seventh"
        return f"{chord} is a {name}: it leads {way} to {to}."
    if what == "neapolitan":
        said = f"{chord} is the Neapolitan chord, a major triad on the lowered second degree"
    else:
        said = (
            f"{numeral(text(c, 'numeral'))} is an augmented sixth chord, whose outer tones press outwards to an octave"
        )
    if level == "beginner":
        said = f"{chord} is a strong chord from outside the key"
    return said + (f"; {to} follows." if to else ".")


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
    run: list[Harmony] = []
    for h in (*music.harmony, None):
        bass = music.bass(h) if h is not None else None
        last = music.bass(run[-1]) if run else None
        if (
            h is not None
            and bass is not None
            and last is not None
            and run[-1].end == h.start
            and (bass.pitch.midi == last.pitch.midi)
        ):
            run.append(h)
            continue
        names = list(dict.fromkeys(x.chord.name for x in run))
        if (
            last is not None
            and len({x.chord.root for x in run}) >= 3
            and any(last.pitch.midi % 12 not in x.chord.numbers for x in run)
        ):
            tone = last.pitch.pitch_class.name
            yield claim(
                "harmony.pedal", ((run[0].start, run[-1].end),), tone=tone, chords=" ".join(names), key=str(run[0].key)
            )
        run = [h] if h is not None else []


def _say_pedal(c: Claim, level: str, naming: Naming) -> str:
    tone = parse_chord(text(c, "tone")).root
    chords = listed([naming.chord(parse_chord(name)) for name in text(c, "chords").split()])
    said = f"{naming.note(tone)} stays in the bass as a pedal point while {chords} pass above it."
    return said


def _inversions(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    spans: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for h, _, _ in pairs(music):
        if h.chord.inversion in (1, 2, 3) and h.chord.bass is not None and music.bass_says(h) and not h.role:
            key = (h.chord.name, h.numeral, h.chord.bass.name)
            spans.setdefault(key, []).append((h.start, h.end))
    by_count = sorted(spans.items(), key=lambda item: (-len(item[1]), item[1][0]))
    for (chord, name, bass), places in by_count[:4]:
        yield claim("harmony.inversion", places, chord=chord, numeral=name, bass=bass, times=len(places))


def _say_inversion(c: Claim, level: str, naming: Naming) -> str:
    chord = parse_chord(text(c, "chord"))
    order = {1: "first", 2: "second", 3: "third"}[chord.inversion or 1]
    bass = naming.note(parse_chord(text(c, "bass")).root)
    plain = naming.chord(chord.over(None))
    if level == "beginner":
        return ""
    turns = number(c, "times")
    return f"{plain} stands in {order} inversion ({numeral(text(c, 'numeral'))}), {bass} in the bass" + (
        f", {times(turns)}." if turns > 1 else "."
    )


def _six_four(music: Music, pair: Pair) -> Facts | None:
    h = pair.here
    fifth = h.chord.fifth
    six_four = pair.numeral.inversion == 2 and h.chord.seventh is None and fifth is not None and music.bass_says(h)
    if not six_four:
        return None
    role = h.role
    after = pair.after
    if (
        not role
        and pair.numeral.degree == 1
        and after is not None
        and after.chord.root == fifth
        and music.bass_says(after)
    ):
        role = "cadential"
    return (("role", role), ("chord", h.chord.name), ("numeral", h.numeral)) if role else None


_SIX_FOURS = {
    "cadential": "its sixth and fourth lean on the dominant that follows over the same bass",
    "passing": "the bass passes through it by step",
    "pedal": "the bass stays while the voices above move away and back",
    "arpeggiated": "the bass runs through the tones of one chord",
}


def _say_six_four(c: Claim, level: str, naming: Naming) -> str:
    role = text(c, "role")
    if level == "beginner" or role not in _SIX_FOURS:
        return ""
    chord = naming.chord(parse_chord(text(c, "chord")).over(None))
    article = "an" if role == "arpeggiated" else "a"
    return f"{chord} is {article} {role} six-four: {_SIX_FOURS[role]}."


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
    said = f"{percent(sevenths)} of the chords carry a seventh"
    return said + (f", and {percent(extended)} a ninth, eleventh or thirteenth." if extended >= 0.05 else ".")


def _find_turnaround(subject: Subject) -> Iterator[Claim]:
    """Jazz turnarounds: I or iii, vi or VI7, ii, V (or its substitute) in at most four bars, leading back to a start."""
    music = subject.music
    spans: dict[str, list[tuple[int, int]]] = {}
    for i in range(len(music.harmony) - 3):
        four = music.harmony[i : i + 4]
        if any(a.end != b.start for a, b in zip(four, four[1:], strict=False)) or not all(map(music.is_heard, four)):
            continue
        degrees = [(h.chord.root.number - four[0].key.tonic.number) % 12 for h in four]
        length = music.count_bars(four[0].start, four[3].end)
        returns = any(part.start == four[3].end for part in music.parts)
        phrase = music.count_bars(0, four[3].end) % 4 == 0
        if (
            degrees[0] in (0, 4)
            and degrees[1] in (9, 3)
            and degrees[2] in (2, 8)
            and degrees[3] in (7, 1)
            and (length <= 4 and (returns or phrase))
        ):
            spans.setdefault(" ".join(h.numeral for h in four), []).append((four[0].start, four[3].end))
    for names, places in spans.items():
        yield claim("harmony.turnaround", places, chords=names)


def _say_turnaround(c: Claim, level: str, naming: Naming) -> str:
    if level == "beginner":
        return "A turnaround: four quick chords that lead from the end back to the beginning."
    return f"{row(text(c, 'chords').split())} is a turnaround: it leads from the end of a line back to its beginning."


_TOPIC = "harmony"
KINDS = (
    kind("harmony.colour", _TOPIC, ("seventh-chord", "power-chord", "triad"), _find_colour, _say_colour, weight=6),
    kind("harmony.applied", _TOPIC, ("secondary-dominant",), _gathered("harmony.applied", _applied), _say_applied),
    kind("harmony.tritone", _TOPIC, ("tritone-substitution",), _gathered("harmony.tritone", _tritone), _say_tritone),
    kind("harmony.mixture", _TOPIC, ("modal-mixture",), _gathered("harmony.mixture", _mixture), _say_mixture),
    kind("harmony.chromatic", _TOPIC, ("diminished-seventh-chord", "neapolitan-chord", "augmented-sixth-chord"),
         _gathered("harmony.chromatic", _chromatic), _say_chromatic),
    kind("harmony.two-five", _TOPIC, ("two-five-one",), _gathered("harmony.two-five", _two_five), _say_two_five),
    kind("harmony.turnaround", _TOPIC, ("turnaround",), _find_turnaround, _say_turnaround),
    kind("harmony.pedal", _TOPIC, ("pedal-point",), _pedal, _say_pedal),
    kind("harmony.inversion", _TOPIC, ("inversion",), _inversions, _say_inversion, "intermediate", weight=60),
    kind("harmony.six-four", _TOPIC, ("six-four-chord",), _gathered("harmony.six-four", _six_four), _say_six_four,
         "intermediate"),
)  # fmt: skip
