"""When each chair plays: by energy and section kind, entering one by one, resting by phrases, stopping together.

Conventions: spans are ticks [start, end) inside a scene. Beyond drums and bass nobody plays in over 85 % of the bars,
but in solos and duos (notes of the trade: who never rests is not heard).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from partimento.arrangement.band import HARMONIC_ROLES, Band, Chair
from partimento.arrangement.stage import PartPlan, Scene
from partimento.arrangement.transitions import Silence, silences, without_span
from partimento.score.song import FinalBars
from partimento.score.stream import Stream

Spans = tuple[tuple[int, int], ...]

STRIPPED = frozenset({"bridge", "breakdown", "break", "interlude"})
_WAITING = frozenset({"answer", "counter", "harmony"})
RISING = frozenset({"intro", "build", "buildup", "riser"})
MOST_BARS = 0.81
"""The share of bars a part fills at the most; under the rule's 85 %, since a note may ring into its rest."""

_THIN = ("texture", "counter", "answer", "percussion", "stab", "pad", "riff", "harmony", "comp")
_FADE = (
    "drums", "percussion", "stab", "riff", "answer", "harmony", "counter", "bass", "comp", "texture", "pad",
)  # fmt: skip


def plan_parts(
    band: Band, scenes: tuple[Scene, ...], ending: FinalBars, stream: Stream, breaks: frozenset[str] = frozenset(),
    taken: Mapping[str, frozenset[int]] | None = None,
) -> tuple[PartPlan, ...]:  # fmt: skip
    """One plan a chair, in the band's order; `breaks` are part ids whose drummer plays on through a "break".

    `taken` are the scenes in which a track has the tune or a solo already.
    """
    active = _active(band, scenes, stream.sub("active"))
    spans: list[list[Spans]] = []
    quiet = silences(scenes)
    entries = _entries(band, scenes, active, stream.sub("entries"))
    for c in range(len(band.chairs)):
        rows: list[Spans] = []
        for scene in scenes:
            start = entries.get((c, scene.index), scene.section.start)
            on = c in active[scene.index] and start < scene.section.end
            rows.append(((start, scene.section.end),) if on else ())
        spans.append(rows)
    _rest(band, scenes, spans, stream.sub("rests"), taken or {})
    for c, chair in enumerate(band.chairs):
        if chair.part.role != "lead":
            _stop(chair, spans[c], quiet, breaks)
    _trade(band, scenes, spans)
    if ending.kind == "fade-layers" and scenes:
        _fade(band, scenes[-1], ending.start, spans)
    return tuple(
        PartPlan(chair.part, chair.track, chair.instrument, chair.low, chair.high, tuple(spans[c]))
        for c, chair in enumerate(band.chairs)
    )


def _trade(band: Band, scenes: tuple[Scene, ...], spans: list[list[Spans]]) -> None:
    """Fours: the second four bars of every eight are the drummer's alone."""
    for scene in scenes:
        drummers = [c for c, chair in enumerate(band.chairs) if chair.part.role == "drums"]
        if scene.section.lead != "fours" or not any(spans[c][scene.index] for c in drummers):
            continue
        for bar in scene.bars:
            if bar.in_section % 8 >= 4:
                for c, rows in enumerate(spans):
                    if c not in drummers:
                        rows[scene.index] = without_span(rows[scene.index], bar.start, bar.end)


def climax_of(scenes: Sequence[Scene]) -> int:
    """The scene where the whole band plays: the last of those with the most energy; -1 when nothing rises to .6."""
    if not scenes:
        return -1
    most = max(scene.section.energy for scene in scenes)
    if most < 0.6:
        return -1
    return max(scene.index for scene in scenes if scene.section.energy >= most - 1e-9)


def _active(band: Band, scenes: tuple[Scene, ...], stream: Stream) -> list[set[int]]:
    """The chairs that play in each scene."""
    climax = climax_of(scenes)
    out = [{c for c, chair in enumerate(band.chairs) if _called(chair, scene, scene.index == climax)}
           for scene in scenes]
    for scene in scenes:
        here = out[scene.index]
        if scene.section.kind in STRIPPED and scene.section.energy < 0.6 and scene.index != climax:
            _strip(band, here, stream.sub("strip", scene.section.material))
    _contrast(band, scenes, out, climax, stream)
    _layer(band, scenes, out, stream)
    for scene in scenes:
        _ground(band, scene, out[scene.index])
    _heard(band, scenes, out)
    return out


