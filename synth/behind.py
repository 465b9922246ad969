"""Work that is done behind one's back: on one item in a thread of its own, while the next is being made."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Behind(Generic[T]):
    """Does `work` on one item while the caller goes on to the next; a context manager, which waits for the last."""

    def __init__(self, work: Callable[[T], None]) -> None:
        self._work, self._thread = work, ThreadPoolExecutor(1)
        self._under_way: Future[None] | None = None

    def __call__(self, item: T) -> None:
        """Hand over an item, once the one before is done; raises what that raised."""
        self.wait()
        self._under_way = self._thread.submit(self._work, item)

    def wait(self) -> None:
        """Until all is done."""
        if self._under_way is not None:
            self._under_way.result()

    def __enter__(self) -> Behind[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.wait()
        finally:
            self._thread.shutdown(cancel_futures=True)
