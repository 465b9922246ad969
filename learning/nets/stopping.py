"""Being asked to stop: Ctrl-C and SIGTERM are noted and obeyed between two steps; asked twice, at once.

Convention: only the main thread hears signals; elsewhere nothing is held back.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


class Wish:
    """Whether somebody asked for an end: `number` is the signal's, 0 while nobody did."""

    number = 0


@contextmanager
def heeding() -> Iterator[Wish]:
    """Notes the first signal to end in the Wish; the second acts as it would have without this.

    When the block is left, a signal that was noted is raised again for whoever handled it before.
    """
    wish = Wish()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}

    def put_back() -> None:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)

    def note(number: int, _frame: FrameType | None) -> None:
        wish.number = number
        put_back()

    for number, handler in before.items():
        # Who ignores a signal (nohup) goes on ignoring it.
        if handler not in (signal.SIG_IGN, None):
            signal.signal(number, note)
    try:
        yield wish
    finally:
        put_back()
    if wish.number:
        signal.raise_signal(wish.number)
