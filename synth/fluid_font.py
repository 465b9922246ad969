"""The FluidSynth library, the SoundFonts held open for it, and synths that share them.

Conventions: one SoundFont file is parsed once a process, held by a synth that never plays, and lent to the synths that
do; what they play stays decoded while it is among the last `_KEPT` programs. So opening a synth for a program that is
`warm` takes about a millisecond. FluidSynth prints nothing: its reasons become part of a RenderError.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

from partimento.synth.signal import RATES, Samples
from partimento.theory.errors import RenderError

GAIN = 0.5
"""FluidSynth's gain, which leaves headroom for a full track."""
DRUM_BANK, DRUM_CHANNEL = 128, 9
_POLYPHONY = 512
_KEPT = 16
_IDLE_FONTS = 1
_LARGEST = 200_000_000
_FLUID_OK = 0
_P, _I = ctypes.c_void_p, ctypes.c_int
_EVERY_VOICE = -1

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "fluid_synth_sfload": (_I, (_P, ctypes.c_char_p, _I)),
    "fluid_synth_get_sfont": (_P, (_P, ctypes.c_uint)),
    "fluid_synth_add_sfont": (_I, (_P, _P)),
    "fluid_synth_remove_sfont": (_I, (_P, _P)),
    "fluid_synth_program_select": (_I, (_P, _I, _I, _I, _I)),
    "fluid_synth_unset_program": (_I, (_P, _I)),
    "fluid_synth_noteon": (_I, (_P, _I, _I, _I)),
    "fluid_synth_noteoff": (_I, (_P, _I, _I)),
    "fluid_synth_cc": (_I, (_P, _I, _I, _I)),
    "fluid_synth_pitch_bend": (_I, (_P, _I, _I)),
    "fluid_synth_pitch_wheel_sens": (_I, (_P, _I, _I)),
    "fluid_synth_get_active_voice_count": (_I, (_P,)),
    "fluid_synth_get_voicelist": (None, (_P, _P, _I, _I)),
    "fluid_voice_gen_get": (ctypes.c_float, (_P, _I)),
    "fluid_synth_write_float": (_I, (_P, _I, _P, _I, _I, _P, _I, _I)),
}
_LOG_FUNCTION = ctypes.CFUNCTYPE(None, _I, ctypes.c_char_p, _P)

# Synths that share a font share the use counts of its samples, which FluidSynth does not lock. `_opening` guards what
# opens, closes and chooses programs (it may decode for a second); `_playing` guards what starts and stops voices, and
# is never held for long. Who closes takes both. Rendering touches no count and needs neither.
_opening = threading.RLock()
_playing = threading.Lock()
_heard = threading.local()


@cache
def library() -> Any:
    """The `fluidsynth` module; RenderError with the remedy when its C library lacks."""
    try:
        # pyfluidsynth prints where it found the library when CI is set.
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            import fluidsynth

        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(fluidsynth._fl, name)
            function.restype, function.argtypes = result, arguments
    except (ImportError, OSError, AttributeError) as error:
        how = "brew install fluid-synth" if sys.platform == "darwin" else "apt-get install libfluidsynth3"
        raise RenderError(f"no sound without the FluidSynth library ({error}). To get it: {how}") from error
    _silence(fluidsynth._fl)
    return fluidsynth


def _listen(level: int, message: bytes, _: Any) -> None:
    if level <= 1:  # panic, error
        reasons: list[str] = getattr(_heard, "reasons", [])
        reasons.append(message.decode("utf-8", "replace").strip())
        _heard.reasons = reasons[:1]


_LISTENER = _LOG_FUNCTION(_listen)


def _silence(loaded: Any) -> None:
    set_log = loaded.fluid_set_log_function
    set_log.restype, set_log.argtypes = _P, (_I, _P, _P)
    for level in range(5):
        set_log(level, ctypes.cast(_LISTENER, _P), None)
    # Python's callback must not be called once Python is gone.
    atexit.register(lambda: [set_log(level, None, None) for level in range(5)])
    atexit.register(free_fonts)


def _reason() -> str:
    """What FluidSynth first complained of in this thread since the last call, in brackets with a space before."""
    reasons: list[str] = getattr(_heard, "reasons", [])
    _heard.reasons = []
    return f" ({reasons[0]})" if reasons else ""


class _Handle:
    """A bare FluidSynth without reverb and chorus; `piecemeal`: a font's samples are loaded when first chosen."""

    def __init__(self, rate: int, piecemeal: bool = False) -> None:
        fluid = library()
        self.fluid, self.api = fluid, fluid._fl
        self.synth: int | None = None
        self.settings = fluid.new_fluid_settings()
        for name, number in (("synth.gain", GAIN), ("synth.sample-rate", float(rate))):
            fluid.fluid_settings_setnum(self.settings, name.encode(), number)
        for name, whole in (
            ("synth.reverb.active", 0),
            ("synth.chorus.active", 0),
            ("synth.polyphony", _POLYPHONY),
            ("synth.dynamic-sample-loading", int(piecemeal)),
            ("synth.lock-memory", 0),
        ):
            fluid.fluid_settings_setint(self.settings, name.encode(), whole)
        self.synth = fluid.new_fluid_synth(self.settings)
        if not self.synth:
            self.delete()
            raise RenderError("FluidSynth could not be started.", "doctor")

    def delete(self) -> None:
        """Free the synth and its settings."""
        synth, self.synth = self.synth, None
        settings, self.settings = self.settings, None
        if synth:
            self.fluid.delete_fluid_synth(synth)
        if settings:
            self.fluid.delete_fluid_settings(settings)


