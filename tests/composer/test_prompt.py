"""What a prompt's words are taken for, and how options stand against them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.style import load_style
from partimento.composer.plan import make_plan
from partimento.composer.prompt import parse_duration, understand
from partimento.composer.prompt_merge import merge, overruled
from partimento.score.brief import Brief
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.meter import Meter


def test_the_example_of_the_first_page() -> None:
    found = understand("an upbeat pop tune in B flat with saxophone, about a minute")
    assert (found.genre, found.key, found.duration_s) == ("pop", "Bb major", 60.0)
    assert found.featured == ("saxophone",)
    assert found.instruments == ()
    assert found.ignored == ()
    assert [words for words, _ in found.understood] == ["upbeat", "pop tune", "in B flat", "saxophone", "a minute"] or [
        words for words, _ in found.understood
    ] == ["upbeat", "pop", "in B flat", "saxophone", "a minute"]


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("in B flat", "Bb major"),
        ("in Bb", "Bb major"),
        ("in B♭ minor", "Bb minor"),
        ("in A minor", "A minor"),
        ("a song in a minor", "A minor"),
        ("in Am", "A minor"),
        ("F# dorian", "F# dorian"),
        ("key of E flat", "Eb major"),
        ("in the key of C sharp minor", "C# minor"),
        ("a minor tune in C", "C minor"),
        ("a tune in G", "G major"),
        ("D-minor lament", "D minor"),
    ],
)
def test_keys(prompt: str, key: str) -> None:
    assert understand(prompt).key == key


@pytest.mark.parametrize(
    "prompt", ["a minor key", "in a minor key", "I am here", "a flat tyre", "be good", "a song", "in a hurry", "e"]
)
def test_what_is_no_key(prompt: str) -> None:
    assert understand(prompt).key is None


def test_a_mode_without_a_tonic_is_given_one_by_the_seed() -> None:
    keys = {merge(understand("in a minor key"), Brief(seed=seed)).key or "" for seed in range(20)}
    assert len(keys) > 3
    assert all(Key.parse(key).mode == "minor" for key in keys)


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [
        ("about a minute", 60),
        ("45 seconds", 45),
        ("2:30", 150),
        ("2 min 30", 150),
        ("2 minutes and 30 seconds", 150),
        ("a minute and a half", 90),
        ("one and a half minutes", 90),
        ("two and a half minutes long", 150),
        ("half a minute", 30),
        ("a three-minute song", 180),
        ("for 90s", 90),
        ("1m30s", 90),
        ("short", 60),
        ("an hour", 3600),
    ],
)
def test_durations(prompt: str, seconds: float) -> None:
    assert understand(prompt).duration_s == seconds


@pytest.mark.parametrize("prompt", ["90s pop", "a short intro", "32 bars", "a long note", "long notes"])
def test_what_is_no_duration(prompt: str) -> None:
    assert understand(prompt).duration_s in (None, 240.0)
    assert understand(prompt).duration_s is None or prompt == "a long note"


@pytest.mark.parametrize(
    ("prompt", "tempo"),
    [("120 bpm", 120), ("at 96", 96), ("96bpm", 96), ("tempo of 72.5", 72.5), ("at one hundred and twelve", 112),
     ("eighty beats per minute", 80), ("♩ = 63", 63)],
)  # fmt: skip
def test_tempo_numbers(prompt: str, tempo: float) -> None:
    assert understand(prompt).tempo_bpm == tempo


def test_tempo_words_lie_within_the_style() -> None:
    style = load_style("pop").tempo

    def tempo(words: str) -> float:
        return make_plan(merge(understand(f"{words} pop"), Brief(seed=2))).tempo

    assert style.low <= tempo("very slow") < tempo("slow") < tempo("medium") < tempo("fast") <= style.high
    assert (tempo("largo"), tempo("presto")) == (style.low, style.high)
    assert abs(tempo("slow, one minute") - tempo("slow")) < 12
    assert tempo("slow, 99 bpm") == 99


def test_a_tempo_word_leaves_the_genre_open() -> None:
    brief = merge(understand("something slow"), Brief())
    assert (brief.genre, brief.tempo_bpm, brief.pace) == ("", None, 0.15)
    assert merge(understand("something slow"), Brief(tempo_bpm=140)).pace is None


@pytest.mark.parametrize(
    ("prompt", "meter"),
    [("in 3/4", "3/4"), ("waltz", "3/4"), ("in waltz time", "3/4"), ("in 6/8", "6/8"), ("seven eight", "7/8"),
     ("in seven eight time", "7/8"), ("in five", "5/4"), ("7/8:2+2+3", "7/8:2+2+3")],
)  # fmt: skip
def test_meters(prompt: str, meter: str) -> None:
    assert understand(prompt).meter == meter


@pytest.mark.parametrize("prompt", ["24/7", "50/50", "1/3"])
def test_what_is_no_meter(prompt: str) -> None:
    assert understand(prompt).meter is None


@pytest.mark.parametrize(
    ("prompt", "bars"),
    [
        ("32 bars", 32),
        ("sixteen bars", 16),
        ("a 24-bar tune", 24),
        ("thirty-two measures", 32),
        ("a 16-bar verse", None),
    ],
)
def test_bars(prompt: str, bars: int | None) -> None:
    assert understand(prompt).bars == bars


def test_instruments_named_join_the_band_and_for_means_these_alone() -> None:
    assert understand("with saxophone and piano").featured == ("saxophone", "piano")
    assert understand("played on nylon guitar").featured == ("nylon guitar",)
    assert understand("for flute, cello and harp").instruments == ("flute", "cello", "harp")
    assert understand("for string quartet").instruments == ("violin", "violin", "viola", "cello")
    assert understand("solo piano").instruments == ("piano",)
    assert understand("a piano solo").instruments == ()
    assert understand("for a minute").instruments == ()


def test_absence() -> None:
    assert understand("without drums").without == ("drums",)
    assert understand("no piano").without == ("piano",)
    assert understand("minus the bass").without == ("bass",)
    both = understand("pop without any drums or bass, with flute")
    assert (both.without, both.featured) == (("drums", "bass"), ("flute",))
    mixed = understand("no piano and a violin")
    assert (mixed.without, mixed.featured) == (("piano",), ("violin",))


def test_negated_wishes_are_not_granted() -> None:
    found = understand("not sad, not in C major, not rock")
    assert (found.mood, found.key, found.genre) == (None, None, "")
    assert "not sad" in found.ignored
    assert understand("not too fast").pace == 0.5


def test_forms() -> None:
    assert understand("AABA").form == ("A", "A", "B", "A")
    written = "verse chorus verse chorus bridge chorus"
    assert understand(written).form == tuple(written.split())
    bridge = make_plan(merge(understand("a pop song with a bridge"), Brief()))
    assert "bridge" in [item.kind for item in bridge.items]
    assert merge(understand("a pop song"), Brief()).form == ()


def test_title() -> None:
    assert understand('a pop song called "Blue Rain in C"').title == "Blue Rain in C"
    assert understand('a pop song called "Blue Rain in C"').key is None
    assert understand("a pop song called Blue Rain").title == "Blue Rain"


def test_moods_and_energy() -> None:
    found = understand("a wistful, driving song")
    assert (found.mood, found.energy) == ("wistful", 0.8)
    assert understand("calm").energy == 0.2


def test_what_is_not_understood_is_told() -> None:
    found = understand("a pop song about purple elephants")
    assert found.ignored == ("purple", "elephants")


def test_the_first_genre_counts_but_the_head_of_a_compound_wins() -> None:
    assert understand("a rock song, or perhaps pop").genre == "rock"
    assert understand("pop, rock").genre == "pop"


def test_options_win() -> None:
    found = understand("a slow sad pop song in C, 2 minutes, with violin, without piano")
    options = Brief(
        seed=4, genre="Rock", key="E", tempo_bpm=140, duration_s=40, mood="happy", instruments=("piano", "drums")
    )
    brief = merge(found, options)
    assert (brief.genre, brief.key, brief.tempo_bpm, brief.duration_s, brief.mood) == ("rock", "E", 140, 40, "happy")
    assert (brief.instruments, brief.featured, brief.without) == (("piano", "drums"), (), ())
    assert set(overruled(found, options)) == {"genre", "key", "tempo", "duration", "mood", "instruments"}


def test_options_that_fix_the_size_leave_the_prompt_no_say_in_it() -> None:
    found = understand("120 bpm, 32 bars")
    brief = merge(found, Brief(duration_s=50))
    assert (brief.tempo_bpm, brief.bars, brief.duration_s) == (120, 32, 50)  # a contradiction that is told, not hidden
    brief = merge(understand("fast pop, one minute"), Brief(bars=16))
    assert (brief.tempo_bpm, brief.bars, brief.duration_s) == (None, 16, 60)  # the word gives way
    brief = merge(understand("one minute"), Brief(bars=16, tempo_bpm=90))
    assert brief.duration_s is None


def test_without_as_an_option_silences_the_prompts_instrument() -> None:
    brief = merge(understand("pop with flute and piano"), Brief(without=("flute",)))
    assert (brief.featured, brief.without) == (("piano",), ("flute",))


def test_nothing_said_gives_the_options_alone() -> None:
    assert merge(understand(""), Brief(seed=9)) == Brief(seed=9)


WORDS = st.sampled_from(
    """
    no without in a A minor flat sharp b c# 3/4 7/8 : 2:30 120 bpm bars minute and half for with piano drums , verse
    chorus AABA pop waltz seven eight not too slow called " ' solo string quartet hundred 99999999 1e9 ½ ² ♭ – in the
    key of dont leave out sonata bridge
    """.split()
)


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join)))
def test_any_text_is_accepted(text: str) -> None:
    found = understand(text)
    brief = merge(found, Brief(seed=1))
    assert brief.seed == 1
    if found.key is not None:
        Key.parse(found.key)
    if found.meter is not None:
        Meter.parse(found.meter.partition(":")[0])
    assert found == understand(text)


@given(st.text(max_size=30))
def test_a_duration_is_a_number_or_an_error(text: str) -> None:
    try:
        assert parse_duration(text) >= 0
    except BriefError as error:
        assert "45s" in str(error)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("45s", 45), ("1:30", 90), ("2m", 120), ("2m30s", 150), ("90", 90), ("1.5 min", 90), ("a minute", 60)],
)
def test_duration_options(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("prompt", "genre", "meter", "instruments", "featured"),
    [
        ("a reel in D mixolydian", "folk", "2/2", (), ()),
        ("funk with horns", "funk", None, (), ("horns",)),
        ("a jazz waltz with guitar", "jazz", "3/4", (), ("guitar",)),
        ("a 7/8 balkan folk dance", "folk", "7/8", (), ()),
        ("drum and bass", "house", None, (), ()),
        ("a sad piano piece", "classical", None, ("piano",), ()),
        ("a cappella", "", None, ("voice", "choir"), ()),
        ("blues without sax, guitar only", "blues", None, ("guitar",), ()),
        ("jazz quartet with trumpet", "jazz", None, ("alto sax", "piano", "double bass", "jazz kit"), ("trumpet",)),
    ],
)
def test_odd_wordings(
    prompt: str, genre: str, meter: str | None, instruments: tuple[str, ...], featured: tuple[str, ...]
) -> None:
    found = understand(prompt)
    assert (found.genre, found.meter) == (genre, meter)
    assert (found.instruments, found.featured) == (instruments, featured)


@pytest.mark.parametrize(
    ("prompt", "band"),
    [
        ("jazz trio (piano, bass, drums)", ("piano", "double bass", "jazz kit")),
        ("jazz quartet with trumpet", ("trumpet", "piano", "double bass", "jazz kit")),
        ("jazz quartet with tenor sax and no piano", ("tenor sax", "double bass", "jazz kit")),
        ("string quartet and a flute", ("flute", "violin", "violin", "viola", "cello")),
        ("piano trio plus drums", ("piano", "violin", "cello", "drums")),
    ],
)
def test_who_is_named_beside_an_ensemble_takes_a_seat_in_it(prompt: str, band: tuple[str, ...]) -> None:
    assert sorted(merge(understand(prompt), Brief()).instruments) == sorted(band)


def test_what_gave_way_is_not_told_as_understood() -> None:
    jazzy = understand("a jazzy pop song")
    assert (jazzy.genre, jazzy.ignored) == ("pop", ("jazzy",))
    assert not any("jazz" in meaning for _, meaning in jazzy.understood)
    loud = dict(understand("loud and quiet").understood)
    assert loud == {"loud": "energy 0.85", "quiet": "mood calm"}


def test_a_form_is_called_by_its_name() -> None:
    plan = make_plan(merge(understand("theme and variations for flute and harp"), Brief(seed=1)))
    assert {"theme", "variation"} <= {item.kind for item in plan.items}
    assert any(item.kind == "variation" and item.material.startswith("theme") for item in plan.items)
    sonata = make_plan(Brief(genre="classical", form=("Sonata",), seed=1)) if _has_form("classical", "sonata") else None
    assert sonata is None or "development" in [item.kind for item in sonata.items]
    waltz = make_plan(Brief(genre="folk", form=("waltz, AABB",), seed=1))
    assert str(waltz.meter) == "3/4"
    with pytest.raises(BriefError, match="3/4"):
        make_plan(Brief(genre="folk", form=("waltz, AABB",), meter="4/4"))


def _has_form(genre: str, name: str) -> bool:
    return any(spec.name.casefold() == name for spec in load_style(genre).forms)
