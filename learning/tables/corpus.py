"""Songs of the open corpora in one shape: bars, local key, chords relative to the key, one melody, sections."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partimento.learning.tables.artists import genres_of
from partimento.learning.tables.numerals import pitch_class, read_label

FILES = {
    "billboard": "pop_billboard_chords.jsonl.gz",
    "chorales": "chorales_bach_satb.jsonl.gz",
    "folk": "folk_tunes_pd.jsonl.gz",
    "hymns": "hymns_openhymnal_satb.jsonl.gz",
    "lieder": "classical_openscore_lieder_cc0.jsonl.gz",
    "moods": "progressions_mood_tagged.jsonl.gz",
    "openewld": "leadsheets_openewld_pd.jsonl.gz",
    "pop909": "pop_pop909cl.jsonl.gz",
    "rs200": "rock_rs200.jsonl.gz",
}
LICENCES = {
    "billboard": "CC0 (McGill Billboard annotations 2.0)",
    "chorales": "public-domain music, music21 corpus encodings",
    "folk": "public-domain tunes, music21 corpus transcriptions",
    "hymns": "public domain (Open Hymnal)",
    "lieder": "CC0 (OpenScore Lieder)",
    "moods": "MIT (ldrolez/free-midi-chords)",
    "openewld": "MIT, public-domain works (OpenEWLD)",
    "pop909": "MIT (POP909, POP909-CL)",
    "rs200": "CC BY 4.0 (T. de Clercq, D. Temperley, Rolling Stone corpus 2.1)",
    "jazz_ngrams": "aggregate counts only",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One written bar: onset and length in ticks of the piece."""

    onset: int
    length: int
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord in its local key: root and bass are chromatic steps above the tonic."""

    onset: int
    duration: int
    root: int
    quality: str
    bass: int
    mode: str
    colour: str


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the form: kind is one of KINDS, name what the annotator wrote."""

    onset: int
    end: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One song. `keys` are (tick, tonic pitch class, mode); notes are (onset, duration, MIDI pitch) in ticks."""

    name: str
    source: str
    genres: tuple[str, ...]
    ticks_per_quarter: int
    bars: tuple[Bar, ...]
    keys: tuple[tuple[int, int, str], ...]
    chords: tuple[Chord, ...] = ()
    melody: tuple[tuple[int, int, int], ...] = ()
    sections: tuple[Section, ...] = ()
    phrases: tuple[tuple[int, int, str], ...] = ()
    parts: tuple[tuple[tuple[int, int, int], ...], ...] = ()
    rhythm: str = ""

    def key_at(self, tick: int) -> tuple[int, str]:
        """Tonic pitch class and mode that hold at a tick."""
        current = self.keys[0]
        for key in self.keys:
            if key[0] <= tick:
                current = key
        return current[1], current[2]


def read_key(name: str) -> tuple[int, str]:
    """Tonic pitch class and mode of a key written `Eb` or `F#m`."""
    return pitch_class(name.rstrip("m")), "minor" if name.endswith("m") else "major"


KINDS = ("intro", "verse", "prechorus", "chorus", "bridge", "solo", "instrumental", "outro", "other")


def section_kind(name: str) -> str:
    """One of KINDS for an annotator's section name (Billboard words, RS200 abbreviations)."""
    low = name.lower().strip()
    short = low.rstrip("0123456789ab ") if len(low) <= 5 else low
    table = {
        "vr": "verse", "ch": "chorus", "in": "intro", "br": "bridge", "co": "outro", "coda": "outro", "cod": "outro",
        "inst": "instrumental", "vp": "verse", "li": "instrumental", "ln": "instrumental", "cp": "chorus",
        "ip": "intro", "so": "solo", "prec": "prechorus", "pre": "prechorus", "rf": "chorus", "vinst": "solo",
        "rap": "verse", "bk": "instrumental", "link": "instrumental", "break": "instrumental", "trans": "instrumental",
        "ta": "outro", "bp": "verse", "theme": "verse",
    }  # fmt: skip
    if short in table:
        return table[short]
    if low in table:
        return table[low]
    for stem, kind in (
        ("pre-chorus", "prechorus"), ("prechorus", "prechorus"), ("pre chorus", "prechorus"), ("pre-verse", "intro"),
        ("pre-intro", "intro"), ("intro", "intro"), ("fade in", "intro"), ("fadein", "intro"), ("chorus", "chorus"),
        ("refrain", "chorus"), ("verse", "verse"), ("bridge", "bridge"), ("solo", "solo"), ("fadeout", "outro"),
        ("outro", "outro"), ("ending", "outro"), ("coda", "outro"), ("interlude", "instrumental"),
        ("instrumental", "instrumental"), ("trans", "instrumental"), ("main theme", "verse"), ("vr", "verse"),
        ("ch", "chorus"), ("link", "instrumental"),
    ):  # fmt: skip
        if stem in low:
            return kind
    return "other"


