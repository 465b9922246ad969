#!/bin/sh
# Sets up what is missing, then runs every check: ruff, mypy, import-linter, pytest, and a song from the built wheel.
# All checks run, also after one has failed; the exit code is 1 when any did.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
. scripts/setup.sh
set_up

# Independent readers of our files, which some tests ask for a second opinion. Where they lack, those tests are skipped.
for witness in midicsv fluidsynth mscore3:musescore3 xmllint:libxml2-utils midi2ly:lilypond abc2midi:abcmidi ffprobe:ffmpeg
do
    command -v "${witness%:*}" >/dev/null 2>&1 || install_debian "${witness#*:}" ||
        say "${witness%:*} is missing: apt-get install ${witness#*:}"
done

failed=''

check() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed $name"
}

# A new environment holds the wheel alone. The dependencies are lent to it by a .pth line: Python reads no further .pth
# files in a folder added so, hence the editable install next to them stays out of sight.
song_from_wheel() (
    set -e
    room=$(mktemp -d)
    trap 'rm -rf "$room"' EXIT
    .venv/bin/python -m build --wheel --no-isolation --outdir "$room" . >"$room/build.log" 2>&1 ||
        { cat "$room/build.log"; exit 1; }
    .venv/bin/python -m venv --without-pip "$room/venv"
    packages=$("$room/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    .venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' >"$packages/dependencies.pth"
    .venv/bin/python -m pip --disable-pip-version-check --python "$room/venv/bin/python" \
        install -q --no-deps --no-index "$room"/partimento-*.whl
    cd "$room"
    venv/bin/python -c 'import sys, partimento.score as s; sys.exit(not s.__file__.startswith(sys.prefix))' ||
        { echo "the song would not come from the wheel"; exit 1; }
    venv/bin/partimento compose --genre pop --bars 8 --seed 1 --no-audio --out song
    test -s song/song.mid && test -s song/song.json && test -s song/song.png
)

check ruff .venv/bin/ruff check .
check mypy .venv/bin/mypy
check import-linter .venv/bin/lint-imports
check wheel song_from_wheel
check pytest .venv/bin/python -m pytest -q

if [ -n "$failed" ]; then
    say "Failed:$failed"
    exit 1
fi
