"""One base, many adapters, one batch: each row says what it would say alone, and what peft would say."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import ChatMessage, Finished, GenerationRequest, Token, events_of
from tests.fixtures.models import NAMES, Finder

PROMPTS = ["w1 w2 w3", "w40 w7 w9 w11 w12 w13 w14", "w5", "w100 w200 w300 w400", "w8 w8", "w21 w22 w23"]
WORDS = 12


@pytest.fixture(scope="module")
def engine(tiny_base: Path, tiny_files: Finder) -> Iterator[Any]:
    from sunmao.inference.engines.local import loading
    from sunmao.inference.engines.local.engine import TransformersEngine

    made = TransformersEngine(loading.load(str(tiny_base), device="cpu"), find=tiny_files, places=4)
    yield made
    made.batch.close()


@pytest.fixture(scope="module")
def peft_model(tiny_base: Path, tiny_adapters: dict[str, Path]) -> Any:
    """The usual way, to hold ours against it."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model: Any = None
    for name, folder in tiny_adapters.items():
        if model is None:
            base = AutoModelForCausalLM.from_pretrained(tiny_base)
            model = PeftModel.from_pretrained(base, folder, adapter_name=name.replace(".", "_")).eval()
        else:
            model.load_adapter(folder, adapter_name=name.replace(".", "_"))
    return model


def _request(prompt: str, adapter: str = "", **more: Any) -> GenerationRequest:
    given: dict[str, Any] = {"temperature": 0.0, "max_tokens": WORDS, **more}
    return GenerationRequest(
        prompt=prompt, question=prompt, language="en", passages=(), adapter=adapter, **given
    )


def _texts(engine: Any, requests: list[GenerationRequest]) -> list[str]:
    said = [""] * len(requests)
    for index, event in engine.generate(requests):
        if isinstance(event, Token):
            said[index] += event.text
    return said


def _usual(model: Any, engine: Any, prompt: str, adapter: str) -> str:
    import torch

    from sunmao.inference.engines.local.encoding import encoded

    tokenizer = engine.loaded.tokenizer
    ids = torch.tensor([encoded(engine.loaded, _request(prompt)).ids])
    with torch.inference_mode():
        if adapter:
            model.set_adapter(adapter.replace(".", "_"))
            out = model.generate(
                input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=WORDS, do_sample=False
            )
        else:
            with model.disable_adapter():
                out = model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=WORDS, do_sample=False
                )
    return str(tokenizer.decode(out[0][ids.shape[1] :], skip_special_tokens=True))


def test_a_mixed_batch_says_what_each_says_alone_and_what_peft_says(engine: Any, peft_model: Any) -> None:
    """Four places for five adapters, ranks 2 to 8, one of them a DoRA, and the base alone among them."""
    requests = [_request(prompt, adapter) for prompt, adapter in zip(PROMPTS, [*NAMES, ""], strict=True)]
    alone = [_texts(engine, [one])[0] for one in requests]
    together = _texts(engine, requests)
    usual = [_usual(peft_model, engine, one.prompt, one.adapter) for one in requests]
    assert together == alone
    assert together == usual
    assert len(set(together)) == len(together)


def test_adapters_change_what_is_said(engine: Any) -> None:
    same = [_request("w1 w2 w3", name) for name in ("", *NAMES)]
    assert len(set(_texts(engine, same))) == 6


def test_threads_that_ask_at_once_share_passes_and_hear_only_their_own_words(engine: Any) -> None:
    requests = [
        replace(_request(prompt, adapter), max_tokens=60)
        for prompt, adapter in zip(PROMPTS, ["", *NAMES[:3], NAMES[0], NAMES[1]], strict=True)
    ]
    alone = [_texts(engine, [one])[0] for one in requests]
    engine.batch.counts.widest = 0
    before = engine.batch.counts.passes
    heard: dict[int, str] = {}

    def ask(number: int) -> None:
        time.sleep(0.01 * number)  # they join while others are being written
        heard[number] = _texts(engine, [requests[number]])[0]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [heard[number] for number in range(len(requests))] == alone
    assert engine.batch.counts.widest >= 3
    assert engine.batch.counts.passes - before < 6 * 61


def test_the_same_seed_throws_the_same_dice_whoever_else_is_asked(engine: Any) -> None:
    one = _request("w1 w2 w3", NAMES[0], temperature=0.9, seed=7)
    other = _request("w1 w2 w3", NAMES[0], temperature=0.9, seed=8)
    first = _texts(engine, [one])[0]
    assert _texts(engine, [other, one, _request("w9", temperature=0.9, seed=1)])[1] == first
    assert _texts(engine, [other])[0] != first


def test_a_stop_text_ends_a_row_and_is_not_said(engine: Any) -> None:
    whole = _texts(engine, [_request("w1 w2 w3")])[0]
    stop = whole.split()[4]
    events = list(events_of(engine, _request("w1 w2 w3", stop=[stop])))
    text = "".join(event.text for event in events if isinstance(event, Token))
    assert text == whole[: whole.index(stop)]
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "stop"


