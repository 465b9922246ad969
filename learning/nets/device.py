"""Where a model is trained or asked: "auto" takes a CUDA device where torch finds one, else the CPU."""

from __future__ import annotations

import torch

from partimento.theory.errors import TrainingError

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str = "auto") -> torch.device:
    """The torch device called "auto", "cpu", "cuda" or "cuda:N"; TrainingError where it is unknown or not there."""
    kind, _, number = name.partition(":")
    if kind not in DEVICES or (number and (kind != "cuda" or not number.isdecimal())):
        raise TrainingError(f"unknown device '{name}'. Devices: auto, cpu, cuda, cuda:N")
    if kind == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if kind == "cuda":
        found = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if found <= int(number or 0):
            there = f"torch finds {found}" if found else "torch finds none here"
            raise TrainingError(f"no device '{name}': {there}. Use cpu or auto")
    return torch.device(name)
