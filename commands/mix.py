"""`partimento mix`: edit a song's mix and hear it again, with a report; or mix anybody's stems by the same rules.

Conventions: paths (or JSON) go to stdout, messages to stderr. A song is edited in place: song.json is rewritten, and
the mix.wav and mix.json that it made before are replaced; nothing else is, without --force.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from partimento.commands.delivery import MIX, progress_bar
from partimento.commands.mix_edits import Edits, edited, original_mix
from partimento.commands.mix_table import table_data, table_lines
from partimento.commands.remedies import told
from partimento.commands.render import is_song, read_source
from partimento.commands.sound_options import how_of, how_said, sound_options
from partimento.score.files import output_folder, refuse_existing
from partimento.theory.errors import ModelError, OutputError, RenderError

if TYPE_CHECKING:
    from partimento.score.mix import Mix
    from partimento.score.song import Song, Track
    from partimento.synth.piece import Piece
    from partimento.synth.renderers import How

SONG = "song.json"
REPORT = ("mix-report.md", "mix-report.json", "mix-report.png")
_FORMATS = ("wav", "flac", "ogg", "mp3")
_AUDIO = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What is written, and how; `report` is a folder, "" the sound's own, None for no report."""

    out: str | None
    report: str | None
    show: bool
    audio: bool
    rate: int
    bits: str | None
    format: str
    soundfont: str | None
    how: How
    sounding: str
    force: bool
    as_json: bool
    quiet: bool

    @property
    def audio_name(self) -> str:
        """The sound's file in a song's folder."""
        return f"mix.{self.format}"

    def say(self, line: str) -> None:
        """A line for people."""
        if not (self.quiet or self.as_json):
            click.echo(line, err=True)


@click.command("mix")
@click.argument("files", metavar="SONG|STEMS...", nargs=-1)
@click.option("--set", "settings", multiple=True, metavar="X=Y", help='"bass.gain=-2", "drums.kick.pan=L20", "hall=2".')
@click.option("--mute", multiple=True, metavar="NAME", help="Silence a track, or a kit's piece (drums.hats).")
@click.option("--solo", multiple=True, metavar="NAME", help="Silence all others.")
@click.option("--unmute", is_flag=True, help="Nothing is muted any more.")
@click.option("--unsolo", is_flag=True, help="Nothing is soloed any more.")
@click.option("--reset", is_flag=True, help="Back to the genre's own mix, before any other edit.")
@click.option("--lufs", type=click.FloatRange(-40, -5), metavar="X", help="The loudness to reach (-40 to -5).")
@click.option("--show", is_flag=True, help="Print the mix as a table; alone, nothing is written.")
@click.option("--report", is_flag=False, flag_value="", metavar="[DIR]", help="Write mix-report.md, .json and .png.")
@click.option("--no-audio", is_flag=True, help="Write no sound.")
@click.option("--out", "-o", metavar="PATH", help="A song: the folder (or .json) for the new one. Stems: the file.")
@click.option("--sr", "rate", type=click.Choice(["44100", "48000"]), default="44100", help="Samples a second.")
@click.option("--bits", type=click.Choice(["16", "24", "32f"]), help="Of a sample (16).")
@click.option("--format", "format", type=click.Choice(_FORMATS), help="Of the sound (wav).")
@sound_options
@click.option("--genre", metavar="NAME", help="Stems: mix them as this genre is.")
@click.option("--role", "roles", multiple=True, metavar="FILE=ROLE", help="Stems: what this one is.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(
    files: tuple[str, ...], settings: tuple[str, ...], mute: tuple[str, ...], solo: tuple[str, ...], unmute: bool,
    unsolo: bool, reset: bool, lufs: float | None, show: bool, report: str | None, no_audio: bool, out: str | None,
    rate: str, bits: str | None, format: str | None, genre: str | None, roles: tuple[str, ...], force: bool,
    as_json: bool, quiet: bool, **sound: Any,
) -> None:  # fmt: skip
    """Edit the mix of a song (song.json, or its folder) and render it again; or mix audio files as stems.

    \b
    partimento mix song.json --set bass.gain=-2 --mute pad --report
    partimento mix song.json --solo drums --out drums-only/
    partimento mix stems/*.wav --genre rock --out mix.wav

    A song is changed in place: song.json is rewritten, mix.wav and mix.json beside it are made anew. With --out the old
    ones stay. --reset comes first, then --set in their order, then muting and soloing.
    """
    if not files:
        # "--report song.json": the word after --report is taken for its folder.
        if not report or not Path(report).exists():
            raise click.UsageError("Missing argument: name a song.json (or its folder), or the audio files to mix")
        files, report = (report,), ""
    edits = Edits(reset, settings, unmute, mute, unsolo, solo, lufs)
    songs = [name for name in files if _holds_song(Path(name))]
    if songs and len(files) > 1:
        what = "several songs" if len(songs) == len(files) else "a song and audio files"
        raise click.UsageError(f"{what} at once: mix one song.json, or any number of audio files")
    wishes = _Wishes(
        out, report, show, not no_audio, int(rate), bits, _format(format, None if songs else out),
        sound["soundfont"], how_of(sound) if songs else {}, how_said(sound), force, as_json, quiet,
    )  # fmt: skip
    from partimento.synth.audio_files import check_format

    try:
        check_format(wishes.format, bits, int(rate))
    except OutputError as error:  # here it is what was asked that is wrong, not the disk
        raise click.UsageError(str(error)) from error
    if lufs is not None and isnan(lufs):
        raise click.UsageError("--lufs nan is not a number from -40 to -5")
    if songs:
        for given, name in ((genre, "--genre"), (roles, "--role")):
            if given:
                raise click.UsageError(f"{name} is for stems; a song knows its own")
        _mix_song(Path(songs[0]), edits, wishes)
    else:
        for clash, name in ((reset, "--reset"), (wishes.sounding, wishes.sounding)):
            if clash:
                raise click.UsageError(f"{name} is for songs; stems are sound already")
        _mix_stems([Path(name) for name in files], _roles(roles), genre or "", edits, wishes)


