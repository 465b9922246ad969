#!/bin/sh
# What a plain `pip install` gives where there is no FluidSynth: the wheel is built and installed into a new environment,
# and `partimento compose` there writes a song with sound, played by the neural renderer, whole and at its loudness.
# Needs .venv (scripts/setup.sh).
#
# The new environment holds the wheel alone. The dependencies are lent to it by a .pth line: Python reads no further
# .pth files in a folder added so, hence the editable install next to them stays out of sight. Another .pth line hides
# the FluidSynth library of this machine, if it has one, from those who look for it.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
.venv/bin/python -m build --wheel --no-isolation --outdir "$room" . >"$room/build.log" 2>&1 ||
    { cat "$room/build.log"; exit 1; }
.venv/bin/python -m venv --without-pip "$room/venv"
packages=$("$room/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' >"$packages/dependencies.pth"
cat >"$packages/no_fluidsynth.py" <<'PYTHON'
import ctypes.util

_find = ctypes.util.find_library
ctypes.util.find_library = lambda name: None if "fluidsynth" in name else _find(name)
PYTHON
echo 'import no_fluidsynth' >"$packages/no_fluidsynth.pth"
.venv/bin/python -m pip --disable-pip-version-check --python "$room/venv/bin/python" \
    install -q --no-deps --no-index "$room"/partimento-*.whl

# Nothing that this user has set or installed is seen.
cd "$room"
unset PARTIMENTO_RENDERER PARTIMENTO_SOUNDFONT PARTIMENTO_WEIGHTS PARTIMENTO_STYLES HOMEBREW_PREFIX
export HOME="$room" XDG_CACHE_HOME="$room/cache" XDG_CONFIG_HOME="$room/config" XDG_DATA_HOME="$room/data"
venv/bin/python -c 'import sys, partimento.score as s; sys.exit(not s.__file__.startswith(sys.prefix))' ||
    { echo "the song would not come from the wheel"; exit 1; }
if venv/bin/python -c 'import fluidsynth' 2>/dev/null; then
    echo "FluidSynth is not hidden"
    exit 1
fi
venv/bin/partimento compose --genre pop --bars 8 --seed 1 --out song --json >told.json
test -s song/song.mid && test -s song/song.json && test -s song/song.png
venv/bin/python - <<'PYTHON'
import json

import numpy as np
import pyebur128
import soundfile

told = json.load(open("told.json", encoding="utf-8"))
assert (told["renderer"], told["no_sound"]) == ("neural", None), told
assert json.load(open("song/mix.json", encoding="utf-8"))["measured"]["renderer"] == "neural"
samples, rate = soundfile.read("song/mix.wav", dtype="float32")
seconds = told["songs"][0]["duration_s"]
assert samples.shape[1] == 2 and seconds - 1 < len(samples) / rate < seconds + 15, (samples.shape, seconds)
# No half second of the song is silent: every part of it is played.
halves = samples[: int(seconds * rate) // (rate // 2) * (rate // 2)].reshape(-1, rate // 2, 2)
quietest = 20 * np.log10(np.sqrt((halves**2).mean(axis=(1, 2))).min() + 1e-12)
assert quietest > -50, f"a half second lies at {quietest:.1f} dB"
judge = pyebur128.R128State(2, rate, pyebur128.MeasurementMode.MODE_I)
judge.add_frames(samples.reshape(-1), len(samples))
lufs = pyebur128.get_loudness_global(judge)
assert abs(lufs + 14) <= 1, f"{lufs:.2f} LUFS"
print(f"pip alone: {seconds:.0f} s of pop by the neural renderer at {lufs:.1f} LUFS")
PYTHON
