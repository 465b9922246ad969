"""The band: which chairs a song has, who sits on them, and in which register.

Conventions: a chair is a style's Part with one instrument. Instruments that were asked for make the band, and nothing
else does; what was excluded is nowhere in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from partimento.arrangement.own_patterns import BEAT, ROOTS
from partimento.arrangement.style import Ensemble, Part, Style
from partimento.score.brief import Brief
from partimento.score.instruments import INSTRUMENTS, Instrument, instrument
from partimento.score.stream import Stream
from partimento.theory.errors import BriefError, nearest

MELODIC_ROLES = ("lead", "harmony", "counter", "answer", "riff")
HARMONIC_ROLES = ("comp", "pad", "stab", "texture")
SCORE_ORDER = (
    "lead", "harmony", "counter", "answer", "riff", "stab", "comp", "pad", "texture", "bass", "percussion", "drums",
)  # fmt: skip
"""Tracks from top to bottom."""

FAMILIES = {
    "brass": "brass", "strings": "strings", "woodwind": "woodwind", "woodwinds": "woodwind", "reeds": "reeds",
    "saxes": "reeds", "saxophones": "reeds", "keys": "keys", "keyboards": "keys", "guitars": "guitar",
    "guitar": "guitar", "bass": "bass", "drums": "drums", "percussion": "percussion", "synths": "synth",
    "synth": "synth",
    "synthesizers": "synth", "voices": "voices", "vocals": "voices", "voice": "voices", "mallets": "mallets",
    "horns": "brass", "organ": "organ", "organs": "organ", "sax": "sax", "saxophone": "sax", "drum": "drums",
    "drum kit": "drums", "electric piano": "electric piano", "vocal": "voices", "singer": "voices", "basses": "bass",
    "piano": "piano", "pianos": "piano", "pads": "pads", "pad": "pads", "winds": "winds",
}  # fmt: skip
"""Words that mean a whole family when it is asked to be left out."""

GENERIC = {
    "drums": "drums", "drum": "drums", "drum kit": "drums", "kit": "drums", "bass": "bass", "guitar": "guitar",
    "guitars": "guitar", "sax": "sax", "saxophone": "sax", "synth": "synth", "synthesizer": "synth", "keys": "keys",
    "keyboard": "keys", "keyboards": "keys", "percussion": "percussion", "pads": "pads",
    "horns": "horns", "brass": "horns", "vocals": "voices",
}  # fmt: skip
"""Words that ask for a kind of instrument: the style's own instrument of that kind answers to them."""

LEFT = "left"
"""Id of the part for the second hand of whoever has the tune."""

HAND_DRUMS = ("percussion", "taiko", "timpani")
"""What goes too when "drums" are left out, though it is no kit; each may still be asked for beside that."""

_STAND_IN = {"keys": "piano", "pads": "warm pad", "horns": "brass section", "voices": "voice", "sax": "alto sax"}


@dataclass(frozen=True, slots=True)
class Chair:
    """One player: part, instrument, register (MIDI numbers, inside the instrument's range) and track name.

    `asked` is True when the user named the instrument: then the chair must be heard.
    """

    part: Part
    instrument: Instrument
    low: int
    high: int
    track: str
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A song's chairs in score order; `ensemble` is the style's name for the set, "asked" for a user's own."""

    ensemble: str
    chairs: tuple[Chair, ...]
    alternatives: tuple[tuple[str, int], ...] = ()

    @property
    def lead(self) -> Chair | None:
        """The chair that carries the tune, or None in a band that has none."""
        return next((chair for chair in self.chairs if chair.part.role == "lead"), None)

    @property
    def soloists(self) -> tuple[Chair, ...]:
        """The chairs that may take the lead of a solo section."""
        return tuple(chair for chair in self.chairs if chair.part.solo)