def _holds_song(path: Path) -> bool:
    """Whether it is a song's file or folder, and not a stem."""
    if path.is_dir():
        if (path / SONG).is_file():
            return True
        raise click.UsageError(f"'{path}' holds no {SONG}; name a song.json, or the audio files to mix")
    if path.suffix.lower() in _AUDIO:
        return False
    if path.suffix.lower() in (".mid", ".midi", ".kar"):
        raise click.UsageError(f"'{path}' is a MIDI file, which has no mix to edit; `partimento render` plays it")
    return path.suffix.lower() == ".json" or is_song(path, read_source(path)[:64])


def _mix_song(source: Path, edits: Edits, wishes: _Wishes) -> None:
    from partimento.score.mix_midi import with_mix
    from partimento.score.song_json import song_from_json, song_to_json

    source = source / SONG if source.is_dir() else source
    song = song_from_json(read_source(source))
    mix = edited(song.mix, song.tracks, edits, lambda: original_mix(song))
    if mix != song.mix:
        song = with_mix(song, mix)
    only = wishes.show and not edits.any and wishes.report is None and wishes.out is None
    if wishes.show and (only or not wishes.as_json):
        _show(wishes, mix, song.tracks)
    if only:
        return
    target, name = _song_target(source, wishes.out)
    _refuse(wishes, target, name)
    piece, lack = None, ""
    if wishes.audio or wishes.report is not None:
        piece, lack = _piece(song, wishes)
    with output_folder(target, _names(wishes, name, piece is not None), True) as folder:
        (folder / name).write_text(song_to_json(song), encoding="utf-8")
        paths = [target / name]
        made: dict[str, bytes] = {}
        measured: dict[str, Any] = {}
        if piece is not None:
            from partimento.synth.report import general_midi_volumes

            for line in piece.notices:
                wishes.say(line)
            wishes.say(f"Played by {piece.played_by}.")
            sections = [(section.name, piece.clock(section.start)) for section in song.sections]
            audio = folder / wishes.audio_name if wishes.audio else None
            heard = _Heard(song.title, tuple(sections), general_midi_volumes(song, piece.strips))
            stored, measured, made = _render(piece, heard, audio, folder, wishes)
            if audio is not None:
                (folder / MIX).write_text(stored, encoding="utf-8")
                paths += [target / audio.name, target / MIX]
            if wishes.report == "":
                for report, data in made.items():
                    (folder / report).write_bytes(data)
    paths += _write_report(wishes, target, made)
    _tell(wishes, paths, measured, lack)


