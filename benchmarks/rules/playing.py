"""What instruments and players can do, counted over a finished song: ranges, overlaps, hands, limbs, a valid MIDI file.

Conventions: every check returns a list of short findings ("track, tick: what"), empty where the rule is kept. Limits
are stated here anew rather than taken from the code that keeps them, but for the fretboard's own geometry.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence

import mido

from partimento.arrangement.fretboard import playable, strings_of
from partimento.arrangement.playability import PROGRAMMED_KITS, percussionist
from partimento.score.instruments import instrument
from partimento.score.midi_write import midi_bytes
from partimento.score.song import Drum, Note, Song, Track
from partimento.score.timeline import Timeline

HAND_SPAN = 16
"""Semitones a pianist's hand covers: a tenth."""
FINGERS = 5
MALLETS = 4
STROKE_S = 0.064
"""The least seconds between two strokes of one hand: fast double strokes are played at about 15 a second."""
KICK_S = 0.088
"""The same for a foot on its pedal."""


def ranges(song: Song) -> list[str]:
    """Notes outside their instrument's range, on the page and as played."""
    out: list[str] = []
    for track, played in zip(song.tracks, song.performance.tracks, strict=True):
        chair = instrument(track.instrument)
        if chair.hands == "drums":
            continue
        numbers = [(n.onset, n.pitch.midi) for n in track.notes if not isinstance(n.pitch, Drum)]
        numbers += [(p.onset, p.number) for p in played.notes]
        out += [f"{track.name}, {t}: {n}" for t, n in numbers if not chair.low <= n <= chair.high]
    return out


def overlaps(song: Song) -> list[str]:
    """Same-pitch overlaps: two notes of one pitch at once, in a track's page or on a channel of the performance."""
    out: list[str] = []
    for track in song.tracks:
        ends: dict[int, int] = {}
        for note in sorted(track.notes, key=lambda n: n.onset):
            number = number_of(note)
            if ends.get(number, -1) > note.onset:
                out.append(f"{track.name}, {note.onset}: {number} on the page")
            ends[number] = note.onset + note.duration
    channels: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for played in song.performance.tracks:
        channels[played.channel] += [(p.onset, p.onset + p.duration, p.number) for p in played.notes]
    for channel, rows in sorted(channels.items()):
        stops: dict[int, int] = {}
        for on, off, number in sorted(rows):
            if stops.get(number, -1) > on:
                out.append(f"channel {channel}, {on}: {number} as played")
            stops[number] = max(off, stops.get(number, -1))
    return out


def hands(song: Song) -> list[str]:
    """What no player's hands hold: guitar chords, piano chords, too many mallets, two notes on a wind or a bass.

    Notes count while they sound on the page; on pedalled keyboards (a pedal holds what the fingers let go) and on harps
    those struck together.
    """
    out: list[str] = []
    for track, played in zip(song.tracks, song.performance.tracks, strict=True):
        chair = instrument(track.instrument)
        pedalled = any(c.controller == 64 for c in played.controls) or chair.name == "harp"
        strings = strings_of(chair.name)
        for tick, struck, held in sounding(track):
            notes = struck if pedalled else (*held, *struck)
            if chair.hands == "guitar":
                good = playable(tuple(sorted(set(notes))), strings)
            elif chair.hands == "piano":
                good = two_hands(sorted(set(notes)))
            elif chair.hands == "mallets":
                good = len(struck) <= MALLETS
            elif chair.hands == "mono":
                good = len(notes) <= 1
            else:
                good = True
            if not good:
                out.append(f"{track.name}, {tick}: {chair.name} {sorted(set(notes))}")
    return out


def two_hands(notes: Sequence[int]) -> bool:
    """Whether two hands of five fingers and a tenth's span reach the notes (ascending) at once."""
    for cut in range(len(notes) + 1):
        left, right = notes[:cut], notes[cut:]
        if all(len(h) <= FINGERS and (not h or h[-1] - h[0] <= HAND_SPAN) for h in (left, right)):
            return True
    return False


def sounding(track: Track) -> Iterator[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    """Every onset of a track with the MIDI numbers struck then and those still held; grace notes aside."""
    notes = sorted((n for n in track.notes if not n.grace), key=lambda n: n.onset)
    held: list[tuple[int, int]] = []
    i = 0
    while i < len(notes):
        tick = notes[i].onset
        j = i
        while j < len(notes) and notes[j].onset == tick:
            j += 1
        held = [h for h in held if h[0] > tick]
        struck = notes[i:j]
        yield tick, tuple(number_of(n) for n in struck), tuple(h[1] for h in held)
        held += [(n.onset + n.duration, number_of(n)) for n in struck]
        i = j


def limbs(song: Song) -> list[str]:
    """Strokes of acoustic kits beyond two hands and two feet; a percussion part has a player for each instrument.

    Two hands can take turns however the strokes lie if and only if every third of them is a hand's least time away.
    """
    line = Timeline(song)
    out: list[str] = []
    for track in song.tracks:
        chair = instrument(track.instrument)
        if chair.hands != "drums" or chair.name in PROGRAMMED_KITS:
            continue
        players: dict[str, list[int]] = defaultdict(list)
        for note in track.notes:
            assert isinstance(note.pitch, Drum)
            players[_limb(note.pitch, track.role == "percussion")].append(note.onset)
        for limb, onsets in sorted(players.items()):
            seconds = [line.seconds_at(t) for t in sorted(onsets)]
            ways, least = (1, KICK_S) if limb.endswith("foot") else (2, STROKE_S)
            out += [
                f"{track.name}, {t}: {limb} after {b - a:.3f} s"
                for t, a, b in zip(sorted(onsets)[ways:], seconds, seconds[ways:], strict=False)
                if b - a < least
            ]
    return out


def _limb(drum: Drum, percussion: bool) -> str:
    if percussion:
        return percussionist(drum)
    if drum in (Drum.KICK, Drum.KICK2):
        return f"{drum.name.lower()} foot"
    return "left foot" if drum is Drum.HAT_PEDAL else "hands"


def midi(song: Song) -> list[str]:
    """What mido finds wrong with the file: unreadable bytes, notes that never end, notes lost on the way."""
    try:
        file = mido.MidiFile(file=io.BytesIO(midi_bytes(song)), clip=False)
    except (OSError, ValueError, EOFError, KeyError, IndexError) as error:
        return [f"unreadable: {error}"]
    out: list[str] = []
    total = 0
    for number, track in enumerate(file.tracks):
        open_notes: set[tuple[int, int]] = set()
        for message in track:
            if message.type == "note_on" and message.velocity > 0:
                total += 1
                if (message.channel, message.note) in open_notes:
                    out.append(f"track {number}: {message.note} struck while it sounds")
                open_notes.add((message.channel, message.note))
            elif message.type in ("note_off", "note_on"):
                open_notes.discard((message.channel, message.note))
        out += [f"track {number}: {note} never ends" for _, note in sorted(open_notes)]
    wanted = sum(len(t.notes) for t in song.performance.tracks)
    if total != wanted:
        out.append(f"{total} notes of {wanted}")
    return out


def number_of(note: Note) -> int:
    """The MIDI number of a note or drum."""
    return note.pitch.value if isinstance(note.pitch, Drum) else note.pitch.midi
