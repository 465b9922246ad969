"""Claims about time: meter and tempo, how fast the chords change, what stands off the beat, swing, slowing down.

Conventions: an off-beat note begins below a felt beat in weight and rings on over the next beat; rates are per bar.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from partimento.score.timeline import Timeline
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, claim, kind, number, share, text
from partimento.teaching.kinds.wording import capital, count, percent, times
from partimento.teaching.music import Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.meter import Meter


def _find_size(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    if not music.bars:
        return
    meters = list(dict.fromkeys(str(bar.meter) for bar in music.bars))
    felt = music.bars[0].meter.beat_lengths[0]
    bpm = subject.song.tempos[0].tempo_bpm * 480 / felt if subject.song.tempos else 0.0
    seconds = Timeline(subject.song).seconds_at(music.end)
    yield claim(
        "rhythm.size",
        ((0, music.end),),
        bars=len(music.bars),
        meter="|".join(meters[:4]),
        bpm=round(bpm),
        seconds=round(seconds),
        beat=felt,
    )


def _say_size(c: Claim, level: str, naming: Naming) -> str:
    meters = text(c, "meter").split("|")
    meter = Meter.parse(meters[0])
    beats = len(meter.beats)
    minutes, seconds = divmod(number(c, "seconds"), 60)
    length = f"{minutes}:{seconds:02d} minutes" if minutes else f"{seconds} seconds"
    if level == "beginner":
        speed = "slow" if number(c, "bpm") < 76 else "moderate" if number(c, "bpm") < 120 else "fast"
        return f"Count {count(beats)} to the {naming.bar}; the tempo is {speed}, {number(c, 'bpm')} beats a minute."
    said = (
        f"{number(c, 'bars')} {naming.bar}s of {meters[0]} at {number(c, 'bpm')}"
        f" {naming.value(number(c, 'beat'), plural=True)} a minute, {length} in all"
    )
    return said + (f"; the meter changes ({', '.join(meters)})." if len(meters) > 1 else ".")


def _find_meter_check(subject: Subject) -> Iterator[Claim]:
    check = subject.analysis.meter
    if subject.recorded or check is None or (check.found == check.written and not check.shift) or check.sure < 0.6:
        return
    yield claim(
        "rhythm.meter-check",
        ((0, subject.music.end),),
        basis="found",
        sure=check.sure,
        written=str(check.written),
        found=str(check.found),
        shift=check.shift,
    )


def _say_meter_check(c: Claim, level: str, naming: Naming) -> str:
    if text(c, "written") == text(c, "found"):
        return (
            f"The accents suggest that the bar lines stand"
            f" {naming.value(abs(number(c, 'shift')))} off ({percent(c.sure)} sure)."
        )
    return (
        f"It is written in {text(c, 'written')}, but the accents speak for {text(c, 'found')} ({percent(c.sure)} sure)."
    )


def _find_harmonic(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    inside = [h for h in music.harmony if music.is_heard(h)]
    if len(inside) < max(4, 0.6 * len(music.harmony)):
        return
    per_bar = len(music.harmony) / max(1, len(music.bars))
    yield claim("rhythm.harmonic", ((0, music.end),), rate=round(per_bar, 2), chords=len(music.harmony))


def _say_harmonic(c: Claim, level: str, naming: Naming) -> str:
    rate = share(c, "rate")
    if rate < 0.9:
        how = f"about every {count(round(1 / rate), naming.bar)}" if rate < 0.7 else f"about once a {naming.bar}"
    else:
        how = f"about {times(round(rate))} a {naming.bar}"
    return (
        f"The chord changes {how}."
        if level == "beginner"
        else f"The harmonic rhythm: a new chord {how} ({number(c, 'chords')} chords in all)."
    )


def _off(music: Music, onset: int, end: int) -> bool:
    """Whether a note begins off the beat and rings on over the next one."""
    bar = music.bar(onset)
    place = onset - bar.start
    if bar.meter.strength(place) >= 2:
        return False
    later = next((b for b in (*bar.meter.beats, bar.meter.bar) if b > place), bar.meter.bar)
    return end > bar.start + later


def _find_syncopation(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    if len(music.tune) < 16:
        return
    off = [t for t in music.tune if _off(music, t.onset, t.end)]
    # Short notes off the beat with a silence on it are felt there too, though they do not ring over it.
    after = [b.onset for b in music.tune[1:]] + [music.end]
    felt = sum(_off(music, t.onset, following) for t, following in zip(music.tune, after, strict=True))
    first = off[0] if off else None
    yield claim(
        "rhythm.syncopation",
        ((0, music.end),),
        share=round(len(off) / len(music.tune), 2),
        felt=round(felt / len(music.tune), 2),
        example=f"{music.bar(first.onset).number} {music.beat(first.onset)}" if first is not None else "",
    )


def _say_syncopation(c: Claim, level: str, naming: Naming) -> str:
    part = share(c, "share")
    if part < 0.04:
        return "The tune stays on the beat: it has hardly a syncopation." * (share(c, "felt") < 0.12)
    if level == "beginner":
        return "The tune likes to come just before or after the beat and hold on: that gives it its push." * (
            part >= 0.15
        )
    bar, beat = text(c, "example").split()
    return (
        f"{percent(part)} of the tune’s notes are syncopated: they begin off the beat and ring over it,"
        f" first in {naming.bar} {bar}, beat {beat}."
    )


def _find_push(subject: Subject) -> Iterator[Claim]:
    """Chords that the band strikes ahead of their beat: the notes come early where the chart says so."""
    music = subject.music
    early = []
    for h in music.harmony:
        struck = [
            t for t in music.backing(h.heard, h.end) if t.onset == h.heard and t.pitch.midi % 12 in h.chord.numbers
        ]
        if h.heard < h.start and len(struck) >= 2:
            early.append((h.start, h.end))
    if len(early) >= 2:
        yield claim("rhythm.push", early, times=len(early), chords=len(music.harmony))


def _say_push(c: Claim, level: str, naming: Naming) -> str:
    if level == "beginner":
        return (
            f"{times(number(c, 'times')).capitalize()} a chord comes a little early, ahead of its beat: that drives the"
            " music on."
        )
    return (
        f"{capital(count(number(c, 'times')))} of the {number(c, 'chords')} chords are pushed: struck"
        " ahead of the beat on which they are written."
    )


def _find_pickup(subject: Subject) -> Iterator[Claim]:
    """Phrases of the tune that begin before or after the bar line."""
    music = subject.music
    starts = (
        [p.start for s in subject.song.sections for p in s.phrases]
        if subject.recorded
        else [p.start for p in subject.analysis.phrases]
    )
    first: list[int] = []
    down = 0
    for start in starts:
        bar = music.bar(start).meter.bar
        tones = music.sung(max(0, start - 2 * bar), start + bar)
        # A note after a silence begins something; where the tune sings through, the phrase begins with its bar.
        fresh = [t for i, t in enumerate(tones) if i == 0 or t.onset - tones[i - 1].end >= 240]
        near = min((t.onset - start for t in fresh if t.onset >= start - bar // 2), key=abs, default=None)
        if any(t.onset == start for t in tones) and (near is None or near > 0):
            near = 0
        if near is not None:
            first.append(near)
        earlier = next((t for t in reversed(tones) if t.onset < start), None)
        # A short note tied to the downbeat by no rest may be its upbeat.
        plain = earlier is None or start - earlier.onset >= 480 or start - earlier.end >= 240
        down += near == 0 and plain
    if len(first) >= 4 and len(music.tune) >= 16:
        before, late = sum(f < 0 for f in first), sum(f > 0 for f in first)
        yield claim("rhythm.phrase-start", ((0, music.end),), phrases=len(first), before=before, late=late, down=down)


def _so_many(n: int, whole: int) -> str:
    return f"All {count(whole)}" if n == whole else f"{capital(count(n))} of {count(whole)}"


def _say_pickup(c: Claim, level: str, naming: Naming) -> str:
    phrases, before, late = (number(c, name) for name in ("phrases", "before", "late"))
    if before > 0.5 * phrases:
        return f"{_so_many(before, phrases)} phrases begin with a pickup, ahead of the bar line."
    if late > 0.6 * phrases:
        return f"{_so_many(late, phrases)} phrases of the tune wait for the downbeat to pass before they begin."
    if number(c, "down") == phrases:
        return f"All {count(phrases)} phrases of the tune begin on the downbeat." * (level != "beginner")
    return ""


def _pickup_terms(c: Claim) -> tuple[str, ...]:
    return ("pickup",) if number(c, "before") > 0.5 * number(c, "phrases") else ("downbeat",)


def swing_ratio(subject: Subject, unit: int) -> tuple[float, int]:
    """(long to short, notes read) of pairs of `unit` ticks as they are played against the page; (1.0, 0) for none."""
    early: list[int] = []
    late: list[int] = []
    played = {track.name: track for track in subject.song.performance.tracks}
    for track in subject.song.tracks:
        if track.name not in played:
            continue
        by_number: dict[int, list[int]] = {}
        for note in played[track.name].notes:
            by_number.setdefault(note.number, []).append(note.onset)
        for written in track.notes:
            place = written.onset % (2 * unit)
            onsets = by_number.get(written.number, [])
            if place not in (0, unit) or written.grace or not onsets:
                continue
            at = bisect_left(onsets, written.onset)
            near = min((o - written.onset for o in onsets[max(0, at - 1) : at + 1]), key=abs)
            if abs(near) < unit // 2 + 20:
                (late if place else early).append(near)
    if len(late) < 24 or len(early) < 24:
        return 1.0, 0
    shift = sum(late) / len(late) - sum(early) / len(early)
    return (unit + shift) / max(1.0, unit - shift), len(late)


def _find_swing(subject: Subject) -> Iterator[Claim]:
    if not subject.recorded or subject.music.bars[0].meter.compound:
        return
    for unit, name in ((240, "eighth"), (120, "sixteenth")):
        ratio, read = swing_ratio(subject, unit)
        if read and ratio >= 1.15:
            yield claim("rhythm.swing", ((0, subject.music.end),), unit=unit, name=name, ratio=round(ratio, 1))
            return


def _say_swing(c: Claim, level: str, naming: Naming) -> str:
    ratio = share(c, "ratio")
    values = naming.value(number(c, "unit"), plural=True)
    if level == "beginner":
        return f"The {values} are not even: they swing, long and short in turn."
    strength = "lightly" if ratio < 1.4 else "hard" if ratio > 1.9 else "clearly"
    return f"The {values} swing {strength}: in the playing a pair stands {ratio:g} to 1, long to short."


def _find_slowing(subject: Subject) -> Iterator[Claim]:
    song, music = subject.song, subject.music
    late = [t for t in song.tempos if t.onset >= 0.8 * music.end]
    if late and late[-1].tempo_bpm < 0.95 * song.tempos[0].tempo_bpm and len(song.tempos) > 1:
        yield claim(
            "rhythm.ritardando",
            ((late[0].onset, music.end),),
            depth=round(late[-1].tempo_bpm / song.tempos[0].tempo_bpm, 2),
        )


def _say_slowing(c: Claim, level: str, naming: Naming) -> str:
    return (
        f"The end slows down, to {percent(share(c, 'depth'))} of the tempo."
        if at_least(level, "intermediate")
        else "The end slows down."
    )


def _find_values(subject: Subject) -> Iterator[Claim]:
    """The tune's commonest step in time, and how many notes it has where it sings."""
    music = subject.music
    bars = [b for b in music.bars if music.sung(b.start, b.end)]
    if len(music.tune) < 16 or len(bars) < 4:
        return
    gaps = [b.onset - a.onset for a, b in zip(music.tune, music.tune[1:], strict=False)]
    usual = max(sorted(set(gaps)), key=gaps.count)
    if gaps.count(usual) >= 0.35 * len(gaps) and usual % 60 == 0:
        yield claim(
            "rhythm.values",
            ((0, music.end),),
            value=usual,
            share=round(gaps.count(usual) / len(gaps), 2),
            rate=round(len(music.tune) / len(bars), 1),
        )


