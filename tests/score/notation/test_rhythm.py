"""Written rhythm in small: what a musician expects to read, bar by bar."""

from __future__ import annotations

import pytest

from partimento.score.notation.full_score import full_score
from tests.score.notation.page_text import notes_of, song_of, strokes, text_of

EIGHTHS = tuple((i * 240, i * 240 + 240) for i in range(8))


@pytest.mark.parametrize(
    ("meter", "spans", "text"),
    [
        # the middle of 4/4 is seen; syncopation stays inside its half, or is the plain quarter, half, quarter
        ("4/4", ((0, 240), (240, 720), (720, 960), (960, 1920)), "e q e h"),
        ("4/4", ((0, 480), (480, 1440), (1440, 1920)), "q h q"),
        ("4/4", ((240, 1200), (1200, 1920)), "re q.~ e q."),
        ("4/4", ((480, 1920),), "rq q~ h"),
        ("4/4", ((0, 1440),), "h. rq"),
        ("4/4", ((120, 600), (600, 720)), "rs e.~ s-s re rh"),
        ("4/4", ((120, 360), (360, 480), (840, 960)), "rs e-s re. s rh"),
        ("4/4", ((0, 120), (360, 480)), "s rs rs-s rq rh"),  # a beam over rests inside a beat
        ("4/4", EIGHTHS, "e-e-e-e e-e-e-e"),
        ("4/4", ((0, 240), (240, 480), (480, 600), (600, 720), (720, 960)), "e-e s-s-e rh"),
        ("2/2", ((0, 960), *EIGHTHS[4:]), "h e-e-e-e"),
        ("3/4", EIGHTHS[:6], "e-e-e-e-e-e"),
        ("3/4", ((0, 720), (720, 1440)), "q. q."),
        ("3/4", ((0, 480),), "q rq rq"),
        # compound and odd meters show their groups
        ("6/8", EIGHTHS[:6], "e-e-e e-e-e"),
        ("6/8", ((240, 960),), "re q~ e re re"),
        ("6/8", ((0, 480), (960, 1440)), "q re re q"),
        ("9/8", ((0, 2160),), "h.~ q."),
        ("12/8", ((0, 1440), (1440, 2160)), "h. q. rq."),
        ("5/4", ((0, 2400),), "h.~ h"),
        ("5/4", ((960, 1920),), "rq rq q~ q rq"),
        ("7/8", EIGHTHS[:7], "e-e e-e e-e-e"),
        ("7/8:3+2+2", EIGHTHS[:7], "e-e-e e-e e-e"),
        # triplets
        ("4/4", ((0, 160), (160, 320), (320, 480), (480, 800), (800, 960)), "3[e-e-e] 3[q e] rh"),
        ("4/4", ((960, 1280), (1280, 1600), (1600, 1920)), "rh 3[q q q]"),
        ("4/4", ((0, 80), (80, 160), (160, 240), (240, 480)), "3[s-s-s]-e rq rh"),
        ("4/4", ((160, 640), (640, 960)), "3[re q~] 3[e q] rh"),
        ("4/4", ((0, 96), (96, 192), (192, 384), (384, 480), (480, 960)), "5[s-s-e-s] q rh"),
    ],
)
def test_values_show_the_beat(meter: str, spans: tuple[tuple[int, int], ...], text: str) -> None:
    assert text_of(full_score(song_of(notes_of(*spans), meter))) == text


def test_a_note_over_a_bar_line_is_tied_and_silence_is_a_whole_rest() -> None:
    song = song_of(notes_of((0, 240), (1680, 2160)), bars=3)
    assert text_of(full_score(song)) == "e re rq rq re e~ | e re rq rh | R"


@pytest.mark.parametrize(
    ("pieces", "hands", "feet"),
    [
        (  # the rock beat: feet below, a beat long, their whole beats of rest unseen
            {"hat": "x.x.x.x.x.x.x.x.", "snare": "....>.......>...", "kick": "x.......x......."},
            "ex-ex-ex-ex ex-ex-ex-ex",
            "q .rq q .rq",
        ),
        (  # inside a beat the feet's rest is needed
            {"hat": "x.x.x.x.x.x.x.x.", "kick": "x..x..x........."},
            "ex-ex-ex-ex ex-ex-ex-ex",
            "e.-s re e .rh",
        ),
        ({"kick": "x...x...x...x..."}, "q q q q", ""),  # feet alone take the only voice
        ({"snare": "ooxoooxoooxoooxo"}, "s-s-s-s s-s-s-s s-s-s-s s-s-s-s", ""),  # a train beat, without parentheses
        ({"snare": "x.o.x...x...x..."}, "e-(e) q q q", ""),
        ({"hat": "x.x.", "hat_open": "x..."}, "ex-ex rq rh", ""),  # a hat is either open or closed
    ],
)
def test_drums_are_written_without_clutter(pieces: dict[str, str], hands: str, feet: str) -> None:
    page = full_score(song_of(strokes(**pieces), instrument="drums", role="drums"))
    assert (text_of(page), text_of(page, 2)) == (hands, feet)
