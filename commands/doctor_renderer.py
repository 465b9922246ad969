"""Which renderer "auto" takes on this machine, and whether the other one could play too.

Convention: numpy and torch may be missing or broken here; then that is what is told.
"""

from __future__ import annotations

import ctypes
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from partimento.theory.errors import PartimentoError


class RendererState(NamedTuple):
    """What is told of the renderers, whether both can play as they should, and how to mend it ("": no need)."""

    state: str
    ok: bool
    fix: str


def renderer_state() -> RendererState:
    """Which one auto takes and why; what the neural one lacks, or where it plays."""
    try:
        from partimento.synth.neural.shipped import lack, weights_path
        from partimento.synth.renderers import NEURAL, choice
    except (ImportError, OSError) as error:
        fix = f"{sys.executable} -m pip install partimento"
        return RendererState(f"none: a package cannot be loaded ({error})", False, fix)
    lacking, remedy = lack()
    nets = f"the neural one cannot: {lacking}" if lacking else f"nets from {weights_path('kits').parent}, {_device()}"
    package = "torch" if remedy == "torch" else "--force-reinstall --no-deps partimento"
    fix = f"{sys.executable} -m pip install {package}" if lacking else ""
    try:
        chosen = choice()
    except PartimentoError as error:
        return RendererState(f"none can play: {error}", False, fix)
    who = "neural" if chosen.kind == NEURAL else f"FluidSynth with {chosen.font.name if chosen.font else 'a SoundFont'}"
    why = f" (since {chosen.why})" if chosen.why else ""
    return RendererState(f"auto is {who}{why}; {nets}", not lacking, fix)


def _device() -> str:
    """Where nets play; torch is loaded only where there is a CUDA driver to ask it about."""
    try:
        if version("torch").endswith("+cpu"):
            return "on the CPU"
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        import torch

        return f"on {torch.cuda.get_device_name(0)}" if torch.cuda.is_available() else "on the CPU"
    except (PackageNotFoundError, ImportError, OSError, RuntimeError):
        return "on the CPU"
