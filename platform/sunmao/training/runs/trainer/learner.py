"""A model that learns: what objectives ask of it, and what a checkpoint must hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch

from sunmao.core.errors import SunmaoError
from sunmao.inference.engines.local import loading
from sunmao.training.runs.trainer import losses
from sunmao.training.runs.trainer.encoding import IGNORED, Encoded, Encoder
from sunmao.training.runs.trainer.objectives import Sums, objectives, work_of
from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.recipes import recipes
from sunmao.training.runs.trainer.rewards import Answered, Worth

STEP = 16
"""Batches are filled up to a multiple of it: every new shape costs the library memory that it keeps."""


@dataclass
class Batch:
    ids: Any
    mask: Any
    labels: Any


def _nobody(given: Mapping[str, Any], answers: Sequence[Answered]) -> Sequence[float]:
    raise Problem("training_judge", reward=given.get("name", ""))


class Learner:
    def __init__(
        self,
        plan: Plan,
        *,
        ask: Callable[[Mapping[str, Any], Sequence[Answered]], Sequence[float]] = _nobody,
    ) -> None:
        if plan.recipe not in recipes() or plan.objective not in objectives():
            raise Problem("training_recipe", recipe=plan.recipe, objective=plan.objective)
        self.plan, self.recipe = plan, recipes()[plan.recipe]
        if not (Path(plan.source) / "config.json").is_file():
            raise Problem("training_base_missing")
        seed_all(plan.seed)
        try:
            loaded = loading.load(
                plan.source, quantisation="nf4" if self.recipe.quantised else "none", device=plan.device
            )
        except SunmaoError as error:
            code = "training_out_of_memory" if error.code == "model_too_big" else "training_base_missing"
            raise Problem(code, **error.fields) from error
        self.device, self.tokenizer = loaded.device, loaded.tokenizer
        self.ends = loaded.ends or frozenset(one for one in (self.tokenizer.eos_token_id,) if one is not None)
        longest = min(plan.max_length, loaded.context or plan.max_length)
        self.encoder = Encoder(self.tokenizer, longest=longest, too_long=plan.too_long)
        self.work = work_of(objectives()[plan.objective], plan.options)
        seed_all(plan.seed)
        self.model = self.recipe.wrap(loaded.model, plan)
        self.head = self._new_head() if getattr(self.work, "has_head", False) else None
        if plan.gradient_checkpointing and plan.recipe not in ("full", "qlora"):
            self.model.enable_input_require_grads()
            self.model.gradient_checkpointing_enable()
        self.model.config.use_cache = True
        self.worth = Worth(plan.rewards, ask) if plan.objective == "grpo" else None  # type: ignore[assignment]

    worth: Worth

    @property
    def has_base(self) -> bool:
        """Can it answer as its base did, in the middle of learning?"""
        return hasattr(self.model, "disable_adapter")

    @contextmanager
    def as_base(self) -> Iterator[None]:
        """As the base answers. Of a model whose every weight learns that is only so before its first step."""
        was = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                if self.has_base:
                    with self.model.disable_adapter():
                        yield
                else:
                    yield
        finally:
            self.model.train(was)

    def learns(self) -> dict[str, Any]:
        """The tensors that a step changes, by name."""
        found = {name: one for name, one in self.model.named_parameters() if one.requires_grad}
        if self.head is not None:
            found |= {f"head.{name}": one for name, one in self.head.named_parameters()}
        return found

    def kept(self) -> dict[str, Any]:
        """What a checkpoint holds of it: all that learns, and what a beginning has drawn once for all."""
        frozen = {
            name: one for name, one in self.model.named_parameters()
            if self.plan.init != "default" and ".lora_A." in name
        }  # fmt: skip
        return {**frozen, **self.learns()}

    def take(self, tensors: Mapping[str, Any]) -> None:
        with torch.no_grad():
            for name, one in self.kept().items():
                one.copy_(tensors[name].to(one.device, one.dtype))

    def batch(self, items: Sequence[Encoded]) -> Batch:
        longest = max(len(one.ids) for one in items)
        length = min(-(-longest // STEP) * STEP, max(longest, self.encoder.longest))
        pad = self.tokenizer.pad_token_id
        pad = next(iter(self.ends), 0) if pad is None else pad

        def filled(values: Sequence[int], value: int) -> list[int]:
            return [*values, *([value] * (length - len(values)))]

        def made(rows: list[list[int]]) -> Any:
            return torch.tensor(rows, device=self.device)

        return Batch(
            made([filled(one.ids, pad) for one in items]),
            made([filled([1] * len(one.ids), 0) for one in items]),
            made([filled(one.labels, IGNORED) for one in items]),
        )

    def tensor(self, values: Any) -> Any:
        return torch.tensor(values, device=self.device, dtype=torch.float32)

    def token_logps(self, batch: Batch) -> Any:
        logits = self.model(input_ids=batch.ids, attention_mask=batch.mask).logits
        return losses.token_logps(logits[:, -batch.ids.shape[1] :], batch.labels)

    def answer_logps(self, items: Sequence[Encoded]) -> tuple[Any, Any]:
        """(the sum over each answer's tokens, how many they are)."""
        batch = self.batch(items)
        return self.token_logps(batch).sum(-1), losses.counted(batch.labels)

    def scores(self, batch: Batch) -> Any:
        """By the reward head, from behind the last token of each row."""
        states = self.model(
            input_ids=batch.ids, attention_mask=batch.mask, output_hidden_states=True
        ).hidden_states[-1]
        states = states[:, -batch.ids.shape[1] :]
        last = batch.mask.sum(-1) - 1
        rows = torch.arange(len(last), device=states.device)
        return cast(Any, self.head)(states[rows, last].float()).squeeze(-1)

    def in_batches(self, items: Sequence[Any]) -> Iterator[Sequence[Any]]:
        for start in range(0, len(items), self.plan.batch):
            yield items[start : start + self.plan.batch]

    def write(self, prompts: Sequence[Sequence[int]], *, tokens: int, temperature: float) -> list[list[int]]:
        """The model's own continuation of each prompt, without what follows its end."""
        longest = max(len(one) for one in prompts)
        pad = self.tokenizer.pad_token_id
        pad = next(iter(self.ends), 0) if pad is None else pad
        ids = torch.tensor([[pad] * (longest - len(one)) + list(one) for one in prompts], device=self.device)
        mask = torch.tensor(
            [[0] * (longest - len(one)) + [1] * len(one) for one in prompts], device=self.device
        )
        drawn: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if temperature > 0:
            drawn = {"do_sample": True, "temperature": temperature, "top_p": 1.0, "top_k": 0}
        was = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                out = self.model.generate(
                    input_ids=ids, attention_mask=mask, max_new_tokens=tokens, pad_token_id=pad,
                    eos_token_id=sorted(self.ends) or None, **drawn,
                )  # fmt: skip
        finally:
            self.model.train(was)
        return [self._until_end(row[longest:].tolist()) for row in out]

    def _until_end(self, ids: list[int]) -> list[int]:
        """With the token that ends it: an answer also learns where to stop."""
        for place, one in enumerate(ids):
            if one in self.ends:
                return ids[: place + 1]
        return ids

    def text(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True)).strip()

    def figures(self, items: Sequence[Any]) -> dict[str, float]:
        """Over a whole part, without learning."""
        if not items:
            return {}
        totals: Sums = {}
        was = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                for some in self.in_batches(items):
                    _loss, sums = self.work.loss(self, some)
                    for name, (value, weight) in sums.items():
                        before = totals.get(name, (0.0, 0.0))
                        totals[name] = (before[0] + value, before[1] + weight)
        finally:
            self.model.train(was)
        return {name: value / weight for name, (value, weight) in totals.items() if weight}

    def _new_head(self) -> Any:
        head = torch.nn.Linear(int(self.model.config.hidden_size), 1, device=self.device)
        torch.nn.init.zeros_(head.bias)
        return head


def seed_all(seed: int) -> None:
    random.seed(seed)
    torch.manual_seed(seed)


__all__ = ["Batch", "Learner", "seed_all"]
