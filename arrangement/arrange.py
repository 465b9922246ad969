"""Arranging: a song with its form, chords and lead becomes a song with all its parts.

Conventions: the lead's tracks are there already; drums play first, then percussion, bass and the rest, since each hears
what was played before it. Tracks come out in score order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from partimento.arrangement.band import FAMILIES, HAND_DRUMS, SCORE_ORDER, Band, Chair
from partimento.arrangement.band_plan import plan_parts
from partimento.arrangement.clave import clave_of, with_clave
from partimento.arrangement.entries import entries
from partimento.arrangement.lead_view import LeadView
from partimento.arrangement.nets import NO_NETS, Nets
from partimento.arrangement.own_patterns import ROOTS, with_own_patterns
from partimento.arrangement.pattern_choice import bank_of, section_patterns
from partimento.arrangement.playability import tidy
from partimento.arrangement.regrouping import with_groupings
from partimento.arrangement.resolution import changes_of, is_strict, resolved
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.style import Style
from partimento.arrangement.transitions import final_of, make_scenes, silences
from partimento.score.decision import Decision, Where
from partimento.score.song import Note, Song, Track
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline

PLAYERS = {
    "grid": "drums",
    "line": "line",
    "walking": "walking",
    "chords": "chords",
    "pad": "pad",
    "drone": "drone",
    "texture": "texture",
    "counter": "counter",
    "answer": "answer",
    "harmony": "harmony_line",
    "double": "double",
    "inner": "inner",
}
"""Player to the module in `partimento.arrangement` whose `play` writes its part."""

_PLAYING_ORDER = (
    "drums", "percussion", "bass", "riff", "comp", "pad", "stab", "counter", "harmony", "answer", "texture", "lead",
)  # fmt: skip


class Player(Protocol):
    """What a player module's `play` is."""

    def __call__(self, plan: PartPlan, stage: Stage) -> list[Note]:
        """The part's notes."""
        ...


@cache
def player(name: str) -> Player:
    """The `play` of that player, its module loaded when first needed."""
    return cast(Player, import_module(f"partimento.arrangement.{PLAYERS[name]}").play)


def arrange(song: Song, style: Style, band: Band, nets: Nets = NO_NETS) -> Song:
    """`song` with every part of `band` written, and the decisions about band, grooves and transitions.

    Tracks that are there already stay; one that bears a chair's name (a solo) is joined by what the chair plays in
    the sections where it is silent.
    """
    clave = clave_of(style, song.brief.seed, song.brief.take)
    meters = tuple(change.meter for change in song.meters)
    style = with_own_patterns(with_groupings(with_clave(style, clave), meters), meters)
    stage, plans = build_stage(song, style, band, nets)
    given = {track.name: track for track in song.tracks}
    written: dict[str, tuple[Note, ...]] = {}
    changes = changes_of(song, style) if is_strict(style) else []
    order = sorted(range(len(plans)), key=lambda i: (_PLAYING_ORDER.index(plans[i].part.role), i))
    for i in order:
        plan = plans[i]
        if plan.part.role == "lead":
            if not band.chairs[i].asked or _has_tune(plan, song):
                continue
            plan = _without_tune(plan, stage)
        notes = _played(_around(plan, given.get(plan.track), stage.scenes), stage, band.chairs[i].asked)
        if changes and plan.part.role in ("bass", "counter", "harmony"):
            lead = None if plan.part.role == "bass" else LeadView(stage).at
            notes = resolved(notes, changes, plan.low, plan.high, plan.part.role == "bass", lead)
        stage.written[plan.track] = notes
        written[plan.track] = notes
    tracks = _tracks(song, band, written)
    told = _decisions(song, band, plans, stage)
    if clave:
        told = (Decision(Where(-1, "", 0, song.end), "clave", "draw.weight", (("clave", clave),)), *told)
    return replace(song, tracks=tracks, decisions=song.decisions + told)


def build_stage(song: Song, style: Style, band: Band, nets: Nets = NO_NETS) -> tuple[Stage, tuple[PartPlan, ...]]:
    """The stage and everybody's plan, before a note is played."""
    timeline = Timeline(song)
    stream = Stream(song.brief.seed, "arrangement", song.brief.take)
    scenes = make_scenes(song, style, timeline, stream.sub("scenes"))
    final = final_of(song, timeline)
    accents = {silence.hit for silence in silences(scenes) if silence.hit >= 0}
    if final.short:
        accents.add(final.tick)
    lead = sorted((n for track in song.tracks for n in track.notes), key=lambda n: n.onset)
    hits = tuple(sorted(accents))
    stage = Stage(song, style, timeline, scenes, tuple(lead), song.brief.seed, accents=hits, nets=nets)
    for track in song.tracks:
        stage.written[track.name] = track.notes
    breaks = frozenset(c.part.id for c in band.chairs if any(p.use == "break" for p in bank_of(style, c.part)))
    plans = plan_parts(band, scenes, song.ending, stream.sub("plan"), breaks, _taken(song))
    return stage, plans


def _has_tune(plan: PartPlan, song: Song) -> bool:
    """Whether the lead's chair has notes of its own (another chair may have taken over what there is)."""
    return any(track.notes for track in song.tracks if track.name == plan.track)


def _taken(song: Song) -> dict[str, frozenset[int]]:
    """The sections in which each track has notes already."""
    starts = [section.start for section in song.sections]
    return {t.name: frozenset(bisect_right(starts, n.onset) - 1 for n in t.notes) for t in song.tracks}


