"""Forms: read from a style or a brief, and fitted to an exact number of bars.

Convention: an Item is a section before it has a place; lengths are whole bars.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

from partimento.arrangement.style import FormSpec, Style
from partimento.composer.harmony_rhythm import parse_bars
from partimento.theory.errors import BriefError, nearest

PHRASE = 4
"""The bars that a section grows or shrinks by."""

GENERAL_KINDS: dict[str, tuple[str, ...]] = {
    "intro": ("intro", "build", "head"),
    "verse": ("verse", "A", "head", "theme", "strain", "main", "groove", "section", "chorus"),
    "prechorus": ("prechorus", "build", "B", "bridge", "verse"),
    "chorus": ("chorus", "hook", "drop", "refrain", "coro", "climax", "B", "A", "head", "theme", "main", "groove"),
    "hook": ("hook", "chorus", "drop", "refrain"),
    "bridge": ("bridge", "B", "middle", "break", "interlude", "C", "development", "episode"),
    "solo": ("solo", "solos", "mambo", "instrumental", "interlude", "verse", "A", "development", "chorus"),
    "interlude": ("interlude", "instrumental", "break", "bridge", "intro"),
    "instrumental": ("instrumental", "interlude", "solo", "verse"),
    "break": ("break", "breakdown", "interlude", "bridge", "intro"),
    "breakdown": ("breakdown", "break", "interlude", "bridge"),
    "build": ("build", "buildup", "prechorus", "rise", "interlude"),
    "drop": ("drop", "chorus", "hook", "climax", "main"),
    "head": ("head", "A", "theme", "verse", "chorus"),
    "theme": ("theme", "A", "head", "verse", "main"),
    "a": ("A", "theme", "head", "verse", "strain"),
    "b": ("B", "bridge", "chorus", "verse"),
    "c": ("C", "bridge", "B", "solo"),
    "outro": ("outro", "coda", "ending", "tag", "intro"),
}
"""What a general name of a section means in a style that calls it otherwise: the first that the style has."""

SYNONYMS = {
    "pre-chorus": "prechorus", "pre": "prechorus", "refrain": "chorus", "middle eight": "bridge",
    "middle-eight": "bridge", "middle8": "bridge", "mid": "bridge", "coda": "outro", "ending": "outro",
    "end": "outro", "introduction": "intro", "build-up": "build", "buildup": "build",
    "solos": "solo", "stanza": "verse", "strophe": "verse",
    "instr": "instrumental", "inter": "interlude", "tag": "outro", "opening": "intro",
}  # fmt: skip

SHRINKING = (
    "intro", "interlude", "instrumental", "solo", "break", "breakdown", "build", "outro", "bridge", "prechorus",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """A section to be: `kind` is the style's, `word` what it is called, `material` what returns share.

    `unit` is the bars of one pass of a written chorus form (else 4); `fixed` lengths were asked for.
    """

    kind: str
    word: str
    material: str
    bars: int
    optional: bool = False
    repeatable: bool = False
    fixed: bool = False
    unit: int = PHRASE
    natural: int = 0


@cache
def read_form(spec: FormSpec) -> tuple[Item, ...]:
    """The items of a style's form string ("verse=B?:8", "solo+:32", "variation@theme:16")."""
    out = []
    for token in spec.sections.split():
        head, _, bars = token.partition(":")
        optional, repeatable = "?" in head, "+" in head
        kind, _, shared = head.replace("?", "").replace("+", "").partition("@")
        kind, _, letter = kind.partition("=")
        if shared:
            source, _, letter = shared.partition("=")
        length = int(bars) if bars else 8
        material = f"{source if shared else kind} {letter}".rstrip()
        out.append(Item(kind, kind, material, length, optional, repeatable, natural=length))
    return tuple(out)


def style_items(spec: FormSpec, style: Style) -> tuple[Item, ...]:
    """The items of a form, each with the unit of its harmony."""
    return tuple(replace(item, unit=unit_of(item.kind, item.bars, style)) for item in read_form(spec))


