"""The forms themselves. The first is peft's: the adapter beside its base, one prompt at a time."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings

from sunmao.evaluation.parity.comparing import BOUNDS, Bounds, Form, held_against
from sunmao.inference.engine import GenerationRequest, Token, events_of
from sunmao.inference.engines.local import loading
from sunmao.inference.engines.local.encoding import encoded
from sunmao.inference.engines.local.engine import TransformersEngine
from sunmao.inference.engines.local.loading import Loaded
from sunmao.modelhub.serving import Files

TOKENS = 24
PROMPTS = (
    "Name three things that a contract of sale should say.",
    "客户要求七天无理由退货，应当怎样答复？",
    "Summarise in one sentence: the parcel left on Monday and arrived on Thursday.",
    "把“订单已发货”翻译成英文。",
    "List the months of the second quarter.",
    "高血压患者日常应注意什么？请用两点回答。",
    "What is 17 plus 26?",
    "写一句提醒投资者注意风险的话。",
)
Answers = list[list[str]]


def compared(source: str, files: Files, *, quantisation: str) -> Iterator[Form]:
    """Each form as soon as it was asked. One model is in memory at a time."""
    plain = loading.load(source)
    bounds = BOUNDS[str(plain.dtype).removeprefix("torch.")]
    served = _served(plain, files) if quantisation == "none" else None
    first = _First(plain, files)
    wanted = [_words(plain, ids) for ids in first.answers]
    if served is not None:
        yield held_against("served", bounds["served"], wanted=wanted, given=served)
    yield first.merged(bounds["merged"])
    del first, plain
    gc.collect()
    if quantisation != "none":
        small = loading.load(source, quantisation=quantisation)
        given = _served(small, files)
        yield held_against(f"served, {quantisation}", bounds["quantised"], wanted=wanted, given=given)
    else:
        yield Form("quantised", None, skipped="the base model is served whole")
    yield _server(files.name, bounds["server"], wanted)


def _request(prompt: str, **more: Any) -> GenerationRequest:
    return GenerationRequest(
        prompt=prompt,
        question=prompt,
        language="en",
        passages=(),
        temperature=0.0,
        max_tokens=TOKENS,
        deadline=math.inf,
        **more,
    )


def _served(loaded: Loaded, files: Files) -> Answers:
    """As the engine serves it: all prompts at once, rows of the base alone among them."""
    engine = TransformersEngine(loaded, find=lambda _: files)
    requests = [_request(prompt, adapter=name) for prompt in PROMPTS for name in (files.name, "")]
    texts = [""] * len(requests)
    try:
        for index, event in engine.generate(requests):
            texts[index] += event.text if isinstance(event, Token) else ""
    finally:
        engine.batch.close()
    return [text.split() for text in texts[::2]]


class _First:
    """Peft on the plain base: what all others are held against."""

    def __init__(self, loaded: Loaded, files: Files) -> None:
        from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
        from safetensors.torch import load

        self._loaded = loaded
        self._prompts = [encoded(loaded, _request(prompt)).ids for prompt in PROMPTS]
        model = get_peft_model(loaded.model, LoraConfig(**files.config)).eval()
        set_peft_model_state_dict(model, load(files.weights))
        self._model: Any = model
        self.answers = [self._written(ids) for ids in self._prompts]
        self._scores = [
            self._asked(ids, answer) for ids, answer in zip(self._prompts, self.answers, strict=True)
        ]

    def _written(self, ids: Sequence[int]) -> list[int]:
        import torch

        given = torch.tensor([list(ids)], device=self._loaded.device)
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=given,
                attention_mask=torch.ones_like(given),
                max_new_tokens=TOKENS,
                do_sample=False,
                eos_token_id=sorted(self._loaded.ends) or None,
            )
        written = out[0][len(ids) :].tolist()
        return [token for token in written if token not in self._loaded.ends]

    def _asked(self, ids: Sequence[int], answer: Sequence[int]) -> Any:
        """The scores of each token of the answer, after what came before it."""
        import torch

        given = torch.tensor([[*ids, *answer]], device=self._loaded.device)
        with torch.inference_mode():
            scores = self._model(input_ids=given).logits[0].float()
        return scores[len(ids) - 1 : -1] if answer else scores[:0]

    def merged(self, bounds: Bounds) -> Form:
        """The same base with the adapter added into its weights."""
        before, self._model = self._scores, self._model.merge_and_unload()
        given, distances = [], []
        for ids, answer, scores in zip(self._prompts, self.answers, before, strict=True):
            now = self._asked(ids, answer)
            distances.append((now - scores).abs().amax(-1).tolist() or [0.0])
            given.append(_named(self._loaded, now.argmax(-1).tolist()))
        first = [_named(self._loaded, scores.argmax(-1).tolist()) for scores in before]
        return held_against("merged", bounds, wanted=first, given=given, distances=distances)


def _named(loaded: Loaded, ids: Sequence[int]) -> list[str]:
    return [str(loaded.tokenizer.decode([one])) for one in ids]


def _words(loaded: Loaded, ids: Sequence[int]) -> list[str]:
    return str(loaded.tokenizer.decode(list(ids), skip_special_tokens=True)).split()


def _server(name: str, bounds: Bounds, wanted: Answers) -> Form:
    """A server of models, where one is configured and takes adapters by their names."""
    from sunmao.inference.registry import engine

    if not settings.SUNMAO_OPENAI_BASE_URL:
        return Form("server", None, skipped="no model server is configured")
    server = engine("openai")
    if not server.capabilities.adapters:
        return Form("server", None, skipped="the model server takes no adapters")
    given = []
    for prompt in PROMPTS:
        events = events_of(server, _request(prompt, adapter=name))
        given.append("".join(one.text for one in events if isinstance(one, Token)).split())
    return held_against("server", bounds, wanted=wanted, given=given)


__all__ = ["PROMPTS", "TOKENS", "compared"]
