"""Why each rule of part-writing is one, and how a breach of it is usually mended, in sentences.

Conventions: a reason is (plain, exact); species carry theirs in theory/rules/species_table.py.
"""

from __future__ import annotations

REASONS: dict[str, tuple[str, str]] = {
    "parallel-perfect": (
        "Two voices that move along together a fifth or an octave apart melt into one: a voice is lost.",
        "Perfect intervals fuse; in parallel motion the two voices are heard as one, and a voice is lost.",
    ),
    "melodic-augmented": (
        "This step or leap is hard to sing and sounds like a wrong note.",
        "Augmented intervals are hard to sing and tear a line: their tones pull in different directions.",
    ),
    "leading-tone": (
        "This tone leans upward, and one waits for it to get there: most of all in the highest and the lowest voice.",
        "The leading tone tends to the tonic; that it goes elsewhere is heard most in an outer voice.",
    ),
    "seventh-leaps": (
        "The seventh of a chord is a tension; it wants to go down by step.",
        "The seventh is a dissonance, which is resolved by step, downward as a rule; a leap leaves it hanging.",
    ),
    "doubled-leading-tone": (
        "Two voices with the tone that leans upward would both have to go to the same place.",
        "Both tones tend to the tonic: they resolve in parallel octaves, or one of them does not resolve.",
    ),
    "doubled-seventh": (
        "Two voices with the same tension would both have to step down together.",
        "Both sevenths resolve downward: in parallel octaves, or one of them not at all.",
    ),
    "missing-tone": (
        "Without this tone one cannot hear which chord it is.",
        "Root, third and seventh make a chord what it is; the fifth alone can be spared.",
    ),
    "unraised-leading-tone": (
        "In minor the chord before home needs its raised tone, or it does not pull home.",
        "Natural minor has no leading tone; without the raised seventh degree V is no dominant to the tonic.",
    ),
    "contrary-perfect": (
        "Two fifths or octaves in a row sound hollow even when the voices move apart.",
        "The repeated perfect interval is heard although the voices move in contrary motion.",
    ),
    "unequal-fifths": (
        "Two fifths in a row draw the ear, even if the first is a narrow one.",
        "The diminished fifth wants to close inward to a third; opening to a perfect fifth it sounds like parallels.",
    ),
    "direct-leap": (
        "Both outer voices jump into a hollow interval, and the ear fills in a parallel.",
        "Similar motion into a perfect interval implies the parallel in between; a leap on top exposes it.",
    ),
    "crossing": (
        "When a lower voice is on top one no longer hears which is which.",
        "Crossed voices lose their identity; the ear gives the higher tone to the higher voice.",
    ),
    "spacing-upper": (
        "Upper voices far apart no longer sound like one chord.",
        "More than an octave between upper neighbours leaves a hole in the sonority.",
    ),
    "spacing-bass": (
        "The bass is so far below that it does not sound like part of the chord.",
        "Beyond a twelfth the bass no longer blends with the voice above it.",
    ),
    "melodic-leap": ("This leap is hard to sing.", "Sevenths and leaps wider than an octave are hard to sing in tune."),
    "cross-relation": (
        "One voice has just sung this note the other way, and the two contradict each other.",
        "A chromatic change is heard as a step of one voice; split between two it sounds like a contradiction.",
    ),
    "unrecovered-leap": (
        "After a big leap a tune wants to turn round.",
        "A large leap opens a space that the line is expected to fill by turning back.",
    ),
    "range": (
        "Here the voice is too high or too low to sing well.",
        "Outside its range a voice strains or loses sound.",
    ),
    "direct": (
        "Both outer voices move the same way into a hollow interval.",
        "Similar motion of the outer voices into a perfect interval implies a parallel; with a step on top it is mild.",
    ),
    "overlap": (
        "A voice goes past where its neighbour has just been, and the two are mixed up.",
        "The ear connects the voice with the tone that its neighbour has just left.",
    ),
    "doubling": (
        "The chord sounds better if another of its tones is doubled.",
        "Bach doubles the root of a major triad in root position, and the bass of a six-four, far oftener.",
    ),
    "low-interval": (
        "Deep down, notes close together sound like mud.",
        "In a low register the overtones of close intervals beat against each other, and the chord is unclear.",
    ),
    "forbidden-parallel": (
        "This set of rules forbids voices to move along together at this distance.",
        "This set of rules forbids these parallels.",
    ),
    "forbidden-leap": ("This set of rules forbids this leap.", "This set of rules forbids this interval in a line."),
    "allowed-chords": ("This set of rules allows certain chords.", "This set of rules allows certain chords."),
    "required-cadence": ("This set of rules asks for an ending.", "This set of rules asks for a certain cadence."),
    "dissonance": (
        "This set of rules allows certain tones outside the chord.",
        "This set of rules allows certain kinds of tones outside the chord.",
    ),
}

