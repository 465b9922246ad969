"""The texture model: what it sees, what hands may do, a part written by a tiny net, its data and its training."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.arrangement.net_texture import Sheet, Stretch, Struck, Taken
from partimento.composer.neural import texture
from partimento.composer.neural.texture import Config, Texture, TextureNet
from partimento.composer.neural.texture_critic import judged
from partimento.composer.neural.texture_data import Example, encoded, found_chords, held_out
from partimento.composer.neural.texture_fitting import fitted
from partimento.composer.neural.texture_hands import REACH, is_tone, longest, muddy, pitches, reaches
from partimento.composer.neural.texture_sheet import UNIT, page_of
from partimento.composer.neural.texture_training import TextureTask, stretch, together
from partimento.composer.neural.texture_view import (
    BEFORE,
    CODES,
    DURATIONS,
    LAGS,
    NO_WISH,
    REST,
    STEPS,
    WHAT,
    WHAT_WIDTH,
    WHEN,
    WHEN_WIDTH,
    Bar,
    Harmony,
    Key,
    Page,
    Sung,
    View,
    code_of,
    duration_class,
    pitch_of,
    place,
    wish_of,
)  # fmt: skip
from partimento.learning.nets.weights import save_weights
from partimento.learning.tables import corpus
from partimento.score.song import ChordSymbol
from partimento.score.stream import Stream
from partimento.score.timeline import Bar as WrittenBar
from partimento.theory.chord import parse_chord
from partimento.theory.errors import ModelError
from partimento.theory.key import Key as Tonality
from partimento.theory.meter import Meter

TINY = Config(width=8, middle=12, head=12, blocks=(1, 2, 4))
C, F = Harmony(0, 0, (0, 4, 7), 0, 0, False), Harmony(48, 5, (0, 4, 7), 0, 7, False)
G7 = Harmony(96, 7, (0, 4, 7, 10), 0, 5, False)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Threads that wait for each other cost more than these nets do."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def tiny(seed: int = 1) -> TextureNet:
    """A net of few random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Texture(TINY)
        model.eval()
    return TextureNet(model)


def page(bars: int = 4, melody: tuple[Sung, ...] = (), chords: tuple[Harmony, ...] = (C, F, G7)) -> Page:
    """Bars of 4/4, a chord a bar."""
    rows = tuple(Bar(48 * i, 48, 3) for i in range(bars))
    return Page(rows, chords, melody, (NO_WISH,) * bars, 0)


def sheet(bars: int = 12, chords: str = "C Am F G7", stretches: tuple[Stretch, ...] = (), **update: object) -> Sheet:
    """A sheet in C, a chord a bar, with a tune on some beats."""
    meter = Meter(4, 4)
    names = [parse_chord(name) for name in chords.split()]
    symbols = tuple(ChordSymbol(1920 * i, 1920, names[i % len(names)], Tonality.parse("C"), "?") for i in range(bars))
    beats = [4 * i + k for i in range(bars) for k in (0, 2)]
    lead = tuple((480 * beat, 480 * beat + 480, 65 + beat * 3 % 7) for beat in beats)
    found = Sheet(
        tuple(WrittenBar(i, 1920 * i, 1920, meter, 0, i) for i in range(bars)), symbols, lead,
        stretches or (Stretch(0, bars, "verse", 2, 41, 76),), "pop", False, True, True,
    )  # fmt: skip
    return replace(found, **update)  # type: ignore[arg-type]  # the fields of Sheet, by name


SHEETS = st.builds(
    sheet,
    bars=st.integers(1, 9),
    chords=st.sampled_from(("C Am F G7", "Dm7 G13 Cmaj9 E7b9", "C5 Bdim7 Fsus4 G/B", "Eb Abm6 Db7#11")),
    style=st.sampled_from(("pop", "lied")),
    one_hand=st.booleans(),
    bass=st.booleans(),
    swung=st.booleans(),
)


