"""Any file as what teaching speaks of: the Song, its Piece, and whether it carries its composer's decisions.

Conventions: a file is read as it is written, each repeat once, so that bars have the numbers printed over them; what
the file does not say (keys, chords, sections) is left empty in the Piece, to be found by the analysis.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from pathlib import Path

from partimento.score.as_piece import piece_of
from partimento.score.importing.draft import Draft
from partimento.score.importing.importing import import_written
from partimento.score.song import Song
from partimento.theory.analysis.piece import BarSpan, Piece
from partimento.theory.key import Key

_FOUND_ANEW = ("Chords:", "Sections:", "Key:")
"""What a Song is given in place of what its file does not say; an analysis finds it better, and says so itself."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read. `recorded` says that the song was composed here and its decisions tell why."""

    song: Song
    piece: Piece
    recorded: bool
    notices: tuple[str, ...] = ()


def read_source(path: Path, tune: int = 1, key: Key | None = None) -> Source:
    """The Source of a MIDI, MusicXML, ABC, Humdrum, MEI, DAWproject or song.json file.

    `tune` chooses from an ABC file of several, from 1; `key` is the key to read it in, whatever the file says.
    ScoreFormatError as `import_song`.
    """
    song, draft, notices = import_written(path, tune, key)
    piece = piece_of(song)
    if draft is not None:
        piece = _as_said(piece, draft)
    if key is not None:
        piece = replace(piece, keys=((0, key),))
    told = tuple(notice for notice in notices if not notice.startswith(_FOUND_ANEW))
    return Source(song, piece, bool(song.decisions), told)


def _as_said(piece: Piece, draft: Draft) -> Piece:
    """The piece with what the file says and nothing that was found out by reading it."""
    pitched = [part for part in draft.parts if not part.drums]
    end = max(piece.end, 1)
    return replace(
        piece,
        bars=_numbered(piece.bars, draft.numbers),
        spelled=bool(pitched) and all(part.notes for part in pitched if part.notes or part.played),
        keys=tuple((row.onset, row.key) for row in draft.keys),
        chords=draft.chords,
        fermatas=tuple(tick for tick in draft.fermatas if tick < end),
        phrase_ends=tuple(tick for tick in draft.phrase_ends if tick <= end),
        sections=tuple(sorted(draft.markers, key=lambda row: row[0])),
    )


def _numbered(bars: tuple[BarSpan, ...], numbers: tuple[tuple[int, int], ...]) -> tuple[BarSpan, ...]:
    """The bars with their printed numbers; one that has none (the rest of a parted bar) has that of the bar before.

    A file that does not count upwards numbers nothing: its bars are counted.
    """
    printed = [number for _, number in numbers]
    if not printed or any(after < before for before, after in zip(printed, printed[1:], strict=False)):
        return bars
    ticks = [tick for tick, _ in numbers]
    out: list[BarSpan] = []
    for bar in bars:
        i = bisect_left(ticks, bar.start)
        known = i < len(ticks) and ticks[i] == bar.start
        before = out[-1].number if out else bar.number
        number = printed[i] if known else before
        # The short first bar keeps 0, whatever is printed: it has the place of a pick-up.
        out.append(bar if not out and bar.number == 0 else bar._replace(number=number))
    return tuple(out)
