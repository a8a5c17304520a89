"""The loop: steps, figures, checkpoints, the best of them, and the end.

Where a step stands in its epoch follows from its number and the seed, so a checkpoint needs no list of what
was read. All randomness is part of a checkpoint; a training that was killed goes on as if it had not been.
"""

from __future__ import annotations

import gc
import math
import random
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from sunmao.training.runs.trainer import checkpoints, outcome
from sunmao.training.runs.trainer.checkpoints import Checkpoint
from sunmao.training.runs.trainer.learner import Learner, seed_all
from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.rewards import Answered

Examples = Mapping[str, Sequence[Mapping[str, Any]]]
"""`train`, `validation`, `test`, and `general` for what must not be forgotten; each example is its data."""

SAME = 1e-6


class Channel(Protocol):
    def tell(self, event: str, **told: Any) -> None: ...

    def should_stop(self) -> bool: ...

    def ask(self, reward: Mapping[str, Any], answers: Sequence[Answered]) -> Sequence[float]: ...


@dataclass
class Progress:
    step: int = 0
    best: float | None = None
    best_step: int = 0
    worse: int = 0
    before: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def train(plan: Plan, examples: Examples, channel: Channel) -> None:
    """Raises `Problem`; what was learnt until then lies in its last checkpoint."""
    _Training(plan, examples, channel).run()