def _say_values(c: Claim, level: str, naming: Naming) -> str:
    return (
        f"The tune moves mostly in {naming.value(number(c, 'value'), plural=True)}, {c.value('rate')}"
        f" notes a {naming.bar} where it sings."
    )


KINDS = (
    kind("rhythm.size", "rhythm", ("meter", "tempo"), _find_size, _say_size, weight=1),
    kind("rhythm.meter-check", "rhythm", ("meter",), _find_meter_check, _say_meter_check, "intermediate", weight=2),
    kind("rhythm.swing", "rhythm", ("swing",), _find_swing, _say_swing, weight=3),
    kind("rhythm.harmonic", "rhythm", ("harmonic-rhythm",), _find_harmonic, _say_harmonic, weight=6),
    kind("rhythm.values", "rhythm", ("note-value",), _find_values, _say_values, "intermediate", weight=7),
    kind("rhythm.syncopation", "rhythm", ("syncopation", "offbeat"), _find_syncopation, _say_syncopation, weight=8),
    kind(
        "rhythm.phrase-start",
        "rhythm",
        ("pickup", "downbeat"),
        _find_pickup,
        _say_pickup,
        weight=9,
        named=_pickup_terms,
    ),
    kind("rhythm.push", "rhythm", ("push",), _find_push, _say_push, weight=20),
    kind("rhythm.ritardando", "rhythm", ("ritardando",), _find_slowing, _say_slowing, weight=40),
)
