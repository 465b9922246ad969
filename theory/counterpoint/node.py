"""A state of the search: what has been sung, and all of it that a rule may still ask about.

Conventions: tuples are by voice; a tone of 0 is none. Obligations are (diatonic steps, kind): how the voice must go on,
and which rule says so; a "free" one may be dissonant, a "suspension" must be consonant.
"""

from __future__ import annotations

from collections.abc import Iterator

Obligation = tuple[int, str]
Broken = tuple[str, int]
Sung = tuple[int, int, int]
"""Tone, length, onset."""

REMEMBERED = 11
"""How many of the line's notes a state has at hand for taste."""


class Node:
    """One note added to its `parent`'s: `voice`, `onset`, `length`, `tone`, and the state after it.

    `down` is the line's tone at the last downbeat that is over, `weak` (bar, tone) of its last note on the half bar,
    `run` (kind, how many in parallel) by pair of voices, `seen` whether each voice has had its highest note, `broken`
    rules not held, `path` the line's last notes, the newest first.
    """

    __slots__ = (
        "broken", "cost", "down", "ends", "forced", "last", "length", "now", "onset", "onsets", "parent", "path",
        "run", "seen", "tone", "voice", "weak",
    )  # fmt: skip

    def __init__(
        self, cost: int, parent: Node | None, voice: int, onset: int, length: int, tone: int,
        now: tuple[int, ...], last: tuple[int, ...], onsets: tuple[int, ...], ends: tuple[int, ...],
        forced: tuple[tuple[Obligation, ...], ...], down: int, weak: tuple[int, int], run: tuple[tuple[int, int], ...],
        seen: tuple[bool, ...], broken: tuple[Broken, ...], path: tuple[Sung, ...],
    ) -> None:  # fmt: skip
        self.cost = cost
        self.parent = parent
        self.voice = voice
        self.onset = onset
        self.length = length
        self.tone = tone
        self.now = now
        self.last = last
        self.onsets = onsets
        self.ends = ends
        self.forced = forced
        self.down = down
        self.weak = weak
        self.run = run
        self.seen = seen
        self.broken = broken
        self.path = path

    def line(self, voice: int) -> Iterator[Node]:
        """The notes of a voice, the last first."""
        node: Node | None = self
        while node is not None:
            if node.voice == voice and node.tone:
                yield node
            node = node.parent


def first_node(voices: int, rest: int, line: int) -> Node:
    """The state before anything is sung, `line` entering after `rest` ticks."""
    none = (0,) * voices
    ends = tuple(rest if voice == line else 0 for voice in range(voices))
    runs = ((0, 0),) * voices**2
    return Node(0, None, -1, 0, 0, 0, none, none, (-1,) * voices, ends, ((),) * voices, 0, (-1, 0), runs,
                (False,) * voices, (), ())  # fmt: skip


def with_item(items: tuple[int, ...], index: int, value: int) -> tuple[int, ...]:
    """The tuple with one item changed."""
    return (*items[:index], value, *items[index + 1 :])
