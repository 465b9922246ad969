"""Claims about entries: where a part comes in or comes back, and why there.

Conventions: an entry is a first note after at least a section's silence; the reason is the arranger's record, told where
the notes bear it out.
"""

from __future__ import annotations

KINDS: tuple[()] = ()
