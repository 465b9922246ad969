"""`partimento arrange`: a song built round a tune from a MIDI or MusicXML file.

Convention: the tune decides key, meter, bars and form; genre, tempo, chords, band, energy and mood may be said.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from partimento.commands.compose import chord_lines, listed
from partimento.commands.delivery import Heard, Wishes, check_first, deliver
from partimento.score.brief import Brief


@click.command("arrange")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--genre", default="", metavar="NAME", help="See: partimento genres.")
@click.option("--track", metavar="NAME", help="The melody's track, by its name or number, when there are several.")
@click.option("--key", metavar="KEY", help="How the tune is to be heard, when its key is found wrong.")
@click.option("--tempo", type=float, metavar="BPM", help="Felt beats a minute.")
@click.option("--chords", multiple=True, metavar="CHORDS", help='The tune\'s chords, bar by bar: "G | D7 | G C | D7".')
@click.option("--instruments", multiple=True, metavar="LIST", help="The exact band, with commas between.")
@click.option("--without", multiple=True, metavar="LIST", help="Instruments to leave out, separated by commas.")
@click.option("--energy", type=float, metavar="0..1", help="From 0 (calm) to 1 (full).")
@click.option("--mood", metavar="WORD", help='Such as "wistful", "happy", "tense".')
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="The same seed gives the same song.")
@click.option("--title", default="", metavar="TEXT", help="What the song is called.")
@click.option("--quantized", is_flag=True, help="Write straight notes on the grid.")
@click.option("--humanize/--no-humanize", default=True, help="Small deviations in time and force, or none.")
@click.option("--variations", type=click.IntRange(1, 100), metavar="N", help="N songs, by the seed and those after it.")
@click.option("--out", metavar="FOLDER", help='Where the files go; "-" writes the MIDI to standard output.')
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--no-audio", is_flag=True, help="Write no mix.wav.")
@click.option("--soundfont", metavar="FILE", help="The SoundFont (.sf2, .sf3) to play with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--quiet", is_flag=True, help="Print nothing but the files' names.")
def command(
    file: Path, genre: str, track: str | None, key: str | None, tempo: float | None, chords: tuple[str, ...],
    instruments: tuple[str, ...], without: tuple[str, ...], energy: float | None, mood: str | None, seed: int | None,
    title: str, quantized: bool, humanize: bool, variations: int | None, out: str | None, force: bool, no_audio: bool,
    soundfont: str | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Harmonise a tune from a file and build a song round it.

    FILE is MIDI or MusicXML with a single-line melody. Its notes and key are kept; its tempo is halved or doubled into
    the genre's range; an introduction, a growing band and an ending are added.

    \b
    partimento arrange tune.mid --genre reggae
    partimento arrange song.musicxml --track Voice --genre bossa --chords "G | D7 | G C | D7"
    """
    wishes = Wishes(out, force, not no_audio and out != "-", soundfont, as_json, quiet, variations or 0)
    check_first(wishes)
    from partimento.composer.tune import arrange_tune
    from partimento.score.tune_read import read_tune

    tune = read_tune(file, track)
    first = int.from_bytes(os.urandom(4), "big") if seed is None else seed
    songs = [
        arrange_tune(
            tune,
            Brief(
                seed=first + number,
                genre=genre.strip(),
                title=" ".join(title.split()),
                key=key,
                tempo_bpm=tempo,
                chords=chord_lines(chords),
                instruments=listed(instruments),
                without=listed(without),
                energy=energy,
                mood=mood,
                quantized=quantized,
                humanize=humanize,
            ),
        )
        for number in range(max(1, variations or 1))
    ]
    deliver(songs, wishes, Heard((), (), ()))
