"""The composer's entry: a Brief in, a whole Song out. Thread-safe: nothing is shared but caches of pure functions."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from partimento.arrangement.arrange import arrange
from partimento.arrangement.band import Band, Chair, choose_band
from partimento.arrangement.perform import perform
from partimento.composer.form_sections import build_sections
from partimento.composer.harmony import Harmoniser
from partimento.composer.harmony_bass import lead_the_bass
from partimento.composer.melody import SOLOS, write_lead
from partimento.composer.melody_neural import Heard
from partimento.composer.neural.muse import RULES_ALONE, Muse, muse_of, one_thread, settled
from partimento.composer.obey_harmony import fitting_key, obeyed_harmony, refuse_contradiction, with_heard_close
from partimento.composer.obey_lines import obeyed_lines
from partimento.composer.plan import Plan, make_plan
from partimento.composer.plan_size import TOLERANCE, felt_factor, tempo_map
from partimento.score.brief import Brief
from partimento.score.decision import Decision, Where
from partimento.score.song import KeyChange, MeterChange, Section, Song, TempoChange, Track
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline
from partimento.theory.rules.rule_set import RuleSet
from partimento.theory.rules.rule_toml import rule_set_from_toml


def compose(brief: Brief) -> Song:
    """A complete song for a brief, performance included; the same brief gives the same song.

    `song.brief` is the brief with genre, mood, energy, title and engine filled in; composing it again gives the same
    song.
    Raises BriefError, StyleError or TheoryError (all
    PartimentoError) for what cannot be met; what was met against a style's habits leaves a "notice" Decision.
    """
    with _collector_at_rest():
        return _composed(brief)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Python's search for cyclic garbage waits: ten thousand notes are made and none thrown away (a third of the time).

    Switched on again by whoever found it on, so that threads that compose at once leave it as it was.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _composed(brief: Brief) -> Song:
    rules = rule_set_from_toml(brief.rules, "rules") if brief.rules else None
    plan = make_plan(brief)
    if rules is not None and brief.key is None:
        plan = make_plan(replace(brief, key=str(fitting_key(plan.key, rules))))
    seed, take = brief.seed, brief.take
    band = choose_band(brief, plan.style, plan.form_name, Stream(seed, "band", take))
    muse = muse_of(plan.brief, plan.style)
    plan = replace(plan, brief=settled(plan.brief, muse))
    with one_thread(muse):
        return _written(plan, band, muse, rules)


def _written(plan: Plan, band: Band, muse: Muse, rules: RuleSet | None) -> Song:
    song = sketch(plan, muse)
    if rules is not None:
        refuse_contradiction(song, rules, _given(song, plan))
        song = obeyed_harmony(song, rules)
    song = with_leads(song, plan, band, muse)
    if plan.style.references.get("counterpoint"):
        song = lead_the_bass(song, _given(song, plan))
        if rules is not None:
            song = obeyed_harmony(song, rules)
    song = arrange(song, plan.style, band, muse.nets)
    if rules is not None:
        song = obeyed_lines(with_heard_close(song, rules), rules)
    song = perform(song, plan.style, muse.nets)
    return on_time(song, plan)


def _given(song: Song, plan: Plan) -> frozenset[int]:
    """The sections whose chords were asked for, by index."""
    return frozenset(i for i, s in enumerate(song.sections) if plan.given_for(s.kind, s.material) is not None)


def sketch(plan: Plan, muse: Muse = RULES_ALONE) -> Song:
    """The song as far as form and harmony go: maps, sections, chords, ending; no tracks yet."""
    seed, take = plan.brief.seed, plan.brief.take
    sections, why = build_sections(plan.items, plan.style, plan.key, plan.meter, plan.energy_shift, seed, take)
    harmoniser = Harmoniser(plan, sections, muse)
    chords, sections, final = harmoniser.run()
    return Song(
        title=plan.brief.title,
        brief=plan.brief,
        meters=(MeterChange(0, plan.meter),),
        tempos=tempo_map(plan.tempo * felt_factor(plan.meter), plan.bars, plan.meter, plan.slowing),
        keys=_key_map(sections),
        sections=sections,
        ending=final,
        chords=chords,
        decisions=(*plan.decisions, *muse.decisions, *why, *harmoniser.decisions),
    )


def _key_map(sections: tuple[Section, ...]) -> tuple[KeyChange, ...]:
    out: list[KeyChange] = []
    for section in sections:
        if not out or out[-1].key != section.key:
            out.append(KeyChange(section.start, section.key))
    return tuple(out)


def with_leads(song: Song, plan: Plan, band: Band, muse: Muse = RULES_ALONE) -> Song:
    """The song with its tune: the lead chair's track, and solos by those who may take them, each section by one."""
    lead = band.lead
    shares: dict[str, tuple[Chair, list[int]]] = {}
    soloists = list(band.soloists)
    if lead is not None and (not soloists or lead.part.solo or lead.asked):
        soloists = [lead, *(chair for chair in soloists if chair is not lead)]
    turn = Stream(plan.brief.seed, "lead", "soloist", plan.brief.take).below(len(soloists)) if soloists else 0
    if lead is not None and lead.asked:
        turn = 0  # who was named by the user plays the first solo
    decisions: list[Decision] = []
    for i, section in enumerate(song.sections):
        taken = _tune_of(band, song.sections, i)
        chair = taken or lead
        if taken is not None and taken is not lead:
            where = Where(i, taken.track, section.start, section.end)
            decisions.append(Decision(where, "tune taken", "lead.taken", (("track", taken.track),)))
        if section.lead in SOLOS and soloists:
            chair = soloists[turn % len(soloists)]
            turn += 1
            where = Where(i, chair.track, section.start, section.end)
            others = tuple((other.track, 1) for other in soloists)
            decisions.append(Decision(where, "soloist", "lead.soloist", (("track", chair.track),), others))
        if chair is not None:
            shares.setdefault(chair.track, (chair, []))[1].append(i)
    tracks: list[Track] = []
    heard: Heard = {}
    for chair, sections in shares.values():
        notes, why = write_lead(
            song, plan.style, chair.instrument, *_line_register(chair),
            only_sections=None if len(sections) == len(song.sections) else sections, muse=muse,
            heard=heard,
        )  # fmt: skip
        decisions += why
        if notes:
            tracks.append(Track(chair.track, chair.part.role, chair.instrument.name, notes))
    return replace(song, tracks=tuple(tracks), decisions=(*song.decisions, *decisions))