class _Font:
    """A SoundFont held open by a synth that never plays; its channels keep the last programs decoded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.users = 0
        self.kept: OrderedDict[tuple[int, int], int] = OrderedDict()
        # Piecemeal, FluidSynth plays what lies behind some samples' ends, a click; but compressed samples are loaded
        # one by one anyway, and decoding all takes long, and a large font would fill the memory.
        self.holder = _Handle(RATES[0], is_compressed(path) or path.stat().st_size > _LARGEST)
        _reason()
        if fault := _fault(path):
            self.holder.delete()
            raise _cannot_load(path, fault)
        if self.holder.api.fluid_synth_sfload(self.holder.synth, os.fsencode(path), 0) < 0:
            self.holder.delete()
            raise _cannot_load(path, _reason())
        self.pointer: int = self.holder.api.fluid_synth_get_sfont(self.holder.synth, 0)

    def keep(self, bank: int, program: int) -> bool:
        """Decode a program, and keep it among the last; False when the font has none of that number."""
        if (bank, program) in self.kept:
            self.kept.move_to_end((bank, program))
            return True
        api, synth = self.holder.api, self.holder.synth
        channel = len(self.kept) if len(self.kept) < _KEPT else self.kept.popitem(last=False)[1]
        _reason()
        if api.fluid_synth_program_select(synth, channel, 1, bank, program) != _FLUID_OK:
            # The channel lost its program; another choice takes its place.
            self.kept = OrderedDict((name, i) for i, name in enumerate(self.kept))
            for (kept_bank, kept_program), i in self.kept.items():
                api.fluid_synth_program_select(synth, i, 1, kept_bank, kept_program)
            return False
        if reason := _reason():
            api.fluid_synth_unset_program(synth, channel)
            raise _cannot_load(self.path, reason)
        self.kept[bank, program] = channel
        return True


_fonts: OrderedDict[tuple[str, int, int], _Font] = OrderedDict()


def _font(path: Path) -> _Font:
    """The held font of that file, opened if need be; under `_opening`."""
    try:
        real = path.resolve()
        status = real.stat()
    except OSError as error:
        raise RenderError(f"SoundFont '{path}' cannot be read: {error.strerror or error}.") from error
    key = (str(real), status.st_mtime_ns, status.st_size)
    if key not in _fonts:
        _fonts[key] = _Font(path)
    _fonts.move_to_end(key)
    idle = [name for name, font in _fonts.items() if font.users == 0 and name != key]
    for name in idle[: max(0, len(idle) - _IDLE_FONTS + 1)]:
        _fonts.pop(name).holder.delete()
    return _fonts[key]


def free_fonts() -> None:
    """Let go of the fonts that no synth uses now; the next one opens its font anew."""
    with _opening, _playing:
        for name in [name for name, font in _fonts.items() if font.users == 0]:
            _fonts.pop(name).holder.delete()


def _cannot_load(path: Path, reason: str) -> RenderError:
    if is_compressed(path):
        return RenderError(
            f"FluidSynth cannot load the SoundFont '{path}'{reason}: it is compressed (SF3), and damaged, or this"
            f" libfluidsynth or libsndfile was built without Vorbis. Take an .sf2.",
            "soundfont",
        )
    return RenderError(
        f"FluidSynth cannot load the SoundFont '{path}'{reason}: it is damaged or of a kind it does not read.",
        "soundfont",
    )


def _fault(path: Path) -> str:
    """What is wrong with the file's frame (SoundFont 2.04, section 4: INFO, sdta and pdta), as a reason; "" if sound.

    FluidSynth would see it too, but hand the file on to a reader of other formats, which complains on stderr.
    """
    with path.open("rb") as file:
        if (head := file.read(12))[:4] != b"RIFF" or head[8:] != b"sfbk":
            return " (no RIFF sfbk header)"
        size = os.fstat(file.fileno()).st_size
        found = []
        while len(head := file.read(12)) == 12:
            length = int.from_bytes(head[4:8], "little")
            if file.tell() - 4 + length > size:
                return f" (cut short in {head[8:].decode('latin-1')!r})"
            found.append(head[8:])
            file.seek(length - 4, os.SEEK_CUR)
            # An odd length is to be padded, but not every SF3 is.
            if length % 2 and file.read(1) != b"\0":
                file.seek(-1, os.SEEK_CUR)
    missing = [name.decode() for name in (b"INFO", b"sdta", b"pdta") if name not in found]
    return f" (no {', '.join(missing)})" if missing else ""


def is_compressed(path: Path) -> bool:
    """Whether a SoundFont's version says that its samples are compressed (SF3: ifil major 3); False if unreadable."""
    try:
        with path.open("rb") as file:
            head = file.read(256)
    except OSError:
        return False
    at = head.find(b"ifil")
    return at >= 0 and int.from_bytes(head[at + 8 : at + 10], "little") == 3


