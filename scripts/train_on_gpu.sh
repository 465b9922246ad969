#!/bin/sh
# Trains all five models on a CUDA device, for longer than a CPU allows: sh scripts/train_on_gpu.sh DATA OUT
# A run that was stopped goes on where it was. Weights, cards and curves lie in OUT; PARTIMENTO_WEIGHTS=OUT composes
# with them, and copying them to composer/neural/weights ships them.
set -eu
data=$(CDPATH='' cd -- "${1:?sh scripts/train_on_gpu.sh DATA OUT: DATA is the folder of the open corpora}" && pwd)
mkdir -p "${2:?sh scripts/train_on_gpu.sh DATA OUT: OUT is where the weights go}"
out=$(CDPATH='' cd -- "$2" && pwd)
CDPATH='' cd -- "$(dirname -- "$0")/.."
device=${DEVICE:-cuda}

train() {
    echo "== $1, $2 steps"
    .venv/bin/partimento train "$1" --data "$data" --out "$out" --device "$device" --steps "$2"
}

train drums 6000
train harmony 12000
train voicing 20000
train texture 20000
train melody 30000
