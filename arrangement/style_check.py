"""Checks a style across its tables: what the schema alone can't see. The first fault is a StyleError."""

from __future__ import annotations

from partimento.arrangement.mix_tables import SPECTRA
from partimento.arrangement.pattern import parse_bar, tokens_of
from partimento.arrangement.regimes import regimes_of
from partimento.arrangement.style import Part, Pattern, Style
from partimento.score.instruments import instrument
from partimento.score.kit import KIT_PIECES, piece_name
from partimento.score.song import CLOSES, DRUMS, ROLES
from partimento.theory.errors import PartimentoError, StyleError, nearest
from partimento.theory.key import MODES, Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import chord_of

LANGUAGES = {"grid": "drums", "line": "line", "walking": "line", "chords": "chords", "inner": "line"}
LEADS = ("tune", "figured", "hook", "sparse", "riff", "solo", "fours", "none")


def check_style(style: Style) -> None:
    """Raises StyleError when names do not meet, a pattern cannot be read, or a meter lacks patterns."""
    _check_forms(style)
    _check_sections(style)
    _check_harmony(style)
    _check_parts(style)
    for name in style.meters:
        Meter.parse(name)


def check_mix(style: Style) -> None:
    """Raises StyleError when the mix names a part, a kit's piece or a spectrum that there is not.

    For whole styles: a regime (arrangement/regimes.py) leaves parts out and keeps the mix.
    """
    kits = ["drums", *(part.id for part in style.parts if part.role == "drums")]
    names = [*(part.id for part in style.parts), *ROLES]
    names += [piece_name(kit, piece) for kit in kits for piece in KIT_PIECES]
    for name in style.mix.parts:
        if name not in names:
            raise _fault(style, f"mix.parts has '{name}', which is no part, role or kit's piece.{nearest(name, names)}")
    wanted = style.mix.spectrum
    if wanted and wanted not in SPECTRA:
        raise _fault(style, f"mix.spectrum '{wanted}'.{nearest(wanted, SPECTRA)} Valid: {', '.join(SPECTRA)}")


def _fault(style: Style, text: str) -> StyleError:
    return StyleError(f"style '{style.name}': {text}")


def _check_forms(style: Style) -> None:
    for form in style.forms:
        for token in form.sections.split():
            for kind in token.split(":")[0].rstrip("?+").split("@"):
                kind = kind.split("=")[0].rstrip("?+")
                if kind not in style.sections:
                    raise _fault(style, f"form '{form.name}' has section '{kind}', which [sections] lacks")


def _check_sections(style: Style) -> None:
    for kind, section in style.sections.items():
        if section.harmony not in style.harmony:
            raise _fault(style, f"section '{kind}' takes harmony '{section.harmony}', which [harmony] lacks")
        for close in section.closes:
            if close not in CLOSES:
                raise _fault(style, f"section '{kind}' closes '{close}'.{nearest(close, CLOSES)}")
        for lead in section.lead:
            if lead not in LEADS:
                raise _fault(style, f"section '{kind}' has lead '{lead}'; valid: {', '.join(LEADS)}")


def _check_harmony(style: Style) -> None:
    keys = {"major": Key.parse("C major"), "minor": Key.parse("A minor")}
    sources = [
        (f"harmony.{name}.{mode}", text, mode)
        for name, spec in style.harmony.items()
        for mode in keys
        for text in getattr(spec, mode)
    ]
    for name, spec in style.harmony.items():
        for mode, texts in spec.modal.items():
            if mode not in MODES:
                raise _fault(style, f"harmony.{name}.modal has mode '{mode}'.{nearest(mode, MODES)}")
            third = "minor" if Key(PitchClass.parse("C"), mode).is_minor else "major"
            sources += [(f"harmony.{name}.modal.{mode}", text, third) for text in texts]
    sources += [
        (f"ending {e.name}", text, mode)
        for e in style.endings
        for mode, text in (("major", e.major), ("minor", e.minor))
        if text
    ]
    for where, text, mode in sources:
        for numeral in text.split("=")[0].replace("|", " ").split():
            if numeral == "%":
                continue
            try:
                chord_of(numeral, keys[mode])
            except PartimentoError as error:
                raise _fault(style, f"{where}: {error}") from None


def _check_parts(style: Style) -> None:
    ids = [part.id for part in style.parts]
    for ensemble in style.ensembles:
        for part_id in ensemble.parts:
            if part_id not in ids:
                raise _fault(style, f"ensemble '{ensemble.name}' has part '{part_id}', which [[parts]] lacks")
        for form in ensemble.forms:
            if form not in {f.name for f in style.forms}:
                raise _fault(style, f"ensemble '{ensemble.name}' plays form '{form}', which [[forms]] lacks")
    regimes = [group[0].tempo for group in regimes_of(style)]
    for tempo in regimes:
        if tempo is None or not style.tempo.low <= tempo.low <= tempo.high <= style.tempo.high:
            raise _fault(style, "an ensemble's tempo lies outside the style's")
        if any(o is not tempo and o is not None and o.low <= tempo.high and tempo.low <= o.high for o in regimes):
            raise _fault(style, "tempi of ensembles overlap without being the same")
    for part in style.parts:
        for name in part.instruments:
            instrument(name)
        for kind in part.tune:
            if kind.partition(":")[0] not in style.sections:
                raise _fault(style, f"part '{part.id}' takes the tune of '{kind}', which [sections] lacks")
        if part.player not in LANGUAGES:
            continue
        bank = part.patterns or part.id
        if bank not in style.patterns:
            if part.player == "walking":
                continue
            raise _fault(style, f"part '{part.id}' needs patterns '{bank}'")
        patterns = style.patterns[bank]
        for pattern in patterns:
            _check_pattern(style, part, pattern, bank)
        for meter in style.meters:
            have = {
                i
                for p in patterns
                if p.use == "main" and p.meter == meter
                for i in range(p.intensity[0], p.intensity[1] + 1)
            }
            if not have:
                raise _fault(style, f"patterns '{bank}' have no main pattern in {meter}")


def _check_pattern(style: Style, part: Part, pattern: Pattern, bank: str) -> None:
    language = LANGUAGES[part.player]
    where = f"pattern '{pattern.name or '?'}' of '{bank}'"
    if (language == "drums") != bool(pattern.rows) or bool(pattern.rows) == bool(pattern.bars):
        raise _fault(style, f"{where}: drums and percussion have rows, all others bars")
    rows = pattern.rows.values() if pattern.rows else (pattern.bars,)
    lengths = {len(row) for row in rows}
    if len(lengths) != 1 or 0 in lengths:
        raise _fault(style, f"{where}: its rows differ in their number of bars")
    for piece in pattern.rows:
        if piece not in DRUMS:
            raise _fault(style, f"{where}: unknown drum '{piece}'.{nearest(piece, DRUMS)}")
    bar_ticks = Meter.parse(pattern.meter).bar
    for row in rows:
        for bar in row:
            if not bar.strip() or bar_ticks % len(tokens_of(bar)):
                raise _fault(style, f"{where}: '{bar}' does not divide a bar of {pattern.meter} evenly")
            try:
                parse_bar(bar, language)
            except StyleError as error:
                raise _fault(style, f"{where}: {error}") from None
