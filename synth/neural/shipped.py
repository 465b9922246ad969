"""Where the renderer's trained weights lie.

Convention: looking needs neither torch nor numpy. PARTIMENTO_WEIGHTS names a folder whose files come before the shipped
ones, each for itself: who trains one model has the others still.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from partimento.theory.errors import ModelError

MODELS = ("instruments", "kits")
SUFFIX = ".safetensors"


def weights_path(model: str) -> Path:
    """Where the weights of one of MODELS lie, whether or not they are there."""
    named = os.environ.get("PARTIMENTO_WEIGHTS", "")
    own = Path(named) / f"{model}{SUFFIX}"
    if named and own.is_file():
        return own
    return Path(str(resources.files("partimento.synth.neural") / "weights")) / f"{model}{SUFFIX}"


def weights_identity() -> str:
    """What tells these weights from others: a hash of the files' bytes. Raises ModelError where one cannot be read."""
    found = blake2b(digest_size=16)
    for model in MODELS:
        path = weights_path(model)
        try:
            found.update(blake2b(path.read_bytes()).digest())
        except OSError as error:
            raise ModelError(f"the weights '{path}' cannot be read: {error.strerror or error}") from error
    return found.hexdigest()


def lack() -> tuple[str, str]:
    """What the neural renderer lacks here, and the remedy's name (commands/remedies.py); ("", "") when it lacks nothing
    that can be seen without loading it."""
    if find_spec("torch") is None:
        return "PyTorch is missing", "torch"
    for model in MODELS:
        if not weights_path(model).is_file():
            return f"the weights '{weights_path(model)}' are missing", "weights"
    return "", ""
