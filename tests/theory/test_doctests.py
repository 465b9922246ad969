"""Every module of theory runs its own examples."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import partimento.theory

MODULES = sorted(module.name for module in pkgutil.iter_modules(partimento.theory.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(f"partimento.theory.{name}"))
    assert failed == 0