class TestView:
    """Codes and rows."""

    @given(st.integers(31, 98), st.integers(0, 11))
    def test_a_code_is_its_pitch(self, pitch: int, root: int) -> None:
        assert pitch_of(code_of(pitch, root), root) == pitch

    @given(st.integers(0, 11), st.integers(31, 86))
    def test_a_figure_keeps_its_codes_when_it_moves_with_its_chord(self, root: int, pitch: int) -> None:
        moved = pitch + place((root + 5) % 12) - place(root)
        if 31 <= moved <= 98:
            assert code_of(moved, (root + 5) % 12) == code_of(pitch, root)

    def test_lengths_go_to_the_nearest_class(self) -> None:
        assert [DURATIONS[duration_class(u)] for u in (1, 5, 7, 13, 200)] == [1, 4, 6, 12, 96]

    @given(st.lists(st.tuples(st.integers(0, 191), st.integers(30, 95), st.integers(1, 96)), max_size=40))
    def test_rows_are_bags_of_known_indices(self, notes: list[tuple[int, int, int]]) -> None:
        view = View(page(melody=(Sung(0, 12, 72), Sung(60, 96, 69))))
        for onset, pitch, length in sorted(set(notes)):
            while onset - view.at >= STEPS:
                view.rest()
            when, what = view.when(), view.what(onset - view.at)
            assert len(when) == WHEN_WIDTH and 0 <= min(when) and max(when) < WHEN.size
            assert len(what) == WHAT_WIDTH and 0 <= min(what) and max(what) < WHAT.size
            view.write(onset - view.at, pitch, length)

    def test_an_earlier_bar_is_seen_note_by_note(self) -> None:
        view = View(page(chords=(C,)))
        for step, pitch in ((0, 48), (12, 60), (36, 48), (12, 60)):
            view.write(step, pitch, 12)
        lag1 = LAGS.index(1)
        assert view.when()[lag1] == WHEN.base["lag1"] + 49, "in the bar before nothing more came"
        assert view.what(0)[lag1] == 0 and View(page()).when()[lag1] == 0
        view = View(page(chords=(C,)))
        view.write(0, 48, 12)
        view.write(12, 64, 12)
        view.write(36, 48, 12)
        assert view.when()[lag1] == WHEN.base["lag1"] + 12
        assert view.what(12)[lag1] == WHAT.base["lag1"] + code_of(64, 0)
        assert view.what(6)[lag1] == 0

    def test_a_copy_goes_its_own_way(self) -> None:
        view = View(page())
        view.write(0, 48, 12)
        other = view.copy()
        other.write(12, 60, 12)
        assert len(view.notes) == 1 and view.written[0] == [(0, code_of(48, 0), duration_class(12))]
        assert view.when() != other.when()

    def test_a_bar_is_described(self) -> None:
        notes = [Key(0, 40, 12), Key(0, 64, 12), Key(0, 67, 12), Key(24, 64, 12)]
        assert wish_of(notes, 48) == (1, 2, 1, 2)
        assert wish_of([], 48) == (0, -1, -1, -1)


class TestHands:
    """What may be struck."""

    @given(st.lists(st.integers(30, 90), min_size=1, max_size=12, unique=True), st.booleans())
    def test_what_reaches_splits_in_two_hands(self, found: list[int], one: bool) -> None:
        rising = sorted(found)
        splits = [(rising[:i], rising[i:]) for i in range(len(rising) + 1)]
        fits = any(all(not h or (len(h) <= 5 and h[-1] - h[0] <= REACH) for h in pair) for pair in splits)
        assert reaches(rising, False) == fits
        assert reaches(rising, True) == (len(rising) <= 5 and rising[-1] - rising[0] <= REACH)

    def test_the_tune_is_left_alone(self) -> None:
        view = View(page(melody=(Sung(0, 24, 65),)))
        free = pitches(view, 0, 40, 80, False, False)
        assert 64 not in free and 52 not in free and 65 not in free and 60 in free and 76 in free
        brief = View(page(melody=(Sung(0, 3, 65),)))
        assert 64 in pitches(brief, 0, 40, 80, False, False), "a short note is not held"

    def test_the_first_low_note_is_the_bass(self) -> None:
        over = replace(page(), chords=(Harmony(0, 0, (0, 4, 7), 4, 0, False),))
        low = [p for p in pitches(View(over), 0, 36, 80, False, True) if p < 50]
        assert low and all(p % 12 == 4 for p in low)
        assert 48 in pitches(View(over), 0, 36, 80, False, False)

    def test_nothing_goes_below_the_bass_but_the_bass(self) -> None:
        view = View(page())
        view.write(0, 48, 6)
        low = [p for p in pitches(view, 6, 30, 80, False, True) if p < 48]
        assert low == [36] and 43 in pitches(view, 6, 30, 80, False, False)

    def test_a_passing_tone_comes_by_step_off_the_beat_alone(self) -> None:
        view = View(page())
        view.write(0, 64, 6)
        assert 65 in pitches(view, 6, 40, 80, False, False)
        assert 62 in pitches(view, 6, 40, 80, False, False)
        assert 65 not in pitches(view, 12, 40, 80, False, False)
        assert 69 not in pitches(view, 6, 40, 80, False, False)
        assert longest(view.page, 6, 65) <= 6

    def test_a_note_ends_with_its_chord_unless_the_next_has_it(self) -> None:
        assert longest(page(), 24, 64) == 24
        assert longest(page(), 24, 60) == 72  # C stays in F, and leaves with G7
        assert longest(page(melody=(Sung(36, 48, 65),)), 24, 64) == 12


