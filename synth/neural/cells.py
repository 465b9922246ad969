"""Voices to sound, cell by cell: the partials and bands in one stretch of one track, in a few matrix products.

Conventions: as synth/neural/voices.py. Time is cut into spans of SPAN samples, counted from the piece's beginning; a
cell is what sounds in one span of one group (a track). Every note's frames begin with it: a cell has two halves, the
early one of those that fall in with the span's frames, the late one of those that lie BLOCK later. Groups' sounds are
(groups, spans · SPAN + BLOCK, 2). Noise of the halves comes from different places of the table, for powers to add.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import pi

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partimento.synth.neural.assignment import FRAMES, SPAN, Cells, Known, cells_of, portion
from partimento.synth.neural.events import BLOCK
from partimento.synth.neural.noise import noise_table
from partimento.synth.neural.tones import FRAME
from partimento.synth.neural.voices import Columns, Notes, Voices, places_of
from partimento.theory.errors import RenderError

_APART = 171
"""How many frames of the table lie between the noises of the two kinds of cells."""
_NEAR = 16
_LEGATO_S = 0.025
"""How long a note takes to come in that is led into from the one before."""
_TOGETHER = {"cpu": 1, "cuda": 1 << 17}
"""The most columns of cells that are computed together: a GPU does better with many, a CPU without padding."""


_Halves = list[tuple[int, Tensor]]
"""What halves of cells, 0 or 1, sound like: each (B, SPAN, 2)."""


class Arena:
    """What renders spans of groups: `offsets` are the places of the groups' noise in the table, in frames."""

    def __init__(self, rate: int, device: torch.device, offsets: list[int]) -> None:
        self.rate, self.device = rate, device
        if device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = False  # or it would not sound as on a CPU
        self._places = places_of(rate, str(device))
        table = _bands_first(rate).to(device)
        self._period = len(table)
        self._table = torch.cat((table, table[:FRAMES]))
        self._offsets = np.array(offsets, np.int64)
        within = torch.arange(FRAME, device=device)
        self._ramp = (within / FRAME).float()
        self._rise = (within / BLOCK).clamp(max=1.0)  # as FluidSynth's voices come in
        self._most = _TOGETHER["cuda" if device.type == "cuda" else "cpu"]

    def sound(self, voices: Voices, first: int, spans: int) -> Tensor:
        """The sound of all groups in so many spans from span `first` on, (groups, spans · SPAN + BLOCK, 2); the last
        BLOCK samples belong to the next span and are to be added there."""
        out = torch.zeros((len(self._offsets), spans * SPAN + BLOCK, 2), device=self.device)
        known = Known(voices.notes)
        for columns, kind in ((voices.tones, 0), (voices.noise, 1)):
            if not len(columns.note):
                continue
            for cells, variant in cells_of(known, columns, first, spans, kind):
                for some, sounds in self._sounds(voices, cells, variant, kind):
                    for late, sound in sounds:
                        starts = (some.span - first) * SPAN + late * BLOCK
                        for group, start, each in zip(some.group.tolist(), starts.tolist(), sound, strict=True):
                            out[group, start : start + SPAN] += each
        return out

    def _sounds(self, voices: Voices, cells: Cells, variant: int, kind: int) -> Iterator[tuple[Cells, _Halves]]:
        """Cells in portions with their halves' sound: as many at once as there is memory for."""
        at = 0
        while at < len(cells.local):
            some = portion(cells, at, self._most // (FRAME if variant & 1 else 1))
            try:
                sounds = self._noise(voices, some) if kind else self._tones(voices, some, variant)
            except torch.OutOfMemoryError as error:
                if len(some.local) == 1:
                    raise RenderError(f"the device {self.device} has too little memory to play on: {error}") from error
                self._most = max(1, self._most // 2)
                continue
            yield some, sounds
            at += len(some.local)

    def _tones(self, voices: Voices, cells: Cells, variant: int) -> _Halves:
        """The partials of cells whose notes are all `moving` (variant & 1) or not, stereo (variant & 2) or not."""
        notes, columns = voices.notes, voices.tones
        note, column, local = self._indices(cells)
        count, amount = self._amounts(voices, columns, cells, note, column, local)
        frame = self._frame(notes, note, count)
        frequency = columns.frequency[column]
        angle = self._angles(count, notes.seconds[frame], frequency, local)
        sides = 2 if variant & 2 else 1
        phases = columns.phases[column][:, :, :sides]
        gains = columns.gains[column][:, :, :sides]
        if variant & 1:
            speed = _spread(torch.exp2(notes.cents[frame] / 1200.0), local)
            sounds = self._sample_by_sample(cells, count, local, amount, angle, speed, frequency, phases, gains)
        else:
            sounds = self._by_frames(cells, count, local, amount, angle, frequency, phases, gains)
        return [(late, sound if sides == 2 else sound.expand(-1, -1, 2)) for late, sound in sounds]

    def _angles(self, count: Tensor, seconds: Tensor, frequency: Tensor, local: Tensor) -> Tensor:
        """The columns' phases at frames' edges in radians, (B, FRAMES + 1, K): in double for the cell's beginning, in
        float32 from there on."""
        straight = count * (FRAME / self.rate)
        off = torch.where(count >= 0, seconds - straight, 0.0)
        begin = (straight + off)[:, :1]
        turns = _spread(begin, local) * frequency[:, None, :]
        step = frequency * (FRAME / self.rate)
        step = (2 * pi * (step - step.round())).float()[:, None, :]
        edge = torch.arange(FRAMES + 1, device=self.device, dtype=torch.float32)[:, None]
        angle = torch.addcmul(_radians(turns), step, edge)
        off = (off - off[:, :1]).float()
        return angle.addcmul_(_spread(off, local), (2 * pi * frequency).float()[:, None, :])

    def _by_frames(
        self, cells: Cells, count: Tensor, local: Tensor, amount: Tensor, angle: Tensor, frequency: Tensor,
        phases: Tensor, gains: Tensor,
    ) -> _Halves:  # fmt: skip
        """A frame fades from the sines that are right at its beginning to those that are right at its end."""
        weights = torch.stack((torch.cos(angle).mul_(amount), torch.sin(angle).mul_(amount)), dim=3)
        first_basis, last_basis = self._bases(frequency, phases, gains)
        batch, _, sides = phases.shape
        # Nothing leads up to a note's first edge, and its sound rises within a block: both apart from the product.
        cell, edge, place = _begins(count, local)
        begin = weights[cell, edge, place]
        weights[cell, edge, place] = 0.0
        within = edge < FRAMES
        cell, edge, place, begin = cell[within], edge[within], place[within], begin[within]
        begin = (begin[:, :, None] * first_basis[cell, place]).sum(1).reshape(-1, sides, FRAME) * self._rise
        sounds = []
        for late, half in cells.halves:
            sound = torch.bmm(weights[:, :-1, half].flatten(2), first_basis[:, half].flatten(1, 2))
            sound = torch.baddbmm(sound, weights[:, 1:, half].flatten(2), last_basis[:, half].flatten(1, 2))
            mine = (place >= half.start) & (place < half.stop)
            row = (cell * FRAMES + edge)[mine]
            sound = sound.reshape(batch * FRAMES, sides, FRAME).index_add_(0, row, begin[mine])
            sounds.append((late, sound.transpose(1, 2).reshape(batch, SPAN, sides)))
        return sounds

    def _bases(self, frequency: Tensor, phases: Tensor, gains: Tensor) -> tuple[Tensor, Tensor]:
        """(B, K, 2, sides · FRAME) twice: cosines and negated sines from a frame's beginning on, fading out, and up to
        its end, fading in."""
        step = (frequency / self.rate)[:, :, None]
        # Turned backwards, so that the imaginary part is the negated sine; the product of few steps and many.
        near = _turned(step * -torch.arange(_NEAR, device=self.device))
        far = _turned(step * -torch.arange(0, FRAME, _NEAR, device=self.device))
        wave = (far[..., None] * near[:, :, None, :]).flatten(2)[:, :, None, :]
        back = _radians(step * -FRAME)
        batch, kinds, sides = phases.shape
        bases = []
        for turn, ramp in ((phases, 1 - self._ramp), (phases + back, self._ramp)):
            parts = torch.view_as_real(wave * torch.polar(gains, -turn)[:, :, :, None])
            basis = torch.empty((batch, kinds, 2, sides, FRAME), device=self.device)
            torch.mul(parts.permute(0, 1, 4, 2, 3), ramp, out=basis)
            bases.append(basis.flatten(3))
        return bases[0], bases[1]

    def _sample_by_sample(
        self, cells: Cells, count: Tensor, local: Tensor, amount: Tensor, angle: Tensor, speed: Tensor,
        frequency: Tensor, phases: Tensor, gains: Tensor,
    ) -> _Halves:  # fmt: skip
        """Sines whose frequency goes in a straight line within each frame."""
        first, last = amount[:, :-1], _without(amount.clone(), count, local)[:, 1:]
        cell, edge, place = ((first > 0) | (last > 0)).nonzero(as_tuple=True)
        batch, _, sides = phases.shape
        row = ((place >= cells.early) * batch + cell) * FRAMES + edge
        within = torch.arange(FRAME, device=self.device, dtype=torch.float32)
        step = (2 * pi * frequency / self.rate).float()[cell, place]
        speeds = speed[cell, edge, place], speed[cell, edge + 1, place]
        course = within * (step * (speeds[1] - speeds[0]) / (2 * FRAME))[:, None]
        course += (step * speeds[0])[:, None]
        course *= within
        course += angle[cell, edge, place][:, None]
        loud = torch.lerp(first[cell, edge, place][:, None], last[cell, edge, place][:, None], self._ramp)
        loud = torch.where((edge == -count[:, 0].gather(1, local)[cell, place])[:, None], loud * self._rise, loud)
        sounds = []
        for side in range(sides):
            wave = (course + phases[cell, place, side][:, None]).cos_()
            wave *= loud * gains[cell, place, side][:, None]
            sound = torch.zeros((2 * batch * FRAMES, FRAME), device=self.device)
            sounds.append(sound.index_add_(0, row, wave).reshape(2, batch, SPAN))
        both = torch.stack(sounds, dim=3)
        return [(late, both[late]) for late, _ in cells.halves]

    def _noise(self, voices: Voices, cells: Cells) -> _Halves:
        """The cells' noise."""
        notes, columns = voices.notes, voices.noise
        note, column, local = self._indices(cells)
        count, amount = self._amounts(voices, columns, cells, note, column, local)
        power = amount.square_()
        wide = notes.wide[note].gather(1, local)
        shares = columns.gains[column].square()
        band = columns.band[column]
        low, high = int(band.min()), int(band.max()) + 1
        # Up to three sounds: the left, the right from the same noise, and the right from another.
        far, panned = bool(wide.any()), bool((shares[..., 0] != shares[..., 1]).any())
        near = not bool(wide.all()) and (far or panned)
        kinds = [shares[..., 0], *([shares[..., 1] * ~wide] * near), *([shares[..., 1] * wide] * far)]
        to = torch.zeros((*column.shape, len(kinds), high - low), device=self.device)
        to.scatter_(3, (band - low)[:, :, None, None].expand(-1, -1, len(kinds), 1), torch.stack(kinds, 2)[..., None])
        to = to.flatten(2)
        begin = [torch.sqrt(torch.bmm(power[:, :-1, half], to[:, half])) for _, half in cells.halves]
        power = _without(power, count, local)
        sounds = []
        for (late, half), gain in zip(cells.halves, begin, strict=True):
            both = torch.stack((gain, torch.sqrt(torch.bmm(power[:, 1:, half], to[:, half]))), dim=2).reshape(
                len(cells.group), FRAMES, 2, len(kinds), high - low
            )
            start = cells.span * FRAMES + self._offsets[cells.group] + late * _APART
            sound = self._banded(both[:, :, :, : 1 + near], start, low, high)
            if far:
                other = self._banded(both[:, :, :, -1:], start + self._period // 2, low, high)
                right = sound[:, :, 1:] + other if near else other
                sound = torch.cat((sound[:, :, :1], right), dim=2)
            sounds.append((late, sound.expand(-1, -1, 2)))
        return sounds

    def _banded(self, gains: Tensor, start: NDArray[np.int64], low: int, high: int) -> Tensor:
        """Noise of bands low to high from the table's rows from `start` on, with gains (B, FRAMES, 2, sounds, bands) at
        frames' beginnings and ends: (B, SPAN, sounds)."""
        batch, _, _, sounds, _ = gains.shape
        out = torch.empty((batch, FRAMES, sounds, FRAME), device=self.device)
        for i, place in enumerate((start % self._period).tolist()):
            rows = self._table[place : place + FRAMES, low:high]
            both = torch.bmm(gains[i].flatten(1, 2), rows).reshape(FRAMES, 2, sounds, FRAME)
            torch.lerp(both[:, 0], both[:, 1], self._ramp, out=out[i])
        return out.transpose(2, 3).reshape(batch, SPAN, sounds)

    def _indices(self, cells: Cells) -> tuple[Tensor, Tensor, Tensor]:
        """(note, column, local) of cells, on the device."""
        note, column, local = (
            torch.from_numpy(array).to(self.device) for array in (cells.notes, cells.columns, cells.local)
        )
        return note, column, local.clamp(min=0)

    def _frame(self, notes: Notes, note: Tensor, count: Tensor) -> Tensor:
        """Where the frames of notes lie among those of all, (B, FRAMES + 1, notes)."""
        return (notes.curves[note][:, None, :] + count.clamp(min=0)).clamp(max=len(notes.seconds) - 1)

    def _amounts(
        self, voices: Voices, columns: Columns, cells: Cells, note: Tensor, column: Tensor, local: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(frames since the onset (B, FRAMES + 1, notes), amplitudes (B, FRAMES + 1, K)) at the edges of the cells'
        frames."""
        places, notes = self._places, voices.notes
        edges = torch.arange(FRAMES + 1, device=self.device) * FRAME
        starts = torch.from_numpy(cells.span * SPAN).to(self.device)
        onset = notes.onset[note][:, None, :]
        edge = (starts[:, None] + edges)[:, :, None] + onset % FRAME
        count = torch.div(edge - onset, FRAME, rounding_mode="floor")
        heard = (count >= 0) & (edge < notes.end[note][:, None, :])
        known = count.clamp(0, len(places.row) - 1)
        if voices.led:
            skip = notes.skip[note][:, None, :]
            known = (count + skip).clamp(0, len(places.row) - 1)
        row = torch.where(heard, places.row[known], len(columns.levels) - 1)
        total = columns.levels.shape[1]
        index = _spread(row * total, local).add_(column[:, None, :])
        levels = columns.levels.take(index)
        levels.addcmul_(columns.slopes.take(index), _spread(places.share[known], local))
        after = torch.div(edge - notes.release[note][:, None, :], BLOCK, rounding_mode="floor")
        after = after.clamp(0, len(places.release_row) - 1)
        if bool((after > 0).any()):
            row = note[:, None, :] * notes.releases.shape[1] + places.release_row[after]
            released = notes.releases.flatten(0, 1)[row]
            released = released + notes.release_slopes.flatten(0, 1)[row] * places.release_share[after][..., None]
            levels += _between(released.clamp(max=0.0), local, columns.released[column])
        if voices.waves:
            levels += _between(notes.wave[self._frame(notes, note, count)], local, columns.waved[column])
        if voices.swells:
            swell = _spread(notes.swell[self._frame(notes, note, count)], local)
            levels += swell * columns.tilt[column][:, None, :]
        if voices.led:
            rise = torch.where(skip > 0, (count.clamp(min=0) + 1) * (FRAME / self.rate / _LEGATO_S), 1.0)
            levels += _spread(torch.log(rise.clamp(max=1.0)), local)
        amount = levels.exp_()
        if (cells.local < 0).any():
            amount = amount * torch.from_numpy(cells.local >= 0).to(self.device)[:, None, :]
        return count, amount


@lru_cache(maxsize=2)
def _bands_first(rate: int) -> Tensor:
    """The noise table (frames, BANDS, FRAME): thrice as fast to multiply."""
    return noise_table(rate).transpose(1, 2).contiguous()


def _spread(values: Tensor, local: Tensor) -> Tensor:
    """Values (B, T, notes) for columns (B, K) that belong to notes: (B, T, K)."""
    if len(local) == 1:
        return values[0].index_select(1, local[0])[None]
    return values.gather(2, local[:, None, :].expand(-1, values.shape[1], -1))


def _between(values: Tensor, local: Tensor, place: Tensor) -> Tensor:
    """Values (B, T, notes, bands) for columns that lie at places among the bands: (B, T, K)."""
    bands = values.shape[3]
    low = place.long()
    share = (place - low)[:, None, :]
    flat = values.flatten(2)
    index = local * bands + low
    return torch.lerp(_spread(flat, index), _spread(flat, index + 1), share.expand(-1, values.shape[1], -1))


def _without(values: Tensor, count: Tensor, local: Tensor) -> Tensor:
    """The values (B, FRAMES + 1, K, ...) with 0 at the edges where notes begin, in place: nothing leads up to those."""
    values[_begins(count, local)] = 0.0
    return values


def _begins(count: Tensor, local: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(cell, edge, place) of the columns that begin at an edge of their cell, from its notes' frames since onset."""
    first = -count[:, 0].gather(1, local)
    cell, place = ((first >= 0) & (first <= FRAMES)).nonzero(as_tuple=True)
    return cell, first[cell, place], place


def _turned(turns: Tensor) -> Tensor:
    """Turns, in double, as complex numbers of length 1."""
    angle = _radians(turns)
    return torch.polar(torch.ones_like(angle), angle)


def _radians(turns: Tensor) -> Tensor:
    """Turns, in double, as radians in float32."""
    return (2 * pi * (turns - turns.floor())).float()