def read_rows(data: Path, source: str) -> Iterator[dict[str, Any]]:
    """The raw records of a set; FileNotFoundError when the data folder lacks it."""
    with gzip.open(data / FILES[source], "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def make_bars(meters: list[list[int]], end: int, quarter: int, phase: int = 0) -> tuple[Bar, ...]:
    """Bars of a meter map ([[tick, numerator, denominator], ...]) up to `end`; `phase` ticks of pick-up come first."""
    bars: list[Bar] = []
    meters = meters or [[0, 4, 4]]
    for i, (start, numerator, denominator) in enumerate(meters):
        stop = meters[i + 1][0] if i + 1 < len(meters) else end
        length = quarter * 4 * numerator // denominator
        tick = start + (phase if i == 0 else 0)
        while tick < stop and length > 0:
            bars.append(Bar(tick, length, numerator, denominator))
            tick += length
    return tuple(bars)


def bars_from_lines(lines: list[int], end: int, meters: list[list[int]]) -> tuple[Bar, ...]:
    """Bars between the bar-line ticks of an engraved score."""
    stops = lines[1:] + [end]
    meters = meters or [[0, 4, 4]]
    out = []
    for onset, stop in zip(lines, stops, strict=True):
        meter = meters[0]
        for candidate in meters:
            if candidate[0] <= onset:
                meter = candidate
        if stop > onset:
            out.append(Bar(onset, stop - onset, meter[1], meter[2]))
    return tuple(out)


def pickup_phase(notes: list[list[int]], length: int, quarter: int) -> int:
    """Ticks of pick-up before the first full bar: the phase whose downbeats carry the most and longest notes."""
    weight: dict[int, int] = {}
    for onset, duration, *_ in notes:
        weight[onset % length] = weight.get(onset % length, 0) + quarter // 2 + min(duration, quarter * 2)
    best = max(sorted(weight), key=lambda phase: weight[phase], default=0)
    return best if best and weight[best] * 100 > weight.get(0, 0) * 125 else 0


def relative_chords(
    rows: list[list[Any]], keys: tuple[tuple[int, int, str], ...], modes: tuple[str, ...] | None = None
) -> tuple[Chord, ...]:
    """Chord records relative to the key that holds at their onset; unknown labels leave a gap."""
    out = []
    for onset, duration, label, *_ in rows:
        symbol = read_label(label)
        if symbol is None or duration <= 0:
            continue
        tonic, mode = keys[0][1], keys[0][2]
        for key in keys:
            if key[0] <= onset:
                tonic, mode = key[1], key[2]
        root, bass = (symbol.root - tonic) % 12, (symbol.bass - tonic) % 12
        out.append(Chord(onset, duration, root, symbol.quality, bass, mode, symbol.colour))
    return tuple(out)


def mode_by_tonic_third(rows: list[list[Any]], keys: list[tuple[int, int]]) -> tuple[tuple[int, int, str], ...]:
    """Mode of each (tick, tonic) by whether chords on the tonic have a minor or a major third for longer."""
    out = []
    for i, (start, tonic) in enumerate(keys):
        stop = keys[i + 1][0] if i + 1 < len(keys) else 1 << 60
        minor = major = 0
        for onset, duration, label, *_ in rows:
            symbol = read_label(label)
            if symbol is None or not start <= onset < stop or symbol.root != tonic:
                continue
            if symbol.quality.startswith(("min", "dim", "hdim")):
                minor += duration
            elif symbol.quality != "5":
                major += duration
        out.append((start, tonic, "minor" if minor > major else "major"))
    return tuple(out)


def _top_line(notes: list[list[int]]) -> tuple[tuple[int, int, int], ...]:
    """One voice: the highest note of each onset, cut short where the next begins."""
    best: dict[int, tuple[int, int]] = {}
    for onset, duration, pitch, *_ in notes:
        if onset not in best or pitch > best[onset][1]:
            best[onset] = (duration, pitch)
    onsets = sorted(best)
    line = []
    for i, onset in enumerate(onsets):
        duration, pitch = best[onset]
        if i + 1 < len(onsets):
            duration = min(duration, onsets[i + 1] - onset)
        line.append((onset, max(duration, 1), pitch))
    return tuple(line)


def _ends(row: dict[str, Any]) -> int:
    ends = [c[0] + c[1] for c in row.get("chords", [])]
    ends += [n[0] + n[1] for part in row["parts"].values() for n in part]
    return max(ends, default=0)


def pop909(data: Path) -> Iterator[Piece]:
    """POP909 songs with trustworthy bars (chords_on_bar_or_half >= 0.7); chorus = last returning phrase letter."""
    for row in read_rows(data, "pop909"):
        if row["chords_on_bar_or_half"] < 0.7 or not row["keys"] or not row["chords"]:
            continue
        keys = tuple((tick, *read_key(name)) for tick, name in row["keys"])
        bars = make_bars(row["meters"], _ends(row), row["tpq"])
        phrases, sections = _pop909_form(row.get("sections", []), 4 * row["tpq"])
        yield Piece(
            row["id"], "pop909", ("pop",), row["tpq"], bars, keys, relative_chords(row["chords"], keys),
            _top_line(row["parts"]["melody"]), sections, phrases,
        )  # fmt: skip


def _pop909_form(rows: list[list[Any]], bar: int) -> tuple[tuple[tuple[int, int, str], ...], tuple[Section, ...]]:
    phrases = tuple((tick, tick + length * bar, letter) for tick, letter, length in rows)
    sung = [letter for _, _, letter in phrases if letter.isupper() and letter != "X"]
    if not sung:
        return phrases, ()
    # The chorus is the phrase letter, other than the first, that fills most of the last 40 % of the sung phrases.
    late = sung[len(sung) * 6 // 10 :]
    others = sorted({x for x in sung if x != sung[0]}, key=lambda x: (-late.count(x), x))
    chorus = others[0] if others and late.count(others[0]) else ""
    kinds = {sung[0]: "verse", chorus: "chorus", "i": "intro", "o": "outro"}
    merged: list[Section] = []
    for i, (onset, end, letter) in enumerate(phrases):
        if letter in kinds and letter:
            kind = kinds[letter]
        elif letter.islower():
            kind = "instrumental"
        else:
            following = next((x for _, _, x in phrases[i + 1 :] if x != letter), "")
            kind = "prechorus" if following == chorus and letter != "X" else "bridge"
        if i + 1 == len(phrases) and letter in "xX":
            kind = "outro"
        if merged and merged[-1].name == letter and merged[-1].end == onset:
            merged[-1] = Section(merged[-1].onset, end, kind, letter)
        else:
            merged.append(Section(onset, end, kind, letter))
    return phrases, tuple(merged)


def _sections(row: dict[str, Any], end: int, name_at: int) -> tuple[Section, ...]:
    rows = row["sections"]
    out = []
    for i, entry in enumerate(rows):
        stop = rows[i + 1][0] if i + 1 < len(rows) else end
        if stop > entry[0]:
            name = entry[name_at]
            out.append(Section(entry[0], stop, section_kind(name) if name else "other", name))
    return tuple(out)


def billboard(data: Path) -> Iterator[Piece]:
    """Billboard songs; the mode is read from the tonic chords, since only the tonic is annotated."""
    for row in read_rows(data, "billboard"):
        end = _ends(row)
        keys = mode_by_tonic_third(row["chords"], [(tick, pitch_class(name)) for tick, name in row["keys"]])
        yield Piece(
            row["id"], "billboard", genres_of(row["artist"].strip(), row["title"].strip()), row["tpq"],
            make_bars(row["meters"], end, row["tpq"]), keys, relative_chords(row["chords"], keys),
            sections=_sections(row, end, 2),
        )  # fmt: skip


def rs200(data: Path) -> Iterator[Piece]:
    """Rolling Stone 200 songs; the melody is left out where it and the chords differ in length."""
    for row in read_rows(data, "rs200"):
        end = _ends(row)
        keys = mode_by_tonic_third(row["chords"], [(tick, pitch_class(name)) for tick, name in row["keys"]])
        aligned = abs(row["melody_len_diff_ticks"]) <= 4 * row["tpq"]
        genres = genres_of("", row["title"])
        yield Piece(
            row["id"], "rs200", ("rock",) if genres == ("pop",) else genres, row["tpq"],
            make_bars(row["meters"], end, row["tpq"]), keys, relative_chords(row["chords"], keys),
            _top_line(row["parts"].get("melody", [])) if aligned else (), _sections(row, end, 1),
        )  # fmt: skip


_FIFTHS_TONIC = {fifths: fifths * 7 % 12 for fifths in range(-7, 8)}


def _fifths_keys(row: dict[str, Any], last: int | None) -> tuple[tuple[int, int, str], ...]:
    """Keys from a signature; minor when the last bass or melody note is the relative minor's tonic."""
    out = []
    for tick, fifths, mode in row["keys"] or [[0, 0, "major"]]:
        tonic = _FIFTHS_TONIC[fifths]
        if mode == "minor" or (mode == "" and last == (tonic + 9) % 12):
            out.append((tick, (tonic + 9) % 12, "minor"))
        else:
            out.append((tick, tonic, "major"))
    return tuple(out)


def openewld(data: Path) -> Iterator[Piece]:
    """OpenEWLD lead sheets; genres jazz, country, blues, folk by their tags, the rest standards."""
    for row in read_rows(data, "openewld"):
        end = row.get("end") or _ends(row)
        melody = _top_line(row["parts"].get("melody", []))
        if not melody:
            continue
        last_chord = next((read_label(c[2]) for c in reversed(row["chords"]) if read_label(c[2])), None)
        last = last_chord.root if last_chord and last_chord.quality.startswith("min") else None
        keys = _fifths_keys({"keys": [[k[0], k[1], ""] for k in row["keys"]]}, last)  # all are marked major
        styles = set(row["styles"])
        genres = {"standards"}
        if "Jazz" in row["genres"] or styles & {"Swing", "Dixieland", "Big Band", "Hard Bop", "Cool Jazz"}:
            genres.add("jazz")
        if styles & {"Country", "Bluegrass", "Honky Tonk", "Country Rock"}:
            genres.add("country")
        if styles & {"Delta Blues", "Rhythm & Blues", "Blues Rock"} or "Blues" in row["genres"]:
            genres.add("blues")
        if "Folk" in styles or row["pd_basis"] == "traditional":
            genres.add("folk")
        yield Piece(
            row["id"], "openewld", tuple(sorted(genres)), row["tpq"],
            bars_from_lines(row["bars"], end, row["meters"]), keys, relative_chords(row["chords"], keys), melody,
        )  # fmt: skip


def folk(data: Path) -> Iterator[Piece]:
    """Folk tunes; `rhythm` is reel, jig, hornpipe, slipjig, strathspey, waltz, air or a guess from the meter."""
    names = {
        "slip jig": "slipjig", "double jig": "jig", "clog": "hornpipe", "slide": "jig", "highland fling": "strathspey",
    }  # fmt: skip
    by_meter = {(6, 8): "jig", (9, 8): "slipjig", (3, 4): "waltz", (3, 8): "waltz", (2, 2): "reel"}
    for row in read_rows(data, "folk"):
        if not row["meters"] or not row["keys"]:
            continue
        numerator, denominator = row["meters"][0][1:3]
        notes = row["parts"]["melody"]
        length = row["tpq"] * 4 * numerator // denominator
        tonic, mode = read_key(row["keys"][0][1])
        if "dor" in row["abc_key"].lower():
            mode = "minor"
        rhythm = (row["rhythm"] or "").lower()
        rhythm = names.get(rhythm, rhythm) or by_meter.get((numerator, denominator), "air")
        phase = pickup_phase(notes, length, row["tpq"])
        yield Piece(
            row["id"], "folk", ("folk",), row["tpq"], make_bars(row["meters"], _ends(row), row["tpq"], phase),
            ((0, tonic, mode),), melody=_top_line(notes), rhythm=rhythm,
        )  # fmt: skip


def lieder(data: Path) -> Iterator[Piece]:
    """OpenScore Lieder voices; the mode is read from the last bass note."""
    for row in read_rows(data, "lieder"):
        voice = row["parts"].get("voice")
        if not voice or not row["meters"]:
            continue
        bass = row["parts"].get("piano_lh") or voice
        final = min(bass[-4:], key=lambda n: (-n[0], n[2]))[2] % 12
        yield Piece(
            row["id"], "lieder", ("classical",), row["tpq"], bars_from_lines(row["bars"], row["end"], row["meters"]),
            _fifths_keys(row, final), melody=_top_line(voice),
        )  # fmt: skip


def four_part(data: Path, source: str) -> Iterator[Piece]:
    """Hymns or chorales: melody is the soprano, `parts` the four voices, phrases end at fermatas where marked."""
    for row in read_rows(data, source):
        voices = [row["parts"].get(v, []) for v in ("soprano", "alto", "tenor", "bass")]
        if not all(voices):
            continue
        final = voices[3][-1][2] % 12
        if source == "chorales":
            keys = _fifths_keys({"keys": [[k[0], k[1], ""] for k in row["keys"][:1]]}, final)
            bars = bars_from_lines(row["bars"], row["end"], row["meters"])
        else:
            keys = ((0, *read_key(row["keys"][0][1])),)
            length = row["tpq"] * 4 * row["meters"][0][1] // row["meters"][0][2]
            phase = pickup_phase(voices[0], length, row["tpq"])
            bars = make_bars(row["meters"], _ends(row), row["tpq"], phase)
        ticks = [f if isinstance(f, int) else f[0] for f in row.get("fermatas", [])]
        phrases = tuple((a, b, "P") for a, b in zip([0, *ticks], ticks, strict=False))
        yield Piece(
            row["id"], source, ("classical" if source == "chorales" else "hymn",), row["tpq"], bars, keys,
            melody=_top_line(voices[0]), phrases=phrases, parts=tuple(_top_line(v) for v in voices),
        )  # fmt: skip
