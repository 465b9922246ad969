"""Which engine composes: what was asked, what lacks, what is told; rules alone load no net."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch

from partimento.arrangement.style import load_style
from partimento.composer.compose import compose
from partimento.composer.neural import memory, muse
from partimento.composer.neural.muse import RULES_ALONE, Muse, Taste, engine_of, muse_of, one_thread, settled
from partimento.composer.neural.shipped import MODELS, style_names, style_path, styles_folder, weights_path
from partimento.learning.nets.weights import load_weights
from partimento.score.brief import Brief
from partimento.score.song_json import song_from_json, song_to_json
from partimento.theory.errors import BriefError, ModelError

TOP = Path(__file__).resolve().parents[3]
POP = load_style("pop")
HYBRID = Brief(genre="pop", engine="hybrid", bars=8)


@pytest.fixture
def stub_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, ModuleType]:
    """Models of which each has a file of weights and a `load` that answers with its name and adapter."""
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(memory, "load", lambda: None)
    modules = {}
    for model in MODELS:
        weights_path(model).write_bytes(b"")
        modules[model] = module = ModuleType(model)
        vars(module)["load"] = lambda adapter="", model=model: f"{model} {adapter}".strip()
        monkeypatch.setitem(sys.modules, f"partimento.composer.neural.{model}", module)
    return modules


def notices(found: Muse) -> list[tuple[str, object]]:
    """(rule, models) of the notices."""
    return [(d.rule, d.value("models")) for d in found.decisions if d.what == "notice"]


def test_rules_load_neither_torch_nor_numpy(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from partimento.composer.compose import compose\n"
        "from partimento.score.brief import Brief\n"
        "assert compose(Brief(genre='folk', bars=8, engine='rules')).brief.engine == 'rules'\n"
        "assert not {'torch', 'numpy', 'safetensors'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": str(TOP / ".dev")})


def test_auto_is_hybrid_where_it_measures_better_or_something_is_said_to_the_nets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert engine_of(Brief(), POP) == "rules"
    saying = (Brief(temperature=0.8), Brief(creativity=0.0), Brief(candidates=1), Brief(search="beam"))
    for said in (*saying, Brief(style_model="x")):
        assert engine_of(said, POP) == "hybrid"
    monkeypatch.setattr(muse, "HYBRID", ("pop",))
    assert engine_of(Brief(), POP) == "hybrid"
    assert engine_of(Brief(), load_style("jazz")) == "rules"
    assert engine_of(Brief(engine="rules"), POP) == "rules"


def test_the_nets_are_loaded_and_asked_as_said(stub_models: dict[str, ModuleType]) -> None:
    found = muse_of(HYBRID, POP)
    assert (found.engine, found.taste) == ("hybrid", Taste())
    nets = (found.harmony, found.melody, found.nets.drums, found.nets.texture, found.nets.voices)
    assert [*map(str, nets)] == ["harmony", "melody", "drums", "texture", "voicing"]
    assert [(d.rule, d.values) for d in found.decisions] == [
        ("neural.engine", (("engine", "hybrid"), ("models", "harmony melody voicing drums texture")))
    ]
    said = replace(HYBRID, engine="neural", temperature=0.7, creativity=0.2, candidates=3, search="beam")
    assert muse_of(said, POP).taste == Taste(True, 0.7, 0.2, 3, True)
    assert muse_of(HYBRID, POP, muse.PLAYERS).harmony is None
    assert settled(HYBRID, found) == HYBRID
    assert settled(replace(said, engine="auto"), replace(found, engine="hybrid")) == replace(said, engine="hybrid")


def test_what_lacks_is_told_once_for_all_models_and_the_rest_is_used(stub_models: dict[str, ModuleType]) -> None:
    def damaged() -> None:
        raise ModelError("damaged")

    vars(stub_models["drums"])["load"] = damaged
    for model in ("melody", "voicing"):
        weights_path(model).unlink()
    found = muse_of(HYBRID, POP)
    assert found.engine == "hybrid" and str(found.harmony) == "harmony" and found.melody is None
    assert notices(found) == [("notice.model-missing", "melody, voicing"), ("notice.model-damaged", "drums")]


def test_without_torch_the_rules_compose_and_say_so(
    stub_models: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_rules = compose(replace(HYBRID, engine="rules"))
    monkeypatch.setitem(sys.modules, "torch", None)
    song = compose(replace(HYBRID, temperature=0.5, search="beam"))
    told = [d for d in song.decisions if d.what == "notice"]
    assert [(d.rule, d.value("models")) for d in told] == [("notice.torch-missing", ", ".join(MODELS))]
    assert song.brief == by_rules.brief  # nothing that is said to nets is left
    assert replace(song, decisions=by_rules.decisions) == by_rules
    again = compose(song.brief)
    assert replace(again, decisions=()) == replace(by_rules, decisions=())


def test_a_torch_of_another_machine_is_no_torch(
    stub_models: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> object:
        raise OSError("libtorch.so: cannot open shared object file")

    monkeypatch.setattr(muse, "import_module", broken)
    assert notices(muse_of(HYBRID, POP)) == [("notice.torch-missing", ", ".join(MODELS))]


def test_a_fault_of_our_own_is_not_taken_for_a_missing_package(
    stub_models: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty() -> None:
        raise ModuleNotFoundError("no module", name="partimento.composer.neural.gone")

    vars(stub_models["harmony"])["load"] = faulty
    with pytest.raises(ModuleNotFoundError):
        muse_of(HYBRID, POP)


def test_no_weights_or_cut_ones_leave_the_rules_and_tell(stub_models: dict[str, ModuleType]) -> None:
    for model in MODELS:
        weights_path(model).unlink()
    found = muse_of(HYBRID, POP)
    assert notices(found) == [("notice.model-missing", ", ".join(MODELS))]
    assert replace(found, decisions=()) == RULES_ALONE
    for model, data in (("harmony", b""), ("melody", b"x" * 99)):
        weights_path(model).write_bytes(data)
        vars(stub_models[model])["load"] = lambda model=model: load_weights(weights_path(model), model)
    assert ("notice.model-damaged", "harmony, melody") in notices(muse_of(HYBRID, POP))


def test_a_style_model_is_the_melody_s(
    stub_models: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    said = replace(HYBRID, style_model="fiddel")
    with pytest.raises(BriefError, match=r"no style model 'fiddel': there are none yet"):
        muse_of(said, POP)
    styles_folder().mkdir(parents=True)
    for name in ("fiddle", "my band"):
        (styles_folder() / f"{name}.safetensors").write_bytes(b"")
    (styles_folder() / "notes.txt").write_bytes(b"")
    assert style_names() == ("fiddle", "my band")
    with pytest.raises(BriefError, match="Did you mean 'fiddle'.* Style models: fiddle, my band"):
        muse_of(said, POP)
    assert str(muse_of(replace(HYBRID, style_model="my band"), POP).melody) == f"melody {style_path('my band')}"

    (told,) = muse_of(replace(HYBRID, style_model="my band"), POP).decisions
    assert told.value("style_model") == "my band"

    def load(adapter: str = "") -> SimpleNamespace:
        if adapter:
            raise ModelError("the style model 'fiddle' is damaged")
        return SimpleNamespace()

    vars(stub_models["melody"])["load"] = load
    with pytest.raises(ModelError, match="'fiddle' is damaged"):
        muse_of(replace(HYBRID, style_model="fiddle"), POP)


def test_the_song_holds_the_engine_that_composed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    song = compose(Brief(genre="folk", bars=8, seed=2))
    assert song.brief.engine == "rules"
    assert song_from_json(song_to_json(song)).brief == song.brief
    monkeypatch.setattr(muse, "HYBRID", ("folk",))
    assert compose(song.brief).brief == song.brief


def test_nets_are_asked_in_one_thread_and_torch_is_left_as_it_was() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with one_thread(Muse(engine="hybrid")):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with one_thread(RULES_ALONE):
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
