"""`partimento arrange`: a song built round a tune from a file.

Convention: the tune decides key, meter, bars and form; genre, tempo, chords, band, energy and mood may be said.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from partimento.commands.delivery import check_first, deliver
from partimento.commands.song_options import brief_of, chord_lines, song_options, wishes_of


@click.command("arrange")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--track", metavar="NAME", help="The melody's track, by its name or number, when there are several.")
@click.option("--tune", type=click.IntRange(1), default=1, metavar="N", help="Which tune of an ABC file.")
@click.option("--key", metavar="KEY", help="How the tune is to be heard, when its key is found wrong.")
@click.option("--chords", multiple=True, metavar="CHORDS", help='The tune\'s chords, bar by bar: "G | D7 | G C | D7".')
@song_options
def command(
    file: Path, track: str | None, tune: int, key: str | None, chords: tuple[str, ...], **said: Any
) -> None:  # fmt: skip
    """Harmonise a tune from a file and build a song round it.

    FILE is MIDI, MusicXML, ABC or a DAWproject with a single-line melody. Its notes and key are kept; its tempo is
    halved or doubled into the genre's range; an introduction, a growing band and an ending are added.

    \b
    partimento arrange tune.mid --genre reggae
    partimento arrange song.musicxml --track Voice --genre bossa --chords "G | D7 | G C | D7"
    """
    wishes = wishes_of(said)
    check_first(wishes)
    from partimento.composer.tune import arrange_tune
    from partimento.score.tune_read import read_tune

    melody = read_tune(file, track, tune)
    brief = replace(brief_of(said), key=key, chords=chord_lines(chords))
    numbers = range(max(1, wishes.variations))
    deliver([arrange_tune(melody, replace(brief, seed=brief.seed + number)) for number in numbers], wishes)
