"""LilyPond: a Page as the text of a complete .ly file, printed and played.

Conventions: LilyPond 2.24, English note names. The file prints the page as it stands, repeats and all, and plays it
with repeats written out; slashes and chord symbols are silent. What comes from the music as text stands quoted.
"""

from __future__ import annotations

from partimento.score.notation.brackets import brackets
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
    \\once \\override Score.RehearsalMark.padding = #2
    \\mark \\markup \\fontsize #-1 \\override #'(box-padding . 0.4) \\box \\bold #text
  #})"""

_ONE_STAFF = [
    "    indent = 0",
    "    \\context { \\Staff \\remove Instrument_name_engraver }",
    "    \\context { \\Score \\override RehearsalMark.break-align-symbols = #'(left-edge staff-bar) }",
]
"""A part or lead sheet names its player in the title."""


def lilypond(page: Page) -> str:
    """The page as a LilyPond file: a book with one score, and the same score for MIDI."""
    chords = sorted({h.chord.quality for p in page.parts for m in p.measures for h in m.harmonies if h.chord})
    music = [part_text(page, i, midi_name(part.program)) for i, part in enumerate(page.parts)]
    for first, last in brackets(page.parts):
        music[first] = "\\new StaffGroup <<\n" + music[first]
        music[last] += "\n>>"
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
        *music,
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
    return [
        "\\score {",
        "  {",
        *(["    \\compressEmptyMeasures"] if page.kind == "part" else []),
        "    \\set Score.chordNameExceptions = #chordNames",
        "    \\override Score.VoltaBracketSpanner.padding = #2.5",
        "    \\music",
        "  }",
        "  \\layout {",
        "    \\context { \\ChordNames \\override VerticalAxisGroup.nonstaff-relatedstaff-spacing.padding = #1 }",
        *(["    indent = 24\\mm short-indent = 14\\mm"] if page.kind == "score" else _ONE_STAFF),
        "  }",
        "}",
        "\\score {",
        "  \\unfoldRepeats \\music",
        '  \\midi { \\context { \\ChordNames \\remove "Note_performer" } }',
        "}",
    ]