class _Training:
    def __init__(self, plan: Plan, examples: Examples, channel: Channel) -> None:
        self.plan, self.channel, self.examples = plan, channel, examples
        self.root = Path(plan.folder)
        self.learner = Learner(plan, ask=channel.ask)
        self.parts = self._encoded()
        self.progress = Progress()
        learning = list(self.learner.learns().values())
        self.optimizer = torch.optim.AdamW(learning, lr=plan.learning_rate, weight_decay=plan.weight_decay)
        batches = math.ceil(len(self.parts["train"]) / plan.batch)
        self.per_epoch = math.ceil(batches / plan.accumulate)
        self.total = max(1, math.ceil(plan.epochs * self.per_epoch))
        self._seen, self._since, self._told = 0, time.monotonic(), 0.0

    def run(self) -> None:
        learner, plan = self.learner, self.plan
        learner.work.prepare(learner, self.parts)
        last = checkpoints.newest(self.root)
        trainable = sum(one.numel() for one in learner.learns().values())
        self.channel.tell(
            "started",
            steps=self.total,
            trainable=trainable,
            parameters=sum(one.numel() for one in learner.model.parameters()),
            device=_device_name(learner.device),
            from_step=last.step if last else 0,
            examples={name: len(items) for name, items in self.parts.items()},
            cut=learner.encoder.cut,
            skipped=learner.encoder.skipped,
        )
        if last is None:
            with learner.as_base():
                self.progress.before = outcome.measured(learner, self.parts, self.examples)
            seed_all(plan.seed)
            self._save()
        else:
            self._restore(last)
        stopped = self._steps()
        if stopped:
            self._save()
            self.channel.tell("stopped", step=self.progress.step)
            return
        self._finish()

    def _steps(self) -> bool:
        """True when it was asked to stop."""
        self.learner.model.train()
        while self.progress.step < self.total:
            if self.channel.should_stop():
                return True
            self._step()
            step = self.progress.step
            at_end = step == self.total
            if step % self.plan.evaluate_every == 0 or at_end:
                if self._evaluate() and not at_end:
                    break
            elif step % self.plan.checkpoint_every == 0:
                self._save()
        return False

    def _step(self) -> None:
        plan, learner = self.plan, self.learner
        rate = plan.learning_rate * scale(plan, self.progress.step, self.total)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        sums: dict[str, tuple[float, float]] = {}
        batches = self._batches(self.progress.step)
        for items in batches:
            loss, found = learner.work.loss(learner, items)
            if not bool(torch.isfinite(loss.detach())):
                raise Problem("training_not_finite", step=self.progress.step + 1, figure="loss")
            if loss.requires_grad:
                (loss / len(batches)).backward()
            for name, (value, weight) in found.items():
                before = sums.get(name, (0.0, 0.0))
                sums[name] = (before[0] + value, before[1] + weight)
            self._seen += sum(_tokens(one) for one in items)
        norm = torch.nn.utils.clip_grad_norm_(list(learner.learns().values()), plan.clip or math.inf)
        if not bool(torch.isfinite(norm)):
            raise Problem("training_not_finite", step=self.progress.step + 1, figure="gradient")
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        now = time.monotonic()
        if now - self._told >= plan.log_seconds or self.progress.step in (1, self.total):
            figures = {name: value / weight for name, (value, weight) in sums.items() if weight}
            self._tell("train", figures, rate=rate, norm=float(norm))
            self._told = now

    def _batches(self, step: int) -> list[list[Any]]:
        """What a step reads: the same for the same seed, whenever it is asked."""
        epoch, place = divmod(step, self.per_epoch)
        items = self.parts["train"]
        order = list(range(len(items)))
        random.Random(f"{self.plan.seed}:{epoch}").shuffle(order)  # noqa: S311  repeatable, no secret
        size = self.plan.batch * self.plan.accumulate
        mine = order[place * size : (place + 1) * size]
        return [
            [items[at] for at in mine[start : start + self.plan.batch]]
            for start in range(0, len(mine), self.plan.batch)
        ]

    def _evaluate(self) -> bool:
        """True when nothing got better for so long that it should stop."""
        figures = self.learner.figures(self.parts["validation"])
        value, progress = figures[self.learner.work.metric], self.progress
        if not all(map(math.isfinite, figures.values())):
            raise Problem("training_not_finite", step=progress.step, figure="validation")
        self._tell("validation", figures)
        better = progress.best is None or (
            value > progress.best if self.learner.work.higher_is_better else value < progress.best
        )
        if better:
            progress.best, progress.best_step, progress.worse = value, progress.step, 0
        else:
            progress.worse += 1
        self._save()
        if self.plan.patience and progress.worse >= self.plan.patience:
            self.channel.tell("early", step=progress.step, best_step=progress.best_step)
            return True
        return False

    def _tell(self, part: str, figures: Mapping[str, float], **more: float) -> None:
        spent = time.monotonic() - self._since
        told = dict(figures)
        if "loss" in told and self.plan.objective == "sft":
            told["perplexity"] = math.exp(min(told["loss"], 50.0))
        self.channel.tell(
            "figures",
            part=part,
            step=self.progress.step,
            epoch=round(self.progress.step / self.per_epoch, 4),
            figures={name: round(value, 8) for name, value in told.items()},
            tokens_per_second=round(self._seen / spent, 2) if spent > 0 else 0.0,
            memory=_memory(self.learner.device),
            **more,
        )

    def _save(self) -> None:
        progress = self.progress
        names = {id(one): name for name, one in self.learner.learns().items()}
        moments, counts = {}, {}
        for parameter, state in self.optimizer.state.items():
            name = names[id(parameter)]
            for key, value in state.items():
                if torch.is_tensor(value) and value.dim():
                    moments[f"{key}:{name}"] = value
                else:
                    counts[f"{key}:{name}"] = float(value)
        saved = checkpoints.save(
            self.root,
            progress.step,
            tensors={
                "learnt": self.learner.kept(),
                "optimizer": moments or {"none": torch.zeros(1)},
                "chance": _chance(self.learner.device),
            },
            state={
                "step": progress.step,
                "best": progress.best,
                "best_step": progress.best_step,
                "worse": progress.worse,
                "before": progress.before,
                "counts": counts,
                "random": random.getstate(),
                "prices": self.learner.worth.prices if self.plan.objective == "grpo" else {},
                "total": self.total,
            },
        )
        kept = {progress.step, progress.best_step if progress.best is not None else progress.step}
        checkpoints.forget_all_but(self.root, kept)
        self.channel.tell("checkpoint", step=saved.step, best_step=progress.best_step)

    def _restore(self, checkpoint: Checkpoint) -> None:
        state = checkpoint.state
        self.learner.take(checkpoint.tensors("learnt"))
        moments = checkpoint.tensors("optimizer")
        for name, parameter in self.learner.learns().items():
            own = {
                key.partition(":")[0]: torch.tensor(value)
                for key, value in state["counts"].items() if key.partition(":")[2] == name
            } | {
                key.partition(":")[0]: value.to(parameter.device)
                for key, value in moments.items() if key.partition(":")[2] == name
            }  # fmt: skip
            if own:
                self.optimizer.state[parameter] = own
        _take_chance(checkpoint.tensors("chance"))
        version, inner, gauss = state["random"]
        random.setstate((version, tuple(inner), gauss))
        if self.plan.objective == "grpo":
            self.learner.worth.prices = dict(state["prices"])
        self.progress = Progress(
            step=state["step"], best=state["best"], best_step=state["best_step"], worse=state["worse"],
            before=state["before"],
        )  # fmt: skip

    def _finish(self) -> None:
        """The best checkpoint, read from the disk into a base that was loaded anew, must say the same."""
        found = self.root / f"step-{self.progress.best_step:08d}"
        if not checkpoints.is_whole(found):
            raise Problem("training_checkpoint", step=self.progress.best_step)
        best = Checkpoint(found, self.progress.best_step)
        self.optimizer.state.clear()
        del self.learner.model, self.optimizer
        gc.collect()
        again = Learner(self.plan, ask=self.channel.ask)
        again.take(best.tensors("learnt"))

        value = again.figures(self.parts["validation"])[again.work.metric]
        apart = abs(value - (self.progress.best if self.progress.best is not None else value))
        if apart > SAME:
            raise Problem("training_reload", apart=apart, step=best.step)
        self.learner = again
        after = outcome.measured(again, self.parts, self.examples)
        result = outcome.written(again, self.root / "result")
        self.channel.tell(
            "finished",
            step=self.progress.step,
            best_step=best.step,
            metric=again.work.metric,
            best=value,
            reload_apart=apart,
            before=self.progress.before,
            after=after,
            result=result,
        )

    def _encoded(self) -> dict[str, list[Any]]:
        encode = self.learner.work.encode
        parts = {}
        for name in ("train", "validation", "test"):
            found = (encode(self.learner, one) for one in self.examples.get(name, ()))
            parts[name] = [one for one in found if one is not None]
        if not parts["train"]:
            raise Problem("training_no_examples", skipped=self.learner.encoder.skipped)
        if not parts["validation"]:
            # without a part of its own the end of what is learnt stands in, and is learnt no more
            held = max(1, len(parts["train"]) // 10)
            if len(parts["train"]) <= held:
                raise Problem("training_no_examples", skipped=self.learner.encoder.skipped)
            parts["validation"], parts["train"] = parts["train"][-held:], parts["train"][:-held]
        return parts


def scale(plan: Plan, step: int, total: int) -> float:
    """The share of the learning rate at a step: up in a line, then down by the schedule."""
    warm = int(round(plan.warmup * total))
    if step < warm:
        return (step + 1) / warm
    left = (step - warm) / max(1, total - warm)
    if plan.schedule == "constant":
        return 1.0
    if plan.schedule == "linear":
        return max(0.0, 1.0 - left)
    return 0.5 * (1.0 + math.cos(math.pi * min(1.0, left)))


def _tokens(item: Any) -> int:
    ids = getattr(item, "ids", None)
    if ids is not None:
        return len(ids)
    inner = [getattr(item, name, None) for name in ("chosen", "rejected", "one")]
    return sum(len(one.ids) for one in inner if one is not None)


def _memory(device: str) -> int:
    if device.startswith("cuda"):
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def _chance(device: str) -> dict[str, Any]:
    found = {"cpu": torch.get_rng_state()}
    if device.startswith("cuda"):
        found["cuda"] = torch.cuda.get_rng_state()
    return found


def _take_chance(found: Mapping[str, Any]) -> None:
    torch.set_rng_state(found["cpu"])
    if "cuda" in found and torch.cuda.is_available():
        torch.cuda.set_rng_state(found["cuda"])


Train = Callable[[Plan, Examples, Channel], None]

__all__ = ["SAME", "Channel", "Examples", "Train", "scale", "train"]
