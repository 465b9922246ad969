"""Damaged songs: a claim that spoke of what is gone is not made any more, whatever the record says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from partimento.score.song import Note, Song
from partimento.teaching.claim import Claim, Kind
from partimento.teaching.explaining import explain
from partimento.teaching.kinds.each_chord import CHORD
from partimento.teaching.kinds.registry import kinds
from partimento.teaching.subject import Subject
from partimento.theory.analysis.findings import MeterCheck
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from tests.teaching.explained_songs import DAMAGES, composed, damaged, recorded, subject, with_notes
from tests.teaching.test_net_claims import WHERE as BY_NETS

WHERE: dict[str, tuple[str, tuple[str, ...]]] = {
    "form.outline": ("pop 1", ("sections_turned", "silent")),
    "form.choice": ("pop 1", ("sections_turned", "silent")),
    "form.energy": ("cinematic 1", ("sections_turned", "silent")),
    "form.arc": ("pop 1", ("sections_turned", "drumless", "one_track")),
    "form.growth": ("funk 1", ("sections_turned", "one_track")),
    "form.return": ("country 1", ("sections_turned", "band_up", "tune_shuffled")),
    "form.phrases": ("pop 1", ("silent", "gaps")),
    "harmony.key": ("pop 1", ("bass_up", "band_up", "tune_bent")),
    "harmony.mode": ("funk 1", ("bass_up", "band_up")),
    "harmony.blues": ("blues 1", ("chords_renamed", "band_up")),
    "harmony.drone": ("ambient 1", ("band_up", "chords_renamed")),
    "harmony.loop": ("rock 1", ("band_up", "chords_renamed", "one_track")),
    "harmony.changes": ("jazz 1", ("band_up", "chords_renamed", "sections_turned")),
    "harmony.colour": ("rnb 3", ("band_up", "chords_renamed")),
    "harmony.cadences": ("classical 1", ("bass_up", "band_up", "chords_renamed")),
    "harmony.cadence": ("pop 1", ("bass_up", "band_up", "chords_renamed", "silent")),
    "harmony.modulation": ("pop 1", ("band_up", "chords_renamed")),
    "harmony.phrase": ("classical 1", ("band_up", "chords_renamed")),
    "harmony.ending": ("pop 1", ("band_up", "chords_renamed")),
    "harmony.applied": ("jazz 1", ("band_up", "chords_renamed")),
    "harmony.tritone": ("bossa 1", ("bass_up", "band_up", "chords_renamed")),
    "harmony.mixture": ("jazz 1", ("band_up", "chords_renamed")),
    "harmony.chromatic": ("jazz 1", ("bass_up", "chords_renamed")),
    "harmony.two-five": ("jazz 1", ("band_up", "chords_renamed")),
    "harmony.turnaround": ("jazz 1", ("band_up", "chords_renamed")),
    "harmony.pedal": ("folk 1", ("band_up", "chords_renamed")),
    "harmony.inversion": ("classical 1", ("bass_up", "band_up", "chords_renamed")),
    "harmony.six-four": ("classical 6", ("bass_up", "band_up", "chords_renamed")),
    "harmony.chord": ("pop 1", ("bass_up", "band_up", "chords_renamed")),
    "melody.range": ("pop 1", ("tune_bent", "silent")),
    "melody.motion": ("pop 1", ("tune_shuffled", "tune_bent")),
    "melody.scale": ("house 2", ("tune_bent",)),
    "melody.contour": ("country 1", ("tune_shuffled",)),
    "melody.manner": ("jazz 1", ("tune_bent",)),
    "melody.silent": ("cinematic 1", ("sections_turned", "silent")),
    "melody.climax": ("pop 1", ("tune_shuffled", "tune_bent", "late")),
    "melody.last": ("pop 1", ("tune_bent", "chords_renamed", "late")),
    "melody.chord-tones": ("pop 1", ("tune_bent", "chords_renamed")),
    "melody.non-chord": ("pop 1", ("tune_shuffled", "chords_renamed", "late")),
    "melody.motif": ("pop 1", ("tune_shuffled", "tune_bent")),
    "melody.transformation": ("pop 1", ("tune_shuffled", "tune_bent")),
    "melody.sequence": ("rnb 3", ("tune_shuffled", "tune_bent")),
    "voice-leading.ranges": ("classical 6", ("bass_up", "tune_bent")),
    "voice-leading.roots": ("pop 1", ("chords_renamed", "silent")),
    "voice-leading.outer": ("pop 1", ("tune_shuffled", "late")),
    "voice-leading.parallels": ("classical 6", ("tune_shuffled", "late", "gaps")),
    "voice-leading.crossing": ("classical 6", ("tune_shuffled", "gaps")),
    "voice-leading.seventh": ("classical 1", ("tune_shuffled", "band_up")),
    "voice-leading.leading": ("classical 1", ("tune_shuffled", "band_up")),
    "voice-leading.bass-line": ("funk 1", ("bass_up", "chords_renamed")),
    "voice-leading.voicing": ("jazz 1", ("band_up", "chords_renamed", "gaps")),
    "voice-leading.example": ("pop 1", ("band_up", "chords_renamed")),
    "voice-leading.parallel-line": ("country 1", ("tune_shuffled", "band_up", "late")),
    "rhythm.size": ("pop 1", ("other_tempo",)),
    "rhythm.swing": ("blues 1", ("unplayed", "late")),
    "rhythm.harmonic": ("pop 1", ("band_up", "chords_renamed")),
    "rhythm.values": ("pop 1", ("silent", "gaps")),
    "rhythm.syncopation": ("pop 1", ("late", "silent")),
    "rhythm.phrase-start": ("pop 1", ("late", "silent")),
    "rhythm.push": ("rock 1", ("late", "band_up")),
    "rhythm.ritardando": ("classical 1", ("other_tempo",)),
    "rhythm.drums": ("rock 1", ("late", "drumless")),
    "rhythm.pattern": ("rock 1", ("drumless", "sections_turned")),
    "rhythm.clave": ("salsa 1", ("late", "drumless")),
    "rhythm.lock": ("pop 1", ("drumless", "one_track")),
    "rhythm.walking": ("jazz 1", ("late", "one_track")),
    "rhythm.approach": ("jazz 1", ("bass_up", "late")),
    "rhythm.comping": ("reggae 1", ("late", "one_track")),
    "rhythm.riff": ("funk 1", ("one_track", "gaps")),
    "rhythm.fills": ("pop 1", ("drumless", "one_track")),
    "rhythm.break": ("rock 1", ("late", "silent")),
    "arrangement.band": ("pop 1", ("drumless", "one_track")),
    "arrangement.register": ("pop 1", ("tune_bent",)),
    "arrangement.tutti": ("pop 1", ("drumless", "one_track")),
    "arrangement.thin": ("house 2", ("drumless", "one_track")),
    "arrangement.answer": ("blues 1", ("tune_endless", "one_track")),
    "arrangement.solo": ("blues 1", ("silent", "gaps")),
    "arrangement.leaving": ("lo-fi 1", ("drumless", "one_track")),
    "arrangement.taken": ("classical 1", ("silent", "one_track")),
    "arrangement.entry": ("pop 1", ("late", "sections_turned", "one_track")),
}
"""Where a kind's claims are found, and what each of these claims, or one at the least, does not outlive."""