def _tune_of(band: Band, sections: tuple[Section, ...], i: int) -> Chair | None:
    """The chair that takes the tune of section `i` over from the lead (a style's `tune`), or None."""
    kind = sections[i].kind
    count = sum(1 for section in sections[: i + 1] if section.kind == kind)
    named = [c for c in band.chairs if kind in c.part.tune or f"{kind}:{count}" in c.part.tune]
    return named[count % len(named)] if named and sections[i].lead not in ("none", "") else None


def _line_register(chair: Chair) -> tuple[int, int]:
    """(low, high) of a chair's single lines: who accompanies lies low, and comes up from there for a solo."""
    if chair.part.role != "comp" or chair.instrument.hands == "mono":
        return chair.low, chair.high
    low = max(chair.low, min(57, chair.instrument.sweet_high - 19))
    return low, max(min(chair.instrument.sweet_high, low + 27), low + 12)


def last_release_s(song: Song) -> float:
    """Seconds to the last release of what is played; the written end where nothing is."""
    return Timeline(song).seconds_at(song.performance.end or song.end)


def on_time(song: Song, plan: Plan) -> Song:
    """The song with its tempo trimmed so that an asked duration is met to the last release of what is really played.

    An asked tempo stays: then the last bar alone is stretched or hurried, like a fermata.
    """
    target = plan.asked.duration_s
    if target is None or not song.performance.tracks:
        return song
    lasts = last_release_s(song)
    if plan.asked.tempo_bpm is None:
        factor = lasts / target
        low, high = plan.style.tempo.low / plan.tempo, plan.style.tempo.high / plan.tempo
        factor = min(max(factor, min(low, 1.0)), max(high, 1.0))
        if abs(factor - 1.0) < 0.001:
            return _trimmed(song, plan, lasts, target)
        tempos = tuple(replace(t, tempo_bpm=round(t.tempo_bpm * factor, 4)) for t in song.tempos)
        felt = round(plan.tempo * factor, 3)
        decisions = tuple(
            replace(d, values=(("tempo", felt),)) if d.what == "tempo" else d for d in song.decisions
        )
        song = replace(song, tempos=tempos, decisions=decisions)
        lasts = last_release_s(song)
    return _trimmed(song, plan, lasts, target)


def _trimmed(song: Song, plan: Plan, lasts: float, target: float) -> Song:
    """The song's last two to eight bars played slower or faster, where the tempo may not change and time is left over.

    As few bars as keep the change within a third of the tempo.
    """
    if abs(lasts - target) <= TOLERANCE * target * 0.9:
        return song
    timeline = Timeline(song)
    release = song.performance.end or song.end
    bar = plan.meter.bar
    ratio, start = 1.0, song.end
    for count in (2, 3, 4, 6, 8):
        start = max(0, (release - 1) // bar + 1 - count) * bar
        span = lasts - timeline.seconds_at(start)
        ratio = (span + target - lasts) / span
        if 0.75 <= ratio <= 1.34:
            break
    ratio = min(2.0, max(0.5, ratio))
    tempos = [t for t in song.tempos if t.onset < start]
    later = [replace(t, tempo_bpm=round(t.tempo_bpm / ratio, 4)) for t in song.tempos if t.onset > start]
    bpm = round(timeline.tempo_at(start) / ratio, 4)
    ramp = any(t.ramp for t in song.tempos if t.onset == start)
    where = Where(len(song.sections) - 1, "", start, song.end)
    why = Decision(where, "notice", "notice.end-stretched", (("tempo_bpm", bpm), ("by", round(ratio, 3))))
    tempos += [TempoChange(start, bpm, ramp), *later]
    return replace(song, tempos=tuple(tempos), decisions=(*song.decisions, why))
