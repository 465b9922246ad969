"""Find the typical bars, two-bar phrases and fills of each style: medoids of clusters, and how often they occur.

A pattern is rows of one character a step: `.` nothing, `g` ghost, `o` soft, `x` normal, `X` accent; `|`
between bars.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from partimento.learning.grooves.feel import levels_of
from partimento.learning.grooves.machine import machine_consensus
from partimento.learning.grooves.performance import BROADER, PIECES, Performance

TIMEKEEPERS = ("hat", "hat_open", "ride", "bell")
TOMS = ("tom1", "tom2", "tom3")
SOFT_BELOW, ACCENT_FROM = 0.75, 1.12  # of the piece's own mean in that performance
SAME_WITHIN = 3  # weighted strokes by which members of a cluster may differ from its leader
DISTINCT_BY = 4
CAP_PER_PERFORMANCE = 8  # a long take counts as so many bars at the most
MOST_ONE_BAR, MOST_TWO_BAR, MOST_OTHER_GRID = 14, 10, 6
SAMPLE = 40
# What each stroke adds to the density that ranks a pattern from level 1 to 4.
WEIGHT = {
    "kick": 10, "snare": 10, "rim": 6, "hat": 4, "hat_open": 8, "hat_pedal": 2, "ride": 6, "bell": 8,
    "crash": 14, "crash2": 14, "tom1": 9, "tom2": 9, "tom3": 9,
}  # fmt: skip
FILL_PIECES = ("kick", "snare", "rim", "hat_open", "crash", "crash2", *TOMS)
FEWEST_STROKES = {1: 3, 2: 5, 4: 8}
LEVEL_WEIGHT = {"g": 3, "o": 7, "x": 10, "X": 13}
FILL_FAMILY = {
    "rock": "rock", "punk": "rock", "rockabilly": "rock", "pop": "pop", "country": "country",
    "funk": "funk", "afrobeat": "funk", "jazzfunk": "funk", "breakbeat": "funk", "disco": "funk",
    "jazz": "jazz", "march": "jazz", "klezmer": "jazz", "latin": "latin", "bossa": "latin",
    "samba": "latin", "songo": "latin", "brazilian": "latin", "afrocuban": "afrocuban",
    "highlife": "afrocuban", "soul": "soul", "gospel": "soul", "neworleans": "neworleans",
    "hiphop": "hiphop", "reggae": "reggae", "shuffle": "shuffle", "blues": "shuffle",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrase:
    """Some bars or beats of one performance: rows of characters, and bit masks of what counts as the same."""

    source: str
    rows: tuple[tuple[str, str], ...]
    kick: int
    snare: int
    time: int
    toms: int
    ghosts: int
    ride: bool

    @property
    def density(self) -> int:
        """Weighted strokes, in tenths of a kick."""
        return sum(WEIGHT[piece] * LEVEL_WEIGHT[char] for piece, row in self.rows for char in row if char != ".")

    @property
    def coarse(self) -> tuple[int, int, int, int, bool]:
        """What must agree for two phrases to be the same groove played again."""
        return self.kick, self.snare, self.time, self.toms, self.ride


def distance(one: Phrase, other: Phrase) -> int:
    """Strokes in which two phrases differ: kick, snare and toms twice, a ride for a hat as two."""
    return (
        2 * (one.kick ^ other.kick).bit_count()
        + 2 * (one.snare ^ other.snare).bit_count()
        + (one.time ^ other.time).bit_count()
        + 2 * (one.toms ^ other.toms).bit_count()
        + 2 * (one.ride != other.ride)
    )


def _phrase(source: str, rows: dict[str, list[str]], fill: bool = False) -> Phrase:
    """A phrase of these rows; in a fill a ghost on the snare is a stroke like the others."""
    masks = {"kick": 0, "snare": 0, "time": 0, "toms": 0, "ghosts": 0}
    for piece, row in rows.items():
        for step, char in enumerate(row):
            if char == ".":
                continue
            if char == "g" and not fill and piece in ("snare", "rim"):
                masks["ghosts"] |= 1 << step
            elif piece in ("snare", "rim"):
                masks["snare"] |= 1 << step
            elif piece == "kick":
                masks["kick"] |= 1 << step
            elif piece in TIMEKEEPERS:
                masks["time"] |= 1 << step
            elif piece in TOMS:
                masks["toms"] |= 1 << step
    rides = sum(char != "." for piece in ("ride", "bell") for char in rows.get(piece, ()))
    hats = sum(char != "." for piece in ("hat", "hat_open") for char in rows.get(piece, ()))
    return Phrase(
        source,
        tuple((piece, "".join(rows[piece])) for piece in PIECES if piece in rows),
        ride=rides > hats,
        **masks,
    )


def bars_of(performance: Performance) -> list[dict[str, list[str]]]:
    """Each bar's rows; a crash that only opens the bar is left to the arranger and dropped."""
    levels = levels_of(performance)
    steps = performance.steps_per_bar
    bars: list[dict[str, list[str]]] = [{} for _ in range(performance.bars)]
    for hit in performance.hits:
        level = levels[hit.piece]
        ratio = hit.velocity / level.main
        if hit.velocity < level.ghost_below:
            char = "g"
        elif ratio < SOFT_BELOW:
            char = "o"
        else:
            char = "X" if ratio >= ACCENT_FROM else "x"
        bar = bars[hit.step // steps]
        bar.setdefault(hit.piece, ["."] * steps)[hit.step % steps] = char
    return [_tidy(bar, steps) for bar in bars]


def _tidy(bar: dict[str, list[str]], steps: int) -> dict[str, list[str]]:
    """Take out what the pads invented: a pedal under a played hat, a third hand, an opening crash."""
    by_hand = sum(char != "." for piece in ("hat", "hat_open") for char in bar.get(piece, ()))
    if by_hand > 3:
        bar.pop("hat_pedal", None)  # there the foot only closes an open hat; the module calls it a stroke
    for step in range(steps):
        hands = sorted(
            (".goxX".index(bar[piece][step]), piece)
            for piece in bar
            if piece not in ("kick", "hat_pedal") and bar[piece][step] != "."
        )
        cymbals = [pair for pair in hands if pair[1] in ("hat", "hat_open")]
        if len(cymbals) == 2:  # one pair of cymbals, open or closed
            bar[cymbals[0][1]][step] = "."
            hands.remove(cymbals[0])
        for _, piece in hands[:-2]:
            bar[piece][step] = "."
    for piece in ("crash", "crash2"):
        if piece in bar:
            bar[piece][0] = "."
    return {piece: row for piece, row in bar.items() if any(char != "." for char in row)}


def _clusters(phrases: Sequence[Phrase], within: int = SAME_WITHIN) -> list[tuple[int, list[Phrase]]]:
    """Clusters round the commonest phrases, heaviest first; weight counts a take's bars up to the cap."""
    by_key: dict[tuple[int, int, int, int, bool], list[Phrase]] = defaultdict(list)
    for phrase in phrases:
        by_key[phrase.coarse].append(phrase)
    order = sorted(by_key, key=lambda key: (-_weight(by_key[key]), key))
    clusters: list[list[Phrase]] = []
    for key in order:
        head = by_key[key][0]
        home = next((c for c in clusters[:200] if distance(c[0], head) <= within), None)
        if home is None:
            clusters.append(list(by_key[key]))
        else:
            home.extend(by_key[key])
    weighed = [(_weight(cluster), cluster) for cluster in clusters]
    return sorted(weighed, key=lambda pair: (-pair[0], pair[1][0].coarse))


def _weight(phrases: list[Phrase]) -> int:
    takes: dict[str, int] = defaultdict(int)
    for phrase in phrases:
        takes[phrase.source] += 1
    return sum(min(CAP_PER_PERFORMANCE, count) for count in takes.values())


def medoid(cluster: list[Phrase]) -> Phrase:
    """The member nearest to the others, its loudness marks replaced by the cluster's mean at each stroke."""
    stride = max(1, len(cluster) // SAMPLE)
    sample = cluster[::stride][:SAMPLE]

    def strangeness(phrase: Phrase) -> int:
        return sum(2 * distance(phrase, other) + (phrase.ghosts ^ other.ghosts).bit_count() for other in sample)

    centre = min(sample, key=lambda phrase: (strangeness(phrase), phrase.rows))
    value = {"o": 1, "x": 2, "X": 3}
    heard: dict[tuple[str, int], list[int]] = defaultdict(list)
    for phrase in sample:
        for piece, row in phrase.rows:
            for step, char in enumerate(row):
                if char in value:
                    heard[piece, step].append(value[char])
    rows = {
        piece: [char if char in ".g" else ".oxX"[round(fmean(heard[piece, step]))] for step, char in enumerate(row)]
        for piece, row in centre.rows
    }
    return _phrase(centre.source, rows)


def _entry(phrase: Phrase, level: int, count: int, takes: int, bar: int) -> dict[str, object]:
    return {
        "level": level,
        "count": count,
        "takes": takes,
        "rows": {
            piece: "|".join(row[start : start + bar] for start in range(0, len(row), bar)) for piece, row in phrase.rows
        },
    }


def _levels(phrases: Sequence[Phrase]) -> tuple[int, int, int]:
    densities = sorted(phrase.density for phrase in phrases)
    return (
        densities[len(densities) // 4],
        densities[len(densities) // 2],
        densities[len(densities) * 3 // 4],
    )


def typical(phrases: Sequence[Phrase], most: int, bar: int) -> list[dict[str, object]]:
    """Up to `most` distinct medoids, commonest first, with levels by the style's own density quartiles."""
    if not phrases:
        return []
    edges = _levels(phrases)
    chosen: list[tuple[Phrase, int, int]] = []
    for weight, cluster in _clusters(phrases):
        centre = medoid(cluster)
        if all(distance(centre, other) >= DISTINCT_BY for other, _, _ in chosen):
            chosen.append((centre, len(cluster), len({phrase.source for phrase in cluster})))
        if len(chosen) == most or weight < 2:
            break
    return [
        _entry(phrase, 1 + sum(phrase.density > edge for edge in edges), count, takes, bar)
        for phrase, count, takes in chosen
    ]


def _playable(bar: dict[str, list[str]]) -> bool:
    """A whole bar of groove: something keeps time, and either foot or snare takes part."""
    strokes = sum(char != "." for row in bar.values() for char in row)
    return strokes >= 5 and ("kick" in bar or "snare" in bar or "rim" in bar)


def _two_bars(one: dict[str, list[str]], two: dict[str, list[str]], steps: int) -> dict[str, list[str]]:
    silence = ["."] * steps
    pieces = [piece for piece in PIECES if piece in one or piece in two]
    return {piece: one.get(piece, silence) + two.get(piece, silence) for piece in pieces}


def style_patterns(performances: list[Performance]) -> list[dict[str, object]]:
    """One entry a meter and grid: `one_bar` and `two_bar` lists."""
    ones: dict[tuple[str, int, int], list[Phrase]] = defaultdict(list)
    twos: dict[tuple[str, int, int], list[Phrase]] = defaultdict(list)
    for performance in performances:
        steps = performance.steps_per_bar
        key = (performance.meter, steps, performance.steps_per_beat)
        bars = bars_of(performance)
        for i, bar in enumerate(bars[:-1] if len(bars) > 2 else bars):
            if not _playable(bar):
                continue
            phrase = _phrase(performance.name, bar)
            ones[key].append(phrase)
            if i % 2 == 0 and i + 1 < len(bars) and _playable(bars[i + 1]):
                after = _phrase(performance.name, bars[i + 1])
                if distance(phrase, after) >= 2:
                    twos[key].append(_phrase(performance.name, _two_bars(bar, bars[i + 1], steps)))
    most_used = max(ones, key=lambda key: (len(ones[key]), key), default=None)
    entries: list[dict[str, object]] = []
    for key in sorted(ones, key=lambda key: (-len(ones[key]), key)):
        if key != most_used and len(ones[key]) < 20:
            continue
        meter, steps, per_beat = key
        one = typical(ones[key], MOST_ONE_BAR if key == most_used else MOST_OTHER_GRID, steps)
        two = typical(twos[key], MOST_TWO_BAR if key == most_used else MOST_OTHER_GRID, steps)
        entries.append(
            {
                "meter": meter,
                "steps_per_bar": steps,
                "steps_per_quarter": per_beat,
                "bars": len(ones[key]),
                "one_bar": one,
                "two_bar": two,
            }
        )
    return entries


def _fill_beats(bar: dict[str, list[str]], steps: int, per_beat: int) -> int:
    """How many beats at the bar's end belong to a fill: drums speak and the timekeeper is silent."""
    beats = 0
    for start in range(steps - per_beat, -1, -per_beat):
        span = range(start, start + per_beat)
        drums = sum(bar[piece][i] != "." for piece in ("snare", *TOMS) if piece in bar for i in span)
        time = sum(bar[piece][i] != "." for piece in TIMEKEEPERS if piece in bar for i in span)
        if drums < 2 or time > 1:
            break
        beats += 1
    return beats


def fills_of(performance: Performance) -> list[tuple[int, Phrase]]:
    """(beats 1, 2 or 4, phrase) for each fill: recordings marked fill, and every fourth bar of a beat."""
    steps, per_beat = performance.steps_per_bar, performance.steps_per_beat
    stray = sum(not hit.timed for hit in performance.hits)
    if performance.meter != "4/4" or stray * 5 > len(performance.hits):
        return []
    found = []
    for i, bar in enumerate(bars_of(performance)):
        if performance.beat_type == "beat" and i % 4 != 3:
            continue
        beats = _fill_beats(bar, steps, per_beat)
        if not beats:
            continue
        beats = 4 if beats > 2 else beats
        start = steps - beats * per_beat
        rows = {
            piece: row[start:]
            for piece, row in bar.items()
            if piece in FILL_PIECES and any(char != "." for char in row[start:])
        }
        strokes = sum(char != "." for row in rows.values() for char in row)
        if strokes >= FEWEST_STROKES[beats]:
            found.append((beats, _phrase(performance.name, rows, fill=True)))
    return found


def typical_fills(phrases: list[Phrase], beats: int, most: int) -> list[dict[str, object]]:
    """Up to `most` fills, spread over the four levels, commonest of each level first."""
    if not phrases:
        return []
    edges = _levels(phrases)
    shelves: dict[int, list[tuple[Phrase, int, int]]] = defaultdict(list)
    for _, cluster in _clusters(phrases, within=beats):
        centre = medoid(cluster)
        shelves[1 + sum(centre.density > edge for edge in edges)].append(
            (centre, len(cluster), len({phrase.source for phrase in cluster}))
        )
    chosen: list[tuple[int, Phrase, int, int]] = []
    depth = 0
    while len(chosen) < most and depth < max(len(shelf) for shelf in shelves.values()):
        for level in sorted(shelves):
            if depth < len(shelves[level]) and len(chosen) < most:
                phrase, count, takes = shelves[level][depth]
                if all(distance(phrase, other) >= DISTINCT_BY for _, other, _, _ in chosen):
                    chosen.append((level, phrase, count, takes))
        depth += 1
    chosen.sort(key=lambda row: (row[0], -row[2], row[1].rows))
    return [_entry(phrase, level, count, takes, 999) for level, phrase, count, takes in chosen]


def pattern_tables(performances: list[Performance], folder: Path) -> dict[str, object]:
    """Everything patterns.json holds besides its provenance."""
    groups: dict[str, list[Performance]] = defaultdict(list)
    fills: dict[str, dict[tuple[int, int], list[Phrase]]] = defaultdict(lambda: defaultdict(list))
    for performance in performances:
        if performance.beat_type == "beat":
            groups[performance.style].append(performance)
            if performance.style in BROADER:
                groups[BROADER[performance.style]].append(performance)
        family = FILL_FAMILY.get(performance.style)
        if family is not None:
            for beats, phrase in fills_of(performance):
                fills[family][beats, performance.steps_per_beat].append(phrase)
    styles = {
        style: {"performances": len(members), "grids": style_patterns(members)}
        for style, members in sorted(groups.items())
        if sum(performance.bars for performance in members) >= 20
    }
    fill_tables: dict[str, object] = {}
    for family, lengths in sorted(fills.items()):
        fill_tables[family] = [
            {
                "beats": beats,
                "steps_per_quarter": per_beat,
                "seen": len(phrases),
                "fills": typical_fills(phrases, beats, 10 if per_beat == 4 else 6),
            }
            for (beats, per_beat), phrases in sorted(lengths.items())
            if len(phrases) > 1
        ]
    return {"styles": styles, "fills": fill_tables, "machine": machine_consensus(folder)}
