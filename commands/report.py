"""What a song is, told in a few lines for people or as data for programs."""

from __future__ import annotations

from typing import Any

from partimento.score.decision import Decision
from partimento.score.song import Song
from partimento.score.timeline import Timeline

NOTICES: dict[str, str] = {
    "notice.tempo-outside-style": "{tempo:g} bpm is outside the style's {low:g} to {high:g}; it is kept as asked",
    "notice.chords-outside-key": "given chords outside {key} are kept: {chords}",
    "notice.last-bar-resolved": "the last bar holds the tonic ({to}) in place of the given chord, as an end",
    "notice.end-stretched": "the ending goes {by:g} times as slowly, so that the song lasts as long as was asked",
    "notice.no-drums": "without {word} means without {others} too; name them with --instruments to have them",
    "notice.torch-missing": "PyTorch cannot be loaded: {models} by rules; `partimento doctor` says what is missing",
    "notice.model-missing": "no trained weights for {models}: the rules do their work",
    "notice.model-damaged": "the weights for {models} cannot be used: the rules do their work",
    "notice.tune-tempo": "the tune's {from:g} bpm is taken as {to:g}, within the range of {genre}",
}
"""Rule id of a notice to its wording; others are told by their id and values."""


def facts(song: Song) -> dict[str, Any]:
    """The song's facts by name, for programs; `tempo_bpm` counts felt beats, `bars` whole ones without a pick-up.

    `duration_s` runs to the last release of a pitched note; what rings on after it is extra.
    """
    from partimento.composer.compose import last_release_s
    from partimento.composer.plan_size import felt_factor
    from partimento.score.notation.bars import has_pick_up

    timeline = Timeline(song)
    begins = has_pick_up(song)
    meter = song.meters[begins].meter
    first = song.tempos[0].tempo_bpm
    return {
        "seed": song.brief.seed,
        "title": song.title,
        "genre": song.brief.genre,
        # "auto" where no engine composed: an imported piece, a chorale set for voices.
        "engine": None if song.brief.engine == "auto" else song.brief.engine,
        "key": str(song.keys[0].key),
        "meter": str(meter),
        "tempo_bpm": round(first / felt_factor(meter), 3),
        "bars": sum(1 for bar in timeline.bars if bar.length == bar.meter.bar) - begins,
        "duration_s": round(last_release_s(song), 2),
        "ending": song.ending.kind,
        "form": [
            {"name": section.name, "bars": len(timeline.section_bars(i)), "key": str(section.key)}
            for i, section in enumerate(song.sections)
        ],
        "band": [{"track": t.name, "role": t.role, "instrument": t.instrument} for t in song.tracks],
        "notices": notices(song),
    }


def notices(song: Song) -> list[str]:
    """What the user should know: one line each."""
    return list(dict.fromkeys(_wording(decision) for decision in song.decisions if decision.what == "notice"))


def report_lines(song: Song) -> list[str]:
    """The facts as lines for a terminal."""
    about = facts(song)
    seconds = round(about["duration_s"])
    pitched = any(track.role not in ("drums", "percussion") for track in song.tracks)
    told = [about["genre"], about["key"] if pitched else "", about["meter"], f"{round(about['tempo_bpm'], 1):g} bpm"]
    told += [f"{about['bars']} bars", f"{seconds // 60}:{seconds % 60:02d}"]
    # Music that was imported has no genre unless one is given, and no decisions or seed of ours.
    told += [f"seed {about['seed']}"] if song.decisions else []
    told += [f"engine {about['engine']}"] if song.decisions and about["engine"] else []
    told += [f"style model {song.brief.style_model}"] if song.brief.style_model else []
    lines = [
        f"{about['title']}: {', '.join(word for word in told if word)}",
        "Form: " + ", ".join(f"{section['name']} ({section['bars']})" for section in about["form"]),
        "Band: " + ", ".join(f"{t['instrument']} ({t['role']})" for t in about["band"]),
    ]
    return lines + [f"Note: {line}" for line in about["notices"]]


def _wording(decision: Decision) -> str:
    values = dict(decision.values)
    pattern = NOTICES.get(decision.rule)
    if pattern is not None:
        try:
            return pattern.format_map(values)
        except (KeyError, ValueError, IndexError):
            pass
    told = ", ".join(f"{name} {value}" for name, value in decision.values)
    name = decision.rule.removeprefix("notice.").replace("-", " ").replace(".", " ")
    return f"{name}: {told}" if told else name
