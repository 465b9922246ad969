"""Where trained weights lie: those that come along, and a user's own style models beside them.

Convention: looking needs neither torch nor numpy. A style model is a small file of weights called NAME.safetensors in
the user's data folder: XDG_DATA_HOME on Linux, ~/Library on macOS, %APPDATA% on Windows.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import resources
from pathlib import Path

from partimento.theory.errors import BriefError, nearest

MODELS = ("harmony", "melody", "voicing", "drums", "texture")
SUFFIX = ".safetensors"

_NAME = re.compile(r"[^\W_][\w -]{0,59}")


def weights_folder() -> Path:
    """The folder of the shipped weights; PARTIMENTO_WEIGHTS names another."""
    named = os.environ.get("PARTIMENTO_WEIGHTS", "")
    return Path(named) if named else Path(str(resources.files("partimento.composer.neural") / "weights"))


def weights_path(model: str) -> Path:
    """Where the weights of one of MODELS lie, whether or not they are there."""
    return weights_folder() / f"{model}{SUFFIX}"


def styles_folder() -> Path:
    """Where a user's style models lie."""
    given = os.environ.get("XDG_DATA_HOME")
    if given:
        return Path(given) / "partimento" / "style-models"
    roaming = os.environ.get("APPDATA") if os.name == "nt" else None
    if roaming:
        return Path(roaming) / "partimento" / "style-models"
    home = "~/Library/Application Support" if sys.platform == "darwin" else "~/.local/share"
    return Path(os.path.expanduser(home)) / "partimento" / "style-models"


def style_path(name: str) -> Path:
    """Where the style model of a name lies, whether or not it is there; BriefError for what can be no name."""
    if not _NAME.fullmatch(name):
        raise BriefError(f"'{name}' can be no style model's name: letters, digits, spaces, '-' and '_', 60 at most")
    return styles_folder() / f"{name}{SUFFIX}"


def style_names() -> tuple[str, ...]:
    """The names of the user's style models."""
    try:
        return tuple(sorted(path.stem for path in styles_folder().iterdir() if path.suffix == SUFFIX))
    except OSError:
        return ()


def check_style_model(name: str) -> None:
    """Raises BriefError, with those there are, where there is no style model of that name."""
    if style_path(name).is_file():
        return
    there = style_names()
    if not there:
        raise BriefError(f"there is no style model '{name}': there are none yet", "style-model")
    raise BriefError(f"there is no style model '{name}'.{nearest(name, there)} Style models: {', '.join(there)}")