KINDS: dict[str, Kind] = {kind.id: kind for kind in (*kinds(), CHORD)}


def _told(kind: Kind, of: Subject) -> list[Claim]:
    return [claim for claim in kind.collect(of) if kind.holds(claim, of)]


def test_every_kind_is_damaged_somewhere() -> None:
    assert set(KINDS) == {*WHERE, *BY_NETS, "rhythm.meter-check"}


@pytest.mark.parametrize("name", WHERE)
def test_a_claim_goes_with_what_it_spoke_of(name: str) -> None:
    song, damages = WHERE[name]
    claims = _told(KINDS[name], subject(song))
    assert claims
    for damage in damages:
        broken = damaged(song, damage)
        assert any(not KINDS[name].holds(claim, broken) for claim in claims), damage


@pytest.mark.parametrize("song", ["pop 1", "jazz 1", "classical 6"])
def test_nothing_but_the_page_outlives_silence(song: str) -> None:
    broken = damaged(song, "silent")
    left = {kind.id for kind in KINDS.values() for claim in _told(kind, subject(song)) if kind.holds(claim, broken)}
    assert left <= {"rhythm.size", "rhythm.ritardando"}
    assert {statement.claim.kind for statement in explain(broken, "advanced")} <= {"rhythm.size", "rhythm.ritardando"}


