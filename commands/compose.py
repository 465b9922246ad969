"""`partimento compose`: a whole song from a prompt, from options, or from nothing but a seed.

Convention: options win over the prompt; what neither says is chosen by style and seed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from partimento.commands.delivery import Heard, check_first, deliver
from partimento.commands.song_options import brief_of, chord_lines, song_options, wishes_of
from partimento.score.files import read_at_most
from partimento.theory.errors import RuleError

MOST_RULES = 200_000
"""How many bytes a file of rules may have."""

_LETTERS = re.compile(r"[A-Ca-c]{2,16}")


@click.command("compose")
@click.argument("prompt", nargs=-1)
@click.option("--key", metavar="KEY", help='"A minor", "Bb", "F# dorian".')
@click.option("--meter", metavar="METER", help='"4/4", "6/8", "7/8:2+2+3".')
@click.option("--bars", type=int, metavar="N", help="Length in bars.")
@click.option("--duration", metavar="TIME", help='Length in time: "45s", "1:30", "2m".')
@click.option("--form", metavar="SECTIONS", help='"intro verse chorus outro", "verse:16 chorus:8", "AABA".')
@click.option("--chords", multiple=True, metavar="CHORDS", help='"Am7 | Dm7 G7", or "verse: Am | F; chorus: C | G".')
@click.option("--style-model", default="", metavar="NAME", help="A melody style of yours; see: partimento train.")
@click.option("--rules", metavar="FILE|SET", help="Rules that the song shall keep; see: partimento check.")
@song_options
def command(
    prompt: tuple[str, ...], key: str | None, meter: str | None, bars: int | None, duration: str | None,
    form: str | None, chords: tuple[str, ...], rules: str | None, style_model: str, **said: Any,
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

    wishes = wishes_of(said)
    check_first(wishes)
    options = replace(
        brief_of(said),
        key=key,
        meter=meter,
        bars=bars,
        duration_s=None if duration is None else parse_duration(duration),
        form=form_words(form or ""),
        chords=chord_lines(chords),
        rules="" if rules is None else rules_text(rules),
        style_model=style_model.strip(),
    )
    heard = understand(" ".join(prompt))
    from partimento.composer.compose import compose

    songs = []
    for number in range(max(1, wishes.variations)):
        brief = merge(heard, replace(options, seed=options.seed + number))
        songs.append(compose(brief))
    deliver(songs, wishes, Heard(heard.understood, heard.ignored, overruled(heard, options)))


def rules_text(name: str) -> str:
    """The TOML text of a file of rules, or of the set called so; RuleError names the file and what it lacks."""
    from partimento.theory.rules.rule_set import NAMES, rule_set
    from partimento.theory.rules.rule_toml import rule_set_from_toml

    path = Path(name)
    if not path.is_file():
        if path.suffix.casefold() == ".toml" or path.exists():
            raise RuleError(f"there is no file of rules '{name}'. Sets: {', '.join(NAMES)}")
        chosen = rule_set(name)
        return f'extends = "{chosen.name}"\ntitle = "{chosen.title}"\n'
    try:
        data = read_at_most(path, MOST_RULES)
        if len(data) > MOST_RULES:
            raise RuleError(f"'{path.name}' is longer than {MOST_RULES} bytes: it is no file of rules")
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise RuleError(f"'{path.name}' cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise RuleError(f"{path.name} is no UTF-8 text") from None
    rule_set_from_toml(text, path.name)
    return text


def form_words(text: str) -> tuple[str, ...]:
    """Section names of "intro verse:8 chorus", "intro, verse, chorus" or "AABA"."""
    words = tuple(word for word in re.split(r"[\s,|>→]+", text.replace("->", " ")) if word)
    if len(words) == 1 and _LETTERS.fullmatch(words[0]):
        return tuple(words[0].upper())
    return words
