"""Words that a player needs: how to play at the first note, and which percussion to strike where it changes.

Conventions: the usual Italian and English terms over the top staff.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.score.notation.page import Direction
from partimento.score.notation.sounds import Sound
from partimento.score.song import Drum, Section

_WORDS = {
    "pizzicato strings": "pizz.",
    "tremolo strings": "trem.",
    "muted trumpet": "con sord.",
    "muted guitar": "P.M.",
    "brush kit": "brushes",
}

_PLURALS = {
    "bongo": "bongos", "conga": "congas", "timbale": "timbales", "agogo": "agogos", "woodblock": "wood blocks",
    "clap": "claps", "kick": "bass drum", "kick2": "bass drum", "snare2": "snare", "rim": "side stick", "hat": "hi-hat",
    "tom1": "toms", "tom2": "toms", "tom3": "toms", "tom4": "toms", "tom": "toms", "crash2": "crash", "ride2": "ride",
}  # fmt: skip


def playing_words(instrument: str, sounds: Sequence[Sound]) -> list[Direction]:
    """One direction at the part's first note, or none; `sounds` sorted by onset."""
    word = _WORDS.get(instrument)
    return [Direction(sounds[0].onset, "words", word)] if word and sounds else []


def percussion_words(sounds: Sequence[Sound], sections: Sequence[Section]) -> list[Direction]:
    """The hand percussion of each section ("congas, shaker") where it is not that of the one before.

    `sounds` sorted by onset. High pieces come first, and the parts of one instrument are named once.
    """
    out: list[Direction] = []
    said, index = "", 0
    for section in sections:
        here: list[Sound] = []
        while index < len(sounds) and sounds[index].onset < section.end:
            here.append(sounds[index])
            index += 1
        places = {sound.drum: sound.pitch for sound in here if sound.drum is not None}
        pieces = sorted(places, key=lambda drum: (-places[drum].diatonic, drum.value))
        words = ", ".join(dict.fromkeys(_piece(drum) for drum in pieces))
        if words and words != said:
            out.append(Direction(here[0].onset, "words", words))
            said = words
    return out


def _piece(drum: Drum) -> str:
    name = drum.name.lower()
    first = name.split("_")[0]
    return _PLURALS.get(first, name.replace("_", " ") if first == "jingle" else first)
