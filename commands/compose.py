"""`partimento compose`: a whole song from a prompt, from options, or from nothing but a seed.

Convention: options win over the prompt; what neither says is chosen by style and seed.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace

import click

from partimento.commands.delivery import Heard, Wishes, check_first, deliver
from partimento.score.brief import Brief

_LETTERS = re.compile(r"[A-Ca-c]{2,16}")
_CHORDS_OF = re.compile(r"\s*([^\W\d_][\w' -]{0,30}?)\s*:(.*)", re.DOTALL)


@click.command("compose")
@click.argument("prompt", nargs=-1)
@click.option("--genre", default="", metavar="NAME", help="See: partimento genres.")
@click.option("--key", metavar="KEY", help='"A minor", "Bb", "F# dorian".')
@click.option("--tempo", type=float, metavar="BPM", help="Felt beats a minute (dotted quarters in 6/8 and 12/8).")
@click.option("--meter", metavar="METER", help='"4/4", "6/8", "7/8:2+2+3".')
@click.option("--bars", type=int, metavar="N", help="Length in bars.")
@click.option("--duration", metavar="TIME", help='Length in time: "45s", "1:30", "2m".')
@click.option("--form", metavar="SECTIONS", help='"intro verse chorus outro", "verse:16 chorus:8", "AABA".')
@click.option("--chords", multiple=True, metavar="CHORDS", help='"Am7 | Dm7 G7", or "verse: Am | F; chorus: C | G".')
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
    prompt: tuple[str, ...], genre: str, key: str | None, tempo: float | None, meter: str | None, bars: int | None,
    duration: str | None, form: str | None, chords: tuple[str, ...], instruments: tuple[str, ...],
    without: tuple[str, ...], energy: float | None, mood: str | None, seed: int | None, title: str, quantized: bool,
    humanize: bool, variations: int | None, out: str | None, force: bool, no_audio: bool, soundfont: str | None,
    as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Compose a song: MIDI, song.json, a picture, and the sound.

    PROMPT says in words what it should be like; everything may also be said by an option, and what is not said is
    chosen by style and seed.

    \b
    partimento compose "an upbeat jazz tune in B flat with saxophone, about a minute" --seed 7
    partimento compose --genre bossa --key "A minor" --bars 64 --without piano --out tune/
    """
    from partimento.composer.prompt import parse_duration, understand
    from partimento.composer.prompt_merge import merge, overruled

    wishes = Wishes(out, force, not no_audio and out != "-", soundfont, as_json, quiet, variations or 0)
    check_first(wishes)
    options = Brief(
        seed=int.from_bytes(os.urandom(4), "big") if seed is None else seed,
        genre=genre.strip(),
        title=" ".join(title.split()),
        key=key,
        tempo_bpm=tempo,
        meter=meter,
        bars=bars,
        duration_s=None if duration is None else parse_duration(duration),
        form=form_words(form or ""),
        chords=chord_lines(chords),
        instruments=listed(instruments),
        without=listed(without),
        energy=energy,
        mood=mood,
        quantized=quantized,
        humanize=humanize,
    )
    heard = understand(" ".join(prompt))
    from partimento.composer.compose import compose

    songs = []
    for number in range(max(1, variations or 1)):
        brief = merge(heard, replace(options, seed=options.seed + number))
        songs.append(compose(brief))
    deliver(songs, wishes, Heard(heard.understood, heard.ignored, overruled(heard, options)))


def listed(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The names in comma-separated lists, in order, repeats kept."""
    names = (name.strip() for text in texts for name in re.split(r"[,;\n]", text))
    return tuple(name for name in names if name)


def form_words(text: str) -> tuple[str, ...]:
    """Section names of "intro verse:8 chorus", "intro, verse, chorus" or "AABA"."""
    words = tuple(word for word in re.split(r"[\s,|>→]+", text.replace("->", " ")) if word)
    if len(words) == 1 and _LETTERS.fullmatch(words[0]):
        return tuple(words[0].upper())
    return words


def chord_lines(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(section kind or "", progression) of texts such as "verse: Am7 | D7; chorus: G"."""
    lines = []
    for text in texts:
        for part in text.split(";"):
            if not part.strip():
                continue
            match = _CHORDS_OF.fullmatch(part)
            lines.append((match[1].strip(), match[2].strip()) if match else ("", part.strip()))
    return tuple(lines)
