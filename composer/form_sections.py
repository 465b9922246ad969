"""Sections from a fitted form: names, keys, energies, leads, closes, phrases.

Convention: ticks; the last section's close is settled by harmony, from the ending's chords.
"""

from __future__ import annotations

from collections import Counter

from partimento.arrangement.style import SectionSpec, Style
from partimento.composer.form import Item
from partimento.composer.harmony_closes import LEADS_ON
from partimento.composer.phrases import PhrasePlan, plan_phrases
from partimento.score.decision import Decision, Where
from partimento.score.song import Phrase, Section
from partimento.score.stream import Stream
from partimento.theory.key import Key
from partimento.theory.meter import Meter

LABELS = {
    "prechorus": "Pre-chorus", "buildup": "Build-up", "minuetb": "Minuet, second strain", "drumintro": "Drum intro",
    "eight": "Verse", "sixteen": "Verse", "twelve": "Verse",
    "eightsolo": "Solo", "sixteensolo": "Solo", "twelvesolo": "Solo",
}  # fmt: skip


def labels(items: tuple[Item, ...]) -> list[str]:
    """ "Verse 1", "Verse 2", "Bridge": numbered where a word comes more than once."""
    shown = [LABELS.get(item.word.casefold(), item.word[:1].upper() + item.word[1:]) for item in items]
    count = Counter(shown)
    seen: Counter[str] = Counter()
    out = []
    for word in shown:
        seen[word] += 1
        out.append(f"{word} {seen[word]}" if count[word] > 1 else word)
    return out


def lifted(key: Key, semitones: int) -> Key:
    """The key a half or whole tone higher, in the spelling with fewer accidentals."""
    up, down = (7, -5) if semitones == 1 else (2, -10)
    flats = key.signature < 0
    return min((key.up(up), key.up(down)), key=lambda k: (abs(k.signature), k.signature if flats else -k.signature))


def related(key: Key, relation: str) -> Key:
    """The key that stands in `relation` ("dominant", "relative", ...) to the home key, simply spelled."""
    found = {
        "home": key, "dominant": key.up(1), "subdominant": key.up(-1), "relative": key.relative,
        "parallel": key.parallel, "contrast": key.relative if key.is_minor else key.up(1),
        "up-half": lifted(key, 1), "up-whole": lifted(key, 2),
    }[relation]  # fmt: skip
    return found.simplified()


def section_keys(items: tuple[Item, ...], style: Style, home: Key, seed: int, take: int) -> list[tuple[Key, str]]:
    """(key, relation) of each section.

    A lift ("up-half", "up-whole") comes at the last return of its kind and stays until the end; other relations
    hold for a kind, but its last return comes home where the style knows it at home too (sonata).
    """
    last = {item.kind: i for i, item in enumerate(items)}
    count = Counter(item.kind for item in items)
    relation_of: dict[str, str] = {}
    base, lift = home, ""
    out: list[tuple[Key, str]] = []
    for i, item in enumerate(items):
        weights = style.sections[item.kind].key
        level = {name: weight for name, weight in weights.items() if not name.startswith("up-") and weight}
        level = level or {"home": 1}
        rises = {name: weight for name, weight in weights.items() if name.startswith("up-") and weight}
        if rises and i == last[item.kind] and count[item.kind] > 1 and not lift:
            drawn = Stream(seed, "form", "lift", item.kind, take).pick({**rises, "": weights.get("home", 0)})
            if drawn:
                lift, base = drawn, related(home, drawn)
        if item.kind not in relation_of:
            relation_of[item.kind] = Stream(seed, "form", "key", item.kind, take).pick(level)
        relation = relation_of[item.kind]
        returns = sum(1 for other in items[:i] if other.material == item.material)
        sonata = style.harmony[style.sections[item.kind].harmony].kind == "functional" and weights.get("home", 0)
        sonata = sonata or relation == "contrast"
        if i == len(items) - 1 or (returns and i == last[item.kind] and sonata):
            relation = "home"
        name = relation if relation != "home" else (lift or "home")
        out.append((related(base, relation), name))
    if out and out[0][0] != home:
        out[0] = (home, "home")  # what a shortened form begins with: the song's key is heard first
    return out


