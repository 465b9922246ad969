#!/bin/sh
# Trains the renderer on a CUDA device, for longer than a CPU allows: sh scripts/train_renderer_on_gpu.sh FROM OUT
# FROM is a SoundFont (data are made of it in OUT/data on all cores, which needs FluidSynth) or a folder of data that was
# made elsewhere: carry whichever is smaller. A run that was stopped goes on where it was. PARTIMENTO_WEIGHTS=OUT plays
# with the weights in OUT, and copying them to synth/neural/weights ships them.
set -eu
usage='sh scripts/train_renderer_on_gpu.sh FROM OUT'
from=${1:?$usage: FROM is a SoundFont or a folder of data}
mkdir -p "${2:?$usage: OUT is where the weights go}"
out=$(CDPATH='' cd -- "$2" && pwd)
from=$(CDPATH='' cd -- "$(dirname -- "$from")" && pwd)/$(basename -- "$from")
CDPATH='' cd -- "$(dirname -- "$0")/.."

train() {
    .venv/bin/partimento train renderer "$@" --out "$out" --device "${DEVICE:-cuda}" --steps "${STEPS:-60000}"
}

if [ -d "$from" ]; then
    train --data "$from"
else
    train --data "$out/data" --soundfont "$from"
fi
