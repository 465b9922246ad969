"""Who composes: rules alone, or rules and nets. A Muse holds the nets that a brief asks for, and how they are asked.

Convention: RULES_ALONE has no nets; every caller asks `muse.melody is None` and goes on by rules. Nets are loaded when
a Muse is made, once a process; where torch or weights lack, the rules do that net's work, and a notice says so. Rules
alone load neither torch nor numpy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from partimento.arrangement.nets import NO_NETS, Nets
from partimento.arrangement.style import Style
from partimento.composer.neural.shipped import MODELS, check_style_model, style_path, weights_path
from partimento.score.brief import Brief
from partimento.score.decision import Decision, Where
from partimento.theory.errors import ModelError

if TYPE_CHECKING:
    from partimento.composer.neural.harmony import HarmonyNet
    from partimento.composer.neural.melody import MelodyNet

HYBRID: tuple[str, ...] = ("pop",)
"""The genres where "auto" means hybrid: it measures better than rules (benchmarks/music), and the laws of the genre
(tests/genres) hold as they do by rules."""
PLAYERS = ("voicing", "drums", "texture")
"""The models that a band asks; the others make what it plays to."""


@dataclass(frozen=True, slots=True)
class Taste:
    """How the nets are asked: see Brief. `hard` leaves out the soft rules (engine "neural")."""

    hard: bool = False
    temperature: float = 1.0
    creativity: float = 0.5
    candidates: int = 8
    beam: bool = False


@dataclass(frozen=True, slots=True)
class Muse:
    """The nets there are, and how to ask them; `decisions` tell which engine composes, and why not another."""

    engine: str = "rules"
    taste: Taste = field(default_factory=Taste)
    harmony: HarmonyNet | None = None
    melody: MelodyNet | None = None
    nets: Nets = NO_NETS
    decisions: tuple[Decision, ...] = ()


RULES_ALONE = Muse()


def engine_of(brief: Brief, style: Style) -> str:
    """The engine that a brief asks for: "auto" is hybrid in genres of HYBRID, and where something is said to the nets.

    What is said to the nets: temperature, creativity, candidates, search, style model.
    """
    if brief.engine != "auto":
        return brief.engine
    return "hybrid" if style.name in HYBRID or said_to_nets(brief) else "rules"


def said_to_nets(brief: Brief) -> tuple[str, ...]:
    """The names of the brief's fields that are said and that only nets understand."""
    fields = ("temperature", "creativity", "candidates", "search", "style_model")
    return tuple(name for name in fields if getattr(brief, name) not in (None, ""))


def muse_of(brief: Brief, style: Style, models: Sequence[str] = MODELS) -> Muse:
    """The Muse of a brief whose genre is known, with those of `models` that can be loaded.

    Raises BriefError for a style model that is not there, ModelError for one that is damaged.
    """
    engine = engine_of(brief, style)
    if engine == "rules":
        return RULES_ALONE
    if brief.style_model:
        check_style_model(brief.style_model)
    loaded: dict[str, Any] = {}
    lacking: dict[str, list[str]] = {}
    for model in models:
        try:
            net, lack = _load(model), "model-missing"
        except ImportError as error:
            if (error.name or "").startswith("partimento"):
                raise  # a fault of ours, no missing package
            net, lack = None, "torch-missing"
        except ModelError:
            net, lack = None, "model-damaged"
        if net is None:
            lacking.setdefault(lack, []).append(model)
        else:
            loaded[model] = net
    if brief.style_model and "melody" in loaded:
        loaded["melody"] = import_module("partimento.composer.neural.melody").load(str(style_path(brief.style_model)))
    notices = tuple(_notice(what, names) for what, names in lacking.items())
    if not loaded:
        return replace(RULES_ALONE, decisions=notices)
    values = [("engine", engine), ("models", " ".join(loaded))]
    if brief.style_model and "melody" in loaded:
        values.append(("style_model", brief.style_model))
    return Muse(
        engine, _taste(brief, engine), loaded.get("harmony"), loaded.get("melody"),
        Nets(loaded.get("drums"), loaded.get("texture"), loaded.get("voicing")),
        (Decision(Where(), "engine", "neural.engine", tuple(values)), *notices),
    )  # fmt: skip


def settled(brief: Brief, muse: Muse) -> Brief:
    """The brief with the engine that composes in place of "auto", so that composing it again gives the same.

    Where the rules compose, nothing is left that is said to the nets.
    """
    if muse.engine != "rules":
        return replace(brief, engine=muse.engine)
    return replace(
        brief, engine="rules", temperature=None, creativity=None, candidates=None, search="", style_model=""
    )


@contextmanager
def one_thread(muse: Muse) -> Iterator[None]:
    """While nets are asked torch computes in one thread: their steps are so small that two would wait for each other.

    Afterwards torch's setting is what it was. Nothing happens where the rules compose.
    """
    if muse.engine == "rules":
        yield
        return
    torch = import_module("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _load(model: str) -> Any:
    """A model's net, None where it has no weights; ImportError without torch, ModelError where they are damaged."""
    if not weights_path(model).is_file():
        return None
    try:
        import_module("torch")
    except OSError as error:  # a library that torch needs is missing, or another machine's
        raise ImportError(str(error)) from None
    if model == "melody":
        import_module("partimento.composer.neural.memory").load()  # a net that might sing what it learned does not sing
    return import_module(f"partimento.composer.neural.{model}").load()


def _notice(what: str, models: list[str]) -> Decision:
    return Decision(Where(), "notice", f"notice.{what}", (("models", ", ".join(models)),))


def _taste(brief: Brief, engine: str) -> Taste:
    usual = Taste()
    return Taste(
        engine == "neural",
        usual.temperature if brief.temperature is None else brief.temperature,
        usual.creativity if brief.creativity is None else brief.creativity,
        usual.candidates if brief.candidates is None else brief.candidates,
        brief.search == "beam",
    )
