"""ABC's music code, read from left to right: which sign says what to its voice.

Convention: after the ABC standard 2.1; a sign that is none of its is counted and passed over. What stands in brackets
or braces has 400 signs at most, so that brackets that are never closed cost no more.
"""

from __future__ import annotations

import re
from fractions import Fraction

from partimento.score.importing.from_abc_fields import note_length
from partimento.score.importing.from_abc_voice import Voice

_TOKEN = re.compile(
    r"""(?P<space>[\s`\\]+)
    |\[(?P<field>[A-Za-z]):(?P<value>[^\]]{0,400})\]
    |"(?P<quoted>[^"]*)"
    |!(?P<mark>[^!\s]{1,40})!|\+(?P<old>[A-Za-z.()<>]{1,20})\+
    |(?P<bar>\.?(?::+\|+\]?:*|\|+\]?:*|\[\|\]|\[\|:*|::+))(?P<ending>\s*\[?\d[\d,\-]*)?
    |\[(?P<ending2>\d[\d,\-]*)
    |\{/?(?P<grace>[^}]{0,400})\}
    |\((?P<p>[2-9])(?::(?P<q>[1-9]?))?(?::(?P<r>\d{0,2}))?
    |\[(?P<chord>[^\]|]{0,400})\](?P<clen>\d{0,4})(?P<cslash>/*)(?P<cbelow>\d{0,4})\s*(?P<ctie>-?)
    |(?P<note>(?:\^\^|\^|__|_|=)?[A-Ga-g][,']*\d{0,4}/*\d{0,4}\s*-?)
    |(?P<rest>[zxZX])(?P<rlen>\d{0,4})(?P<rslash>/*)(?P<rbelow>\d{0,4})
    |(?P<broken>>{1,3}|<{1,3})
    |(?P<open>\()|(?P<close>\))|(?P<tie>-)
    |(?P<short>[.~HLMOPSTuv])
    |(?P<passed>y\d*|[$*;?@&])""",
    re.VERBOSE,
)
_SHORT = {".": "staccato", "~": "roll", "H": "fermata", "L": "accent", "M": "lowermordent", "O": "coda", "P": "mordent",
          "S": "segno", "T": "trill", "u": "upbow", "v": "downbow"}  # fmt: skip


def read_line(voice: Voice, line: str) -> None:
    """Read a line of music into its voice."""
    voice.start_line()
    place = 0
    while place < len(line):
        match = _TOKEN.match(line, place)
        if match is None:
            voice.unknown += 1
            place += 1
            continue
        place = match.end()
        _token(voice, match)


def _token(voice: Voice, match: re.Match[str]) -> None:
    kind = match.lastgroup
    if match["note"] is not None:
        voice.sound(match["note"], Fraction(1), False)
    elif match["chord"] is not None:
        factor = note_length(match["clen"], match["cslash"], match["cbelow"])
        voice.sound(match["chord"], factor, bool(match["ctie"]))
    elif match["rest"] is not None:
        voice.rest(match["rest"], note_length(match["rlen"], match["rslash"], match["rbelow"]))
    elif match["bar"] is not None:
        voice.bar_line(match["bar"].lstrip("."), match["ending"])
    elif match["ending2"] is not None:
        voice.ending(match["ending2"])
    elif match["field"] is not None:
        voice.take(match["field"], match["value"].strip())
    elif match["quoted"] is not None:
        voice.quoted(match["quoted"])
    elif match["mark"] is not None or match["old"] is not None:
        voice.mark(match["mark"] or match["old"])
    elif match["grace"] is not None:
        voice.grace(match["grace"])
    elif match["p"] is not None:
        voice.tuplet(int(match["p"]), match["q"], match["r"])
    elif match["broken"] is not None:
        voice.broken(match["broken"])
    elif kind == "open":
        voice.open_slur()
    elif kind == "close":
        voice.close_slur()
    elif kind == "tie":
        voice.tie()
    elif match["short"] is not None:
        voice.mark(_SHORT[match["short"]])
    elif match["passed"] == "&":
        voice.overlay()