def _called(chair: Chair, scene: Scene, climax: bool) -> bool:
    part, section = chair.part, scene.section
    if part.role == "lead":
        return True
    if (part.only and section.kind not in part.only) or section.kind in part.skip:
        return False
    return (part.enters <= section.energy + 1e-9 or climax) and section.energy <= part.leaves + 1e-9


def _strip(band: Band, here: set[int], stream: Stream) -> None:
    """A stripped section keeps the tune, the ground and about half of the others."""
    others = sorted(c for c in here if band.chairs[c].part.role not in ("lead", "bass", "drums"))
    if len(others) < 2:
        return
    harmonic = [c for c in others if band.chairs[c].part.role in HARMONIC_ROLES]
    # A texture's few notes are no harmony where another chair can hold the chords.
    harmonic = [c for c in harmonic if band.chairs[c].part.role != "texture"] or harmonic
    kept = {stream.choice(harmonic)} if harmonic else set()
    for c in stream.shuffled(others):
        if len(kept) < (len(others) + 1) // 2:
            kept.add(c)
    here.difference_update(set(others) - kept)


def _contrast(band: Band, scenes: tuple[Scene, ...], out: list[set[int]], climax: int, stream: Stream) -> None:
    """Neighbouring sections of different material are not played by the same band, where there are chairs to spare."""
    for before, scene in zip(scenes, scenes[1:], strict=False):
        a, b = before.index, scene.index
        if out[a] != out[b] or before.section.material == scene.section.material or len(out[a]) < 4:
            continue
        calmer = a if before.section.energy < scene.section.energy or b == climax else b
        if calmer == climax:
            calmer = a if calmer == b else b
        # Who replies to every line is heard in the gaps alone, and belongs to the tune.
        chairs = [c for c in sorted(out[calmer])
                  if band.chairs[c].part.role in _THIN and band.chairs[c].part.kind != "reply"
                  and band.chairs[c].part.player != "inner"]  # a quartet is not thinned for contrast's sake
        harmonic = [c for c in out[calmer] if band.chairs[c].part.role in ("comp", "pad", "stab")]
        spare = [c for c in chairs if len(harmonic) > 1 or c not in harmonic]
        if spare:
            rank = {c: _THIN.index(band.chairs[c].part.role) for c in spare}
            drawn = stream.sub("contrast", scenes[calmer].section.material).shuffled(spare)
            out[calmer].discard(min(drawn[:3], key=lambda c: rank[c]))


def _layer(band: Band, scenes: tuple[Scene, ...], out: list[set[int]], stream: Stream) -> None:
    """In layered sections each statement in a row gains a chair: the earlier ones do without one or two."""
    run: list[Scene] = []
    for i, scene in enumerate(scenes):
        run.append(scene)
        after = scenes[i + 1] if i + 1 < len(scenes) else None
        if after is not None and after.section.material == scene.section.material:
            continue
        if scene.spec.layered and len(run) > 1:
            spare = [c for c in sorted(out[scene.index]) if band.chairs[c].part.role in _THIN]
            order = stream.sub("layer", scene.section.material, scene.index).shuffled(spare)
            for k, earlier in enumerate(reversed(run[:-1]), 1):
                # A third statement and more alternate, so that somebody is always left to come in.
                out[earlier.index] = out[scene.index] - set(order[: min(k, 2) if k < 3 else k % 2])
        run = []


def _ground(band: Band, scene: Scene, here: set[int]) -> None:
    """No tune hangs in the air, and no section is empty."""
    roles = {band.chairs[c].part.role for c in here}
    bare = not roles & {*HARMONIC_ROLES, "bass", "riff"}
    if bare and (scene.section.lead != "none" or scene.section.kind in STRIPPED):
        wanted = [c for c, chair in enumerate(band.chairs) if chair.part.role in HARMONIC_ROLES]
        wanted = wanted or [c for c, chair in enumerate(band.chairs) if chair.part.role in ("bass", "riff")]
    elif scene.section.lead == "none" and not roles - {"lead"}:
        wanted = [c for c, chair in enumerate(band.chairs) if chair.part.role != "lead"]
    else:
        return
    if wanted:
        here.add(min(wanted, key=lambda c: (band.chairs[c].part.enters, c)))