def _around(plan: PartPlan, given: Track | None, scenes: tuple[Scene, ...]) -> PartPlan:
    """`plan` silent in the scenes where its track has notes already (its player has the solo)."""
    if given is None or not given.notes:
        return plan
    onsets = sorted(note.onset for note in given.notes)
    plays = []
    for scene, spans in zip(scenes, plan.plays, strict=True):
        at = bisect_left(onsets, scene.section.start)
        taken = at < len(onsets) and onsets[at] < scene.section.end
        plays.append(() if taken else spans)
    return replace(plan, plays=tuple(plays))


def _without_tune(plan: PartPlan, stage: Stage) -> PartPlan:
    """The plan of a lead in a song without a tune: a riff, or chords, in the more energetic half of the song."""
    many = plan.instrument.hands != "mono"
    riff = next((p for p in stage.style.parts if p.role == "riff" and p.player == "line"), None)
    bank = (riff.patterns or riff.id) if riff is not None else ROOTS
    update = {"role": "riff", "player": "pad" if many and riff is None else "line", "patterns": bank}
    energies = sorted(scene.section.energy for scene in stage.scenes)
    middle = energies[len(energies) // 2]
    plays = tuple(
        spans if scene.section.energy >= middle else () for scene, spans in zip(stage.scenes, plan.plays, strict=True)
    )
    return replace(plan, part=plan.part.model_copy(update=update), plays=plays)


def _played(plan: PartPlan, stage: Stage, asked: bool) -> tuple[Note, ...]:
    """The part, tidied; an instrument that was asked for and finds nothing to say plays long tones instead."""
    end = stage.song.end
    notes = tidy(player(plan.part.player)(plan, stage), plan.instrument, plan.low, plan.high, end)
    if not notes and asked and plan.instrument.hands != "drums":
        many = plan.instrument.hands != "mono"
        update = {"player": "pad" if many else "line", "patterns": ROOTS}
        plan = replace(plan, part=plan.part.model_copy(update=update))
        notes = tidy(player(plan.part.player)(plan, stage), plan.instrument, plan.low, plan.high, end)
    return notes


def _tracks(song: Song, band: Band, written: dict[str, tuple[Note, ...]]) -> tuple[Track, ...]:
    """All tracks in score order: given ones where their chair stands (strangers first), empty ones left out."""
    chairs = {chair.track: chair for chair in band.chairs}
    out: list[tuple[int, int, Track]] = []
    for i, track in enumerate(song.tracks):
        mine = written.pop(track.name, ())
        if mine:
            merged = tuple(sorted((*track.notes, *mine), key=_sounding_order))
            track = replace(track, notes=merged)
        chair = chairs.get(track.name)
        rank = SCORE_ORDER.index(chair.part.role) if chair is not None else SCORE_ORDER.index(track.role)
        if track.notes:
            out.append((rank, i, track))
    for j, chair in enumerate(band.chairs):
        notes = written.get(chair.track)
        if notes:
            track = Track(chair.track, chair.part.role, chair.instrument.name, notes)
            out.append((SCORE_ORDER.index(chair.part.role), len(song.tracks) + j, track))
    return tuple(track for _, _, track in sorted(out, key=lambda row: row[:2]))


def _sounding_order(note: Note) -> tuple[int, int]:
    pitch = note.pitch
    return (note.onset, getattr(pitch, "midi", 0))


def _decisions(song: Song, band: Band, plans: tuple[PartPlan, ...], stage: Stage) -> tuple[Decision, ...]:
    out = [
        Decision(
            Where(-1, "", 0, song.end),
            "band",
            "brief.instruments" if band.ensemble == "asked" else "draw.weight",
            (("ensemble", band.ensemble), *((chair.track, _seat(chair)) for chair in band.chairs)),
            band.alternatives,
        )
    ]
    drums = next((word for word in song.brief.without if FAMILIES.get(word.casefold()) == "drums"), "")
    unkitted = sorted({name for part in stage.style.parts for name in part.instruments if name in HAND_DRUMS})
    seated = {chair.instrument.name for chair in band.chairs}
    if drums and unkitted and band.ensemble != "asked" and not seated & set(HAND_DRUMS):
        told = (("word", drums), ("others", ", ".join(unkitted)))
        out.append(Decision(Where(-1, "", 0, song.end), "notice", "notice.no-drums", told))
    by_net = {(told.where.section, told.where.track) for told in stage.told if told.rule == "neural.texture"}
    for plan in plans:
        if plan.part.player not in ("grid", "line", "chords", "inner"):
            continue
        bank = bank_of(stage.style, plan.part)
        for scene, pattern in zip(stage.scenes, section_patterns(plan, stage), strict=True):
            if pattern is None or (scene.index, plan.track) in by_net:
                continue
            section = scene.section
            others = tuple((p.name, p.weight) for p in bank if p is not pattern and p.use == pattern.use)[:8]
            values = (("pattern", pattern.name), ("intensity", scene.intensity), ("use", pattern.use))
            where = Where(scene.index, plan.track, section.start, section.end)
            out.append(Decision(where, "pattern", "draw.weight", values, others))
    for plan in plans:
        out += entries(plan, stage.scenes)
    for scene in stage.scenes[:-1]:
        section = scene.section
        step = round(stage.scenes[scene.index + 1].section.energy - section.energy, 3)
        where = Where(scene.index, "", scene.bars[-1].start if scene.bars else section.start, section.end)
        rule = "style.transition" if scene.spec.transition else "transition.energy-step"
        out.append(Decision(where, "transition", rule, (("transition", scene.transition), ("energy_step", step))))
    return (*out, *stage.told)


def _seat(chair: Chair) -> str:
    return f"{chair.part.id}: {chair.instrument.name}"
