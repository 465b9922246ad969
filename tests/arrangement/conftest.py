"""A small style, and songs made by hand: sections and chords without a tune."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from partimento.arrangement.style import Style
from partimento.score.brief import Brief
from partimento.score.song import ChordSymbol, FinalBars, KeyChange, MeterChange, Section, Song, TempoChange
from partimento.theory.chord import parse_progression
from partimento.theory.key import Key
from partimento.theory.meter import Meter

SongMaker = Callable[..., Song]


@pytest.fixture(scope="session")
def trial() -> Style:
    """The style in trial.toml."""
    text = (Path(__file__).parent / "trial.toml").read_text(encoding="utf-8")
    return Style.model_validate(tomllib.loads(text))


@pytest.fixture(scope="session")
def make_song(trial: Style) -> SongMaker:
    """A function that makes a song: `form` as in a style, `chords` a progression that goes round in each section."""

    def make(
        form: str = "intro:4 verse:8 chorus:8 verse:8 bridge:4 chorus:8 outro:4",
        chords: str = "C | G | Am | F",
        *,
        meter: str = "4/4",
        key: str = "C",
        ending: str = "held",
        tempo: float = 120.0,
        brief: Brief | None = None,
        push: int = 0,
        energy: float | None = None,
    ) -> Song:
        bars = parse_progression(chords)
        beat = Meter.parse(meter)
        home = Key.parse(key)
        sections: list[Section] = []
        symbols: list[ChordSymbol] = []
        tick = 0
        for token in form.split():
            kind, count = token.split(":")
            repeat = sum(1 for s in sections if s.kind == kind)
            level = energy if energy is not None else trial.sections[kind].energy
            lead = "none" if kind == "intro" else "tune"
            length = int(count) * beat.bar
            sections.append(
                Section(f"{kind} {repeat + 1}", kind, tick, length, level, kind, repeat, home, "loop", lead)
            )
            for number in range(int(count)):
                bar = [c for c in bars[number % len(bars)] if c is not None]
                for place, chord in enumerate(bar):
                    length = beat.bar // len(bar)
                    early = push if (number or tick) and place == 0 else 0
                    symbols.append(ChordSymbol(tick + place * length, length, chord, home, "?", early))
                tick += beat.bar
        last = tick - beat.bar
        symbols = [s for s in symbols if s.onset < last]
        first = next(c for c in bars[0] if c is not None)
        symbols.append(ChordSymbol(last, beat.bar, first, home, "I"))
        return Song(
            "Trial",
            brief or Brief(),
            (MeterChange(0, beat),),
            (TempoChange(0, tempo),),
            (KeyChange(0, home),),
            tuple(sections),
            FinalBars(max(0, tick - 2 * beat.bar), ending, "end"),
            tuple(symbols),
        )

    return make