def _choices(drums: bool, program: int) -> tuple[tuple[int, int], ...]:
    """(bank, program) to try in turn: the program; the standard kit, or the first of its General MIDI family."""
    bank = DRUM_BANK if drums else 0
    program = max(0, min(127, program))
    return tuple(dict.fromkeys(((bank, program), (bank, 0 if drums else program // 8 * 8), (bank, 0))))


def _choose(font: _Font, drums: bool, program: int) -> tuple[int, int]:
    for bank, number in _choices(drums, program):
        if font.keep(bank, number):
            return bank, number
    what = "drum kit (bank 128)" if drums else "General MIDI programs (bank 0)"
    raise RenderError(f"the SoundFont '{font.path}' has no {what}.", "soundfont")


def warm(soundfont: Path, programs: Iterable[tuple[bool, int]]) -> None:
    """Open the font and decode the (drums, program)s, the last 16 of them to stay, so that the next sources open in
    about a millisecond. Safe in threads; what is held is freed at exit. Raises RenderError as rendering would."""
    library()
    with _opening:
        font = _font(soundfont)
        for drums, program in programs:
            _choose(font, drums, program)


class Synth:
    """A fresh FluidSynth with one program of a shared font on one channel, silent, centred and dry."""

    def __init__(self, soundfont: Path, rate: int, drums: bool, program: int) -> None:
        self._handle: _Handle | None = None
        with _opening:
            library()
            self._font = _font(soundfont)
            bank, number = _choose(self._font, drums, program)
            handle = _Handle(rate)
            try:
                for each in range(16):  # or adding the font would choose, and decode, a piano for each
                    handle.api.fluid_synth_unset_program(handle.synth, each)
                font_id = handle.api.fluid_synth_add_sfont(handle.synth, self._font.pointer)
                self._font.users += 1
                self._handle = handle
                self.channel = DRUM_CHANNEL if drums else 0
                self._api, self._synth = handle.api, handle.synth
                self._api.fluid_synth_program_select(self._synth, self.channel, font_id, bank, number)
            except BaseException:
                if self._handle is None:
                    handle.delete()
                self.close()
                raise

    def close(self) -> None:
        """Free the synth; the font stays held."""
        with _opening, _playing:
            handle, self._handle = self._handle, None
            if handle is None:
                return
            handle.api.fluid_synth_unset_program(handle.synth, self.channel)
            handle.api.fluid_synth_remove_sfont(handle.synth, self._font.pointer)
            handle.delete()
            self._font.users -= 1

    def play(self, events: Iterable[tuple[int, int, int]]) -> None:
        """Do the (kind, first, second)s now: OFF key, CONTROL number value, BEND 0-16383, RANGE semitones, ON key
        velocity."""
        api, synth, channel = self._api, self._synth, self.channel
        with _playing:
            for kind, first, second in events:
                if kind == ON:
                    api.fluid_synth_noteon(synth, channel, first, second)
                elif kind == OFF:
                    api.fluid_synth_noteoff(synth, channel, first)
                elif kind == CONTROL:
                    api.fluid_synth_cc(synth, channel, first, second)
                elif kind == BEND:
                    api.fluid_synth_pitch_bend(synth, channel, first)
                else:
                    api.fluid_synth_pitch_wheel_sens(synth, channel, first)

    def sounds(self) -> bool:
        """Whether any voice is still active; without one, all that comes is exactly zero."""
        with _playing:
            return bool(self._api.fluid_synth_get_active_voice_count(self._synth))

    def generator(self, number: int) -> tuple[float, ...]:
        """A generator of the SoundFont (its specification's 8.1.2), of each voice that was started and still plays."""
        voices = (_P * (_POLYPHONY + 1))()
        with _playing:
            self._api.fluid_synth_get_voicelist(self._synth, voices, len(voices), _EVERY_VOICE)
            return tuple(float(self._api.fluid_voice_gen_get(each, number)) for each in voices if each)

    def render(self, out: Samples) -> None:
        """Fill `out` (n, 2), C-contiguous, with the next n samples."""
        place = out.ctypes.data
        if self._api.fluid_synth_write_float(self._synth, len(out), place, 0, 2, place, 1, 2) != _FLUID_OK:
            raise RenderError(f"FluidSynth failed while it played{_reason()}.")


OFF, CONTROL, BEND, ON, RANGE = range(5)
"""Kinds of events, in the order in which those of one block are done."""
