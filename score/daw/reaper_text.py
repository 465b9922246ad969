"""The words of Reaper's project text: quoted strings, ids, colours.

Conventions: a project is lines of words; a string stands in the first of ", ' and ` that it does not hold.
"""

from __future__ import annotations

from hashlib import sha256

_CUSTOM_COLOUR = 0x1000000


def quoted(text: str) -> str:
    """`text` as one word of a line. Of a text with all three quotation marks the ` become '."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    for mark in ('"', "'", "`"):
        if mark not in line:
            return f"{mark}{line}{mark}"
    return "`" + line.replace("`", "'") + "`"


def guid(*names: object) -> str:
    """An id that is the same for the same names, in the form {8-4-4-4-12}."""
    digits = sha256("\0".join(map(str, names)).encode("utf-8", "replace")).hexdigest().upper()
    return "{" + "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])) + "}"


def peak_colour(rgb: int) -> int:
    """0xRRGGBB as Reaper holds it: red lowest, with the bit that says that it is set."""
    red, green, blue = rgb >> 16, rgb >> 8 & 255, rgb & 255
    return _CUSTOM_COLOUR | blue << 16 | green << 8 | red


def seconds(value: float) -> str:
    """A time, to a hundredth of a sample."""
    return f"{value:.10f}".rstrip("0").rstrip(".")
