"""Forms of an adapter that only some installations have: a quantised base, and a model server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sunmao.evaluation.parity import forms
from sunmao.evaluation.parity.comparing import Form, told
from sunmao.inference.engine import GenerationRequest, Token, events_of
from sunmao.modelhub.serving import Files
from tests.fixtures import ModelServer
from tests.fixtures.models import NAMES, Finder

NAME = NAMES[0]


@pytest.fixture
def files(tiny_files: Finder) -> Files:
    return tiny_files(NAME)


@pytest.fixture(autouse=True)
def _two_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "PROMPTS", ("w1 w2 w3", "w7 w11"))
    monkeypatch.setattr(forms, "TOKENS", 8)


def _by_name(found: Any) -> dict[str, Form]:
    return {one.name.split(",")[0]: one for one in found}


@pytest.mark.parametrize("quantisation", ["int8", "nf4"])
def test_a_base_that_is_served_quantised_is_asked_quantised(
    tiny_base: Path, files: Files, quantisation: str, settings: Any
) -> None:
    found = list(forms.compared(str(tiny_base), files, quantisation=quantisation))
    assert [one.name for one in found] == ["merged", f"served, {quantisation}", "server"]
    merged, small, server = found
    assert (merged.passed, merged.agreement) == (True, 1.0)
    assert small.skipped == ""
    assert 0.0 < small.agreement <= 1.0
    assert small.passed is (small.agreement >= 0.8)
    apart = [one for one in told([small]) if one["form"] == small.name]
    assert bool(apart) is (small.agreement < 1.0)
    assert all(one["wanted"] != one["given"] and one["position"] >= 1 for one in apart)
    assert server.passed is None


def _local(tiny_base: Path, files: Files, prompts: tuple[str, ...]) -> dict[str, str]:
    """What the adapter says, by the engine of this process."""
    from sunmao.inference.engines.local import loading
    from sunmao.inference.engines.local.engine import TransformersEngine

    engine = TransformersEngine(loading.load(str(tiny_base), device="cpu"), find=lambda _: files)

    def said(prompt: str) -> str:
        request = GenerationRequest(
            prompt=prompt,
            question="",
            language="en",
            passages=(),
            temperature=0.0,
            max_tokens=8,
            adapter=NAME,
        )
        return "".join(one.text for one in events_of(engine, request) if isinstance(one, Token))

    try:
        return {prompt: said(prompt) for prompt in prompts}
    finally:
        engine.batch.close()


@pytest.fixture
def server(model_server: ModelServer, settings: Any) -> ModelServer:
    settings.SUNMAO_OPENAI_CAN = ["adapters"]
    model_server.adapters = {NAME: f"/adapters/{NAME}"}
    return model_server


def test_a_server_that_says_the_same_passes(tiny_base: Path, files: Files, server: ModelServer) -> None:
    texts = _local(tiny_base, files, forms.PROMPTS)
    server.says = lambda asked: [texts[asked["messages"][-1]["content"]]]
    found = _by_name(forms.compared(str(tiny_base), files, quantisation="none"))
    assert (found["server"].passed, found["server"].agreement) == (True, 1.0)
    assert {asked["model"] for asked in server.asked} == {NAME}
    assert {asked["temperature"] for asked in server.asked} == {0.0}


def test_a_server_with_other_weights_is_told_where_it_differs(
    tiny_base: Path, files: Files, server: ModelServer
) -> None:
    texts = _local(tiny_base, files, forms.PROMPTS)
    other = dict(texts)
    words = texts["w7 w11"].split()
    other["w7 w11"] = " ".join([*words[:3], "else", *words[4:]])
    server.says = lambda asked: [other[asked["messages"][-1]["content"]]]
    found = _by_name(forms.compared(str(tiny_base), files, quantisation="none"))["server"]
    assert found.passed is False
    assert [(one["prompt"], one["position"], one["given"]) for one in told([found])] == [(2, 4, "else")]
