"""Settings of the whole suite: hypothesis draws the same examples every time, and no test depends on the clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from partimento.composer.neural import muse
from partimento.synth import renderers

# `too_slow` measures wall time, on which no result may depend.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def _own_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home for caches and settings of the tests alone: what the user chose does not leak in, nor ours out."""
    room = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            patch.setenv(name, str(room / name))
        yield room


@pytest.fixture(scope="session", autouse=True)
def _rules_unless_asked() -> Iterator[None]:
    """Where no engine is asked for, the rules compose in every genre: what most tests hold to laws, and fast.

    The suite would else load nets and run them for each of its thousands of songs. A test of the nets asks for an
    engine, or sets HYBRID itself; which genres are hybrid by themselves is measured, and no law of music.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(muse, "HYBRID", ())
        yield


@pytest.fixture(scope="session", autouse=True)
def _fluidsynth_unless_asked() -> Iterator[None]:
    """Where no renderer is asked for, FluidSynth plays: what tests of the mix hold to laws, and in commands too that
    are run as processes. A test of the choice unsets it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(renderers.VARIABLE, renderers.FLUIDSYNTH)
        yield