REMEDIES: dict[str, str] = {
    "parallel-perfect": "Let one of the two move the other way, or stay, or take another tone of the chord.",
    "melodic-augmented": "Reach the tone from the other side, or through the tone between.",
    "leading-tone": "Let it rise to the tonic.",
    "seventh-leaps": "Let it fall by step, or hold it if the next chord has it.",
    "doubled-leading-tone": "Double the root of the chord, or its fifth.",
    "doubled-seventh": "Let one of the two take the root, or the fifth.",
    "missing-tone": "Give the tone to a voice that doubles another.",
    "unraised-leading-tone": "Raise the third of the dominant by a semitone.",
    "contrary-perfect": "Take another tone of the chord in one of the two voices.",
    "unequal-fifths": "Let the upper voice fall by step, or let the lower one rise to the third.",
    "direct-leap": "Let the outer voices move in contrary motion, or the upper one by step.",
    "crossing": "Exchange the two tones, or move one voice by an octave.",
    "spacing-upper": "Bring the voices nearer: move the middle ones up, or take a tone an octave lower on top.",
    "spacing-bass": "Take the bass an octave higher, or the voice above it lower.",
    "melodic-leap": "Take the tone in another octave, or fill the leap with tones between.",
    "cross-relation": "Let the same voice sing both forms of the tone.",
    "unrecovered-leap": "Turn back after the leap, by step if possible.",
    "range": "Take the tone, or the whole phrase, in another octave, or give it to a neighbour.",
    "direct": "Let the outer voices move in contrary motion where that costs nothing.",
    "overlap": "Move both voices less, or let the upper one move up first.",
    "doubling": "Double the root, or in a six-four the bass.",
    "low-interval": "Take the upper tone an octave higher, or leave it out.",
    "forbidden-parallel": "Let one of the two move the other way, or stay.",
    "forbidden-leap": "Take the tone in another octave, or go there by step.",
    "allowed-chords": "Put one of the chords allowed in its place.",
    "required-cadence": "End with the cadence that is asked for.",
    "dissonance": "Take a tone of the chord, or enter and leave the tone by step.",
    "species-rhythm": "Write the note values of the species.",
    "species-ends": "Begin and end on the unison, the fifth above or the octave.",
    "species-clausula": "Approach the last tone by step against the step of the cantus, one of the two a semitone.",
    "species-dissonance": "Take a consonance, or make the tone pass between its neighbours by step.",
    "species-suspension": "Prepare the tone as a consonance and let it fall by step.",
    "species-parallel": "Move the other way, or into a third or a sixth.",
    "species-direct": "Move the other way into the perfect interval.",
    "species-accented-parallel": "Change one of the two downbeats to a third or a sixth.",
    "species-unison": "Take another consonance.",
    "species-imperfect-chain": "After three thirds or sixths move the other way.",
    "species-leap": "Go by step, third, fourth, fifth or octave.",
    "species-recovery": "Turn back by step after the leap.",
    "species-range": "Keep within a tenth.",
    "species-repetition": "Go on by step.",
    "species-eighths": "Use two eighths by step in place of a weak quarter.",
    "species-climax": "Touch the highest tone once.",
    "species-crossing": "Keep each voice on its own side.",
}