@cache
def _choruses(texts: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(len(parse_bars(text)[0]) for text in texts)


def unit_of(kind: str, bars: int, style: Style) -> int:
    """The bars of one pass of the section's written chorus form (the longest that fits), else 4."""
    spec = style.harmony[style.sections[kind].harmony]
    if spec.kind != "chorus":
        return PHRASE
    lengths = [n for n in _choruses(spec.major + spec.minor) if bars % n == 0]
    return max(lengths, default=PHRASE)


def style_kind(word: str, style: Style) -> str:
    """The style's section kind for a name a user writes; BriefError with the nearest and all valid ones."""
    folded = " ".join(word.casefold().split())
    folded = folded.rstrip("0123456789 ") or folded
    own = {kind.casefold(): kind for kind in style.sections}
    if folded in own:
        return own[folded]
    general = SYNONYMS.get(folded, folded)
    if general in own:
        return own[general]
    if general in GENERAL_KINDS:
        for kind in GENERAL_KINDS[general]:
            if kind in style.sections:
                return kind
        return _by_energy(general, style)
    valid = tuple(dict.fromkeys((*style.sections, *GENERAL_KINDS)))
    raise BriefError(f"unknown section '{word}'.{nearest(folded, valid)} Sections: {', '.join(valid)}")


_USUAL_ENERGY = {"intro": 20, "outro": 25, "interlude": 35, "break": 25, "breakdown": 25, "verse": 40, "chorus": 80,
                 "drop": 90, "hook": 80, "solo": 70, "bridge": 45, "build": 60, "prechorus": 55}  # fmt: skip


def _by_energy(general: str, style: Style) -> str:
    wanted = _USUAL_ENERGY.get(general, 50)
    usual = _usual_lengths(style)
    long = [kind for kind in sorted(style.sections) if usual[kind] >= PHRASE] or sorted(style.sections)
    return min(long, key=lambda kind: abs(round(100 * style.sections[kind].energy) - wanted))


def asked_items(tokens: tuple[str, ...], style: Style) -> tuple[Item, ...]:
    """The items of a form a user asked for: kinds in order, each perhaps with its bars ("verse:8")."""
    usual = _usual_lengths(style)
    out = []
    for token in tokens:
        word, _, bars = token.strip().partition(":")
        kind = style_kind(word, style)
        name = " ".join(word.split()).rstrip("0123456789 ") or word
        if bars and not (bars.strip().isdigit() and 1 <= int(bars) <= 512):
            raise BriefError(f"'{token}' in the form: after the colon stand its bars, 1 to 512, as in 'verse:8'")
        length = int(bars) if bars else usual[kind]
        folded = name.casefold()
        material = kind if kind.casefold() == folded else f"{kind} ({SYNONYMS.get(folded, folded)})"
        out.append(
            Item(kind, name, material, length, fixed=bool(bars), unit=unit_of(kind, length, style), natural=length)
        )
    return tuple(out)


def _usual_lengths(style: Style) -> dict[str, int]:
    """For each kind the length its forms give it most often (by weight; ties: the shorter)."""
    seen: dict[str, Counter[int]] = {kind: Counter() for kind in style.sections}
    for spec in style.forms:
        for item in read_form(spec):
            seen[item.kind][item.bars] += max(1, spec.weight)
    return {
        kind: min(counts, key=lambda bars: (-counts[bars], bars)) if counts else 8 for kind, counts in seen.items()
    }


def fit_form(items: tuple[Item, ...], target: int, shape_fixed: bool) -> tuple[Item, ...]:
    """The items made to last exactly `target` bars.

    Optional sections are dropped and repeatable ones repeated where that comes near; then lengths change by whole
    phrases (intro, ending and solos first), and a last odd rest goes to the final section, as a tag. With
    `shape_fixed` no section is dropped or added. BriefError where the sections cannot fit.
    """
    if shape_fixed:
        return _fit_lengths(items, target)
    return _fit_lengths(_dropped(_best_shape(items, target), target), target)


def natural_totals(items: tuple[Item, ...], upto: int) -> tuple[int, ...]:
    """The totals up to `upto` bars (its shortest in any case) that dropping and repeating sections reach, sorted."""
    totals = {0}
    upto = max(upto, sum(item.bars for item in items if not item.optional), items[-1].bars)
    for item in items:
        counts = range(0 if item.optional else 1, 3 if item.repeatable else 2)
        totals = {total + n * item.bars for total in totals for n in counts if total + n * item.bars <= upto}
    return tuple(sorted(totals - {0}))


def _best_shape(items: tuple[Item, ...], target: int) -> tuple[Item, ...]:
    total = sum(item.bars for item in items)
    body = list(items[1:-1]) if len(items) > 2 else list(items)
    block = sum(item.bars for item in body)
    cycles = max(0, (target - total) // block) if block and target > total * 3 // 2 else 0
    if cycles:
        edge = len(items) - 1 if len(items) > 2 else len(items)
        items = (*items[:edge], *(tuple(body) * cycles), *items[edge:])
        # In a very long piece only the last cycle is varied, so that the search stays small.
        free_from = max(0, len(items) - len(body) - 2)
    else:
        free_from = 0
    choices = [
        tuple(range(0 if item.optional else 1, 4 if item.repeatable else 2)) if i >= free_from else (1,)
        for i, item in enumerate(items)
    ]
    best: tuple[int, tuple[int, ...]] | None = None
    for counts in _few(choices):
        bars = sum(n * item.bars for n, item in zip(counts, items, strict=True))
        changes = sum(2 * abs(n - 1) + (1 if n == 0 else 0) for n in counts)
        rest = target - bars
        cost = changes
        if rest > 0:
            cost += 3 + rest * 3 // 2 if rest % PHRASE == 0 else 5 + rest * 3 // 2
        elif rest < 0:
            cost += 8 - 3 * rest
        if best is None or (cost, counts) < best:
            best = (cost, counts)
    assert best is not None
    out: list[Item] = []
    for n, item in zip(best[1], items, strict=True):
        out += [item] * n
    return tuple(out) or items[-1:]


def _dropped(items: tuple[Item, ...], target: int) -> tuple[Item, ...]:
    """Sections left out where even the shortest shape is far too long: returns first, then what leads on."""
    out = list(items)
    while len(out) > 1:
        total = sum(item.bars for item in out)
        strict = any(item.unit > PHRASE for item in out)  # written choruses are not cut into
        # What can be cut into gives way before a section is lost.
        slack = min((item.bars for item in out if item.unit <= PHRASE), default=0) // 2
        if total - target <= slack and len(out) * 2 <= max(2, target):
            break
        if len(out) == 2 and target >= 4 and not strict:
            break  # a shortened main section and its ending are a song, an ending alone is not
        counts = Counter(item.material for item in out)
        droppable = out[:-1]
        victim = min(
            range(len(droppable)),
            key=lambda i: (
                strict and out[i].unit <= PHRASE, counts[out[i].material] < 2, not out[i].optional,
                out[i].kind not in SHRINKING, abs(total - out[i].bars - target), -i,
            ),
        )  # fmt: skip
        del out[victim]
    return tuple(out)


def _few(choices: list[tuple[int, ...]]) -> product[tuple[int, ...]]:
    """All combinations, the number held below some thousands by fixing the first repeats."""
    size = 1
    kept: list[tuple[int, ...]] = []
    for options in reversed(choices):
        if size * len(options) > 4096:
            options = (1,)
        size *= len(options)
        kept.append(options)
    return product(*reversed(kept))


def _fit_lengths(items: tuple[Item, ...], target: int) -> tuple[Item, ...]:
    free = [i for i, item in enumerate(items) if not item.fixed]
    total = sum(item.bars for item in items)
    if total == target:
        return items
    if not free:
        raise BriefError(f"the form's sections last {total} bars, but {target} bars are asked for: leave one open")
    least = sum(item.bars if item.fixed else 1 for item in items)
    if target < least:
        raise BriefError(f"{len(items)} sections need at least {least} bars, but {target} are asked for")
    bars = [item.bars for item in items]
    _scale(items, bars, free, target)
    _grow(items, bars, free, target)
    _shrink(items, bars, free, target)
    rest = target - sum(bars)
    if rest:
        place = len(items) - 1 if not items[-1].fixed else free[-1]
        bars[place] += rest
    return tuple(replace(item, bars=n) for item, n in zip(items, bars, strict=True))


def _scale(items: tuple[Item, ...], bars: list[int], free: list[int], target: int) -> None:
    """Far from the target all free sections of a material change length together, in whole units."""
    have, open_bars = sum(bars), sum(bars[i] for i in free)
    wanted = open_bars + target - have
    if wanted * 4 >= open_bars * 3 and wanted <= open_bars * 3 // 2:
        return
    for i in free:
        unit = items[i].unit
        scaled = bars[i] * wanted // open_bars
        if scaled < unit:
            bars[i] = max(1, min(scaled, bars[i])) if unit > PHRASE else (2 if scaled >= 2 else 1)
        else:
            bars[i] = scaled // unit * unit


def _grow(items: tuple[Item, ...], bars: list[int], free: list[int], target: int) -> None:
    """Whole units more: first intro, solos and the like, each at most doubled, then everything in turn."""
    first = [i for i in free if items[i].kind in SHRINKING]
    for group, limit in ((first, 2), (free, 2), (free, 4)):
        moved = True
        while moved and target - sum(bars) >= PHRASE:
            moved = False
            for i in group:
                unit = items[i].unit
                most = limit * max(items[i].natural, unit)
                if items[i].kind in ("intro", "outro"):
                    most = min(most, max(items[i].natural, 2 * PHRASE))  # nobody wants sixteen bars of waiting
                if target - sum(bars) >= unit and bars[i] + unit <= most:
                    bars[i] += unit
                    moved = True


def _shrink(items: tuple[Item, ...], bars: list[int], free: list[int], target: int) -> None:
    """Shorter by whole units, then by two, then by one: transitions first, every section keeping a bar."""
    order = sorted(free, key=lambda i: (items[i].unit > PHRASE, items[i].kind not in SHRINKING, i))
    for step in (PHRASE, 2, 1):
        moved = True
        while moved and sum(bars) > target:
            moved = False
            for i in order:
                unit = items[i].unit if step == PHRASE else step
                if sum(bars) - unit >= target and bars[i] - unit >= (step if step < PHRASE else unit):
                    bars[i] -= unit
                    moved = True
