# Sourced by demo.sh and test.sh, which stand at the top of the repository when they do so.
# `set_up` makes .venv with everything that Partimento needs; the second time it only checks that nothing changed.

say() { printf '%s\n' "$*" >&2; }

# install_debian PACKAGE: install a Debian package where that is allowed; true when it is there afterwards.
# A package that could not be had is not asked for again until .venv is made anew.
install_debian() {
    tried=".venv/.tried-$1"
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1 || [ -e "$tried" ]; then
        return 1
    fi
    say "Installing $1 ..."
    if [ -z "${debian_updated:-}" ]; then
        apt-get update -q >/dev/null 2>&1 || say "apt-get update failed; trying with the lists that are there."
        debian_updated=yes
    fi
    if DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1" >/dev/null 2>&1; then
        return 0
    fi
    if [ -d .venv ]; then : >"$tried"; fi
    return 1
}

find_python() {
    for candidate in python3.11 python3 python3.12 python3.13; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            printf '%s' "$candidate"
            return 0
        fi
    done
    return 1
}

make_venv() {
    if ! python=$(find_python); then
        say "error: Python 3.11 or newer is needed: apt-get install python3.11"
        exit 1
    fi
    # Debian keeps ensurepip, without which venv fails half-way, in a package of its own.
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        install_debian python3-venv || true
        if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            say "error: Python's venv is missing: apt-get install python3-venv"
            exit 1
        fi
    fi
    "$python" -m venv --clear .venv
}

install_packages() {
    say "Installing Partimento into .venv; this takes some minutes the first time (log: .venv/setup.log) ..."
    # The variables carry the pins into the environment in which the package is built: older pips read the first.
    if ! PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 \
        .venv/bin/python -m pip install --progress-bar off -c constraints.txt -e '.[dev]' >.venv/setup.log 2>&1
    then
        tail -n 15 .venv/setup.log >&2
        say "error: pip could not install everything; see .venv/setup.log"
        exit 1
    fi
}

has_fluidsynth() {
    .venv/bin/python -c 'import sys; from ctypes.util import find_library; sys.exit(not find_library("fluidsynth"))'
}

set_up() {
    if ! .venv/bin/python -c '' >/dev/null 2>&1; then
        make_venv
    fi
    # The folder is part of it because the editable install and the scripts hold absolute paths.
    stamp=$({ pwd && cat pyproject.toml constraints.txt; } | cksum)
    if [ "$(cat .venv/.stamp 2>/dev/null)" != "$stamp" ]; then
        install_packages
        printf '%s' "$stamp" >.venv/.stamp
    fi
    if ! has_fluidsynth && ! install_debian libfluidsynth3; then
        say "There will be no sound until libfluidsynth is installed: sudo apt-get install libfluidsynth3"
    fi
}