def _mix_stems(paths: Sequence[Path], roles: dict[str, str], genre: str, edits: Edits, wishes: _Wishes) -> None:
    from partimento.synth.audio_files import whole_file
    from partimento.synth.foreign import mix_of_stems, piece_of_stems, stems_of, tracks_of

    target = Path(wishes.out if wishes.out is not None else wishes.audio_name)
    if wishes.audio and not wishes.show:
        _refuse_stems(wishes, target, paths)
    stems = stems_of(paths, roles)
    for stem in stems:
        wishes.say(f"{stem.file.path.name}: {stem.role} ({stem.why})")
    mix = mix_of_stems(stems, genre)
    mix = edited(mix, tracks_of(stems), edits, lambda: mix)
    if wishes.show:
        _show(wishes, mix, tracks_of(stems))
        return
    piece = piece_of_stems(stems, mix)
    heard = _Heard(genre or "the stems", (), (1.0,) * len(stems))
    with ExitStack() as stack:
        place = stack.enter_context(whole_file(target, wishes.force)) if wishes.audio else None
        if place is not None:
            aside = place.parent
        else:
            aside = Path(stack.enter_context(TemporaryDirectory(prefix=".partimento.", suffix=".part")))
        _, measured, made = _render(piece, heard, place, aside, wishes)
    written = [target] if wishes.audio else []
    if made:
        written += _write_files(Path(wishes.report) if wishes.report else target.parent, made, wishes.force)
    guesses = [{"file": str(stem.file.path), "role": stem.role, "why": stem.why} for stem in stems]
    _tell(wishes, written, {"stems": guesses, **measured}, "")


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a report says beside the sound: title, sections, the strips' gains in the bare sum."""

    title: str
    sections: tuple[tuple[str, float], ...]
    volumes: tuple[float, ...]


def _render(
    piece: Piece, heard: _Heard, audio: Path | None, aside: Path, wishes: _Wishes
) -> tuple[str, dict[str, Any], dict[str, bytes]]:
    """Render to `audio` (None: only listen); the text of mix.json, what was measured, and the report's files."""
    from partimento.synth.audio_files import AudioWriter
    from partimento.synth.mix_json import settled_to_json
    from partimento.synth.render import RING_S, measured_values, render

    meter = None
    if wishes.report is not None:
        from partimento.synth.report import ReportMeter

        expected_s = max(strip.end for strip in piece.strips) + RING_S
        meter = ReportMeter(piece.strips, heard.volumes, wishes.rate, expected_s)
    with ExitStack() as stack:
        progress = stack.enter_context(progress_bar("Mixing", wishes.quiet or wishes.as_json))
        write: Callable[[Any], None] = _drop
        if audio is not None:
            write = stack.enter_context(AudioWriter(audio, wishes.rate, wishes.format, wishes.bits)).write
        rendered = render(
            piece.strips, piece.mix, piece.clock, wishes.rate, aside, write=write, fits=piece.fits,
            beat_s=piece.beat_s, progress=progress, listener=meter,
        )  # fmt: skip
    measured: dict[str, Any] = dict(measured_values(rendered, wishes.rate))
    if piece.renderer:
        measured["renderer"] = piece.renderer
    made: dict[str, bytes] = {}
    if meter is not None:
        from partimento.synth.report import report_data, report_lines
        from partimento.synth.report_picture import draw_report

        report = meter.report(piece.mix, rendered.mastered, heard.title, heard.sections)
        played = {"renderer": piece.renderer} if piece.renderer else {}
        text = json.dumps(report_data(report) | played, indent=1, ensure_ascii=False) + "\n"
        lines = [*report_lines(report), *(["", f"Played by {piece.played_by}."] if piece.played_by else [])]
        made = dict(zip(REPORT, ("\n".join(lines).encode() + b"\n", text.encode(), draw_report(report)), strict=True))
        for note in report.notes:
            wishes.say(f"{note[0].upper()}{note[1:]}.")
    return settled_to_json(rendered.settled, measured), measured, made


def _piece(song: Song, wishes: _Wishes) -> tuple[Piece | None, str]:
    """The song to render; or, in one line, what is missing for that."""
    try:
        from partimento.synth.piece import piece_of_song

        return piece_of_song(song, wishes.soundfont, **wishes.how), ""
    except (RenderError, ModelError) as error:
        if wishes.sounding:
            raise
        return None, told(error)


