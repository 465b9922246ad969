"""Words for why a chord stands where it does, may follow, or may stand in another's place.

Conventions: a reason is a rule's id and its values, as composer.chorale, composer.suggest_relations and
composer.reharmonise give them; the words are one or two plain sentences without the chord's own name before them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from partimento.score.decision import Value

CADENCES = {
    "PAC": "a perfect authentic cadence", "IAC": "an imperfect authentic cadence",
    "IAC-inverted": "an imperfect authentic cadence, one chord of it inverted", "HC": "a half cadence",
    "Phrygian": "a Phrygian half cadence", "DC": "a deceptive cadence", "PC": "a plagal cadence",
    "viio-I": "a close by vii° and I", "evaded": "an evaded cadence",
    "modal": "a modal close, without a leading tone",
}  # fmt: skip
_TONES = {
    "1": "the root", "2": "the second", "3": "the third", "4": "the fourth", "5": "the fifth", "6": "the sixth",
    "7": "the seventh", "9": "the ninth", "11": "the eleventh", "13": "the thirteenth",
}  # fmt: skip
FUNCTIONS = {"T": "tonic", "S": "predominant", "D": "dominant"}

_WORDS = {
    "chorale.begins": "The phrase begins here.",
    "chorale.cadence": "{from} and this chord close the phrase with {cadence}.",
    "chorale.picardy": "The minor piece ends on its major tonic, the Picardy third, in {cadence}.",
    "chorale.six-four": "Cadential six-four: sixth and fourth over the dominant's bass delay {to}.",
    "chorale.held": "The chord stays while the melody moves on.",
    "chorale.modulation": "The music turns from {from} to {to} here.",
    "chorale.applied": "Applied dominant: it leads to {target} as a dominant leads to its tonic.",
    "chorale.prepares-close": "It prepares {cadence} on {to}.",
    "chorale.bass-passes": "It lets the bass go by step from {from} to {to}.",
    "chorale.follows": "After {from} Bach's chorales go this way {percent} % of the time.",
    "chorale.leads": "It connects {from} and {to}.",
    "step.unnamed": "It follows {from} without a name of its own.",
    "lead.begins": "The first chord.",
    "loop-returns": "The last {chords} chords were heard before, and this one came after them.",
    "loop-begins-again": "After {chords} chords the progression begins again.",
    "common-loop": "A common loop goes on: {loop}.",
    "two-five-one": "ii-V-I: the dominant and the ii before it lead to {target}.",
    "dominant-resolves": "The dominant falls a fifth to {target}.",
    "dominant-home": "Dominant function comes home to the tonic.",
    "dominant-chain": "One dominant falls a fifth to the next: a chain of dominants.",
    "two-five": "A minor chord falls a fifth to a dominant: a ii-V that aims at {target}.",
    "fifths-fall": "The root falls a fifth, the strongest way from chord to chord.",
    "fifth-rises": "The root rises a fifth.",
    "root-steps": "The root moves by step.",
    "deceptive": "Deceptive: the dominant goes to {to} in place of the tonic.",
    "tritone-substitute": "Tritone substitute for {for}: the same third and seventh over a root a tritone away.",
    "substitute-resolves": "The tritone substitute falls a semitone to {target}.",
    "backdoor": "Backdoor: the flat seventh's dominant rises a whole tone to the tonic.",
    "backdoor-two": "Backdoor: iv and the flat seventh's dominant, in place of {for}, rise to the tonic.",
    "backdoor-prepares": "The flat seventh's dominant can enter the tonic by the back door.",
    "applied-dominant": "Applied dominant: it leads to {target} as if that were the tonic.",
    "passing-diminished": "A diminished chord fills the whole tone above {from} with a semitone.",
    "passing-diminished-down": "A diminished chord fills the whole tone below {from} with a semitone.",
    "diminished-rises": "The diminished seventh rises a semitone to {to}, as a leading-tone chord does.",
    "diminished-falls": "The diminished seventh falls a semitone to {to}: it only passed.",
    "common-tone-diminished": "The diminished seventh keeps {tone} and moves its other tones by step.",
    "diminished-for-dominant":
        "The diminished seventh on the third of {for}: that dominant with a flat ninth for its root.",
    "plagal": "Plagal: the subdominant goes home.",
    "bass-goes-on": "The bass goes on {way} by step, to {tone}.",
    "minor-plagal": "Minor plagal: the subdominant with its third lowered goes home, its third falling by a semitone.",
    "blues-four": "The blues goes to its fourth degree; the sevenths are colours here and need not resolve.",
    "blues-home": "The blues comes home to I7, which is stable here.",
    "blues-turn": "V7 steps down to IV7, as in the tenth bar of a blues.",
    "blues-five": "The blues goes to its V7.",
    "turnaround": "A turnaround sets off: the tonic moves to {to} to be led back.",
    "augmented-sixth": "An augmented sixth chord: its two outer tones spread by semitones into the dominant's octave.",
    "neapolitan": "The Neapolitan: a major chord on the lowered second degree, a predominant.",
    "mixture": "Borrowed from {from}: modal mixture.",
    "chromatic-mediant": "Chromatic mediant: a chord of the same kind a third away, with {tones} in common.",
    "predominant-dominant": "Predominant goes to dominant.",
    "tonic-predominant": "From tonic function to a predominant: the phrase sets out.",
    "tonic-dominant": "From tonic function straight to a dominant.",
    "dominant-for-tonic": "The dominant goes to a chord with tonic function.",
    "predominants": "One predominant leads to another.",
    "dominants": "One chord of dominant function leads to another.",
    "goes-back": "It goes back to {to}: the two chords swing to and fro.",
    "suspension-resolves": "The suspended fourth falls to the third, {tone}.",
    "same-root": "The root stays; {from} changes its position or colour.",
    "shared-tones": "It shares {tones} with the chord before.",
    "same-function": "A chord of the key with the same function ({function}) and two tones in common.",
    "related-two": "The ii that belongs to {for} comes before it and shares its time.",
    "suspended-dominant": "The fourth is suspended over the dominant before its third.",
    "raised-fourth": "The bass goes on a semitone up from IV, under a diminished seventh, on its way back to {to}.",
    "tonic-pedal": "The tonic {tone} stays in the bass under it: a pedal point.",
    "two-five-into": "A ii-V leads into {target}.",
    "coltrane": "Coltrane changes: the keys divide the octave in major thirds ({keys}), each reached by its dominant.",
}  # fmt: skip


def _melody_words(melody: str) -> str:
    if melody in _TONES:
        return f"The melody has {_TONES[melody]}."
    if melody == "suspension":
        return "The melody's tone is a suspension and falls into the chord."
    if melody == "colour":
        return "The melody's tone colours the chord from outside it."
    return "The melody's tone passes to a tone of the chord." if melody == "passing" else ""


def _sequence(values: dict[str, Value]) -> str:
    way = int(values["semitones"])
    size = {1: "a semitone", 2: "a whole tone", 3: "a minor third", 4: "a major third", 5: "a fourth", 6: "a tritone"}
    return f"The sequence goes on: each root lies {size[abs(way)]} {'above' if way > 0 else 'below'} the one before."


_SPECIAL: dict[str, Callable[[dict[str, Value]], str]] = {"sequence": _sequence}
RULES = frozenset(_WORDS) | frozenset(_SPECIAL)
"""All rules that have words."""


def reason(rule: str, values: Iterable[tuple[str, Value]] = ()) -> str:
    """The sentence of a rule with its values; KeyError for a rule or a value that is not there."""
    facts = dict(values)
    if rule in _SPECIAL:
        return _SPECIAL[rule](facts)
    if "tones" in facts:
        facts["tones"] = "one tone" if facts["tones"] == 1 else f"{facts['tones']} tones"
    if "cadence" in facts:
        facts["cadence"] = CADENCES[str(facts["cadence"])]
    if rule == "same-function":
        facts["function"] = FUNCTIONS[str(facts["function"])]
    return _WORDS[rule].format(**facts)


def chord_words(function: str, melody: str, rule: str, values: Iterable[tuple[str, Value]]) -> str:
    """A chord's function, its reason, and what the melody's tone is in it."""
    parts = (f"{FUNCTIONS.get(function, function).capitalize()}.", reason(rule, values), _melody_words(melody))
    return " ".join(part for part in parts if part)
