"""LilyPond: a Page as the text of a complete .ly file, printed and played.

Conventions: LilyPond 2.24, English note names. The file prints the page as it stands, repeats and all, and plays it
with repeats written out; slashes and chord symbols are silent. What comes from the music as text stands quoted.
"""

from __future__ import annotations

from partimento.score.notation.lilypond_chords import exceptions
from partimento.score.notation.lilypond_drums import own_drums
from partimento.score.notation.lilypond_midi import midi_name
from partimento.score.notation.lilypond_notes import quoted
from partimento.score.notation.lilypond_staves import part_text
from partimento.score.notation.page import Page

VERSION = "2.24.0"

_SECTION_MARK = """sectionMark = #(define-music-function (text) (string?)
  #{
    \\once \\override Score.RehearsalMark.self-alignment-X = #LEFT
    \\once \\override Score.RehearsalMark.font-size = #0
    \\mark \\markup \\box #text
  #})"""


def lilypond(page: Page) -> str:
    """The page as a LilyPond file: a book with one score, and the same score for MIDI."""
    chords = sorted({h.chord.quality for p in page.parts for m in p.measures for h in m.harmonies if h.chord})
    music = "\n".join(part_text(page, i, midi_name(part.program)) for i, part in enumerate(page.parts))
    lines = [
        f'\\version "{VERSION}"',
        '\\language "english"',
        "",
        *_header(page),
        "",
        _SECTION_MARK,
        "",
        *own_drums(page.parts),
        *exceptions(chords),
        "",
        "music = <<",
        music,
        ">>",
        "",
        *_scores(page),
    ]
    return "\n".join(lines) + "\n"


def _header(page: Page) -> list[str]:
    fields = {"title": page.title, "subtitle": page.subtitle, "composer": page.composer}
    rows = [f"  {name} = {quoted(text)}" for name, text in fields.items() if text]
    return ["\\header {", *rows, "  tagline = ##f", "}"]


def _scores(page: Page) -> list[str]:
    compress = ["\\compressEmptyMeasures"] if page.kind == "part" else []
    one = [] if page.kind == "score" else ["    \\context { \\Staff \\remove Instrument_name_engraver }"]
    return [
        "\\score {",
        "  {",
        *("    " + line for line in compress),
        "    \\set Score.chordNameExceptions = #chordNames",
        "    \\music",
        "  }",
        "  \\layout {",
        "    \\context { \\Score \\override BarNumber.break-visibility = #end-of-line-invisible }"
        if page.kind == "score"
        else "    \\context { \\Score }",
        *one,
        "  }",
        "}",
        "\\score {",
        "  \\unfoldRepeats \\music",
        '  \\midi { \\context { \\ChordNames \\remove "Note_performer" } }',
        "}",
    ]
