"""What a mood changes: mode, tempo, register, density, dynamics, energy.

Convention: `tempo` and `density` are factors, `register` semitones, `velocity` MIDI steps, `energy` a shift on the
0-1 scale, `mode` the mode it leans to ("" none). The numbers are taste, after the usual findings on mode, tempo,
register and loudness in expressed emotion (Gabrielsson and Lindström, in Handbook of Music and Emotion, 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.theory.errors import BriefError, nearest


@dataclass(frozen=True, slots=True)
class Mood:
    """One mood; see the module's convention."""

    name: str
    mode: str = ""
    tempo: float = 1.0
    register: int = 0
    density: float = 1.0
    velocity: int = 0
    energy: float = 0.0


NEUTRAL = Mood("")

MOODS: dict[str, Mood] = {
    mood.name: mood
    for mood in (
        Mood("happy", "major", 1.08, 2, 1.1, 4, 0.08),
        Mood("sad", "minor", 0.86, -2, 0.8, -8, -0.12),
        Mood("wistful", "minor", 0.92, 0, 0.85, -6, -0.10),
        Mood("nostalgic", "major", 0.92, -1, 0.9, -5, -0.08),
        Mood("melancholic", "minor", 0.88, -2, 0.8, -7, -0.12),
        Mood("dark", "minor", 0.95, -5, 0.9, 2, 0.0),
        Mood("bright", "major", 1.05, 3, 1.05, 3, 0.06),
        Mood("calm", "major", 0.86, -1, 0.7, -10, -0.18),
        Mood("dreamy", "major", 0.90, 2, 0.75, -9, -0.14),
        Mood("romantic", "major", 0.90, 0, 0.9, -4, -0.06),
        Mood("tense", "minor", 1.06, -1, 1.1, 5, 0.12),
        Mood("angry", "minor", 1.10, -3, 1.15, 10, 0.20),
        Mood("energetic", "", 1.10, 1, 1.2, 7, 0.18),
        Mood("epic", "minor", 1.0, 1, 1.0, 8, 0.16),
        Mood("triumphant", "major", 1.03, 2, 1.0, 8, 0.15),
        Mood("heroic", "major", 1.02, 1, 1.0, 7, 0.14),
        Mood("playful", "major", 1.08, 3, 1.15, 0, 0.05),
        Mood("mysterious", "minor", 0.93, -2, 0.8, -4, -0.05),
        Mood("hopeful", "major", 1.0, 1, 1.0, 1, 0.04),
        Mood("relaxed", "major", 0.92, -1, 0.85, -6, -0.12),
        Mood("groovy", "", 1.0, 0, 1.05, 3, 0.06),
        Mood("solemn", "minor", 0.85, -3, 0.75, -3, -0.06),
        Mood("warm", "major", 0.96, -1, 0.95, -2, -0.02),
        Mood("cold", "minor", 0.95, 2, 0.8, -3, -0.04),
        Mood("funny", "major", 1.10, 2, 1.15, 1, 0.06),
        Mood("gritty", "minor", 1.0, -2, 1.05, 6, 0.10),
    )
}

ALIASES: dict[str, str] = {
    "upbeat": "happy", "cheerful": "happy", "joyful": "happy", "joyous": "happy", "merry": "happy", "sunny": "bright",
    "uplifting": "hopeful", "optimistic": "hopeful", "inspiring": "hopeful", "unhappy": "sad", "mournful": "sad",
    "tearful": "sad", "sorrowful": "sad", "heartbroken": "sad", "bittersweet": "wistful", "yearning": "wistful",
    "longing": "wistful", "melancholy": "melancholic", "gloomy": "dark", "brooding": "dark", "sinister": "dark",
    "scary": "dark", "ominous": "dark", "eerie": "mysterious", "haunting": "mysterious", "light": "bright",
    "peaceful": "calm", "quiet": "calm", "gentle": "calm", "soft": "calm", "serene": "calm", "tranquil": "calm",
    "meditative": "calm", "soothing": "calm", "sleepy": "dreamy", "ethereal": "dreamy", "floating": "dreamy",
    "hazy": "dreamy", "tender": "romantic", "loving": "romantic", "sensual": "romantic", "sexy": "romantic",
    "suspenseful": "tense", "anxious": "tense", "nervous": "tense", "dramatic": "epic", "grand": "epic",
    "majestic": "epic", "powerful": "epic", "aggressive": "angry", "furious": "angry", "fierce": "angry",
    "driving": "energetic", "lively": "energetic", "exciting": "energetic",
    "excited": "energetic", "intense": "energetic", "party": "energetic", "victorious": "triumphant",
    "brave": "heroic", "adventurous": "heroic", "quirky": "playful", "bouncy": "playful", "cute": "playful",
    "whimsical": "playful", "humorous": "funny", "comic": "funny", "chill": "relaxed", "chilled": "relaxed",
    "laid-back": "relaxed", "laid back": "relaxed", "mellow": "relaxed", "easygoing": "relaxed", "lazy": "relaxed",
    "funky": "groovy", "danceable": "groovy", "reflective": "nostalgic", "retro": "nostalgic", "cozy": "warm",
    "cosy": "warm", "icy": "cold", "bleak": "cold", "raw": "gritty", "dirty": "gritty", "serious": "solemn",
}  # fmt: skip
"""Other words for a mood."""


def mood_of(name: str | None) -> Mood:
    """The mood of that name or alias, any case; None or "" is neutral; BriefError names the nearest."""
    folded = " ".join((name or "").casefold().split())
    if not folded:
        return NEUTRAL
    found = MOODS.get(ALIASES.get(folded, folded))
    if found is None:
        hint = nearest(folded, (*MOODS, *ALIASES))
        raise BriefError(f"unknown mood '{name}'.{hint} Moods: {', '.join(sorted(MOODS))}")
    return found
