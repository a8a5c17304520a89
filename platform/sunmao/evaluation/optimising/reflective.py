"""GEPA (Agrawal et al. 2025), where its extra is installed: the model reads what went wrong and rewrites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput
from sunmao.evaluation.optimising.search import Found, Judge, Trial, compared, split
from sunmao.prompts.source import examine

PART = "source"


class ExtraNotInstalled(InvalidInput):
    code = "extra_not_installed"
    default_message = _("This method needs the package `gepa`. Ask the operator to install it.")


def is_installed() -> bool:
    return find_spec("gepa") is not None


def reflect(
    *, base: str, trials: Sequence[Trial], judge: Judge, ask: Callable[[str], str], calls: int, seed: int
) -> Found:
    if not is_installed():
        raise ExtraNotInstalled
    learnt, held = split(trials, seed)
    best = import_module("gepa").optimize(
        seed_candidate={PART: base},
        trainset=learnt,
        valset=learnt,
        adapter=_adapter(judge),
        reflection_lm=ask,
        max_metric_calls=calls,
        seed=seed,
    )
    source = str(best.best_candidate[PART])
    prompt, problems = examine(source)
    if prompt is None or problems:
        source = base
    return compared(base, source, learnt, held, judge, tried=calls, seed=seed)


def _adapter(judge: Judge) -> Any:
    batch_of: Any = import_module("gepa.core.adapter").EvaluationBatch

    class Adapter:
        propose_new_texts = None

        def evaluate(
            self, batch: Sequence[Trial], candidate: Mapping[str, str], capture_traces: bool = False
        ) -> Any:
            scores = [judge(candidate[PART], one) for one in batch]
            traces = list(zip(batch, scores, strict=True)) if capture_traces else None
            return batch_of(outputs=scores, scores=scores, trajectories=traces)

        def make_reflective_dataset(
            self, candidate: Mapping[str, str], evaluated: Any, parts: Sequence[str]
        ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
            rows = [
                {"Inputs": dict(one.inputs), "Checks": list(one.checks), "Feedback": f"passed {share:.0%}"}
                for one, share in evaluated.trajectories
            ]
            return dict.fromkeys(parts, rows)

    return Adapter()


__all__ = ["ExtraNotInstalled", "is_installed", "reflect"]