def choose_band(brief: Brief, style: Style, form_name: str, stream: Stream) -> Band:
    """The band of a song in `style`; raises BriefError when the wishes contradict each other or leave nobody.

    An ensemble that plays the form is drawn by weight, its chairs by their presence, their instruments by weight.
    """
    banned = _Banned(brief.without)
    if brief.instruments:
        return _asked_band(brief, style, banned, stream)
    ensemble, alternatives = _ensemble(style, form_name, stream.sub("ensemble"))
    seats: list[tuple[Part, Instrument, bool]] = []
    lost_lead = False
    for part in _ordered_parts(style, ensemble):
        draw = stream.sub("chair", part.id)
        present = part.presence >= 1.0 or draw.chance(part.presence)
        allowed = {n: w for n, w in part.instruments.items() if w > 0 and not banned.holds(instrument(n), part)}
        if not allowed:
            lost_lead = lost_lead or part.role == "lead"
            continue
        if present:
            seats.append((part, instrument(draw.pick(allowed)), False))
    if brief.featured:
        _feature(seats, brief.featured, style, banned)
    if not seats:
        raise BriefError(f"nothing is left to play in {style.title} without {', '.join(brief.without)}")
    if lost_lead and not any(part.role == "lead" for part, _, _ in seats):
        _promote(seats, style)
    if brief.without and all(i.family in ("drums", "percussion") for _, i, _ in seats):
        raise BriefError(f"only drums are left in {style.title} without {', '.join(brief.without)}")
    return Band(ensemble.name, _chairs(seats), alternatives)


def _ensemble(style: Style, form_name: str, stream: Stream) -> tuple[Ensemble, tuple[tuple[str, int], ...]]:
    fitting = [e for e in style.ensembles if not e.forms or form_name in e.forms] or list(style.ensembles)
    if not fitting:
        return Ensemble(name="all", parts=tuple(p.id for p in style.parts)), ()
    weights = [max(0, e.weight) for e in fitting]
    if not sum(weights):
        weights = [1] * len(fitting)
    chosen = stream.weighted(fitting, weights)
    return chosen, tuple((e.name, w) for e, w in zip(fitting, weights, strict=True) if e is not chosen)


def _ordered_parts(style: Style, ensemble: Ensemble) -> list[Part]:
    return [style.part(part_id) for part_id in ensemble.parts]


class _Banned:
    """What the user will not hear: instruments and families."""

    def __init__(self, words: Iterable[str]) -> None:
        self.instruments: dict[str, str] = {}
        self.families: dict[str, str] = {}
        for word in words:
            folded = " ".join(word.casefold().split())
            if folded in FAMILIES:
                self.families[FAMILIES[folded]] = word
                continue
            try:
                self.instruments[instrument(word).name] = word
            except BriefError:
                hint = nearest(folded, FAMILIES)
                text = f"unknown instrument '{word}' to leave out.{hint}"
                raise BriefError(text, "instruments") from None

    def holds(self, played: Instrument, part: Part | None = None) -> str:
        """The word that bans the instrument, or ""."""
        if played.name in self.instruments:
            return self.instruments[played.name]
        for family, word in self.families.items():
            if family_holds(family, played):
                return word
            if family == "pads" and part is not None and part.role == "pad":
                return word
            if family == "drums" and played.name in HAND_DRUMS:
                return word  # who wants no drums wants no congas either
        return ""

    def denies(self, played: Instrument) -> str:
        """The word by which an instrument that is asked for is denied, or "": an electric piano is no "piano" then."""
        word = self.holds(played)
        if word and self.families.get("piano") == word and family_holds("electric piano", played):
            return ""
        if word and self.families.get("drums") == word and not family_holds("drums", played):
            return ""  # congas may be asked for beside "no drums"
        return word


def family_holds(family: str, played: Instrument) -> bool:
    """Whether `played` belongs to a family as people speak of it ("sax", "horns", "keys", "piano", "pads")."""
    name = played.name
    if family == "drums":
        return played.hands == "drums" and name != "percussion"
    if family == "electric piano":
        return name in ("rhodes", "fm piano", "electric grand")
    if family == "percussion":
        return name == "percussion" or played.family == "percussion"
    if family == "piano":
        return "piano" in name or name in ("electric grand", "rhodes")
    if family == "pads":
        return "pad" in name or name in ("atmosphere", "synth strings")
    if family == "sax":
        return name.endswith(" sax")
    if family == "horns":
        return played.family == "brass" and played.hands == "section"
    if family == "organ":
        return name.endswith("organ")
    if family == "winds":
        return played.family in ("woodwind", "reeds")
    if family == "bass":
        return played.family == "bass" or name == "contrabass"
    if family == "guitar":
        return played.family == "guitar" and ("guitar" in name or name == "pedal steel")
    if family == "strings":
        return played.family == "strings" and name != "harp" or name == "synth strings"
    return played.family == family


