"""From a composed Song and its style to the intent of its mix: faders, spaces, dynamics, moves.

Conventions: as score/mix.py. Numbers come from the style's [mix] where it speaks, else from arrangement/mix_tables.py.
The chain and its ranges: De Man & Reiss (2013), Koo et al., Diff-MST (2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partimento.arrangement.effects import effects_of
from partimento.arrangement.mix_moves import moves_of
from partimento.arrangement.mix_tables import (
    BAND_WIDTHS,
    COMPRESSIONS,
    DEEP,
    DELAY_BEATS,
    DELAY_S,
    DISTORTED,
    DISTORTED_TONE,
    FULL_BAND,
    LIGHT_RATIO,
    LOW_CUT_SHARE,
    LOW_CUTS_HZ,
    PLACES,
    SEATS,
    SPECTRA,
    TONES,
    WIDTHS,
)
from partimento.arrangement.style import MixPart, MixProfile, Part, Style
from partimento.score.kit import KIT_PIECES, kit_piece, piece_name
from partimento.score.mix import ROLE_LEVELS_DB, Compression, Delay, EqBand, Fader, Mix
from partimento.score.song import Drum, Song, Track

CENTRED = frozenset({"lead", "bass", "drums"})
"""Roles that do not take sides."""
HARD_PAN = 0.8
"""From here on a part stands hard left or right, and wants another one opposite."""
MOST_LEAN = 0.15
"""Mean pan of what stands aside, weighted by its level, from which on a role changes sides."""
_FOLD = 0.8
"""What a send to the one space gets of a send to the missing one."""


def mix_of(song: Song, style: Style, parts: Sequence[Part | None]) -> Mix:
    """The song's mix by the style's profile; `parts` are the style's parts of the tracks, in order.

    A fader per track in the song's order, a kit's pieces after it. Faders already in `song.mix` are a person's and are
    kept, by name.
    """
    profile = style.mix
    edits = {fader.track: fader for fader in song.mix.faders}
    kicked = any("kick" in pieces_of(track) for track in song.tracks)
    rows = [_asked(profile, track, part) for track, part in zip(song.tracks, parts, strict=True)]
    pans = _pans(song.tracks, rows, profile)
    faders: list[Fader] = []
    for track, part, row, pan in zip(song.tracks, parts, rows, pans, strict=True):
        if track.role == "drums":
            faders.append(Fader(track.name, row.gain_db or 0.0, hall=0.0))
            name = part.id if part is not None else track.name
            faders += [_piece(profile, track, name, piece) for piece in pieces_of(track)]
        else:
            faders.append(_fader(profile, track, row, pan, kicked))
    kept = tuple(edits.get(fader.track, fader) for fader in faders)
    mix = Mix(
        profile=style.name,
        lufs=profile.lufs,
        limiting_db=profile.limiting_db,
        room_s=profile.room_s,
        hall_s=profile.hall_s,
        delay=_delay(song, profile),
        glue_ratio=profile.glue,
        spectrum=SPECTRA.get(profile.spectrum, ()) if len(song.tracks) >= FULL_BAND else (),
        eq=tuple(EqBand(band.kind, band.hz, band.gain_db, band.q) for band in profile.eq),
        width=profile.width,
        faders=kept,
        effects=effects_of(song, style),
    )
    return replace(mix, moves=moves_of(song, profile, mix))


def pieces_of(track: Track) -> tuple[str, ...]:
    """The pieces of a kit that occur in the track, in the order of score.kit; of any other track none."""
    if track.role != "drums":
        return ()
    found = {kit_piece(note.number) for note in track.notes if isinstance(note.pitch, Drum)}
    return tuple(piece for piece in KIT_PIECES if piece in found)


def _asked(profile: MixProfile, track: Track, part: Part | None) -> MixPart:
    """What the style says of the part: by its id, then by its role."""
    return _merged(profile, part.id if part is not None else track.name, track.role)


def _merged(profile: MixProfile, name: str, role: str) -> MixPart:
    said: dict[str, float] = {}
    for key in (role, name):
        row = profile.parts.get(key)
        if row is not None:
            said |= row.model_dump(exclude_none=True)
    return MixPart(**said)


def _fader(profile: MixProfile, track: Track, row: MixPart, pan: float, kicked: bool) -> Fader:
    place = PLACES.get(track.role, PLACES["comp"])
    room, hall = _sends(profile, place.room, place.hall)
    width = WIDTHS.get(track.instrument, place.width)
    if profile.dynamics == "band":
        width = max(width, BAND_WIDTHS.get(track.role, 0.0))
    if track.role in ("lead", "bass"):
        width = min(width, place.width)
    return Fader(
        track.name,
        gain_db=_said(row.gain_db, 0.0),
        pan=pan,
        width=_said(row.width, width),
        room=_said(row.room, room),
        hall=_said(row.hall, hall),
        delay=_said(row.delay, 0.0),
        duck_db=_said(row.duck_db, 0.0) if kicked else 0.0,
        eq=_eq(profile, track.role, track),
        compression=_compression(profile, track.role),
    )


def _piece(profile: MixProfile, track: Track, part_id: str, piece: str) -> Fader:
    key = "percussion piece" if piece == "percussion" else piece
    row = _merged(profile, f"{part_id}/{piece}", f"drums/{piece}")
    place = PLACES[key]
    room, hall = _sends(profile, place.room, place.hall)
    return Fader(
        piece_name(track.name, piece),
        gain_db=_said(row.gain_db, 0.0),
        pan=_said(row.pan, place.pan),
        width=_said(row.width, place.width),
        room=_said(row.room, room),
        hall=_said(row.hall, hall),
        delay=_said(row.delay, 0.0),
        eq=_eq(profile, key, track),
        compression=_compression(profile, key),
    )


def _said(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _sends(profile: MixProfile, room: float, hall: float) -> tuple[float, float]:
    if profile.space == "room":
        room, hall = room + _FOLD * hall, 0.0
    elif profile.space == "hall":
        room, hall = 0.0, hall + _FOLD * room
    return round(min(1.0, room * profile.wet), 2), round(min(1.0, hall * profile.wet), 2)


def _pans(tracks: Sequence[Track], rows: Sequence[MixPart], profile: MixProfile) -> list[float]:
    """Where each track stands: the style's word, else its seat or its role's place; two of a role take two sides, and
    of what stands hard left or right there are two or none."""
    pans = [_wanted(track, row, profile) for track, row in zip(tracks, rows, strict=True)]
    if profile.seating == "orchestra":
        return pans
    for role in dict.fromkeys(track.role for track in tracks if track.role not in CENTRED):
        lean = 0
        taken: list[float] = []
        for k, track in enumerate(tracks):
            if track.role != role:
                continue
            pan = -pans[k] if pans[k] * lean > 0 else pans[k]
            while pan and pan in taken:
                pan = pan / 2
            taken.append(pan)
            lean += (pan > 0) - (pan < 0)
            pans[k] = round(pan, 3)
    _balance(tracks, pans)
    hard = [k for k, pan in enumerate(pans) if abs(pan) >= HARD_PAN]
    hard.sort(key=lambda k: tracks[k].role != "comp")
    for turn, k in enumerate(hard):
        size = 0.4 if len(hard) == 1 else abs(pans[k]) if turn < len(hard) // 2 * 2 else 0.6
        pans[k] = size if turn % 2 else -size
    return pans


def _balance(tracks: Sequence[Track], pans: list[float]) -> None:
    """Roles moved to the other side, where the band as it is would lean to one."""
    weights = [0.0 if t.role in CENTRED else 10 ** (ROLE_LEVELS_DB.get(t.role, -12.0) / 20) for t in tracks]
    leans: dict[str, float] = {}
    for track, weight, pan in zip(tracks, weights, pans, strict=True):
        leans[track.role] = leans.get(track.role, 0.0) + weight * pan
    limit = MOST_LEAN * sum(weights)
    for _ in leans:
        total = sum(leans.values())
        best = min(leans, key=lambda role: abs(total - 2 * leans[role]))
        if abs(total) <= limit or abs(total - 2 * leans[best]) >= 0.9 * abs(total):
            return
        leans[best] = -leans[best]
        for k, track in enumerate(tracks):
            if track.role == best:
                pans[k] = -pans[k]


def _wanted(track: Track, row: MixPart, profile: MixProfile) -> float:
    if row.pan is not None:
        return row.pan
    if profile.seating == "orchestra" and track.instrument in SEATS:
        return SEATS[track.instrument]
    return PLACES.get(track.role, PLACES["comp"]).pan


def _eq(profile: MixProfile, key: str, track: Track) -> tuple[EqBand, ...]:
    """The low cut, by role and lowest note, and in a band the role's tone."""
    corner = LOW_CUTS_HZ.get(key, 80.0)
    numbers = [note.number for note in track.notes if not isinstance(note.pitch, Drum)]
    if track.instrument in DEEP:
        corner = min(corner, LOW_CUTS_HZ["kick"]) if key != "hats" and key != "cymbals" else corner
    elif numbers:
        lowest = 440.0 * 2.0 ** ((min(numbers) - 69) / 12)
        corner = max(20.0, min(corner, LOW_CUT_SHARE[profile.dynamics] * lowest))
    tone: tuple[EqBand, ...] = ()
    if profile.dynamics == "band":
        tone = DISTORTED_TONE if track.instrument in DISTORTED else TONES.get(key, ())
    return (EqBand("high-pass", float(round(corner))), *tone)


def _compression(profile: MixProfile, key: str) -> Compression | None:
    """As in a pop band; light: LIGHT_RATIO at the most, slower and half as deep; or none."""
    own = COMPRESSIONS.get(key)
    if own is None or profile.dynamics == "none":
        return None
    if profile.dynamics == "band":
        return own
    return Compression(min(own.ratio, LIGHT_RATIO), own.depth_db / 2, own.attack_ms * 2, own.release_ms * 1.5)


def _delay(song: Song, profile: MixProfile) -> Delay:
    """The style's echo; where it names no time, the one of the meter's that comes nearest to DELAY_S."""
    wanted = profile.delay
    beats = wanted.beats
    if not beats:
        bpm = song.tempos[0].tempo_bpm if song.tempos else 120.0
        compound = bool(song.meters) and song.meters[0].meter.beat_lengths[0] == 720
        choices = DELAY_BEATS["compound" if compound else "simple"]
        beats = min(choices, key=lambda n: (abs(n * 60.0 / bpm - DELAY_S), n))
    return Delay(beats, wanted.feedback, wanted.low_hz, wanted.high_hz, wanted.ping_pong)
