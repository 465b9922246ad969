"""The shell of a page: one HTML document with its style, script, glyphs and data inside, and nothing from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import Any


def document(title: str, body: str, data: Mapping[str, Any], glyphs: Mapping[str, str]) -> str:
    """The whole document; `body` holds header, main and footer, `data` what the script reads, `glyphs` SVG groups."""
    folder = files("partimento.teaching.page")
    style = (folder / "page.css").read_text(encoding="utf-8")
    script = (folder / "page.js").read_text(encoding="utf-8")
    defs = "".join(glyphs[name] for name in sorted(glyphs))
    drawn = f'<svg width="0" height="0" aria-hidden="true" focusable="false"><defs>{defs}</defs></svg>' if defs else ""
    # "<" would end the script element early
    told = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{drawn}\n{body}\n"
        f'<script type="application/json" id="data">{told}</script>\n<script>\n{script}</script>\n</body>\n</html>\n'
    )
