"""Marks in words: for a terminal, as data, as a page; and a class as a table.

Convention: `hints` decides how much is given away: "0" what is wrong, "1" and "2" a hint more each, "answer" all.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from html import escape
from io import StringIO
from typing import Any

from partimento.teaching.grading.marks import ItemMark, Marks, Remark, points_text
from partimento.teaching.page.shell import document

HINTS = ("0", "1", "2", "answer")


def hints_of(remark: Remark, hints: str) -> tuple[str, ...]:
    """What is told beyond the fault: hints, the answer last."""
    told = remark.hints[: 2 if hints == "answer" else int(hints)]
    return (*told, f"Answer: {remark.answer}") if hints == "answer" else told


def headline(marks: Marks) -> str:
    """ "sheet.musicxml: Intervals, level 2 (PX-...): 14.5 of 16 points, 90.6 %"."""
    points = f"{points_text(marks.points)} of {marks.of} points, {marks.percent:g} %"
    return f"{marks.file}: {marks.title} ({marks.exercise}): {points}"


def text_report(marks: Marks, hints: str = "1") -> str:
    """Lines for a terminal: the total, notices, and every item that lost points or has a remark."""
    lines = [headline(marks), *(f"  Note: {notice}" for notice in marks.notices)]
    for item in marks.items:
        if not item.remarks:
            continue
        lines.append(f"  {_heading(item)}: {points_text(item.points)} of {item.of}")
        for remark in item.remarks:
            lost = f" (-{points_text(remark.lost)})" if remark.lost else ""
            lines.append(f"    {remark.place}: {remark.what} [{remark.rule}]{lost}")
            lines += [f"      {told}" for told in hints_of(remark, hints)]
    return "\n".join(lines)


def _heading(item: ItemMark) -> str:
    return f"{item.number}. {item.prompt}".rstrip()


def marks_json(marks: Marks, hints: str = "1") -> dict[str, Any]:
    """The marks as plain data."""
    return {
        "file": marks.file, "exercise": marks.exercise, "title": marks.title, "points": marks.points, "of": marks.of,
        "percent": marks.percent, "notices": list(marks.notices),
        "items": [
            {
                "number": item.number, "prompt": item.prompt, "points": item.points, "of": item.of,
                "remarks": [
                    {"bar": r.bar, "beat": r.beat, "voice": r.voice, "rule": r.rule, "what": r.what, "lost": r.lost,
                     "hints": list(hints_of(r, hints))}
                    for r in item.remarks
                ],
            }
            for item in marks.items
        ],
    }  # fmt: skip


def class_csv(graded: Sequence[Marks], failed: Sequence[tuple[str, str]] = ()) -> str:
    """A class as CSV: a row a file, the items' points in columns, and what kept a file from being graded."""
    most = max((len(marks.items) for marks in graded), default=0)
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "exercise", "points", "of", "percent", *(f"item {n + 1}" for n in range(most)), "problem"])
    for marks in graded:
        points = [points_text(item.points) for item in marks.items]
        row = [marks.file, marks.exercise, points_text(marks.points), marks.of, f"{marks.percent:g}"]
        points += [""] * (most - len(points))
        writer.writerow([*map(_safe, map(str, row)), *points, _safe(" ".join(marks.notices))])
    for file, problem in failed:
        writer.writerow([_safe(file), "", "", "", "", *[""] * most, _safe(problem)])
    return out.getvalue()


def _safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def html_report(graded: Sequence[Marks], failed: Sequence[tuple[str, str]] = (), hints: str = "1") -> str:
    """One page: the class at a glance, then each sheet's remarks."""
    rows = "".join(
        f'<tr><td><a href="#sheet-{n}">{escape(marks.file)}</a></td><td>{escape(marks.title)}</td>'
        f"<td>{points_text(marks.points)} of {marks.of}</td><td>{marks.percent:g} %</td></tr>"
        for n, marks in enumerate(graded)
    ) + "".join(f'<tr><td>{escape(file)}</td><td colspan="3">{escape(problem)}</td></tr>' for file, problem in failed)
    cells = "".join(f'<th scope="col">{name}</th>' for name in ("File", "Exercise", "Points", "Share"))
    head = f"<tr>{cells}</tr>"
    body = (
        f'<header><h1>Marks</h1></header>\n<main id="main"><table><thead>{head}</thead><tbody>{rows}</tbody></table>'
        + "".join(_sheet_html(n, marks, hints) for n, marks in enumerate(graded))
        + '<span id="status" role="status" class="hidden"></span></main>\n'
        "<footer><p>Made with Partimento. This file needs no connection.</p></footer>"
    )
    return document("Marks", body, {"sounds": {}, "chords": [], "phrases": [], "terms": {}}, {})


def _sheet_html(number: int, marks: Marks, hints: str) -> str:
    notices = "".join(f"<p>{escape(notice)}</p>" for notice in marks.notices)
    items = "".join(_item_html(item, hints) for item in marks.items)
    return (
        f'<section id="sheet-{number}"><h2>{escape(headline(marks))}</h2>{notices}'
        f'<ul class="told">{items or "<li>Nothing to remark.</li>"}</ul></section>'
    )


def _item_html(item: ItemMark, hints: str) -> str:
    if not item.remarks:
        return f"<li>{escape(_heading(item))}: {points_text(item.points)} of {item.of}</li>"
    remarks = "".join(
        f'<li><span class="place">{escape(remark.place)}</span>: {escape(remark.what)}'
        + "".join(f"<br>{escape(told)}" for told in hints_of(remark, hints))
        + "</li>"
        for remark in item.remarks
    )
    return f"<li>{escape(_heading(item))}: {points_text(item.points)} of {item.of}<ul>{remarks}</ul></li>"
