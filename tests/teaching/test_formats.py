"""An explanation says the same as text, as Markdown and as JSON."""

from __future__ import annotations

import json
import re

import pytest

from partimento.teaching.formats import WIDTH, as_json, as_markdown, as_text, used_terms
from partimento.teaching.naming import Naming
from tests.teaching.told import told

TOLD = told()


def bare(text: str) -> str:
    """Letters and numbers alone: lines are broken and signs are escaped where a format needs it."""
    return re.sub(r"[\W_]+", "", text)


@pytest.mark.parametrize("form", [as_text, as_markdown, as_json])
def test_every_statement_is_in_every_format(form: type) -> None:
    text = bare(form(TOLD))
    assert TOLD.statements
    for statement in TOLD.statements:
        assert bare(statement.text) in text
    assert bare("Read as it stands.") in text


def test_text_is_wrapped_and_headed() -> None:
    lines = as_text(TOLD).splitlines()
    assert lines[:2] == ["A small piece", "============="]
    assert all(len(line) <= WIDTH for line in lines)
    assert "Harmony" in lines and lines[lines.index("Harmony") + 1] == "-------"
    terms = " ".join(lines[lines.index("Terms") + 2 :]).split("; ")
    assert terms == [Naming().term(term) for term in used_terms(TOLD)]


def test_every_footnote_is_written() -> None:
    text = as_markdown(TOLD)
    called = set(re.findall(r"\[\^([a-z0-9-]+)\](?!:)", text))
    written = re.findall(r"^\[\^([a-z0-9-]+)\]: ", text, re.MULTILINE)
    assert called == set(written) == set(used_terms(TOLD)) and len(written) == len(called)
    assert text.startswith("# A small piece\n") and "\n## Harmony\n" in text


def test_markdown_takes_signs_literally() -> None:
    assert r"# \*A\* \[b\] \<c>" in as_markdown(told("period", title="*A* [b] <c>"))


def test_json_fields() -> None:
    data = json.loads(as_json(TOLD))
    assert (data["format"], data["version"], data["level"], data["recorded"]) == (
        "partimento-explanation", 1, "advanced", False,
    )  # fmt: skip
    assert (data["key"], data["bars"]) == ("C major", [1, 2])
    assert set(data["terms"]) == set(used_terms(TOLD))
    assert [chord["numeral"] for chord in data["chords"]] == ["I", "ii6", "V7", "I"]
    for statement, row in zip(TOLD.statements, data["statements"], strict=True):
        assert row["spans"][0] == [statement.claim.start, statement.claim.end]
        assert 0 <= row["sure"] <= 1 and row["basis"] in ("decided", "found", "measured")
        assert list(statement.terms) == row["terms"]


def test_the_dialect_reaches_the_terms() -> None:
    text = " ".join(as_text(told(naming=Naming(dialect="british"))).split())
    assert "perfect cadence" in text and "authentic cadence" not in text.split("Terms")[1]