def _promote(seats: list[tuple[Part, Instrument, bool]], style: Style) -> None:
    """Gives the tune to another chair: a melodic one, else one of several that accompany, else the only one."""
    order = ("counter", "answer", "harmony", "riff", "comp", "stab", "pad", "texture")
    rest = [(order.index(p.role), i) for i, (p, _, _) in enumerate(seats) if p.role in order]
    if not rest:
        return
    at = min(rest)[1]
    part, played, asked = seats[at]
    accompanying = sum(1 for p, _, _ in seats if p.role in HARMONIC_ROLES)
    seats.insert(0, (_lead_part(style), played, asked))
    if part.role in HARMONIC_ROLES and accompanying < 2:
        return  # it plays the tune with one hand, the chords with the other
    seats.pop(at + 1)


def _lead_part(style: Style) -> Part:
    found = next((p for p in style.parts if p.role == "lead"), None)
    if found is not None:
        # Another instrument takes the tune: the register is its own.
        return found.model_copy(update={"register_range": None})
    return Part(id="lead", role="lead", player="lead", instruments={"piano": 1}, velocity=92)


# --- instruments that were asked for ------------------------------------------------------------------------------


def _asked_band(brief: Brief, style: Style, banned: _Banned, stream: Stream) -> Band:
    wanted = [_wanted(word, style, banned) for word in brief.instruments]
    for word, (played, _) in zip(brief.instruments, wanted, strict=True):
        if out := banned.denies(played):
            raise BriefError(f"'{word}' is both asked for and left out ('{out}')")
    lead_at = _lead_index([played for played, _ in wanted])
    parts = _nearest_set(wanted, style)
    free = list(parts)
    seats: list[tuple[Part, Instrument, bool]] = []
    for i in sorted(range(len(wanted)), key=lambda i: (i != lead_at, i)):
        played, kind = wanted[i]
        if i == lead_at:
            part = next((p for p in parts if p.role == "lead" and played.name in p.instruments), None)
            part = part or _lead_part(style)
            free = [p for p in free if p.role != "lead"]
            seats.append((part, played, True))
            continue
        found = _fitting_part(played, kind, free)
        if found is None:
            found = _own_part(played, style, [p for p, _, _ in seats], i)
        else:
            free.remove(found)
        seats.append((found, played, True))
    _left_hand(seats, style)
    return Band("asked", _chairs(seats))


def _nearest_set(wanted: list[tuple[Instrument, str]], style: Style) -> list[Part]:
    """The style's parts, those of the ensemble that seats most of the wanted instruments first (a quartet's cello is
    its bass).
    """

    def seated(ensemble: Ensemble) -> int:
        free = [style.part(part_id) for part_id in ensemble.parts]
        count = 0
        for played, _ in wanted:
            chair = next((p for p in free if played.name in p.instruments), None)
            if chair is not None:
                free.remove(chair)
                count += 1
        return count

    best = max(style.ensembles, key=seated, default=None)
    if best is None or seated(best) < 2:
        return list(style.parts)
    first = [style.part(part_id) for part_id in best.parts]
    return first + [part for part in style.parts if part not in first]


def _feature(seats: list[tuple[Part, Instrument, bool]], words: tuple[str, ...], style: Style, banned: _Banned) -> None:
    """Seats the instruments named beside the style's own: the first that sings alone leads, others take fitting chairs.

    Where the chair is filled its player changes instrument; where the style has none a chair is added.
    """
    wanted = [_wanted(word, style, banned) for word in words]
    for word, (played, _) in zip(words, wanted, strict=True):
        if out := banned.denies(played):
            raise BriefError(f"'{word}' is both asked for and left out ('{out}')")
    lead_at = _lead_index([played if played.hands == "mono" else INSTRUMENTS["drums"] for played, _ in wanted])
    taken: list[str] = []
    for i in sorted(range(len(wanted)), key=lambda i: (i != lead_at, i)):
        played, kind = wanted[i]
        free = [p for p in style.parts if p.id not in taken]
        if i == lead_at:
            part = next((p for p, _, _ in seats if p.role == "lead"), None) or _lead_part(style)
            if played.name not in part.instruments:
                part = part.model_copy(update={"register_range": None})
        else:
            seated = [p for p, _, _ in seats if p.id not in taken]
            own = seated if _fitting_part(played, kind, seated) else [p for p in free if p.role != "lead"]
            part = _fitting_part(played, kind, own) or _own_part(played, style, [p for p, _, _ in seats], i)
        taken.append(part.id)
        at = next((k for k, (p, _, _) in enumerate(seats) if p.id == part.id), None)
        if at is None:
            seats.insert(0 if part.role == "lead" else len(seats), (part, played, True))
        else:
            seats[at] = (part, played, True)


