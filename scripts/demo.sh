#!/bin/sh
# Sets up what is missing, composes and renders one song, and says where its MIDI, audio and picture lie.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
. scripts/setup.sh
set_up
# The font that comes along is small and plain; where a better one may be had, it is.
if .venv/bin/partimento soundfonts list | grep -q '^\* TimGM6mb'; then
    install_debian musescore-general-soundfont ||
        say "For better sound: apt-get install musescore-general-soundfont"
fi

song=out/first-song
.venv/bin/partimento compose "an upbeat jazz tune in B flat with saxophone, about a minute" \
    --seed 7 --out "$song" --force

echo
echo "MIDI:    $PWD/$song/song.mid"
if [ -e "$song/mix.wav" ]; then
    echo "Audio:   $PWD/$song/mix.wav"
else
    echo "Audio:   none yet; .venv/bin/partimento doctor says what is missing"
fi
echo "Picture: $PWD/$song/song.png"
