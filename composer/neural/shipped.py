"""The weights that come along, found and read once; a user's own adapters beside them."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

MODELS = ("harmony", "melody", "voicing", "drums", "texture")


def weights_folder() -> Path:
    """The folder of the shipped weights; PARTIMENTO_WEIGHTS names another."""
    named = os.environ.get("PARTIMENTO_WEIGHTS", "")
    return Path(named) if named else Path(str(resources.files("partimento.composer.neural") / "weights"))


def weights_path(model: str) -> Path:
    """Where the weights of one of MODELS lie, whether or not they are there."""
    return weights_folder() / f"{model}.safetensors"
