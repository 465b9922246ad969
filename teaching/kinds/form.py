"""Claims about the form: the sections, what returns and how alike, where the music is fullest, why this plan.

Conventions: likeness is counted in bars: of the chords where they are the same, of the tune where onsets and degrees
are.
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, claim, decisions, kind, number, odds, text
from partimento.teaching.kinds.rounds import rows
from partimento.teaching.kinds.wording import capital, count, listed, times
from partimento.teaching.music import Music, Part
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject

SAME, LIKE = 0.95, 0.5
"""From which share of bars on two sections are told to have the same, and much the same, chords or tune."""

SUNG = 0.25
"""The share of a section's bars from which on it is said to have a tune: less is the pickup of the next."""


def tune_rows(music: Music, start: int, end: int) -> list[tuple[tuple[int, int], ...]]:
    """Each bar's tune as (ticks from the bar line, semitones above the tonic of its key)."""
    out = []
    for bar in music.bars[music.bar_index(start) : music.bar_index(end - 1) + 1] if end > start else ():
        here = music.at(bar.start)
        tonic = here.key.tonic.number if here is not None else 0
        out.append(tuple((t.onset - bar.start, (t.pitch.midi - tonic) % 12) for t in music.sung(bar.start, bar.end)))
    return out


def _chords_alike(music: Music, a: Part, b: Part) -> float:
    """The share of bars with the same chords, of those where the notes say both; -1 where they say too few."""
    first, second = rows(music, a.start, a.end), rows(music, b.start, b.end)
    sure, certain = _said(music, a), _said(music, b)
    both = [x == y for x, y, p, q in zip(first, second, sure, certain, strict=False) if p and q]
    return sum(both) / len(both) if 2 * len(both) >= min(len(first), len(second)) > 0 else -1.0


def _said(music: Music, part: Part) -> list[bool]:
    """Whether the notes say all the chords of each bar."""
    out = []
    for bar in music.bars[music.bar_index(part.start) : music.bar_index(part.end - 1) + 1]:
        held = music.at(bar.start)
        here = [*music.within(bar.start, bar.end), *([held] if held is not None else [])]
        out.append(bool(here) and all(map(music.is_heard, here)))
    return out


def likeness(music: Music, a: Part, b: Part) -> tuple[float, float]:
    """(chords, tune) that two sections share, 0-1 of their bars; -1 where there is nothing to compare."""
    first, second = tune_rows(music, a.start, a.end), tune_rows(music, b.start, b.end)
    both = [x == y for x, y in zip(first, second, strict=False) if x or y]
    sung = all(sum(map(bool, bars)) >= SUNG * len(bars) for bars in (first, second))
    return _chords_alike(music, a, b), sum(both) / len(both) if both and sung else -1.0


def letters_of(music: Music) -> list[str]:
    """A letter a section: that of the first one with much the same tune, or with its material and chords."""
    out: list[str] = []
    for i, part in enumerate(music.parts):
        for j, earlier in enumerate(music.parts[:i]):
            chords, tune = likeness(music, earlier, part)
            if tune >= LIKE or (chords >= LIKE and earlier.letter == part.letter):
                out.append(out[j])
                break
        else:
            out.append(chr(ord("A") + len(set(out)) % 26))
    return out


