#!/bin/sh
# Sets up what is missing, then runs every check: ruff, mypy, import-linter, pytest, and a song with its sound from the
# built wheel alone (pip_only.sh).
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

check ruff .venv/bin/ruff check .
check mypy .venv/bin/mypy
check import-linter .venv/bin/lint-imports
check pip-only sh scripts/pip_only.sh
check pytest .venv/bin/python -m pytest -q

if [ -n "$failed" ]; then
    say "Failed:$failed"
    exit 1
fi