def _wanted(word: str, style: Style, banned: _Banned) -> tuple[Instrument, str]:
    """The instrument a word asks for, and the generic kind it names ("" for a definite one)."""
    folded = " ".join(word.casefold().split())
    kind = GENERIC.get(folded, "")
    if kind:
        own = [(-weight, i, name) for i, part in enumerate(style.parts) for name, weight in part.instruments.items()
               if family_holds(kind, instrument(name)) and not banned.denies(instrument(name))]
        if own:
            return instrument(min(own, key=lambda o: (o[1], o[0], o[2]))[2]), kind
        if kind in _STAND_IN and folded not in ("brass", "pad"):
            return instrument(_STAND_IN[kind]), kind
    return instrument(word), kind


def _lead_index(wanted: list[Instrument]) -> int:
    """Who takes the tune: the first that sings alone, else the first that is neither bass nor drums; -1 nobody."""
    tuneful = [i for i, played in enumerate(wanted) if played.family not in ("drums", "percussion", "bass")]
    alone = [i for i in tuneful if wanted[i].hands == "mono" and wanted[i].high > 60 and wanted[i].name != "contrabass"]
    if alone:
        return alone[0]
    if tuneful:
        return tuneful[0]
    basses = [i for i, played in enumerate(wanted) if played.family == "bass"]
    return basses[0] if len(basses) > 1 else -1


def _fitting_part(played: Instrument, kind: str, free: list[Part]) -> Part | None:
    """The free chair that suits the instrument best, or None: by name, then by kind, then by family and hands."""
    best: tuple[int, int] | None = None
    for i, part in enumerate(free):
        score = _suits(played, kind, part)
        if score and (best is None or score > best[0]):
            best = (score, i)
    return free[best[1]] if best is not None else None


def _suits(played: Instrument, kind: str, part: Part) -> int:
    if (part.player == "grid") != (played.hands == "drums") or (part.role == "drums") != family_holds("drums", played):
        return 0
    if (part.role == "bass") != (played.family == "bass" or played.name in ("tuba", "contrabass")):
        return 0 if played.family == "bass" else _named(played, part)
    if (part.role == "percussion") != family_holds("percussion", played):
        return 0
    if part.role in ("drums", "bass", "percussion"):
        return _named(played, part) or (60 if kind or part.role != "percussion" else 40)
    named = _named(played, part)
    if named:
        return named
    others = [instrument(name) for name in part.instruments]
    if any(o.family == played.family and _hands(o) == _hands(played) for o in others):
        return 60
    if part.role in HARMONIC_ROLES and _hands(played) == "many" and part.player in ("chords", "pad"):
        return 30 if any(_hands(o) == "many" for o in others) else 0
    if part.role in MELODIC_ROLES[1:] and _hands(played) == "one" and part.player != "chords":
        return 30 if part.role in ("counter", "harmony") else 20
    return 0


def _named(played: Instrument, part: Part) -> int:
    return 100 + min(20, part.instruments[played.name]) if played.name in part.instruments else 0


def _hands(played: Instrument) -> str:
    return "one" if played.hands == "mono" else "many"


def _own_part(played: Instrument, style: Style, seated: list[Part], index: int) -> Part:
    """A chair for an instrument the style has no place for, by the instrument's nature."""
    name = f"own{index}"
    one = {played.name: 1}
    if played.family in ("drums", "percussion") or played.family == "bass":
        role = {"drums": "drums", "bass": "bass"}.get(played.family, "percussion")
        like = next((p for p in style.parts if p.role == role), None)
        if like is not None and played.name != "taiko" and played.name != "timpani":
            update = {"id": name, "instruments": one, "patterns": like.patterns or like.id, "register_range": None}
            return like.model_copy(update=update)
        if played.family == "bass":
            return Part(id=name, role="bass", player="line", instruments=one, patterns=ROOTS)
        if played.hands == "drums":
            kit: Literal["drums", "percussion"] = "drums" if role == "drums" else "percussion"
            return Part(id=name, role=kit, player="grid", instruments=one, patterns=BEAT, velocity=64)
        return Part(id=name, role="texture", player="line", instruments=one, patterns=ROOTS, rests=0.4)
    roles = [p.role for p in seated]
    if _hands(played) == "one":
        if played.high <= 67:  # tuba and its like hold the ground
            ground: Literal["bass", "pad"] = "bass" if "bass" not in roles else "pad"
            return Part(id=name, role=ground, player="line", instruments=one, patterns=ROOTS)
        if "counter" not in roles:
            return Part(id=name, role="counter", player="counter", instruments=one, kind="lines", rests=0.3)
        if "harmony" not in roles:
            return Part(id=name, role="harmony", player="harmony", instruments=one, kind="thirds", rests=0.4)
        return Part(id=name, role="answer", player="answer", instruments=one, kind="lick", rests=0.3)
    comp = next((p for p in style.parts if p.player == "chords" and p.role == "comp"), None)
    if comp is not None and played.hands in ("piano", "guitar", "mallets") and "comp" not in roles:
        return comp.model_copy(
            update={"id": name, "instruments": one, "patterns": comp.patterns or comp.id, "register_range": None}
        )
    return Part(id=name, role="pad", player="pad", instruments=one, rests=0.3, velocity=62)


