"""Harmony: the chords of every section, the ending's included.

Convention: chords are made once for a material (numerals, so that a return in another key is a transposition) and
reused; the last return may vary one chord. Draws come from Stream(seed, "harmony", material, ...).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace

from partimento.arrangement.resolution import owes_seventh
from partimento.arrangement.style import HarmonySpec
from partimento.composer.harmony_closes import LEADS_ON, close_of, meets_close
from partimento.composer.harmony_colour import (
    Draft,
    add_sevenths,
    apply_dominants,
    colour,
    diatonic_seventh,
    half_of,
    hold_pedal,
    invert,
    mix_modes,
    push_slots,
    resolve_all,
    substitute,
    suspend,
)
from partimento.composer.harmony_critic import Cycled, Want
from partimento.composer.harmony_ending import ending_slots
from partimento.composer.harmony_functional import Drawn, moves_on, phrase_slots
from partimento.composer.harmony_given import lay_given
from partimento.composer.harmony_loops import (
    Cycle,
    choose_chorus,
    choose_cycle,
    close_cycle,
    lay_chorus,
    lay_cycle,
    lay_drone,
    spell,
)
from partimento.composer.harmony_neural import suits, with_ending, write_cycles
from partimento.composer.harmony_rhythm import Slot, cut, merged
from partimento.composer.neural.muse import RULES_ALONE, Muse
from partimento.composer.plan import Given, Plan
from partimento.score.decision import Decision, Where
from partimento.score.song import ChordSymbol, FinalBars, Section
from partimento.score.stream import Stream
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.roman import Numeral, chord_of, is_diatonic, numeral_of

SHARING = ("intro", "outro", "interlude", "instrumental", "break", "breakdown", "solo", "build", "coda", "tag")
"""Kinds that take the loop of the main section whose harmony they share, rather than one of their own."""


Values = tuple[tuple[str, str | int], ...]
Note = tuple[int, int, str, Values, tuple[tuple[str, int], ...]]
"""What a decision will say: start and end from the section's start, rule, values, alternatives."""


@dataclass(slots=True)
class _Made:
    """What was made for a material: its draft, and the decisions that tell of it (ticks from the section's start)."""

    draft: Draft
    period: int
    notes: tuple[Note, ...]


