"""Trained weights on the disk: safetensors in half precision, with what they are and a checksum in the header.

Convention: the header's `model` names the architecture and `config` holds its sizes as JSON, so that a file alone tells
how to build the module it fits. Tensors are stored as fp16 and computed in fp32; those of whole numbers stay as they
are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from partimento.score.files import write_whole
from partimento.theory.errors import ModelError

FORMAT = "partimento-weights-1"
MOST_BYTES = 15_000_000
"""How large one file of weights may be."""


def save_weights(path: Path, model: str, config: Mapping[str, object], state: Mapping[str, Tensor]) -> Path:
    """Write a module's state, its floats as fp16, replacing what was there in one step; returns the path."""
    halves = {name: _stored(tensor.detach().cpu()).contiguous() for name, tensor in sorted(state.items())}
    sizes = json.dumps(dict(config), sort_keys=True)
    header = {"format": FORMAT, "model": model, "config": sizes, "checksum": _checksum(sizes, halves)}
    data = _in_order(save(halves, header))
    if len(data) > MOST_BYTES:
        raise ModelError(f"weights of {len(data)} bytes for '{path.name}': {MOST_BYTES} are the most")
    return write_whole(path, data, force=True)


def load_weights(path: Path, model: str) -> tuple[dict[str, object], dict[str, Tensor]]:
    """(config, state, its floats in fp32) of a file of weights.

    Raises ModelError where it is missing, cut short, altered, or of another model or version.
    """
    try:
        with safe_open(str(path), "pt") as file:
            header = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in sorted(file.keys())}
    except FileNotFoundError:
        raise ModelError(f"there are no weights '{path.name}' in {path.parent}") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(f"the weights '{path}' cannot be read: {error}") from None
    if header.get("format") != FORMAT:
        raise ModelError(f"'{path}' holds no weights of this version: '{header.get('format', '')}', not {FORMAT}")
    if header.get("model") != model:
        raise ModelError(f"'{path}' holds weights of '{header.get('model', '')}', not of '{model}'")
    if header.get("checksum") != _checksum(header.get("config", ""), state):
        raise ModelError(f"the weights '{path}' are damaged: their checksum is another one")
    config: dict[str, object] = json.loads(header["config"])
    return config, {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}


def fill(module: torch.nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Put a state into a module and set it to evaluation; ModelError where shapes or names differ."""
    try:
        module.load_state_dict(dict(state))
    except RuntimeError as error:
        raise ModelError(f"the weights '{path}' do not fit the model: {str(error).splitlines()[-1].strip()}") from None
    module.eval()


def _stored(tensor: Tensor) -> Tensor:
    return tensor.to(torch.float16) if tensor.is_floating_point() else tensor


def _in_order(data: bytes) -> bytes:
    """The file with its header sorted: safetensors writes it in an order of its own, each time another."""
    size = int.from_bytes(data[:8], "little")
    header = json.dumps(json.loads(data[8 : 8 + size]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[8 + size :]


def _checksum(sizes: str, state: Mapping[str, Tensor]) -> str:
    found = blake2b(sizes.encode(), digest_size=16)
    for name, tensor in sorted(state.items()):
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.contiguous().view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return found.hexdigest()