def _find_outline(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    if len(music.parts) < 2 or sum(fullness(music, part)[0] > 0 for part in music.parts) < len(music.parts) - 1:
        return  # one section may be a silence; no more
    names = [f"{part.name}:{music.count_bars(part.start, part.end)}" for part in music.parts]
    yield claim(
        "form.outline",
        ((0, music.end),),
        basis="decided" if subject.recorded else "found",
        sections="|".join(names),
        letters=" ".join(letters_of(music)),
    )


def _say_outline(c: Claim, level: str, naming: Naming) -> str:
    sections = [item.rsplit(":", 1) for item in text(c, "sections").split("|")]
    letters = text(c, "letters").split()
    named = any(len(name) > 2 for name, _ in sections)
    if level == "beginner":
        if not named:
            return (
                f"The piece falls into {count(len(sections), 'section')}; the pattern of what returns is"
                f" {' '.join(letters)}."
            )
        return f"The piece has {count(len(sections), 'section')}: {listed([name for name, _ in sections])}."
    shown = (
        [f"{name} ({bars})" for name, bars in sections]
        if named
        else [f"{a} ({n})" for a, (_, n) in zip(letters, sections, strict=True)]
    )
    said = f"The form in {naming.bar}s: {', '.join(shown)}."
    # Sections called A and B have letters already; a second row of them would only confuse.
    lettered = any(len(_stem(name)) == 1 for name, _ in sections)
    told = named and not lettered and len(set(letters)) < len(letters)
    return said + (f" By what returns it is {' '.join(letters)}." if told else "")


def _find_return(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    groups: dict[str, list[Part]] = {}
    for part in music.parts:
        groups.setdefault(part.letter, []).append(part)
    for group in groups.values():
        if len(group) < 2:
            continue
        measured = [likeness(music, group[0], part) for part in group[1:]]
        chords, tune = min(m[0] for m in measured), min(m[1] for m in measured)
        if max(chords, tune) < LIKE:
            continue
        longer = {music.count_bars(p.start, p.end) for p in group}
        yield claim(
            "form.return",
            [(p.start, p.end) for p in group],
            name="|".join(dict.fromkeys(_stem(p.name) for p in group)),
            times=len(group),
            chords=_grade(chords),
            tune=_grade(tune),
            lengths=len(longer) > 1,
        )


def _stem(name: str) -> str:
    return name.rstrip("0123456789' ").strip() or name


def _grade(alike: float) -> str:
    return "none" if alike < 0 else "same" if alike >= SAME else "like" if alike >= LIKE else "other"


_RETURNS = {
    ("same", "same"): "with the same chords and the same tune, note for note",
    ("same", "like"): "with the same chords, while some of the tune’s {bars} change",
    ("same", "other"): "with the same chords under a tune that is mostly new",
    ("same", "none"): "with the same chords",
    ("like", "same"): "with the same tune over chords that change here and there",
    ("like", "like"): "with much the same chords and tune, both changed here and there",
    ("like", "other"): "with much the same chords under a tune that is mostly new",
    ("like", "none"): "with much the same chords",
    ("other", "same"): "with the same tune over other chords",
    ("other", "like"): "with much the same tune over other chords",
    ("none", "same"): "with the same tune",
    ("none", "like"): "with much the same tune",
}


_SUBJECTS = {"Theme": "theme", "Second": "second theme", "Closing": "closing theme"}
"""What a section of a sonata is called in a sentence."""


def _the(name: str) -> str:
    return f"The {_SUBJECTS.get(name, name[0].lower() + name[1:])}" if len(name) > 2 else capital(name)


def _say_return(c: Claim, level: str, naming: Naming) -> str:
    how = _RETURNS.get((text(c, "chords"), text(c, "tune")), "").format(bars=f"{naming.bar}s")
    names = text(c, "name").split("|")
    if not how:
        return ""
    if len(names) > 1:
        return f"{listed(names)} are made of one material, told {times(number(c, 'times'))} {how}."
    said = f"{_the(names[0])} comes {times(number(c, 'times'))}, {how}"
    return said + ("; its length differs." if c.value("lengths") and level != "beginner" else ".")


_CHORDS = {"same": "the chords the same", "like": "the chords much the same", "other": "the chords others"}
_TUNE = {"same": "the tune the same", "like": "the tune partly changed", "other": "the tune mostly new"}


def _return_again(c: Claim, level: str, naming: Naming) -> str:
    names = text(c, "name").split("|")
    if (text(c, "chords"), text(c, "tune")) not in _RETURNS or len(names) > 1:
        return _say_return(c, level, naming)
    kept = [table.get(text(c, what), "") for table, what in ((_CHORDS, "chords"), (_TUNE, "tune"))]
    return f"{_the(names[0])} is heard {times(number(c, 'times'))}: {', '.join(filter(None, kept))}."


def _return_terms(c: Claim) -> tuple[str, ...]:
    return ("repetition",) if text(c, "tune") in ("same", "none") and text(c, "chords") == "same" else ("variation",)


def fullness(music: Music, part: Part) -> tuple[int, float]:
    """(tracks that sound, notes struck a bar) in a section, drums included."""
    inside = [[n for n in track.notes if part.start <= n.onset < part.end] for track in music.song.tracks]
    bars = music.count_bars(part.start, part.end)
    return sum(bool(notes) for notes in inside), sum(map(len, inside)) / max(1, bars)


def _find_arc(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    if len(music.parts) < 3 or len(music.song.tracks) < 3:
        return
    measured = [fullness(music, part) for part in music.parts]
    most = max(range(len(measured)), key=lambda i: (measured[i][1], measured[i][0]))
    least = min(range(len(measured)), key=lambda i: (measured[i][1], measured[i][0]))
    if measured[most][1] < 1.3 * measured[least][1]:
        return
    part, thin = music.parts[most], music.parts[least]
    yield claim(
        "form.arc",
        ((part.start, part.end),),
        name=part.name,
        parts=measured[most][0],
        notes=round(measured[most][1]),
        thin=thin.name,
        thin_parts=measured[least][0],
        thin_notes=round(measured[least][1]),
        place=round(part.start / music.end, 2),
        solo=part.lead in ("solo", "fours"),
    )


def _say_arc(c: Claim, level: str, naming: Naming) -> str:
    said = f"The music is fullest in {text(c, 'name')} and thinnest in {text(c, 'thin')}"
    if level == "beginner":
        if number(c, "parts") <= number(c, "thin_parts"):
            return f"{said}."
        return f"{said}: {count(number(c, 'parts'), 'part')} play against {count(number(c, 'thin_parts'))}."
    return (
        f"{said}: {count(number(c, 'parts'), 'part')} with {number(c, 'notes')} notes a {naming.bar} against"
        f" {count(number(c, 'thin_parts'))} with {number(c, 'thin_notes')}."
    )


def _find_energy(subject: Subject) -> Iterator[Claim]:
    """The planned energies, where the notes follow them: sections planned stronger do have more notes."""
    music = subject.music
    if not subject.recorded or len(music.parts) < 3:
        return
    energies = [part.energy for part in music.parts]
    notes = [fullness(music, part)[1] for part in music.parts]
    ordered = [(a, b) for a in range(len(notes)) for b in range(a) if abs(energies[a] - energies[b]) >= 0.05]
    agree = sum((energies[a] > energies[b]) == (notes[a] > notes[b]) for a, b in ordered)
    if not ordered or agree < 0.7 * len(ordered):
        return
    shown = "|".join(f"{part.name}:{part.energy:g}" for part in music.parts)
    yield claim("form.energy", ((0, music.end),), basis="decided", energies=shown, agree=round(agree / len(ordered), 2))


def _say_energy(c: Claim, level: str, naming: Naming) -> str:
    energies = [item.rsplit(":", 1) for item in text(c, "energies").split("|")]
    low = min(energies, key=lambda item: float(item[1]))
    high = max(energies, key=lambda item: float(item[1]))
    said = (
        f"Each section was given an energy between 0 and 1, from {low[1]} in {low[0]} to {high[1]} in {high[0]}, and"
        " the playing follows it"
    )
    if not at_least(level, "advanced"):
        return said + "."
    return f"{said}: {' – '.join(value for _, value in energies)}."


def _find_choice(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    kinds = [part.kind for part in music.parts]
    for drawn in decisions(subject, "form", "plan.form.drawn"):
        fit = next(iter(decisions(subject, "form", "form.fit")), None)
        words = str(fit.value("sections")).split() if fit is not None else []
        planned = [int(word.rsplit(":", 1)[1]) for word in words]
        bars = [music.count_bars(part.start, part.end) for part in music.parts]
        shown = odds(drawn, str(drawn.value("form")))
        named = [word.rsplit(":", 1)[0] for word in words]
        same = all(name == kind for name, kind in zip(named, kinds, strict=False) if name in kinds)
        if planned == bars and len(kinds) == len(words) and same and shown and any(music.piece.tones):
            yield claim(
                "form.choice",
                ((0, music.end),),
                basis="decided",
                form=str(drawn.value("form")),
                drawn=shown,
                bars=sum(bars),
            )


def _say_choice(c: Claim, level: str, naming: Naming) -> str:
    return (
        f"Of the forms that this style knows, “{text(c, 'form')}” was drawn by weight ({text(c, 'drawn')})"
        f" and laid out over {number(c, 'bars')} {naming.bar}s."
    )


def _find_growth(subject: Subject) -> Iterator[Claim]:
    """The section with the most energy that returns: its last time is the fullest."""
    music = subject.music
    groups: dict[str, list[Part]] = {}
    for part in music.parts:
        groups.setdefault(part.letter, []).append(part)
    for group in groups.values():
        if len(group) < 3:
            continue
        notes = [round(fullness(music, part)[1], 1) for part in group]
        if all(b > a for a, b in zip(notes, notes[1:], strict=False)) and notes[-1] >= 1.2 * notes[0]:
            yield claim(
                "form.growth",
                [(p.start, p.end) for p in group],
                name=_stem(group[0].name),
                first=round(notes[0]),
                last=round(notes[-1]),
                growth=round(notes[-1] / max(notes[0], 0.1), 1),
            )


def _say_growth(c: Claim, level: str, naming: Naming) -> str:
    name = _the(text(c, "name"))
    said = f"Each time {name[0].lower() if len(name) > 2 else name[0]}{name[1:]} returns, more is played"
    if level == "beginner":
        return said + "."
    return said + f": from {number(c, 'first')} to {number(c, 'last')} notes a {naming.bar}."


KINDS = (
    kind("form.outline", "form", ("form", "section"), _find_outline, _say_outline, weight=1),
    kind("form.choice", "form", ("form",), _find_choice, _say_choice, "advanced", weight=2),
    kind(
        "form.return",
        "form",
        ("repetition", "variation"),
        _find_return,
        _say_return,
        weight=10,
        named=_return_terms,
        again=_return_again,
    ),
    kind("form.arc", "form", ("climax", "texture"), _find_arc, _say_arc, weight=5),
    kind("form.energy", "form", ("energy",), _find_energy, _say_energy, "intermediate", weight=4),
    kind("form.growth", "form", ("build-up",), _find_growth, _say_growth, weight=12),
)