class TestFitting:
    """Figures on other chords."""

    def test_on_its_own_chords_a_figure_stays(self) -> None:
        notes = [Key(0, 48, 12), Key(0, 64, 6), Key(6, 67, 6), Key(12, 60, 12)]
        same = Page(page(2).bars, (C,), (), (NO_WISH,) * 2, 0)
        assert fitted(same, notes, 0, 1, 2, 36, 80, sheet()) == [k._replace(onset=k.onset + 48) for k in notes]

    @given(st.lists(st.tuples(st.integers(0, 47), st.sampled_from((36, 40, 43, 48, 52, 55, 60, 64, 67))), max_size=20))
    def test_elsewhere_it_keeps_time_and_takes_their_tones(self, found: list[tuple[int, int]]) -> None:
        notes = [Key(onset, pitch, 6) for onset, pitch in sorted(set(found))]
        out = fitted(page(), notes, 0, 1, 2, 36, 80, sheet())
        assert {k.onset - 48 for k in out} == {k.onset for k in notes}
        assert all(is_tone(k.pitch, F) for k in out)
        for onset in {k.onset for k in out}:
            assert reaches(sorted(k.pitch for k in out if k.onset == onset), False)

    def test_bass_stays_bass(self) -> None:
        out = fitted(page(), [Key(0, 36, 48), Key(0, 64, 48)], 0, 2, 3, 30, 80, sheet())
        assert out[0].pitch % 12 == 7


class TestCritic:
    """Named flaws."""

    def test_flaws_are_named_and_cost(self) -> None:
        good = [Key(48 * i, root, 48) for i, root in enumerate((36, 41, 43, 43))]
        fine = judged(page(), good, 0, 192, 0.5, True)
        assert fine.flaw == "" and fine.cost == 0
        assert judged(page(), good[:1], 0, 192, 0.5, True).flaw == "empty bar"
        assert judged(page(), [k._replace(pitch=k.pitch + 24) for k in good], 0, 192, 0.5, True).flaw == "bass missing"
        left = [*good[:1], Key(6, 62, 6), Key(12, 67, 6), *good[1:]]
        assert judged(page(), left, 0, 192, 0.5, True).flaw == "unresolved"
        led = [*good[:1], Key(6, 62, 6), Key(12, 64, 6), *good[1:]]
        assert judged(page(), led, 0, 192, 0.5, True).flaw == ""


