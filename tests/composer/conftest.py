"""The composer is tested on small styles of its own (tests/composer/styles) beside those of the program."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from partimento.arrangement import style

TEST_STYLES = ("etude", "combo", "loopy")


@pytest.fixture(scope="module")
def test_styles() -> Iterator[tuple[str, ...]]:
    """Makes the test styles known; the caches are emptied before and after."""
    before = os.environ.get("PARTIMENTO_STYLES")
    os.environ["PARTIMENTO_STYLES"] = str(Path(__file__).parent / "styles")
    _forget()
    yield TEST_STYLES
    if before is None:
        del os.environ["PARTIMENTO_STYLES"]
    else:
        os.environ["PARTIMENTO_STYLES"] = before
    _forget()


def _forget() -> None:
    style.style_names.cache_clear()
    style.load_style.cache_clear()