def _left_hand(seats: list[tuple[Part, Instrument, bool]], style: Style) -> None:
    """Where nobody but the tune's own keyboard or guitar could give the harmony, its player gives that too."""
    if any(part.role in HARMONIC_ROLES and _hands(played) == "many" for part, played, _ in seats):
        return
    comps = [p for p in style.parts if p.player == "chords" and p.role == "comp"]
    for part, played, _ in seats:
        if part.role != "lead" or played.hands not in ("piano", "guitar"):
            continue
        alike = [p for p in comps if any(instrument(n).hands == played.hands for n in p.instruments)]
        one = {played.name: 1}
        hand = Part(id=LEFT, role="comp", player="pad", instruments=one, velocity=64)
        for comp in (alike or comps)[:1]:
            register = (max(played.low, 40), 64)
            always = {"rests": 0.0, "enters": 0.0, "leaves": 1.0, "only": (), "skip": ()}
            own = {"id": LEFT, "patterns": comp.patterns or comp.id, "instruments": one, "register_range": register}
            hand = comp.model_copy(update=own | always)
        seats.append((hand, played, True))
        return


# --- chairs --------------------------------------------------------------------------------------------------------


def _chairs(seats: list[tuple[Part, Instrument, bool]]) -> tuple[Chair, ...]:
    seats = sorted(seats, key=lambda seat: SCORE_ORDER.index(seat[0].role))
    names = _names([(part.id, played) for part, played, _ in seats])
    taken: dict[str, int] = {}
    out: list[Chair] = []
    for (part, played, asked), name in zip(seats, names, strict=True):
        if names.count(name) > 1:
            taken[name] = taken.get(name, 0) + 1
            name = f"{name} {taken[name]}"
        low, high = register_of(part, played)
        out.append(Chair(part, played, low, high, name, asked))
    return tuple(out)


def _names(seats: list[tuple[str, Instrument]]) -> list[str]:
    """Track names; the two tracks of one player are told apart by what they are, not numbered like two players."""
    names = [track_name(played) for _, played in seats]
    left = next((i for i, (part_id, _) in enumerate(seats) if part_id == LEFT), None)
    if left is None:
        return names
    right = names.index(names[left])
    hands = ("right hand", "left hand") if seats[left][1].hands == "piano" else ("melody", "chords")
    names[right], names[left] = f"{names[right]}, {hands[0]}", f"{names[left]}, {hands[1]}"
    return names


_SHOWN = {
    "drums": "Drums", "room kit": "Drums", "power kit": "Drums", "jazz kit": "Drums", "brush kit": "Drums",
    "electronic kit": "Drums", "808 kit": "Drums", "orchestra kit": "Orchestral Percussion", "fm piano": "FM Piano",
}  # fmt: skip


def track_name(played: Instrument) -> str:
    """The instrument's name as a track shows it: "Alto Sax", "Drums"."""
    return _SHOWN.get(played.name) or " ".join(word[:1].upper() + word[1:] for word in played.name.split())


def register_of(part: Part, played: Instrument) -> tuple[int, int]:
    """The MIDI numbers a chair plays in: the part's register where the instrument has an octave of it.

    Otherwise the instrument's easy range; a bass stays in the two octaves and a third above its lowest note.
    """
    if played.hands == "drums":
        return played.low, played.high
    low, high = played.sweet_low, played.sweet_high
    if part.register_range is not None:
        a, b = max(part.register_range[0], played.low), min(part.register_range[1], played.high)
        if b - a >= min(12, part.register_range[1] - part.register_range[0]):
            return a, b
    if part.role == "bass":
        return low, min(high, low + 28)
    if part.role in ("comp", "pad") and _hands(played) == "many":
        # Chords sound clear from about C3 up and leave the tune room above C5.
        a, b = max(low, 48), min(high, 76)
        if b - a >= 16:
            return a, b
    return low, high

