"""Text as XML wants it: escaping, control characters and plain decimal numbers."""

from __future__ import annotations

import re
from functools import lru_cache

# XML 1.0's Char production; all else cannot stand in a document, not even escaped.
_FORBIDDEN = re.compile("[^\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@lru_cache(4096)
def escaped(text: str) -> str:
    """`text` for an element or an attribute in double quotes; breaks, tabs and control characters become spaces."""
    clean = _FORBIDDEN.sub(" ", text).strip()
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def decimal(number: float, places: int = 3) -> str:
    """A number with at most so many decimals and no needless zeros: 120, 92.5."""
    text = f"{number:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