def energies(items: tuple[Item, ...], style: Style, shift: float) -> list[float]:
    """Energy of each section: its kind's, rising at returns, the last return of the strongest kind on top."""
    seen: Counter[str] = Counter()
    out = []
    for item in items:
        spec = style.sections[item.kind]
        out.append(spec.energy + spec.energy_step * min(seen[item.kind], 3))
        seen[item.kind] += 1
    strongest = max(out)
    peak = max(i for i, energy in enumerate(out) if energy >= strongest - 0.051)
    if seen[items[peak].kind] > 1:
        out[peak] += 0.05
    return [round(min(1.0, max(0.05, energy + shift)), 3) for energy in out]


def default_closes(spec: SectionSpec, style: Style) -> dict[str, int]:
    """The closes a section may have, by weight."""
    if any(spec.closes.values()):
        return dict(spec.closes)
    kind = style.harmony[spec.harmony].kind
    return {"loop": 1} if kind in ("loop", "vamp", "drone") else {"authentic": 1}


def build_sections(
    items: tuple[Item, ...], style: Style, home: Key, meter: Meter, energy_shift: float, seed: int, take: int
) -> tuple[tuple[Section, ...], tuple[Decision, ...]]:
    """The song's sections with their phrases, end to end, and why they are so."""
    names = labels(items)
    keys = section_keys(items, style, home, seed, take)
    levels = energies(items, style, energy_shift)
    seen: Counter[str] = Counter()
    sections: list[Section] = []
    decisions: list[Decision] = []
    tick = 0
    for i, item in enumerate(items):
        spec = style.sections[item.kind]
        key, relation = keys[i]
        closes = default_closes(spec, style)
        close = Stream(seed, "form", "close", item.material, take).pick(closes)
        following = keys[i + 1][0] if i + 1 < len(items) else key
        if following != key and close not in LEADS_ON and spec.prepared:
            close = "turnaround"
        close = _in_mode(close, key)
        lead = Stream(seed, "form", "lead", item.material, take).pick(spec.lead)
        functional = style.harmony[spec.harmony].kind in ("functional", "chorus")
        name, plan = plan_phrases(
            item.bars, spec.phrases, close, functional, Stream(seed, "form", "phrases", item.material, item.bars, take)
        )
        length = item.bars * meter.bar
        sections.append(
            Section(
                names[i], item.kind, tick, length, levels[i], item.material, seen[item.material], key, close, lead,
                _phrases(plan, tick, meter, key),
            )
        )  # fmt: skip
        where = Where(i, "", tick, tick + length)
        decisions.append(Decision(where, "section", "form.section", (
            ("name", names[i]), ("kind", item.kind), ("bars", item.bars), ("energy", levels[i]), ("lead", lead),
            ("close", close), ("phrases", name), ("material", item.material), ("statement", seen[item.material] + 1),
        ), tuple(sorted(closes.items()))))  # fmt: skip
        if i and keys[i - 1][0] != key:
            rule = f"form.key.{relation}"
            decisions.append(Decision(where, "key", rule, (("key", str(key)), ("from", str(keys[i - 1][0])))))
        seen[item.material] += 1
        tick += length
    return tuple(sections), tuple(decisions)


def _in_mode(close: str, key: Key) -> str:
    """Keys without a leading tone close by chords of their own."""
    return close if key.mode in ("major", "minor") or close not in ("authentic", "plagal", "deceptive") else "modal"


def _phrases(plan: tuple[PhrasePlan, ...], start: int, meter: Meter, key: Key) -> tuple[Phrase, ...]:
    out = []
    for bars, idea, close in plan:
        out.append(Phrase(start, bars * meter.bar, _in_mode(close, key), idea))
        start += bars * meter.bar
    return tuple(out)