class TestWriting:
    """Parts by a tiny net: the laws hold whatever its weights."""

    @settings(max_examples=8)
    @given(SHEETS, st.integers(0, 99), st.integers(1, 2))
    def test_hard_rules(self, asked: Sheet, seed: int, count: int) -> None:
        struck, taken = tiny().write(asked, Stream(seed, "test"), count, 1.0)
        assert struck and list(struck) == sorted(struck, key=lambda n: (n.onset, n.pitch))
        read, stretch_ = page_of(asked, Stream(seed, "test")), asked.stretches[0]
        for onset in {n.onset for n in struck}:
            group = [n.pitch for n in struck if n.onset == onset]
            assert reaches(group, asked.one_hand)
            assert not any(muddy(a, b) for a, b in pairwise(group))
            held = [n.pitch for n in struck if n.onset < onset < n.onset + n.duration]
            assert reaches(sorted({*group, *held}), asked.one_hand)
        for note in struck:
            assert 0 <= note.onset < asked.bars[-1].end and note.duration > 0
            tone = is_tone(note.pitch, read.chord_at(note.onset // UNIT))
            assert tone or note.onset % 480, "on the beat there are chord tones alone"
            assert stretch_.low <= note.pitch <= stretch_.high
        assert all(1 <= t.permille <= 1000 and t.of == len(t.others) + 1 for t in taken)

    def test_triplets_and_sixteenths_do_not_mix(self) -> None:
        fine = set()
        for seed in range(6):
            for lead in ((), ((0, 240, 70), (240, 480, 72))):
                asked = sheet(4, swung=False, lead=lead)
                struck, _ = tiny(seed).write(asked, Stream(seed, "test"), 1, 1.0)
                found = {"triplet" if n.onset % 480 % 160 == 0 else "sixteenth" for n in struck if n.onset % 480}
                assert len(found) < 2 and not (lead and "triplet" in found)
                fine |= found
        assert fine == {"triplet", "sixteenth"}

    def test_the_same_stream_writes_the_same(self) -> None:
        first, again, other = (tiny().write(sheet(5), Stream(s, "test"), 2, 1.0) for s in (1, 1, 2))
        assert first == again and first[0] != other[0]

    def test_a_stretch_is_written_alike_alone_and_beside_others(self) -> None:
        verse, chorus = Stretch(0, 4, "verse", 2, 41, 76), Stretch(4, 8, "chorus", 3, 41, 76)
        alone, _ = tiny().write(sheet(8, stretches=(verse,)), Stream(1, "test"), 3, 1.0)
        both, _ = tiny().write(sheet(8, stretches=(verse, chorus)), Stream(1, "test"), 3, 1.0)
        assert alone == tuple(n for n in both if n.onset < 4 * 1920)

    def test_a_texture_that_returns_is_the_same_one(self) -> None:
        again = (Stretch(0, 4, "verse", 2, 41, 76), Stretch(4, 8, "verse", 2, 41, 76))
        struck, taken = tiny().write(sheet(8, stretches=again, lead=()), Stream(1, "test"), 2, 1.0)
        early = [n for n in struck if n.onset < 4 * 1920]
        assert [n._replace(onset=n.onset + 4 * 1920) for n in early] == [n for n in struck if n.onset >= 4 * 1920]
        assert len(taken) == 1

    def test_two_hundred_steps_are_enough_for_any_song(self, monkeypatch: pytest.MonkeyPatch) -> None:
        steps = 0
        advance = TextureNet.advance

        def counted(*asked: object) -> object:
            nonlocal steps
            steps += 1
            return advance(*asked)  # type: ignore[arg-type]  # handed on as they come

        monkeypatch.setattr(TextureNet, "advance", counted)
        many = tuple(Stretch(16 * i, 16 * i + 16, f"m{i}", 4, 36, 84) for i in range(2))
        tiny().write(sheet(32, stretches=many), Stream(1, "test"), 1, 1.5)
        assert 8 <= steps <= 200


def example(seed: int = 0, notes: int = 200, name: str = "a") -> Example:
    """A piece of eighths and chords at random."""
    draw = random.Random(seed)
    keys = {(6 * draw.randrange(400), draw.choice((36, 48, 52, 55, 60, 64, 67))) for _ in range(notes)}
    bars = tuple(Bar(48 * i, 48, 3) for i in range(50))
    whole = Page(bars, (C, F, G7), (), (NO_WISH,) * 50, 0)
    return encoded(name, whole, [Key(onset, pitch, 6) for onset, pitch in sorted(keys)])


class TestTraining:
    """Examples, stretches, the task."""

    def test_answers_make_the_part_again(self) -> None:
        piece = example()
        at = 0
        for (step, code, _), onset in zip(piece.answers.tolist(), piece.onsets.tolist(), strict=True):
            at += step
            assert at == onset and (code == REST) == (code >= CODES)

    def test_a_hidden_stretch_sees_nothing_before_it(self) -> None:
        piece = example()
        start = int(piece.starts[len(piece.starts) // 2])
        seen, hidden = stretch(piece, start, 60, False, False), stretch(piece, start, 60, True, True)
        first = piece.bars[start : start + 60] == piece.bars[start]
        assert seen.what[first, : len(LAGS)].any() and not hidden.what[first, : 2 * len(LAGS)].any()
        assert not hidden.when[0, : len(LAGS)].any() and not hidden.what[0, slice(*BEFORE)].any()
        assert hidden.when[0, 4:7].sum() == 0 < seen.when[0, 4:7].sum()
        assert (seen.answers == hidden.answers).all()

    def test_batches_are_of_their_step_and_learning_lowers_the_loss(self) -> None:
        kept = next(name for name in map(str, range(99)) if held_out(name))
        task = TextureTask([example(0, name=kept), *(example(i, name="train") for i in range(4))], TINY)
        assert len(task.train) == 4 and len(task.held) == 1
        one, again, other = task.batch(3), task.batch(3), task.batch(4)
        assert torch.equal(one.what, again.what) and not torch.equal(one.what, other.what)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = task.build()
        with torch.no_grad():
            before = task.evaluate(model, torch.device("cpu"))["loss"]
        optimiser = torch.optim.AdamW(model.parameters(), lr=0.05)
        for _ in range(6):
            optimiser.zero_grad()
            task.loss(model, one, torch.device("cpu")).backward()  # type: ignore[no-untyped-call]  # torch's stub
            optimiser.step()
        with torch.no_grad():
            assert task.evaluate(model, torch.device("cpu"))["loss"] < before - 1.0

    def test_what_comes_later_is_not_seen(self) -> None:
        model = tiny().model
        rows = together([stretch(example(), 0, 40, False, False)], 40)
        code, length = rows.answers[..., 1], rows.answers[..., 2]
        with torch.inference_mode():
            seen = model.see(model.what, rows.what)
            whole, _ = model.advance(seen, code, length, model.begin(1))
            state, parts = model.begin(1), []
            for i in range(40):
                hidden, state = model.advance(seen[:, i : i + 1], code[:, i : i + 1], length[:, i : i + 1], state)
                parts.append(hidden)
        assert torch.allclose(whole, torch.cat(parts, 1), atol=1e-5)

    def test_about_a_tenth_is_held_out(self) -> None:
        assert 0.07 < np.mean([held_out(f"piece {i}") for i in range(2000)]) < 0.13

    def test_chords_are_found(self) -> None:
        bars = tuple(corpus.Bar(96 * i, 96, 4, 4) for i in range(4))
        piece = corpus.Piece("x", "lieder", (), 24, bars, ((0, 0, "major"),))
        chords = ((48, 60, 64, 67), (43, 59, 62, 65), (45, 60, 64, 69), (41, 57, 60, 65))
        notes = [[96 * i + 24 * k, 24, p] for i, chord in enumerate(chords) for k in range(4) for p in chord]
        found = found_chords(piece, notes)
        assert [(c.start, c.root, c.tones) for c in found] == [
            (0, 0, (0, 4, 7)), (48, 7, (0, 4, 7, 10)), (96, 9, (0, 3, 7)), (144, 5, (0, 4, 7)),
        ]  # fmt: skip


class TestWeights:
    """The file that comes along."""

    def test_a_saved_net_answers_as_before(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
        texture.load.cache_clear()
        with pytest.raises(ModelError, match="there are no weights"):
            texture.load()
        net = tiny()
        save_weights(tmp_path / "texture.safetensors", "texture", asdict(TINY), net.model.state_dict())
        loaded = texture.load()
        texture.load.cache_clear()
        assert loaded.model.config == TINY
        a, b = (n.write(sheet(4), Stream(1, "test"), 1, 1.0) for n in (loaded, loaded))
        assert a == b and isinstance(a[0][0], Struck) and isinstance(a[1][0], Taken)
        save_weights(tmp_path / "texture.safetensors", "texture", asdict(Config(width=4)), net.model.state_dict())
        with pytest.raises(ModelError, match="do not fit"):
            texture.load()
        for sizes in ({}, {"width": 8}, {**asdict(TINY), "depth": 3}, {**asdict(TINY), "blocks": 4}):
            save_weights(tmp_path / "texture.safetensors", "texture", sizes, net.model.state_dict())
            with pytest.raises(ModelError, match="another version"):
                texture.load()
        texture.load.cache_clear()