def _heard(band: Band, scenes: tuple[Scene, ...], out: list[set[int]]) -> None:
    """Who was asked for is heard: at least in the more energetic half of the song."""
    for c, chair in enumerate(band.chairs):
        if chair.asked and not any(c in here for here in out):
            energies = sorted(scene.section.energy for scene in scenes)
            middle = energies[len(energies) // 2] if energies else 0.0
            for scene in scenes:
                if scene.section.energy >= middle:
                    out[scene.index].add(c)


def _entries(
    band: Band, scenes: tuple[Scene, ...], active: list[set[int]], stream: Stream
) -> dict[tuple[int, int], int]:
    """The tick at which (chair, scene) comes in where layers enter one by one: intros and builds."""
    out: dict[tuple[int, int], int] = {}
    for scene in scenes:
        count = len(scene.bars)
        if scene.section.kind not in RISING or count < 4:
            continue
        before = active[scene.index - 1] if scene.index else set()
        fresh = sorted(c for c in active[scene.index] if band.chairs[c].part.role != "lead" and c not in before)
        standing = [c for c in active[scene.index] if c in before and band.chairs[c].part.role != "lead"]
        if len(fresh) + len(standing) < 2 or not fresh:
            continue
        # Who needs the least energy comes first; of equals a drawn order, the same for a returning section. Who waits
        # for others to answer them begins nothing.
        order = stream.sub("order", scene.section.material).shuffled(fresh)
        order.sort(key=lambda c: (band.chairs[c].part.role in _WAITING, band.chairs[c].part.enters))
        grain = 4 if count >= 12 else 2
        steps = min(len(order) + (1 if standing else 0), max(1, count // grain))
        for place, c in enumerate(order):
            k = (place + (1 if standing else 0)) * steps // (len(order) + (1 if standing else 0))
            bar = k * count // steps // grain * grain
            if bar:
                out[c, scene.index] = scene.bars[bar].start
    return out


def _phrases(scene: Scene) -> list[tuple[int, int]]:
    """The scene's phrases in ticks; where none are written, groups of four bars."""
    if scene.section.phrases:
        return [(p.start, p.start + p.length) for p in scene.section.phrases]
    bars = scene.bars
    return [(bars[i].start, bars[min(i + 4, len(bars)) - 1].end) for i in range(0, len(bars), 4)]


def _rest(
    band: Band, scenes: tuple[Scene, ...], spans: list[list[Spans]], stream: Stream, taken: Mapping[str, frozenset[int]]
) -> None:
    """Phrases are left out until each part keeps its style's share of rests, and the rule of 85 %."""
    bars = [bar for scene in scenes for bar in scene.bars]
    climax = climax_of(scenes)
    free = len(band.chairs) <= 2
    middle = sorted(scene.section.energy for scene in scenes)[len(scenes) // 2] if scenes else 0.0
    for c, chair in enumerate(band.chairs):
        part = chair.part
        if part.role in ("lead", "drums") or (part.role == "bass" and not part.rests) or part.kind == "reply":
            continue
        playing = sum(_bars_in(spans[c][scene.index], scene) for scene in scenes)
        wanted = playing - round(part.rests * playing)
        most = len(bars) if free else int(MOST_BARS * len(bars))
        if playing <= min(wanted, most):
            continue
        draw = stream.sub(part.id)
        places: list[tuple[float, int, tuple[int, int], bool]] = []
        for scene in scenes:
            if scene.index in taken.get(chair.track, ()):
                continue  # its own solo
            phrases = _phrases(scene)
            # Every other phrase first, so that a part breathes rather than leaves.
            side = draw.sub("side", scene.section.material, scene.repeat).below(2)
            for n, phrase in enumerate(phrases):
                if not _covers(spans[c][scene.index], phrase):
                    continue
                others = [band.chairs[o].part.role for o in range(len(band.chairs))
                          if o != c and _covers(spans[o][scene.index], phrase)]
                if part.role == "comp" or not (scene.index or n):
                    # A texture's stray notes do not stand in for the chords, nor do they begin a song.
                    others = [role for role in others if role != "texture"]
                last = scene.index == len(scenes) - 1 and n == len(phrases) - 1
                # A tune may have a phrase to itself, inside a section, where nobody else could give way.
                tuneless = scene.section.lead == "none"
                bare = not set(others) - {"lead"}
                if bare and (part.role == "bass" or tuneless or not others or last or not n):
                    continue
                if len(others) < 2 and tuneless:
                    continue
                if part.role == "bass" and (n == len(phrases) - 1 or len([r for r in others if r != "lead"]) < 2):
                    continue  # a close needs its bass, and so do two voices alone
                sole = part.role in HARMONIC_ROLES and not set(others) & set(HARMONIC_ROLES)
                weight = draw.sub(scene.section.material, scene.repeat, n).random()
                dear = scene.index == climax or last or scene.section.energy >= max(0.7, middle)
                cost = 8.0 * (scene.index == climax or last) + 3.0 * dear + 2.0 * sole + 2.5 * (n % 2 != side)
                cost += 20.0 * bare
                places.append((cost + scene.section.energy + weight, scene.index, phrase, sole or dear or bare))
        places.sort()
        for _, index, phrase, costly in places:
            if playing <= min(wanted, most):
                break
            if playing <= most and costly:
                continue
            scene = scenes[index]
            cut = without_span(spans[c][index], *phrase)
            if playing <= most and chair.asked and not any(cut) and _only_here(spans[c], index):
                continue
            playing -= _bars_in(spans[c][index], scene) - _bars_in(cut, scene)
            spans[c][index] = cut


def _only_here(rows: list[Spans], index: int) -> bool:
    return not any(row for i, row in enumerate(rows) if i != index)


def _covers(spans: Spans, phrase: tuple[int, int]) -> bool:
    return any(a <= phrase[0] and phrase[1] <= b for a, b in spans)


def _bars_in(spans: Spans, scene: Scene) -> int:
    if not spans:
        return 0
    if spans == ((scene.section.start, scene.section.end),):
        return len(scene.bars)
    return sum(1 for bar in scene.bars if any(a < bar.end and b > bar.start for a, b in spans))


def _stop(chair: Chair, rows: list[Spans], quiet: Sequence[Silence], breaks: frozenset[str]) -> None:
    for silence in quiet:
        if silence.hit < 0 and chair.part.id in breaks:
            continue
        rows[silence.scene] = without_span(rows[silence.scene], silence.start, silence.end)


def _fade(band: Band, scene: Scene, start: int, spans: list[list[Spans]]) -> None:
    """The layers leave one by one over the ending's bars, the drums first; the last rings to the end."""
    bars = [bar for bar in scene.bars if bar.start >= start] or list(scene.bars[-1:])
    here = [c for c, chair in enumerate(band.chairs) if spans[c][scene.index] and chair.part.role != "lead"]
    here.sort(key=lambda c: (_FADE.index(band.chairs[c].part.role), c))
    stay = [c for c in here if band.chairs[c].part.role in HARMONIC_ROLES] or here[-1:]
    held = [c for c in stay if band.chairs[c].part.role in ("comp", "pad")]
    ground = [c for c in here if band.chairs[c].part.player == "drone"]
    lasting = [c for c in (*ground, *held) if _covers(spans[c][scene.index], (start, start + 1))]
    stay = lasting or held or stay
    for place, c in enumerate(here):
        own = spans[c][scene.index]
        if c == stay[-1]:
            # The last layer neither rests nor comes in: it goes on to the end.
            since = next((a for a, b in own if a <= start < b), start)
            spans[c][scene.index] = (*without_span(own, since, scene.section.end), (since, scene.section.end))
            continue
        bar = bars[min(len(bars) - 1, (place + 1) * len(bars) // (len(here) + 1))]
        if not _covers(own, (start, start + 1)):
            bar = bars[0]  # who rests as the ending begins does not come in again
        spans[c][scene.index] = without_span(own, bar.start, scene.section.end)
