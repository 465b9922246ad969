"""Laws of the mix, a genre at a time: loudness, space, places, dynamics, ducking, moves; edits are kept."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from partimento.arrangement.mix_tables import COMPRESSIONS, FULL_BAND, LOW_CUTS_HZ, PLACES, SPECTRA, TONES
from partimento.arrangement.mixing import CENTRED, HARD_PAN, mix_of, pieces_of
from partimento.arrangement.perform import parts_of, perform
from partimento.arrangement.style import MixProfile, Style, load_style, style_names
from partimento.arrangement.style_check import check_mix
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.kit import kit_piece
from partimento.score.mix import ROLE_LEVELS_DB, Fader, Mix
from partimento.score.mix_midi import midi_levels, with_mix
from partimento.score.mix_ranges import fault
from partimento.score.song import Song
from partimento.theory.errors import StyleError

GENRES = tuple(name for name in style_names())
SEEDS = (1, 2, 3, 4, 5, 6)
QUIET = {"classical": -18.0, "ambient": -18.0, "cinematic": -18.0, "jazz": -16.0, "folk": -16.0}
ACOUSTIC = ("jazz", "classical", "folk")
HARD = ("house", "rock", "hip-hop")


@cache
def songs(genre: str) -> tuple[Song, ...]:
    return tuple(compose(Brief(genre=genre, seed=seed, bars=24)) for seed in SEEDS)


def fader(song: Song, name: str) -> Fader:
    found = song.mix.fader(name)
    assert found is not None
    return found


@pytest.mark.parametrize("genre", GENRES)
def test_loudness_and_limiting(genre: str) -> None:
    for song in songs(genre):
        mix = song.mix
        assert mix.lufs == QUIET.get(genre, -14.0) and mix.ceiling_db == -1.0 and mix.profile == genre
        assert mix.limiting_db == 6.0 if genre in HARD else 0.0 < mix.limiting_db <= 3.0
        assert mix.glue_ratio == 1.0 if genre == "classical" else 1.0 < mix.glue_ratio <= 2.0
        assert len(mix.spectrum) == (10 if len(song.tracks) >= FULL_BAND else 0) and fault(mix) is None


@pytest.mark.parametrize("genre", GENRES)
def test_a_fader_for_each_track_and_each_piece_played(genre: str) -> None:
    for song in songs(genre):
        wanted: list[str] = []
        for track, played in zip(song.tracks, song.performance.tracks, strict=True):
            wanted.append(track.name)
            if track.role == "drums":
                wanted += [f"{track.name}/{piece}" for piece in pieces_of(track)]
                assert {kit_piece(note.number) for note in played.notes} <= set(pieces_of(track))
        assert [f.track for f in song.mix.faders] == wanted


@pytest.mark.parametrize("genre", GENRES)
def test_small_offsets_and_sane_values(genre: str) -> None:
    for song in songs(genre):
        for each in song.mix.faders:
            assert -5.0 <= each.gain_db <= 3.0, each
            assert abs(each.pan) <= 1.0 and 0.0 <= each.width <= 1.5
            corner = each.eq[0].hz if each.eq else 0.0
            assert not each.eq or each.eq[0].kind == "high-pass"
            assert all(abs(band.gain_db) <= 3.0 for band in each.eq)
            if each.track.endswith("/kick"):
                assert corner <= 30 and each.pan == 0 and each.width == 0


@pytest.mark.parametrize("genre", GENRES)
def test_places(genre: str) -> None:
    seated = load_style(genre).mix.seating == "orchestra"
    for song in songs(genre):
        pans: dict[str, list[float]] = {}
        for track in song.tracks:
            own = fader(song, track.name)
            pans.setdefault(track.role, []).append(own.pan)
            if track.role in ("bass", "lead") and not seated:
                assert abs(own.pan) <= 0.1, track.name
            if track.role == "bass":
                lowest = 440 * 2 ** ((min(n.number for n in track.notes) - 69) / 12) if track.notes else 440
                assert own.eq[0].hz <= 30 and own.eq[0].hz <= lowest and own.width <= 0.8
                assert own.width <= 0.3 or genre in ("ambient", "cinematic", "classical")
        for role, row in pans.items():
            assert len({p for p in row if p}) == len([p for p in row if p]) or seated, (role, row)
            if len(row) > 1 and role not in CENTRED and not seated:
                assert min(row) < 0 < max(row), (role, row)
        for name, low, high in (("snare", -0.1, 0.1), ("hats", 0.25, 0.35), ("toms", -0.3, 0.3)):
            for each in song.mix.faders:
                if each.track.endswith(f"/{name}"):
                    assert low <= each.pan <= high
        for each in song.mix.faders:
            if each.track.endswith("/cymbals"):
                assert each.width >= 1.3


@pytest.mark.parametrize("genre", [g for g in GENRES if load_style(g).mix.seating == "band"])
def test_sides_balance_over_who_plays(genre: str) -> None:
    for song in songs(genre):
        aside = [t for t in song.tracks if t.role not in CENTRED and fader(song, t.name).pan]
        weights = {t.name: 10 ** (ROLE_LEVELS_DB.get(t.role, -12.0) / 20) for t in aside}
        lean = sum(weights[t.name] * fader(song, t.name).pan for t in aside)
        if len({t.role for t in aside}) > 2:
            assert abs(lean) <= 0.3 * sum(weights.values()), [(t.name, fader(song, t.name).pan) for t in aside]


def test_an_orchestra_sits_as_in_the_hall() -> None:
    for seed in range(1, 13):
        song = compose(Brief(genre="classical", seed=seed, bars=16))
        pans = {track.instrument: fader(song, track.name).pan for track in song.tracks}
        if "violin" in pans and "cello" in pans:
            assert pans["violin"] < 0 < pans["viola"] < pans["cello"] <= 0.5
        for track in song.tracks:
            if instrument(track.instrument).family == "woodwind" and track.role != "lead":
                assert abs(fader(song, track.name).pan) <= 0.2


def test_rock_guitars_stand_hard_left_and_right() -> None:
    pairs = 0
    for song in songs("rock"):
        row = [fader(song, t.name).pan for t in song.tracks if t.role == "comp" and "driven" in t.instrument
               or t.role == "comp" and "distortion" in t.instrument]  # fmt: skip
        if len(row) > 1:
            pairs += 1
            assert min(row) <= -0.9 and max(row) >= 0.9
        hard = [f.pan for f in song.mix.faders if abs(f.pan) >= HARD_PAN]
        assert not hard or min(hard) < 0 < max(hard)
    assert pairs >= 3


@pytest.mark.parametrize("genre", GENRES)
def test_space(genre: str) -> None:
    for song in songs(genre):
        mix = song.mix
        rooms = any(f.room for f in mix.faders)
        halls = any(f.hall for f in mix.faders) or any(m.parameter == "hall" for m in mix.moves)
        delays = {t.role for t in song.tracks if fader(song, t.name).delay}
        if genre in ACOUSTIC:
            assert rooms != halls and not delays
        if genre != "cinematic":
            assert not any(f.hall > 0.05 for f in mix.faders if f.track.endswith("/kick"))
        bases = [fader(song, t.name) for t in song.tracks if t.role == "bass"]
        if genre in ("ambient", "cinematic"):
            low, high = (4.0, 8.0) if genre == "ambient" else (2.0, 3.5)
            assert low <= mix.hall_s <= high
        elif genre != "classical":
            assert all(b.room + b.hall <= 0.1 for b in bases) and mix.hall_s <= 2.0
        if genre == "funk":
            assert mix.hall_s <= 1.0 and max(f.hall + f.room for f in mix.faders) <= 0.15
        if genre == "reggae":
            assert mix.delay.beats in (0.75, 1.0) and mix.delay.feedback >= 0.5
            for track in song.tracks:
                part = next(p for p in parts_of(song, load_style(genre)) if p and p.id == "skank")
                if track.instrument in part.instruments and track.role == "comp":
                    assert fader(song, track.name).delay >= 0.2
        if genre == "house":
            assert all(fader(song, t.name).delay > 0 for t in song.tracks if t.role in ("stab", "lead"))


@pytest.mark.parametrize("genre", GENRES)
def test_dynamics_and_ducking(genre: str) -> None:
    for song in songs(genre):
        kicked = any(f.track.endswith("/kick") for f in song.mix.faders)
        for track in song.tracks:
            own = fader(song, track.name)
            if genre in ACOUSTIC or not kicked:
                assert own.duck_db == 0
            if genre in ("pop", "rock", "funk", "hip-hop", "house") and track.role == "bass" and kicked:
                assert 2.0 <= own.duck_db <= 4.0
                assert own.compression is not None and own.compression.ratio == 4.0
            if genre == "house" and track.role == "pad" and kicked:
                assert 4.0 <= own.duck_db <= 8.0
        for own in song.mix.faders:
            held = own.compression
            limit = {"classical": 1.0, "ambient": 1.0, "jazz": 2.0, "folk": 2.0}.get(genre, 4.0)
            assert held is None or held.ratio <= limit
            if held is not None and own.track.count("/"):
                assert held.ratio <= 4.0


def test_reggae_has_a_loud_bass_and_lo_fi_rolls_off() -> None:
    for song in songs("reggae"):
        assert all(fader(song, t.name).gain_db >= 2 for t in song.tracks if t.role == "bass")
    for song in songs("lo-fi"):
        assert [band.hz for band in song.mix.eq if band.kind == "low-pass"] == [9000.0]


@pytest.mark.parametrize("genre", GENRES)
def test_moves_lie_inside_the_song_and_never_overlap(genre: str) -> None:
    for song in songs(genre):
        names = {"", *(f.track for f in song.mix.faders)}
        busy: dict[tuple[str, str], int] = {}
        begun: set[tuple[tuple[str, str], int]] = set()
        for move in song.mix.moves:
            assert move.target in names
            assert 0 <= move.onset and move.onset + move.duration <= song.end
            line = (move.target, move.parameter)
            assert move.onset >= busy.get(line, 0), move
            assert (line, move.onset) not in begun, "one move of a parameter at a time"
            begun.add((line, move.onset))
            busy[line] = move.onset + move.duration
            if move.parameter == "gain_db":
                assert -4.0 <= move.value <= 1.0
            elif move.parameter == "width":
                assert 0.8 <= move.value <= 1.1
            elif move.parameter == "hall":
                assert 0.0 <= move.value <= 0.4
        assert all(busy_until <= song.end for busy_until in busy.values())
        filters = {m.target: m.value for m in song.mix.moves if m.parameter == "low_pass_hz"}
        assert all(hz == 20000.0 for hz in filters.values())
        if genre in ACOUSTIC:
            assert all(abs(m.value) <= 0.2 for m in song.mix.moves if m.parameter == "gain_db")


def test_choruses_open_and_what_follows_comes_back() -> None:
    for song in songs("pop"):
        level = 0.0
        moves = sorted((m for m in song.mix.moves if (m.target, m.parameter) == ("", "gain_db")), key=lambda m: m.onset)
        at: dict[int, float] = {}
        for section in song.sections:
            for move in moves:
                if move.onset + move.duration <= section.start + 1920 and move.onset < section.end - 480:
                    level = move.value
            at[section.start] = level
        kinds = {section.start: section.kind for section in song.sections}
        assert all(0.5 <= at[start] <= 1.0 for start, kind in kinds.items() if kind == "chorus")
        assert all(at[start] <= 0.0 for start, kind in kinds.items() if kind == "verse")


def test_endings_ring_in_the_hall() -> None:
    rang = 0
    for song in songs("cinematic") + songs("pop"):
        last = {m.target: m for m in song.mix.moves if m.parameter == "hall"}
        if song.ending.kind in ("held", "ring", "fade-layers", "tag") and last:
            rang += 1
            assert all(m.value >= 0.1 and m.onset >= song.ending.start for m in last.values())
    assert rang >= 4


def test_a_persons_faders_are_kept() -> None:
    song = songs("pop")[0]
    own = (Fader(song.tracks[0].name, -7.5, 0.8, mute=True), Fader("Drums/kick", 2.5), Fader("Nobody", 1.0))
    again = perform(replace(song, mix=Mix(faders=own)), load_style("pop"))
    assert again.mix.fader(song.tracks[0].name) == own[0] and again.mix.fader("Drums/kick") == own[1]
    assert again.mix.fader("Nobody") is None
    others = [f for f in again.mix.faders if f.track not in (own[0].track, own[1].track)]
    assert others == [f for f in song.mix.faders if f.track not in (own[0].track, own[1].track)]


def test_midi_levels_are_the_mixs_projection() -> None:
    for song in songs("house"):
        levels = {t.name: (t.volume, t.pan, t.reverb) for t in song.performance.tracks}
        channels = [t.channel for t in song.performance.tracks]
        kit = next((t for t in song.tracks if t.role == "drums"), None)
        for track, played in zip(song.tracks, song.performance.tracks, strict=True):
            leader = kit if kit and played.channel == 9 else track
            own = fader(song, leader.name)
            wanted = 104 * 10 ** ((ROLE_LEVELS_DB[leader.role] - ROLE_LEVELS_DB["lead"] + own.gain_db) / 40)
            assert abs(levels[track.name][0] - wanted) <= 0.51
            assert abs(levels[track.name][1] - 64 - 63 * own.pan) <= 0.51
        assert midi_levels(song.mix, song.tracks, channels) == list(levels.values())
        assert with_mix(song, song.mix) == song
        quiet = replace(song.mix, faders=tuple(replace(f, mute=True) for f in song.mix.faders))
        assert {t.volume for t in with_mix(song, quiet).performance.tracks} == {0}


def test_many_parts_of_a_role_find_places() -> None:
    song = songs("pop")[0]
    style = load_style("pop")
    twenty = tuple(replace(song.tracks[0], name=f"V{k}", role="counter") for k in range(20))
    crowd = replace(song, tracks=twenty, mix=Mix(), decisions=())
    mix = mix_of(crowd, style, parts_of(crowd, style))
    assert len(mix.faders) == 20 and all(abs(f.pan) < 0.5 for f in mix.faders)


def test_a_style_that_extends_another_mixes_its_own_band(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'extends = "folk"\ntitle = "Duo"\nabout = "Two."\nmix = { lufs = -20.0 }\nensembles = []\n'
    for part, role, player, name in (("tune", "lead", "lead", "fiddle"), ("guitar", "comp", "chords", "steel guitar")):
        text += f'[[parts]]\nid = "{part}"\nrole = "{role}"\nplayer = "{player}"\ninstruments = {{ "{name}" = 1 }}\n'
    (tmp_path / "duo.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PARTIMENTO_STYLES", str(tmp_path))
    style_names.cache_clear()
    try:
        mix = load_style("duo").mix
    finally:
        style_names.cache_clear()
        load_style.cache_clear()
    assert (mix.lufs, mix.space, mix.parts) == (-20.0, "room", {})


def test_a_song_of_nothing_has_a_mix() -> None:
    song = songs("pop")[0]
    bare = replace(song, tracks=(), mix=Mix())
    assert mix_of(bare, load_style("pop"), []).faders == ()


def test_the_guide_tells_each_genres_numbers() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "mixing.md").read_text(encoding="utf-8")
    rows = {row[1].strip(): row for line in guide.splitlines() if len(row := line.split("|")) == 10}
    for genre in GENRES:
        mix = load_style(genre).mix
        assert [float(rows[genre][k]) for k in (2, 3, 5)] == [mix.lufs, mix.limiting_db, mix.glue]
        assert rows[genre][6].strip() == mix.dynamics
        assert (f"hall {mix.hall_s:g} s" in rows[genre][4]) == (mix.space != "room")
        assert (f"room {mix.room_s:g} s" in rows[genre][4]) == (mix.space != "hall")


def test_tables_hold_together() -> None:
    keys = set(ROLE_LEVELS_DB) - {"effects"} | {"percussion piece"}
    assert set(PLACES) == keys and set(LOW_CUTS_HZ) == keys - {"drums"}
    assert set(TONES) <= keys and set(COMPRESSIONS) <= keys
    for name, levels in SPECTRA.items():
        assert len(levels) == 10 and max(levels) in levels[1:5], name
        assert all(a > b for a, b in zip(levels[3:], levels[4:], strict=False)), name


@pytest.mark.parametrize(
    ("mix", "says"),
    [
        (MixProfile(spectrum="popp"), "Did you mean 'pop'"),
        (MixProfile.model_validate({"parts": {"bas": {}}}), "mix.parts has 'bas', .* Did you mean 'bass'"),
        (MixProfile.model_validate({"parts": {"drums/kik": {}}}), "Did you mean 'drums/kick'"),
    ],
)
def test_a_styles_wrong_mix_is_named(mix: MixProfile, says: str) -> None:
    style: Style = load_style("pop").model_copy(update={"mix": mix})
    with pytest.raises(StyleError, match=says):
        check_mix(style)
