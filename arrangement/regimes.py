"""Regimes: a style whose ensembles have tempi of their own (boom-bap and trap in hip-hop) narrowed to one of them.

Convention: ensembles with the same tempo range make one regime; the regimes' ranges do not overlap, so that a tempo
names its regime.
"""

from __future__ import annotations

from partimento.arrangement.style import Ensemble, Style
from partimento.score.stream import Stream


def regimes_of(style: Style) -> tuple[tuple[Ensemble, ...], ...]:
    """The style's regimes, each the ensembles of one tempo range; empty for a style that has one tempo for all."""
    groups: dict[tuple[int, int], list[Ensemble]] = {}
    for ensemble in style.ensembles:
        if ensemble.tempo is not None:
            groups.setdefault((ensemble.tempo.low, ensemble.tempo.high), []).append(ensemble)
    return tuple(tuple(group) for group in groups.values())


def settle_regime(style: Style, tempo_bpm: float | None, stream: Stream) -> Style:
    """`style` with the tempo, swing, feel, chairs and forms of one regime alone; itself where it has none.

    A felt tempo decides by its range (the nearest one); without it the regime is drawn by its ensembles' weights.
    """
    groups = regimes_of(style)
    if not groups:
        return style
    if tempo_bpm is None:
        group = stream.weighted(groups, [max(1, sum(e.weight for e in g)) for g in groups])
    else:
        group = min(groups, key=lambda g: _distance(g[0], tempo_bpm))
    first = group[0]
    seated = {part_id for ensemble in group for part_id in ensemble.parts}
    forms = {name for ensemble in group for name in ensemble.forms}
    update = {
        "tempo": first.tempo,
        "swing": first.swing or style.swing,
        "feel": first.feel or style.feel,
        "parts": tuple(part for part in style.parts if part.id in seated),
        "forms": tuple(f for f in style.forms if f.name in forms) or style.forms,
        "ensembles": group,
    }
    return style.model_copy(update=update)


def _distance(ensemble: Ensemble, tempo_bpm: float) -> float:
    assert ensemble.tempo is not None
    return max(ensemble.tempo.low - tempo_bpm, tempo_bpm - ensemble.tempo.high, 0.0)
