"""Karaoke: words in text events, found, spelled out and sung by the part that they fall on."""

from __future__ import annotations

from io import BytesIO

import mido

from partimento.score.importing.importing import read_draft
from partimento.score.importing.naming import named_parts

TEXTS = ("@KMIDI KARAOKE FILE", "@TAmazing Grace", "@TTraditional", "\\A", "ma", "zing ", "grace, ", "/how ", "sweet")


def _file(words: str, texts: tuple[str, ...] = TEXTS, kind: int = 1, name: str = "Melody") -> bytes:
    file = mido.MidiFile(type=kind, ticks_per_beat=120)
    told = mido.MidiTrack([mido.MetaMessage("track_name", name=words)])
    told += [mido.MetaMessage("text", text=text) for text in texts if text.startswith("@")]
    told += [mido.MetaMessage("text", text=text, time=120) for text in texts if not text.startswith("@")]
    tune = mido.MidiTrack([mido.MetaMessage("track_name", name=name), mido.Message("program_change", program=73)])
    for i in range(6):
        tune.append(mido.Message("note_on", note=60 + i, time=120 if i == 0 else 0))
        tune.append(mido.Message("note_off", note=60 + i, time=120))
    low = mido.MidiTrack([mido.Message("program_change", program=32, channel=1)])
    low += [mido.Message("note_on", note=36, channel=1), mido.Message("note_off", note=36, channel=1, time=960)]
    file.tracks += [told, low, tune] if kind else [mido.merge_tracks([told, tune, low])]
    out = BytesIO()
    file.save(file=out)
    return out.getvalue()


def test_words_are_sung_by_the_part_they_fall_on() -> None:
    draft = read_draft(_file("Words"), "song.kar")
    assert draft.title == "Amazing Grace"
    (sung,) = [part for part in draft.parts if part.lyrics]
    assert sung.name == "Melody"
    assert [text for _, text in sung.lyrics] == ["A-", "ma-", "zing", "grace,", "how", "sweet"]
    assert [tick for tick, _ in sung.lyrics] == [480 * i for i in range(1, 7)]


def test_a_track_called_words_is_sung_in_any_file_and_others_are_not() -> None:
    plain = tuple(text for text in TEXTS if not text.startswith("@"))
    assert any(part.lyrics for part in read_draft(_file("Words", plain), "song.mid").parts)
    assert not any(part.lyrics for part in read_draft(_file("Notes of mine", plain), "song.mid").parts)


def test_parts_of_type_0_are_called_by_their_instruments() -> None:
    draft = read_draft(_file("Words", kind=0, name="Words"), "song.kar")
    assert sorted(part.name for part in draft.parts) == ["Double Bass", "Flute"]
    assert named_parts(draft) == draft
