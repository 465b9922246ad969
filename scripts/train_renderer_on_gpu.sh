#!/bin/sh
# Trains the renderer on a CUDA device, for longer than a CPU allows: sh scripts/train_renderer_on_gpu.sh FONT OUT [DATA]
# FONT is the SoundFont to learn from, played by FluidSynth. DATA, the folder of what is known of it, is made on all cores
# where it is not complete (OUT/data, if not said). A run that was stopped goes on where it was. PARTIMENTO_WEIGHTS=OUT
# plays with the weights in OUT, and copying them to synth/neural/weights ships them.
set -eu
usage='sh scripts/train_renderer_on_gpu.sh FONT OUT [DATA]'
folder() {
    mkdir -p "$1"
    CDPATH='' cd -- "$1" && pwd
}
font=${1:?$usage: FONT is a SoundFont}
font=$(CDPATH='' cd -- "$(dirname -- "$font")" && pwd)/$(basename -- "$font")
out=$(folder "${2:?$usage: OUT is where the weights go}")
data=$(folder "${3:-$out/data}")
CDPATH='' cd -- "$(dirname -- "$0")/.."
exec .venv/bin/partimento train renderer --data "$data" --soundfont "$font" --out "$out" \
    --device "${DEVICE:-cuda}" --steps "${STEPS:-60000}"
