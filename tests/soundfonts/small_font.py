"""A SoundFont small enough for a test, written chunk by chunk; and files that only look like one."""

from __future__ import annotations

import math
import struct
from pathlib import Path


def chunk(kind: bytes, data: bytes) -> bytes:
    """A RIFF chunk, padded to even length."""
    return kind + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2)


def header_bytes(
    presets: list[tuple[int, int, str]], *, version: tuple[int, int] = (2, 1), name: bytes = b"Small\0"
) -> bytes:
    """A font's header alone, with (bank, program, name) presets and no samples."""
    info = chunk(b"ifil", struct.pack("<HH", *version)) + chunk(b"INAM", name)
    rows = [struct.pack("<20sHHHIII", n.encode(), program, bank, 0, 0, 0, 0) for bank, program, n in presets]
    rows.append(struct.pack("<20sHHHIII", b"EOP", 0, 0, 0, 0, 0, 0))
    return _riff(chunk(b"LIST", b"INFO" + info), chunk(b"LIST", b"pdta" + chunk(b"phdr", b"".join(rows))))


def _riff(*lists: bytes) -> bytes:
    body = b"sfbk" + b"".join(lists)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def write_font(path: Path, zones: dict[tuple[int, int], tuple[int, int]]) -> Path:
    """A whole font of one looped sine: `zones` maps (bank, program) to the (first, last) key that sounds."""
    rate, period, cycles = 44100, 100, 20
    sine = [round(20000 * math.sin(2 * math.pi * i / period)) for i in range(period * cycles)]
    samples = struct.pack(f"<{len(sine)}h", *sine) + bytes(2 * 46)
    phdr, pbag, pgen, inst, ibag, igen = [], [], [], [], [], []
    for number, ((bank, program), (low, high)) in enumerate(sorted(zones.items())):
        phdr.append(struct.pack("<20sHHHIII", f"P{bank}-{program}".encode(), program, bank, number, 0, 0, 0))
        pbag.append(struct.pack("<HH", number, 0))
        pgen.append(struct.pack("<HH", 41, number))
        inst.append(struct.pack("<20sH", b"I", number))
        ibag.append(struct.pack("<HH", 3 * number, 0))
        # Key range, looped, the sample: generators 43, 54, 53.
        igen += [struct.pack("<HBB", 43, low, high), struct.pack("<HH", 54, 1), struct.pack("<HH", 53, 0)]
    count = len(zones)
    phdr.append(struct.pack("<20sHHHIII", b"EOP", 0, 0, count, 0, 0, 0))
    pbag.append(struct.pack("<HH", count, 0))
    pgen.append(bytes(4))
    inst.append(struct.pack("<20sH", b"EOI", count))
    ibag.append(struct.pack("<HH", 3 * count, 0))
    igen.append(bytes(4))
    shdr = struct.pack("<20sIIIIIBbHH", b"sine", 0, len(sine), period, len(sine) - period, rate, 69, 0, 0, 1)
    shdr += struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    info = chunk(b"ifil", struct.pack("<HH", 2, 1)) + chunk(b"isng", b"EMU8000\0") + chunk(b"INAM", b"Small\0")
    tables = (
        (b"phdr", b"".join(phdr)), (b"pbag", b"".join(pbag)), (b"pmod", bytes(10)), (b"pgen", b"".join(pgen)),
        (b"inst", b"".join(inst)), (b"ibag", b"".join(ibag)), (b"imod", bytes(10)), (b"igen", b"".join(igen)),
        (b"shdr", shdr),
    )  # fmt: skip
    pdta = b"pdta" + b"".join(chunk(kind, data) for kind, data in tables)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_riff(
        chunk(b"LIST", b"INFO" + info), chunk(b"LIST", b"sdta" + chunk(b"smpl", samples)), chunk(b"LIST", pdta)
    ))  # fmt: skip
    return path