def test_who_stops_listening_leaves_and_the_others_go_on(engine: Any) -> None:
    heard = engine.generate([_request("w1 w2 w3", max_tokens=400)])
    next(heard)
    heard.close()
    assert _texts(engine, [_request("w1 w2 w3")])[0].count(" ") == WORDS - 1
    deadline = time.monotonic() + 5
    while engine.batch._groups and time.monotonic() < deadline:
        time.sleep(0.02)
    assert engine.batch._groups == []


def test_a_deadline_that_has_passed_before_the_first_word_is_told(engine: Any) -> None:
    with pytest.raises(EngineFailure) as caught:
        list(events_of(engine, _request("w1", deadline=time.monotonic() - 1)))
    assert caught.value.code == "model_too_slow"


def test_a_deadline_between_words_marks_the_answer_as_partial(engine: Any) -> None:
    events = list(events_of(engine, _request("w1", max_tokens=480, deadline=time.monotonic() + 0.15)))
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "dropped"
    assert 0 < events[-1].tokens < 480


def test_a_prompt_that_is_too_long_loses_its_oldest_turns_first(engine: Any) -> None:
    """Of 512 tokens 12 stay free for the answer."""
    turns = [
        ChatMessage(role="system", content="w1 w2"),
        *(
            ChatMessage(role=role, content=" ".join(["w3"] * 100))
            for _ in range(4)
            for role in ("user", "assistant")
        ),
        ChatMessage(role="user", content="w4 w5"),
    ]  # fmt: skip
    events = list(events_of(engine, _request("", messages=turns)))
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.prompt_tokens <= 500
    assert last.trimmed == 408  # two questions with their answers, and what marks them
    assert last.prompt_tokens + last.trimmed == 825


def test_a_single_turn_that_is_too_long_loses_its_middle(engine: Any) -> None:
    long = " ".join(f"w{number % 400}" for number in range(900))
    last = list(events_of(engine, _request(long)))[-1]
    assert isinstance(last, Finished)
    assert last.trimmed > 400
    assert last.prompt_tokens <= 500


def test_a_beginning_that_was_read_is_not_read_again_and_nothing_changes(engine: Any) -> None:
    common = " ".join(f"w{number}" for number in range(80))
    first = _request(f"{common} w300 w301", NAMES[0])
    engine.batch.beginnings.forget()
    engine.batch.beginnings.spared = 0
    cold = _texts(engine, [first])[0]
    again = _texts(engine, [first])[0]
    assert again == cold
    assert engine.batch.beginnings.spared >= 80
    spared = engine.batch.beginnings.spared
    _texts(engine, [replace(first, adapter=NAMES[1])])
    assert engine.batch.beginnings.spared == spared  # what another adapter read is no use


def test_out_of_memory_ends_the_longest_row_and_the_worker_goes_on(engine: Any, monkeypatch: Any) -> None:
    import torch

    model, real, seen = engine.loaded.model, engine.loaded.model.forward, []

    def forward(*arguments: Any, **more: Any) -> Any:
        if more["input_ids"].shape == (2, 1) and not seen:
            seen.append(1)
            raise torch.OutOfMemoryError("out of memory")
        return real(*arguments, **more)

    monkeypatch.setattr(model, "forward", forward)
    reasons = {
        index: event.reason
        for index, event in engine.generate([_request("w1 w2 w3 w4 w5"), _request("w9")])
        if isinstance(event, Finished)
    }
    assert seen
    assert reasons == {0: "dropped", 1: "length"}
    assert len(_texts(engine, [_request("w9")])[0].split()) == WORDS


def test_out_of_memory_for_one_alone_says_what_to_do(engine: Any, monkeypatch: Any) -> None:
    import torch

    def forward(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("out of memory")

    with monkeypatch.context() as broken:
        broken.setattr(engine.loaded.model, "forward", forward)
        with pytest.raises(EngineFailure) as caught:
            list(events_of(engine, _request("w1")))
    assert caught.value.code == "model_out_of_memory"
    assert "SUNMAO_BATCH_ROWS" in str(caught.value.message)
    assert len(_texts(engine, [_request("w1")])[0].split()) == WORDS


def test_an_adapter_of_another_base_is_refused(engine: Any, monkeypatch: Any) -> None:
    found = engine.shelf.find
    monkeypatch.setattr(engine.shelf, "_kept", type(engine.shelf._kept)())
    monkeypatch.setattr(engine.shelf, "find", lambda name: replace(found(name), base_print="0" * 64))
    with pytest.raises(EngineFailure) as caught:
        list(events_of(engine, _request("w1", NAMES[0])))
    assert caught.value.code == "adapter_wrong_base"


def test_of_several_requests_the_one_that_cannot_be_asked_is_dropped_alone(engine: Any) -> None:
    from sunmao.modelhub.errors import UnknownModel

    found = engine.shelf.find

    def find(name: str) -> Any:
        if name == "nobody.knows.v1":
            raise UnknownModel
        return found(name)

    engine.shelf.find = find
    try:
        asked = [_request("w1 w2 w3"), _request("w1", "nobody.knows.v1")]
        ends = {index: event for index, event in engine.generate(asked) if isinstance(event, Finished)}
        assert (ends[0].reason, ends[1].reason) == ("length", "dropped")
        with pytest.raises(UnknownModel):
            list(events_of(engine, asked[1]))
    finally:
        engine.shelf.find = found