def test_the_meter_is_doubted_where_the_analysis_doubts_it() -> None:
    plain = subject("pop 1")
    doubt = MeterCheck(Meter(4, 4), Meter(3, 4), 0, 0.9)
    found = replace(plain, analysis=replace(plain.analysis, meter=doubt), recorded=False)
    kind = KINDS["rhythm.meter-check"]
    claims = _told(kind, found)
    assert len(claims) == 1 and not kind.holds(claims[0], replace(plain, recorded=False))


def _tritone(note: Note) -> Note:
    assert isinstance(note.pitch, Pitch)
    return replace(note, pitch=Key.parse("C").spell(note.pitch.midi + 6))


def _bass_at(song: Song, tick: int) -> Song:
    """The song with the bass note that sounds at `tick` a tritone higher."""

    def change(note: Note) -> Note:
        return _tritone(note) if note.onset <= tick < note.onset + note.duration else note

    return with_notes(song, ("bass",), lambda track: tuple(map(change, track.notes)))


def test_one_bass_note_takes_its_chord_with_it_and_no_other() -> None:
    claims = _told(CHORD, subject("country 1"))
    claim = next(c for c in claims if c.value("bass") and c.start)
    broken = recorded(_bass_at(composed("country 1"), claim.start))
    assert not CHORD.holds(claim, broken)
    rest = [c for c in claims if abs(c.start - claim.start) > 4000]
    assert rest and all(CHORD.holds(c, broken) for c in rest)


def test_one_chord_symbol_costs_a_loop_one_round() -> None:
    song = composed("pop 1")
    loop = next(c for c in _told(KINDS["harmony.loop"], subject("pop 1")) if len(c.places) > 1)
    bar = song.meters[0].meter.bar
    place = next(i for i, c in enumerate(song.chords) if c.onset >= loop.start + bar and c.duration <= bar)
    wrong = replace(song.chords[place], roman="iv")
    broken = recorded(replace(song, chords=(*song.chords[:place], wrong, *song.chords[place + 1 :])))
    now = next(c for c in _told(KINDS["harmony.loop"], broken) if c.value("cycle") == loop.value("cycle"))
    assert now.value("rounds") == int(str(loop.value("rounds"))) - 1


def test_without_its_last_chords_a_phrase_has_no_cadence() -> None:
    song = composed("pop 1")
    cadences = _told(KINDS["harmony.cadence"], subject("pop 1"))
    last = next(c for c in cadences if c.value("last"))
    start = (last.places or ((last.start, last.end),))[-1][0]
    held = tuple(c for c in song.chords if c.onset < start)
    broken = recorded(replace(song, chords=held))
    assert not any(c.value("last") for c in _told(KINDS["harmony.cadence"], broken))


def test_a_part_that_is_gone_enters_nowhere() -> None:
    song = composed("cinematic 1")
    entries = _told(KINDS["arrangement.entry"], subject("cinematic 1"))
    named = str(entries[0].value("tracks")).split("|")[0]
    broken = recorded(replace(song, tracks=tuple(t for t in song.tracks if t.name != named)))
    told = [str(c.value("tracks")).split("|") for c in _told(KINDS["arrangement.entry"], broken)]
    assert told and not any(named in tracks for tracks in told)
    assert not any(named in s.text.split() for s in explain(broken, "advanced", topics=("arrangement",)))


def test_energies_that_the_playing_does_not_follow_are_not_told() -> None:
    song = composed("cinematic 1")
    turned = tuple(replace(s, energy=round(1 - s.energy, 2)) for s in song.sections)
    broken = recorded(replace(song, sections=turned))
    assert _told(KINDS["form.energy"], subject("cinematic 1")) and not _told(KINDS["form.energy"], broken)


@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_is_damaged_is_explained_without_a_crash(damage: str) -> None:
    for song in ("funk 1", "classical 6"):
        broken = damaged(song, damage)
        assert all(KINDS[s.claim.kind].holds(s.claim, broken) for s in explain(broken, "advanced"))