def _song_target(source: Path, out: str | None) -> tuple[Path, str]:
    """The folder and the name of the song that is written."""
    if out is None:
        return source.parent, source.name
    path = Path(out)
    if path.suffix.lower() == ".json":
        return path.parent, path.name
    if path.suffix.lower() in _AUDIO:
        raise click.UsageError(f"'{out}' is a sound; --out names the folder (or .json) of the new song. See `render`")
    return path, SONG


def _refuse(wishes: _Wishes, target: Path, name: str) -> None:
    """Raise OutputError for names that are taken, before anything is rendered."""
    sound = (wishes.audio_name, MIX) if wishes.audio else ()
    report = REPORT if wishes.report == "" else ()
    if wishes.out is not None:
        refuse_existing(target, (name, *sound, *report), wishes.force)
    elif not ((target / MIX).is_file() and name == SONG):
        # A mix.json beside a song.json tells that they were made together; what else lies there is somebody's.
        refuse_existing(target, (*sound, *report), wishes.force)
    if wishes.report:
        refuse_existing(Path(wishes.report), REPORT, wishes.force)


def _refuse_stems(wishes: _Wishes, target: Path, stems: Sequence[Path]) -> None:
    if target.is_dir():
        raise OutputError(f"'{target}' is a folder; name a file in it.")
    if any(target.resolve() == stem.resolve() for stem in stems):
        raise OutputError(f"'{target}' is one of the stems. Choose another --out.")
    refuse_existing(target.parent, (target.name, *(REPORT if wishes.report == "" else ())), wishes.force)
    if wishes.report:
        refuse_existing(Path(wishes.report), REPORT, wishes.force)


def _names(wishes: _Wishes, song: str, sounding: bool) -> tuple[str, ...]:
    """What is written anew in the song's folder; of a sound that cannot be made the old one stays."""
    sound = (wishes.audio_name, MIX) if sounding and wishes.audio else ()
    return (song, *sound, *(REPORT if sounding and wishes.report == "" else ()))


def _write_report(wishes: _Wishes, target: Path, made: dict[str, bytes]) -> list[Path]:
    """The report into the folder asked for; where it is the song's own, it lies there already."""
    if not made:
        return []
    if wishes.report == "":
        return [target / name for name in made]
    return _write_files(Path(wishes.report or ""), made, wishes.force)


def _write_files(folder: Path, made: dict[str, bytes], force: bool) -> list[Path]:
    with output_folder(folder, REPORT, force) as place:
        for name, data in made.items():
            (place / name).write_bytes(data)
    return [folder / name for name in made]


def _show(wishes: _Wishes, mix: Mix, tracks: Sequence[Track]) -> None:
    if wishes.as_json:
        click.echo(json.dumps(table_data(mix, tracks), indent=1, ensure_ascii=False))
    else:
        for line in table_lines(mix, tracks):
            click.echo(line)


def _tell(wishes: _Wishes, paths: Sequence[Path], measured: dict[str, Any], lack: str) -> None:
    if wishes.as_json:
        files = [str(path) for path in paths]
        click.echo(json.dumps({"files": files, **measured, "no_sound": lack or None}, ensure_ascii=False))
        return
    if lack:
        click.echo(f"No sound: {lack}", err=True)
    elif measured.get("lufs") is not None:
        wishes.say(f"{measured['lufs']:.1f} LUFS, true peak {measured['true_peak_db']:.1f} dBTP")
    for path in paths:
        click.echo(str(path))


def _roles(words: Sequence[str]) -> dict[str, str]:
    roles = {}
    for word in words:
        name, equals, role = word.rpartition("=")
        if not equals or not name or not role:
            raise click.UsageError(f"--role '{word}' is not FILE=ROLE, such as --role take3.wav=lead")
        roles[name.strip()] = role.strip().casefold()
    return roles


def _drop(samples: Any) -> None:
    """What is only listened to is not kept."""


def _format(said: str | None, out: str | None) -> str:
    """The format said, or that of the ending of --out; they must not contradict each other."""
    ending = Path(out).suffix.lower().removeprefix(".") if out is not None else said or "wav"
    if ending not in _FORMATS:
        raise click.UsageError(f"'{out}' does not end in one of {', '.join('.' + name for name in _FORMATS)}")
    if said is not None and said != ending:
        raise click.UsageError(f"--format {said} contradicts the ending of '{out}'")
    return ending