class Harmoniser:
    """Makes a song's chords from its plan and sections; one object a song."""

    def __init__(self, plan: Plan, sections: tuple[Section, ...], muse: Muse = RULES_ALONE) -> None:
        self.plan = plan
        self.muse = muse
        self.sections = sections
        self.strict = bool(plan.style.references.get("forbids_unresolved"))
        self.decisions: list[Decision] = []
        self._loops: dict[tuple[str, str], tuple[Cycle, str, tuple[tuple[str, int], ...]]] = {}
        self._written: dict[tuple[str, str], Cycled] = {}
        self._made: dict[tuple[object, ...], _Made] = {}
        self._assign_loops()

    def _stream(self, *purpose: str | int) -> Stream:
        return Stream(self.plan.brief.seed, "harmony", self.plan.brief.take, *purpose)

    def _spec(self, section: Section) -> HarmonySpec:
        style = self.plan.style
        return style.harmony[style.sections[section.kind].harmony]

    def _assign_loops(self) -> None:
        """A loop for each material, the main sections first; different materials take different loops."""
        style = self.plan.style
        order = sorted(range(len(self.sections)), key=lambda i: (self.sections[i].kind in SHARING, i))
        heads: dict[tuple[str, str], tuple[str, str]] = {}
        takes: dict[tuple[str, str], tuple[str, str]] = {}
        own: list[Section] = []
        for i in order:
            section = self.sections[i]
            spec = self._spec(section)
            place = (section.material, section.key.mode)
            if spec.kind not in ("loop", "vamp", "drone") or place in takes:
                continue
            table = (style.sections[section.kind].harmony, section.key.mode)
            if (spec.shared or section.kind in SHARING) and table in heads:
                takes[place] = heads[table]
                continue
            takes[place] = place
            heads.setdefault(table, place)
            own.append(section)
        self._write_loops(own)
        for section in own:
            if (section.material, section.key.mode) not in self._loops:
                self._draw_loop(section)
        for place, source in takes.items():
            self._loops[place] = self._loops[source]

    def _write_loops(self, sections: list[Section]) -> None:
        """The loops that the harmony model writes."""
        if self.muse.harmony is None:
            return
        plan, wants = self.plan, []
        for section in sections:
            table = plan.style.sections[section.kind].harmony
            bars = section.length // plan.meter.bar
            close = "loop" if section is self.sections[-1] else section.close
            want = Want(section.material, section.kind, section.key, bars, close, table, self._spec(section))
            given = plan.given_for(section.kind, section.material) is not None
            if not given and suits(plan.style.name, plan.meter, want):
                wants.append(want)
        written = write_cycles(self.muse, plan.style.name, plan.meter, wants, self._stream("written"))
        for want, made in zip(wants, written, strict=True):
            place = (want.material, want.key.mode)
            self._loops[place] = (made.cycle, "harmony model", ())
            self._written[place] = made

    def _draw_loop(self, section: Section) -> None:
        """A loop from the style or the learned ones, another than those that are taken."""
        spec, mode = self._spec(section), section.key.mode
        taken = frozenset(spell(cycle) for (_, m), (cycle, _, _) in self._loops.items() if m == mode)
        found = choose_cycle(spec, section.key, self._stream(section.material, "cycle"), taken)
        cycle = self._enriched(found.cycle, spec, section)
        self._loops[section.material, mode] = (cycle, found.source, found.alternatives)

    def _enriched(self, cycle: Cycle, spec: HarmonySpec, section: Section) -> Cycle:
        """The cycle with the style's sevenths and colours, the same in each round."""
        flat = [Slot(i, 1, roman) for i, roman in enumerate(r for bar in cycle for r in bar)]
        draft = Draft(flat)
        stream = self._stream(section.material, "enrich")
        if spec.sevenths in ("often", "always"):
            add_sevenths(draft, spec, section.key, stream.sub("sevenths"))
        colour(draft, spec, section.key, stream.sub("colour"), False)
        romans = iter(slot.roman for slot in draft.slots)
        return tuple(tuple(next(romans) for _ in bar) for bar in cycle)

    def run(self) -> tuple[tuple[ChordSymbol, ...], tuple[Section, ...], FinalBars]:
        """(chords, sections with their closes settled, the ending). `decisions` fills up on the way."""
        chords: list[ChordSymbol] = []
        settled: list[Section] = []
        counts = {s.material: sum(1 for o in self.sections if o.material == s.material) for s in self.sections}
        final = FinalBars(0, self.plan.ending.kind, self.plan.ending.name)
        for i, section in enumerate(self.sections):
            last = i + 1 == len(self.sections)
            following = None if last else self.sections[i + 1].key
            given = self.plan.given_for(section.kind, section.material)
            bars = section.length // self.plan.meter.bar
            if given is not None:
                made, names = self._given(i, section, given, bars, last)
            else:
                returns = section.variation > 0 and section.variation + 1 == counts[section.material]
                made = self._section(i, section, bars, following, returns and not last, last)
                names = None
            slots = made.draft.slots
            if last:
                slots, final, names = self._end(i, section, slots, bars, given, names)
            chords += self._symbols(section, slots, names)
            settled.append(self._settled(section, chords, last, given is not None))
        return tuple(chords), tuple(settled), final

    def _symbols(self, section: Section, slots: list[Slot], names: list[Chord] | None) -> list[ChordSymbol]:
        out = []
        for n, slot in enumerate(slots):
            chord = names[n] if names is not None else chord_of(slot.roman, section.key)
            push = slot.push if slot.start + section.start >= slot.push else 0
            out.append(ChordSymbol(section.start + slot.start, slot.duration, chord, section.key, slot.roman, push))
        return out

    def _settled(self, section: Section, chords: list[ChordSymbol], last: bool, given: bool) -> Section:
        """The section with the closes its chords really make, where they were not planned cadence by cadence."""
        spec = self._spec(section)
        own = chords[bisect_left(chords, section.start, key=lambda symbol: symbol.onset) :]
        phrases = list(section.phrases)
        if given or spec.kind != "functional":
            for n, phrase in enumerate(phrases[:-1]):
                ends = [c.chord for c in own if phrase.start <= c.onset < phrase.start + phrase.length]
                phrases[n] = replace(phrase, close=_made_close(ends, section.key, "loop"))
        free = spec.kind == "chorus" and not any(self.plan.style.sections[section.kind].closes.values())
        close = section.close
        if last or given or (free and close not in LEADS_ON):
            close = _made_close([symbol.chord for symbol in own], section.key, "loop")
            if close == "half" and not last:
                close = "turnaround"
        if phrases:
            phrases[-1] = replace(phrases[-1], close=close)
        return replace(section, close=close, phrases=tuple(phrases))

    # One section.

    def _section(
        self, i: int, section: Section, bars: int, following: Key | None, varied: bool, last: bool
    ) -> _Made:
        close = "loop" if last and self._spec(section).kind != "functional" else section.close
        moves = following if following is not None and following != section.key and close in LEADS_ON else None
        offset = str(numeral_of(Chord(moves.tonic), section.key)) + moves.mode if moves is not None else ""
        ident = (section.material, section.key.mode, bars, close, offset, last)
        made = self._made.get(ident)
        if made is None:
            made = self._make(section, bars, close, moves)
            self._made[ident] = made
        where = (i, section)
        for start, end, rule, values, alternatives in made.notes:
            self._decide(where, start, end, rule, values, alternatives)
        if varied:
            turned = None if moves is not None else self._turned(i, section, made, bars)
            made = turned or self._vary(i, section, made)
        return made

    def _decide(
        self, where: tuple[int, Section], start: int, end: int, rule: str,
        values: Values, alternatives: tuple[tuple[str, int], ...] = (),
    ) -> None:  # fmt: skip
        i, section = where
        place = Where(i, "", section.start + start, section.start + end)
        what = "cadence" if "cadence" in rule else "chord" if rule != "harmony.loop" else "loop"
        self.decisions.append(Decision(place, what, rule, values, alternatives))

    def _make(self, section: Section, bars: int, close: str, moves: Key | None) -> _Made:
        spec, meter, key = self._spec(section), self.plan.meter, section.key
        stream = self._stream(section.material, bars)
        notes: list[Note] = []
        period = 4 * meter.bar
        if spec.kind == "functional":
            draft = self._functional(section, bars, close, notes)
        elif spec.kind == "chorus":
            draft, period = self._chorus(section, bars, close, notes)
        else:
            cycle, source, alternatives = self._loops[section.material, key.mode]
            lay = lay_drone if spec.kind == "drone" else lay_cycle
            draft = Draft(lay(cycle, bars, meter))
            period = len(cycle) * meter.bar
            rule = {"loop": "harmony.loop", "vamp": "harmony.vamp", "drone": "harmony.drone"}[spec.kind]
            notes.append((0, bars * meter.bar, rule, (("cycle", spell(cycle)), ("source", source)), alternatives))
            written = self._written.get((section.material, key.mode))
            if written is not None:
                notes.append((0, bars * meter.bar, "neural.chords", written.values, written.alternatives))
                if bars > len(cycle):
                    draft.slots = with_ending(draft.slots, written.ending, bars, meter)
            close_cycle(draft, close, key, meter, bars, stream.sub("close"))
        if moves is not None:
            self._lead_into(draft, section.key, moves, close, spec)
        if self.strict and spec.sevenths != "always":
            resolve_all(draft, key)
        pushed = push_slots(draft.slots, spec, meter, self._stream(section.material, "push"), period)
        if section.start == 0 and pushed:
            pushed[0] = pushed[0]._replace(push=0)
        draft.slots = pushed
        for start, rule, before, after in draft.changes:
            slot_end = next((s.start + s.duration for s in draft.slots if s.start >= start), bars * meter.bar)
            notes.append((start, slot_end, rule, (("from", before), ("to", after)), ()))
        return _Made(draft, period, tuple(notes))

    def _functional(self, section: Section, bars: int, close: str, notes: list[Note]) -> Draft:
        spec, meter, key = self._spec(section), self.plan.meter, section.key
        rate = self._stream(section.material, "rhythm").pick(spec.rhythm)
        draft = Draft([])
        said: dict[tuple[str, int, str], list[Slot]] = {}
        draws: dict[tuple[str, int, str], list[tuple[Slot, Drawn]]] = {}
        tick = 0
        for n, phrase in enumerate(section.phrases):
            count = phrase.length // meter.bar
            planned = close if n + 1 == len(section.phrases) else phrase.close
            base = phrase.idea.rstrip("'")
            plain = said.get((base, count, planned))
            if plain is None:
                # A varied idea (a') begins with the chords of the first and takes its own close.
                stream = self._stream(section.material, "phrase", base, count, planned)
                drawn: list[Drawn] = []
                plain = phrase_slots(spec, key, meter, count, base, planned, rate, self.strict, stream, drawn)
                own = list(zip(plain, drawn, strict=False))
                earlier = next(((b, c, p) for b, c, p in said if b == base and c == count), None)
                first = said[earlier] if earlier is not None else None
                if earlier is not None and first is not None and count >= 4:
                    half = count // 2 * meter.bar
                    head, rest = cut(first, 0, half), cut(plain, half, count * meter.bar)
                    if moves_on(head[-1].roman, rest[0].roman, spec, key, self.strict):
                        plain = [*head, *rest]
                        own = [r for r in draws[earlier] if r[0].start < half] + [r for r in own if r[0].start >= half]
                said[base, count, planned], draws[base, count, planned] = plain, own
            start = len(draft.slots)
            draft.slots += [slot._replace(start=slot.start + tick) for slot in plain]
            if planned not in ("open", "loop"):
                draft.fixed |= {len(draft.slots) - 1} | ({len(draft.slots) - 2} if len(plain) > 1 else set())
                end = " ".join(slot.roman for slot in plain[-3:])
                rule = f"harmony.cadence.{planned.replace(' ', '-')}"
                notes.append((tick, tick + phrase.length, rule, (("close", planned), ("chords", end)), ()))
            else:
                whole = " ".join(slot.roman for slot in plain)
                notes.append((tick, tick + phrase.length, "harmony.functional", (("chords", whole),), ()))
            notes += [_tell_draw(slot, d, tick) for slot, d in draws[base, count, planned] if len(d.options) > 1]
            draft.fixed.add(start)
            tick += phrase.length
        draft.fixed.discard(0)
        draft.fixed |= {0} if len(draft.slots) > 1 else set()
        stream = self._stream(section.material, "colour", bars)
        mix_modes(draft, spec, key, stream.sub("mixture"))
        apply_dominants(draft, spec, key, meter, stream.sub("applied"), self.strict)
        draft = _joined(draft)
        invert(draft, spec, key, stream.sub("inversions"), self.strict)
        hold_pedal(draft, spec, key, meter, stream.sub("pedal"))
        add_sevenths(draft, spec, key, stream.sub("sevenths"))
        substitute(draft, spec, key, stream.sub("tritone"))
        suspend(draft, spec, meter, stream.sub("suspensions"))
        colour(draft, spec, key, stream.sub("colour"), self.strict)
        return draft

    def _chorus(self, section: Section, bars: int, close: str, notes: list[Note]) -> tuple[Draft, int]:
        spec, meter, key = self._spec(section), self.plan.meter, section.key
        passes: list[Cycle] = []
        done = 0
        source = self._first_of(section) if spec.shared else section
        while done < bars or not passes:
            if spec.shared:
                # Solos and heads go over one and the same chorus.
                stream = self._stream(source.material, "chorus")
                chosen = choose_chorus(spec, key, source.length // meter.bar, stream)
            else:
                stream = self._stream(section.material, "chorus", len(passes))
                chosen = choose_chorus(spec, key, bars - done if done else bars, stream)
                if done and len(chosen.cycle) > bars - done:
                    break
            cycle = self._enriched(chosen.cycle, spec, source)
            values = (("cycle", spell(cycle)), ("source", chosen.source))
            length = len(cycle) * meter.bar
            notes.append((done * meter.bar, min(bars * meter.bar, done * meter.bar + length), "harmony.chorus", values,
                          chosen.alternatives))  # fmt: skip
            passes.append(cycle)
            done += len(cycle)
        draft = Draft(lay_chorus(passes, bars, meter))
        if any(self.plan.style.sections[section.kind].closes.values()) or close in LEADS_ON:
            close_cycle(draft, close, key, meter, bars, self._stream(section.material, "close"))
        return draft, len(passes[0]) * meter.bar

    def _first_of(self, section: Section) -> Section:
        """The first main section that takes its chords from the same table."""
        sections = self.plan.style.sections
        table = sections[section.kind].harmony
        same = [s for s in self.sections if sections[s.kind].harmony == table]
        return next((s for s in same if s.kind not in SHARING), same[0])

    def _lead_into(self, draft: Draft, key: Key, following: Key, close: str, spec: HarmonySpec) -> None:
        """The last dominants become those of the key that follows."""
        seventh = "" if spec.sevenths == "never" or self.strict else "7"
        goal = numeral_of(chord_of("V" + seventh, following), key)
        count = len(draft.slots)
        first = count - 2 if close == "dominant pedal" and count > 2 else count - 1
        if close == "dominant pedal" and count > 2:
            held = chord_of("V7sus4" if seventh else "Vsus4", following)
            draft.change(first, "harmony.pivot", numeral_of(held, key))
        slot = draft.slots[-1]
        meter = self.plan.meter
        at = half_of(slot, meter) if slot.duration > meter.bar // 2 and close == "turnaround" else 0
        keep = chord_of(slot.roman, key).root == key.tonic or slot.duration > meter.bar
        if at and keep:
            draft.split(count - 1, "harmony.pivot", at, (slot.roman, goal))
        else:
            draft.change(count - 1, "harmony.pivot", goal)

    def _turned(self, i: int, section: Section, made: _Made, bars: int) -> _Made | None:
        """The last return with other last bars, where the harmony model wrote some that close as planned."""
        written = self._written.get((section.material, section.key.mode))
        if written is None or not written.last or bars <= len(written.last):
            return None
        slots = with_ending(made.draft.slots, written.last, bars, self.plan.meter)
        if not meets_close(section.close, [chord_of(slot.roman, section.key) for slot in slots], section.key):
            return None
        start = (bars - len(written.last)) * self.plan.meter.bar
        before = " ".join(slot.roman for slot in cut(made.draft.slots, start, section.length))
        values: Values = (("from", before), ("to", spell(written.last)), ("statement", section.variation + 1))
        self._decide((i, section), start, section.length, "harmony.variation", values)
        return _Made(Draft(slots), made.period, made.notes)

    def _vary(self, i: int, section: Section, made: _Made) -> _Made:
        """On its last return the material changes one inner chord for a neighbour of the same function."""
        swaps = {"IV": "ii", "ii": "IV", "iv": "iio", "iio": "iv", "I": "vi", "i": "VI", "vi": "IV"}
        stream = self._stream(section.material, "variation")
        slots = list(made.draft.slots)
        spec = self._spec(section)
        if spec.kind in ("vamp", "drone", "chorus") or spec.shared or not stream.chance(0.5):
            return made
        places = []
        for n in range(max(1, len(slots) // 2), len(slots) - 2):
            numeral = Numeral.parse(slots[n].roman)
            plain = str(Numeral(numeral.degree, numeral.alter, "m" if numeral.is_minor else ""))
            quiet = numeral.applied is None and numeral.bass is None and not numeral.inversion
            quiet = quiet and n not in made.draft.fixed
            if not quiet or numeral.quality not in ("", "m", "7", "m7", "maj7") or plain not in swaps:
                continue
            wanted = swaps[plain]
            near = {Numeral.parse(slots[m].roman).degree for m in (n - 1, n + 1)}
            leads = Numeral.parse(slots[n - 1].roman)
            if Numeral.parse(wanted).degree in near or leads.applied is not None or leads.degree in (5, 7):
                continue
            if not is_diatonic(chord_of(wanted, section.key), section.key):
                continue
            places.append((n, diatonic_seventh(wanted, section.key) if "7" in slots[n].roman else wanted))
        if not places:
            return made
        n, roman = stream.choice(places)
        before = slots[n].roman
        draft = Draft(slots, set(made.draft.fixed))
        draft.slots[n] = slots[n]._replace(roman=roman)
        if self.strict and self._spec(section).sevenths != "always":
            resolve_all(draft, section.key)
        end = slots[n].start + slots[n].duration
        values: Values = (("from", before), ("to", roman), ("statement", section.variation + 1))
        self._decide((i, section), slots[n].start, end, "harmony.variation", values)
        return _Made(draft, made.period, made.notes)

    # Given chords, and the end.

    def _given(self, i: int, section: Section, given: Given, bars: int, last: bool) -> tuple[_Made, list[Chord]]:
        meter = self.plan.meter
        slots, chords = lay_given(given.bars, bars, meter, section.key, given.word)
        outside = sorted({c.name for c in chords if not is_diatonic(c, section.key)})
        where = (i, section)
        self._decide(where, 0, section.length, "harmony.given", (("chords", " ".join(c.name for c in chords)),))
        if outside:
            place = Where(i, "", section.start, section.end)
            values = (("chords", " ".join(outside)), ("key", str(section.key)))
            self.decisions.append(Decision(place, "notice", "notice.chords-outside-key", values))
        return _Made(Draft(slots), meter.bar, ()), chords

    def _before(self, roman: str, after: str, key: Key) -> str:
        """The chord before the ending: what would be left unresolved there gives way to the tonic."""
        numeral, following = Numeral.parse(roman), chord_of(after, key)
        if numeral.applied is not None:
            lost = following.root != chord_of(str(numeral.applied), key).root
        else:
            leading = {key.tonic.number, key.tonic.up(5).number}
            lost = self.strict and numeral.degree in (5, 7) and not leading & following.numbers
            before = chord_of(roman, key)
            if self.strict and before.seventh is not None and owes_seventh(before):
                lost = lost or not {(before.seventh.number - step) % 12 for step in (0, 1, 2)} & following.numbers
        tonic = "io" if key.mode == "locrian" else "i" if key.is_minor else "I"
        return tonic if lost else roman

    def _end(
        self, i: int, section: Section, slots: list[Slot], bars: int, given: Given | None, names: list[Chord] | None
    ) -> tuple[list[Slot], FinalBars, list[Chord] | None]:
        """The last section with the ending laid over its last bars. Given chords stay but for the very last bar."""
        plan, meter, key = self.plan, self.plan.meter, section.key
        count, tail = ending_slots(plan.ending, key, meter, bars)
        start = section.length - count * meter.bar
        final = FinalBars(section.start + start, plan.ending.kind, plan.ending.name)
        if given is not None and names is not None:
            if names and names[-1].root == key.tonic:
                return slots, final, names
            at = section.length - meter.bar
            kept = cut(slots, 0, at)
            tonic = Slot(at, meter.bar, "i" if key.is_minor else "I")
            place = Where(i, "", section.start + at, section.end)
            self.decisions.append(Decision(place, "notice", "notice.last-bar-resolved", (("to", tonic.roman),)))
            chords = [*names[: len(kept)], chord_of(tonic.roman, key)]
            return [*kept, tonic], final, chords
        head = cut(slots, 0, start)
        tail = [slot._replace(start=slot.start + start) for slot in tail]
        if head:
            head = merged([*head[:-1], head[-1]._replace(roman=self._before(head[-1].roman, tail[0].roman, key))])
        if self.strict and head and self._spec(section).sevenths != "always":
            draft = Draft([*head, *tail])
            resolve_all(draft, key)
            head, tail = draft.slots[: len(head)], draft.slots[len(head) :]
        text = " ".join(slot.roman for slot in tail)
        values: Values = (("ending", plan.ending.name), ("kind", plan.ending.kind), ("chords", text))
        self._decide((i, section), start, section.length, "harmony.ending", values)
        return [*head, *tail], final, None


def _made_close(chords: list[Chord], key: Key, otherwise: str) -> str:
    close = close_of(chords, key)
    return otherwise if close in ("open", "deceptive") else close


def _tell_draw(slot: Slot, drawn: Drawn, tick: int) -> Note:
    """That a chord was drawn, given the one after it, and from what (weights of a hundred)."""
    values = (("numeral", drawn.roman), ("next", drawn.following))
    return slot.start + tick, slot.start + slot.duration + tick, "harmony.chain", values, drawn.options


def _joined(draft: Draft) -> Draft:
    """Neighbours of one numeral made one chord, within a bar's beat grid; fixed places follow."""
    slots: list[Slot] = []
    fixed: set[int] = set()
    for i, slot in enumerate(draft.slots):
        if slots and slots[-1].roman == slot.roman:
            slots[-1] = slots[-1]._replace(duration=slots[-1].duration + slot.duration)
        else:
            slots.append(slot)
        if i in draft.fixed:
            fixed.add(len(slots) - 1)
    return Draft(slots, fixed, draft.changes)
