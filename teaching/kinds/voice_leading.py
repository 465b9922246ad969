"""Claims about how voices move: the bass, outer voices, tendency tones, parallels.

Conventions: motion is read from chord to chord between the tones that sound as each chord is heard; the outer voices
are the accompaniment's bass and the tune.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, claim, kind, number, share, text
from partimento.teaching.kinds.wording import capital, count, listed, percent, times
from partimento.teaching.music import Harmony, Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.analysis.piece import Tone
from partimento.theory.chord import parse_chord
from partimento.theory.pitch import Pitch

LEADING = "Bach’s chorales: the leading tone rises in 96 % of sopranos and basses, 61-65 % of inner voices"
SEVENTH = "Bach’s chorales: the chordal seventh goes down by step in 87 %, is held in 9 %"
PARALLEL = "Bach’s chorales: 0.15 parallel fifths or octaves a chorale, none in 89 % of them"


def _changes(music: Music) -> Iterator[tuple[Harmony, Harmony]]:
    """Neighbouring chords that differ and are both heard."""
    heard = {h: music.is_heard(h) for h in music.harmony}
    for a, b in zip(music.harmony, music.harmony[1:], strict=False):
        if a.end == b.start and a.chord != b.chord and heard[a] and heard[b]:
            yield a, b


def _find_roots(subject: Subject) -> Iterator[Claim]:
    moves = [
        (b.chord.root.number - a.chord.root.number) % 12
        for a, b in _changes(subject.music)
        if a.chord.root != b.chord.root
    ]
    if len(moves) >= 8:
        n = len(moves)
        yield claim(
            "voice-leading.roots",
            ((0, subject.music.end),),
            fifths=round(sum(m in (5, 7) for m in moves) / n, 2),
            down=round(sum(m == 5 for m in moves) / n, 2),
            thirds=round(sum(m in (3, 4, 8, 9) for m in moves) / n, 2),
            steps=round(sum(m in (1, 2, 10, 11) for m in moves) / n, 2),
        )


def _say_roots(c: Claim, level: str, naming: Naming) -> str:
    ways = {"by a fourth or fifth": share(c, "fifths"), "by step": share(c, "steps"), "by a third": share(c, "thirds")}
    shown = [f"{way} in {percent(part)}" for way, part in sorted(ways.items(), key=lambda way: -way[1]) if part >= 0.01]
    said = f"From chord to chord the root moves {listed(shown)} of the changes"
    if at_least(level, "advanced") and share(c, "down") >= 0.3:
        said += f"; {percent(share(c, 'down'))} fall a fifth, as a dominant does to its tonic"
    return said + "."


def _find_bass(subject: Subject) -> Iterator[Claim]:
    """Runs of at least four different bass tones by step in one direction, a chord each."""
    music = subject.music
    runs: dict[str, list[tuple[int, int]]] = {}
    run: list[tuple[Harmony, Tone]] = []

    def close() -> None:
        tones = [tone for _, tone in run]
        if len(tones) >= 4:
            names = " ".join(str(t.pitch.pitch_class) for t in tones)
            way = "down" if tones[1].pitch.midi < tones[0].pitch.midi else "up"
            half = all(abs(b.pitch.midi - a.pitch.midi) == 1 for a, b in zip(tones, tones[1:], strict=False))
            lament = _is_lament([t.pitch.midi for t in tones], run[0][0])
            runs.setdefault(f"{names}|{way}|{half}|{lament}", []).append((run[0][0].start, run[-1][0].end))

    for h in music.harmony:
        tone = music.bass(h) if music.is_heard(h) else None
        if tone is None:
            close()
            run = []
            continue
        if run:
            step = tone.pitch.midi - run[-1][1].pitch.midi
            before = run[-1][1].pitch.midi - run[-2][1].pitch.midi if len(run) > 1 else step
            if run[-1][0].end != h.start or not 1 <= abs(step) <= 2 or (step > 0) != (before > 0):
                close()
                run = run[-1:] if 1 <= abs(step) <= 2 and run[-1][0].end == h.start else []
        run.append((h, tone))
    close()
    for facts, places in runs.items():
        names, way, half, lament = facts.split("|")
        yield claim(
            "voice-leading.bass-line", places, tones=names, way=way, chromatic=half == "True", lament=lament == "True"
        )


def _is_lament(midi: Sequence[int], h: Harmony) -> bool:
    """1-7-6-5 of a minor key, diatonic or by half steps."""
    tonic = h.key.tonic.number
    degrees = [(m - tonic) % 12 for m in midi]
    return h.key.is_minor and degrees[0] == 0 and degrees[-1] == 7 and midi[-1] == midi[0] - 5


def _say_bass(c: Claim, level: str, naming: Naming) -> str:
    tones = "–".join(naming.note(parse_chord(name).root) for name in text(c, "tones").split())
    by = "half step" if c.value("chromatic") else "step"
    said = f"The bass goes {text(c, 'way')} by {by}, {tones}"
    if c.value("lament") and level != "beginner":
        said += ": the lament bass, from the tonic down to the dominant"
    return said + "."


def _outer(music: Music) -> list[str]:
    """How tune and bass move to each other at each change of chord."""
    out = []
    for a, b in _changes(music):
        low = music.bass(a), music.bass(b)
        high = _tune_at(music, a.heard), _tune_at(music, b.heard)
        if low[0] is None or low[1] is None or high[0] is None or high[1] is None:
            continue
        below, above = low[1].pitch.midi - low[0].pitch.midi, high[1].pitch.midi - high[0].pitch.midi
        if not below and not above:
            continue
        out.append("oblique" if not below or not above else "contrary" if (below > 0) != (above > 0) else "similar")
    return out


def _tune_at(music: Music, tick: int) -> Tone | None:
    beat = music.bar(tick).meter.beat_lengths[0]
    return next((t for t in music.sung(tick - 4 * beat, tick + beat // 2 + 1)[::-1] if t.end > tick), None)


def _find_outer(subject: Subject) -> Iterator[Claim]:
    moves = _outer(subject.music)
    if len(moves) >= 12:
        n = len(moves)
        yield claim(
            "voice-leading.outer",
            ((0, subject.music.end),),
            contrary=round(moves.count("contrary") / n, 2),
            oblique=round(moves.count("oblique") / n, 2),
            similar=round(moves.count("similar") / n, 2),
        )


def _say_outer(c: Claim, level: str, naming: Naming) -> str:
    ways = {
        "they move against each other (contrary motion)": share(c, "contrary"),
        "they go the same way": share(c, "similar"), "one of them stays": share(c, "oblique"),
    }  # fmt: skip
    shown = [f"in {percent(part)} {way}" for way, part in sorted(ways.items(), key=lambda way: -way[1]) if part >= 0.01]
    alone = next((way for way, part in ways.items() if part >= 0.995), "")
    return f"Tune and bass where the chord changes: {alone + ' every time' if alone else listed(shown)}."


def _lines(subject: Subject) -> dict[int, list[Tone]]:
    """The tones of each voice that is a line."""
    voices = subject.piece.voices
    out: dict[int, list[Tone]] = {}
    for tone in subject.piece.tones:
        if voices[tone.voice].line and not tone.grace:
            out.setdefault(tone.voice, []).append(tone)
    return out


def _tendencies(subject: Subject) -> Iterator[tuple[str, Tone, int]]:
    """("seventh" or "leading", the tone, semitones to the next) for tendency tones at a change of chord, in lines.

    A seventh is that of its chord, left as the root falls a fifth or rises a step; a leading tone that of a dominant
    which goes to its tonic.
    """
    music = subject.music
    changes = {b.heard: (a, b) for a, b in _changes(music)}
    for line in _lines(subject).values():
        for tone, following in zip(line, line[1:], strict=False):
            pair = changes.get(following.onset)
            if pair is None or tone.end < following.onset or tone.onset >= pair[1].heard:
                continue
            a, b = pair
            root = (b.chord.root.number - a.chord.root.number) % 12
            step = following.pitch.midi - tone.pitch.midi
            midi = tone.pitch.midi % 12
            if a.chord.seventh is not None and midi == a.chord.seventh.number and root in (5, 2, 1):
                yield "seventh", tone, step
            dominant = a.chord.root == a.key.tonic.up(1) and a.chord.family in ("major", "dominant")
            if dominant and root == 5 and a.chord.third is not None and midi == a.chord.third.number:
                yield "leading", tone, step


def _find_sevenths(subject: Subject) -> Iterator[Claim]:
    steps = [step for name, _, step in _tendencies(subject) if name == "seventh"]
    if len(steps) >= 4:
        good = sum(-2 <= s <= -1 for s in steps)
        yield claim(
            "voice-leading.seventh", ((0, subject.music.end),), good=good, held=steps.count(0), total=len(steps)
        )


def _find_leading(subject: Subject) -> Iterator[Claim]:
    steps = [step for name, _, step in _tendencies(subject) if name == "leading"]
    if len(steps) >= 4:
        good = steps.count(1)
        yield claim(
            "voice-leading.leading", ((0, subject.music.end),), good=good, held=steps.count(0), total=len(steps)
        )


def _say_tendency(c: Claim, level: str, naming: Naming) -> str:
    good, total, held = (number(c, name) for name in ("good", "total", "held"))
    so_many = (
        f"All {count(total)}" if good == total else f"{capital(count(good)) if good else 'None'} of {count(total)}"
    )
    if c.kind.endswith("seventh"):
        said = f"{so_many} chordal sevenths in the melodic lines resolve down by step"
    else:
        said = f"{so_many} leading tones in the melodic lines rise to the tonic"
    return said + (f", {held} {'is' if held == 1 else 'are'} held." if held else ".")


def parallels(subject: Subject) -> tuple[int, list[tuple[str, int, int, int]]]:
    """(pairs of attacks compared, faults as (interval, tick, lower voice, upper voice)) between lines.

    Parallel perfect fifths, octaves and unisons: both voices attack together twice, move the same way, and stand a
    perfect interval of one size apart both times.
    """
    lines = _lines(subject)
    compared, out = 0, []
    voices = sorted(lines)
    for i, low in enumerate(voices):
        for high in voices[i + 1 :]:
            below = {t.onset: t for t in lines[low]}
            both = [(below[t.onset], t) for t in lines[high] if t.onset in below]
            for (a, b), (c, d) in zip(both, both[1:], strict=False):
                if not (_adjacent(lines[low], a, c) and _adjacent(lines[high], b, d)):
                    continue
                compared += 1
                size, later = (b.pitch.midi - a.pitch.midi) % 12, (d.pitch.midi - c.pitch.midi) % 12
                if (
                    a.pitch.midi != c.pitch.midi
                    and (c.pitch.midi > a.pitch.midi) == (d.pitch.midi > b.pitch.midi)
                    and (size == later and size in (0, 7) and b.pitch.midi != d.pitch.midi)
                ):
                    out.append(("fifth" if size == 7 else "octave", c.onset, low, high))
    return compared, out


def _adjacent(line: Sequence[Tone], first: Tone, second: Tone) -> bool:
    return first.end >= second.onset and first.onset < second.onset and first.end <= second.onset


def _is_part_writing(subject: Subject) -> bool:
    """Whether the piece is three to six lines and nothing else."""
    voices = subject.piece.voices
    return 3 <= len(voices) <= 6 and all(voice.line for voice in voices)


def _find_parallels(subject: Subject) -> Iterator[Claim]:
    if not _is_part_writing(subject):
        return
    compared, faults = parallels(subject)
    if compared < 16:
        return
    if not faults:
        yield claim("voice-leading.parallels", ((0, subject.music.end),), faults="", compared=compared)
        return
    music = subject.music
    names = subject.piece.voices
    told = "|".join(f"{size}:{music.bar(tick).number}:{names[a].name}:{names[b].name}" for size, tick, a, b in faults)
    yield claim(
        "voice-leading.parallels", [(tick, tick + 1) for _, tick, _, _ in faults], faults=told, compared=compared
    )


def _say_parallels(c: Claim, level: str, naming: Naming) -> str:
    if not text(c, "faults"):
        return "No two voices move in parallel fifths or octaves: each keeps its independence."
    places: dict[tuple[str, str, str], list[str]] = {}
    for item in text(c, "faults").split("|"):
        size, bar, low, high = item.split(":", 3)
        places.setdefault((size, low, high), []).append(bar)
    shown = [
        f"{size}s between {low} and {high} ({naming.bar}{'s' * (len(set(bars)) > 1)} {', '.join(dict.fromkeys(bars))})"
        for (size, low, high), bars in places.items()
    ]
    more = f"; and in {count(len(shown) - 3, 'more pair')} of voices" if len(shown) > 3 else ""
    return f"There are parallel {', '.join(shown[:3])}{more}."


def _find_crossing(subject: Subject) -> Iterator[Claim]:
    """Places where a lower line sounds above its neighbour."""
    if not _is_part_writing(subject):
        return
    lines = _lines(subject)
    spans = []
    for low, high in zip(sorted(lines), sorted(lines)[1:], strict=False):
        upper = lines[high]
        for tone in lines[low]:
            spans += [
                (max(tone.onset, u.onset), min(tone.end, u.end))
                for u in upper
                if u.onset < tone.end and u.end > tone.onset and u.pitch.midi < tone.pitch.midi
            ]
    if spans:
        yield claim("voice-leading.crossing", sorted(spans), times=len(spans))


def _say_crossing(c: Claim, level: str, naming: Naming) -> str:
    return f"Voices cross {times(number(c, 'times'))}: a lower one sounds above its neighbor.".replace(
        "neighbor", "neighbour" if naming.dialect == "british" else "neighbor"
    )


def _find_ranges(subject: Subject) -> Iterator[Claim]:
    if not _is_part_writing(subject):
        return
    told = []
    for voice, line in sorted(_lines(subject).items(), reverse=True):
        low, high = (pick(line, key=lambda t: t.pitch.midi).pitch for pick in (min, max))
        told.append(f"{subject.piece.voices[voice].name}:{low}:{high}")
    yield claim("voice-leading.ranges", ((0, subject.music.end),), ranges="|".join(told))


def _say_ranges(c: Claim, level: str, naming: Naming) -> str:
    voices = [item.rsplit(":", 2) for item in text(c, "ranges").split("|")]
    shown = [
        f"{name} {naming.note(Pitch.parse(low))} to {naming.note(Pitch.parse(high))}" for name, low, high in voices
    ]
    return f"{count(len(voices)).capitalize()} voices, each a line of its own: {', '.join(shown)}."


def _bass_again(c: Claim, level: str, naming: Naming) -> str:
    tones = "–".join(naming.note(parse_chord(name).root) for name in text(c, "tones").split())
    return f"{tones} is another such line, {text(c, 'way')}wards."


_TOPIC = "voice-leading"
KINDS = (
    kind("voice-leading.ranges", _TOPIC, ("range", "part-writing"), _find_ranges, _say_ranges, weight=1),
    kind("voice-leading.roots", _TOPIC, ("circle-of-fifths-progression", "root"), _find_roots, _say_roots,
         "intermediate", weight=3),
    kind("voice-leading.outer", _TOPIC, ("contrary-motion", "outer-voices"), _find_outer, _say_outer, "intermediate",
         weight=4),
    kind("voice-leading.parallels", _TOPIC, ("parallel-fifths", "parallel-octaves"), _find_parallels, _say_parallels,
         "intermediate", PARALLEL, weight=5),
    kind("voice-leading.seventh", _TOPIC, ("chordal-seventh", "resolution"), _find_sevenths, _say_tendency,
         "intermediate", SEVENTH, weight=7),
    kind("voice-leading.leading", _TOPIC, ("leading-tone", "tendency-tone"), _find_leading, _say_tendency,
         "intermediate", LEADING, weight=8),
    kind("voice-leading.crossing", _TOPIC, ("voice-crossing",), _find_crossing, _say_crossing, "advanced", weight=6),
    kind("voice-leading.bass-line", _TOPIC, ("bass-line", "stepwise-motion"), _find_bass, _say_bass, weight=20,
         again=_bass_again),
)  # fmt: skip
