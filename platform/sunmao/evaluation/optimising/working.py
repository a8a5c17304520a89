"""The job that searches, compares on the cases held out, and proposes what is better there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models.functions import Now

from sunmao.accounts import quotas
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.ids import reference
from sunmao.evaluation.optimising.genome import genome_of
from sunmao.evaluation.optimising.reflective import reflect
from sunmao.evaluation.optimising.search import Found, Trial, evolve, split
from sunmao.evaluation.playground.trying import attempt
from sunmao.guards.personal import Policy
from sunmao.guards.personal.selectors import policy_for
from sunmao.inference.engine import Engine, GenerationRequest, events_of
from sunmao.inference.registry import engine as engine_named
from sunmao.inference.strategies.told import text_of
from sunmao.jobs.lease import Lease
from sunmao.prompts import editing
from sunmao.prompts.checking import check
from sunmao.prompts.models import Optimisation
from sunmao.prompts.source import MOST_EXAMPLES, Example, PromptSource, read, typed_values

ASK = {
    "zh": "换一种更清楚、更具体的说法改写下面这条要求，意思不变，只写改写后的一句话：\n\n{line}",
    "en": (
        "Rewrite this demand so that it is clearer and more specific, with the same meaning. One line only:"
        "\n\n{line}"
    ),
}


@dataclass
class _Asking:
    """Answers are kept: a text that is tried twice costs nothing the second time."""

    lease: Lease
    engine: Engine
    policy: Policy
    adapter: str
    total: int
    known: dict[tuple[str, str], float] = field(default_factory=dict)
    tokens: int = 0

    def judge(self, source: str, trial: Trial) -> float:
        key = source, trial.name
        if key not in self.known:
            self.lease.progress(min(len(self.known), self.total - 1), self.total)
            self.known[key] = self._asked(read(source), trial)
        return self.known[key]

    def _asked(self, prompt: PromptSource, trial: Trial) -> float:
        own = {name: value for name, value in trial.inputs.items() if name in prompt.variables}
        tried = attempt(
            engine=self.engine,
            source=prompt,
            values=typed_values(prompt, own),
            policy=self.policy,
            adapter=self.adapter,
            temperature=0.0,
            seed=0,
        )
        self.tokens += tried.prompt_tokens + tried.tokens
        results = check(tried.text, trial.checks)
        return sum(one.passed for one in results) / len(results)

    def ask(self, text: str) -> str:
        request = GenerationRequest(
            prompt=text, question="", language="en", passages=(), temperature=0.8, max_tokens=1_500
        )
        said, end = text_of(events_of(self.engine, request))
        self.tokens += end.prompt_tokens + end.tokens
        return said

    def rewriting(self, language: str) -> Callable[[str], str]:
        return lambda line: self.ask(ASK[language].format(line=line))


def work(lease: Lease) -> dict[str, Any]:
    """Its subject is the row of the search."""
    with tenancy.scope(lease.organisation_id):
        shown = Optimisation.objects.select_related("prompt", "base")
        made = shown.get(pk=reference(lease.subject_id))
        rows = made.prompt.cases.all()
        trials = [Trial(one.name, one.inputs, one.checks) for one in rows if one.checks]
        policy = policy_for(place="question", vertical="")
    chosen = made.settings
    asking = _Asking(
        lease, engine_named(made.engine), policy, chosen["adapter"],
        total=len(trials) * (chosen["population"] + 1) * chosen["rounds"],
    )  # fmt: skip
    found = _searched(made, trials, asking)
    return _finish(lease, made, found, asking.tokens)


def _searched(made: Optimisation, trials: list[Trial], asking: _Asking) -> Found:
    base, prompt = made.base.source, read(made.base.source)
    seed = made.settings["seed"]
    if made.method == "gepa":
        return reflect(
            base=base, trials=trials, judge=asking.judge, ask=asking.ask, calls=asking.total, seed=seed
        )
    pool = _pool(prompt, trials, seed)
    return evolve(
        base=base,
        start=genome_of(prompt, pool),
        pool=pool,
        trials=trials,
        judge=asking.judge,
        language=prompt.language,
        rounds=made.settings["rounds"],
        population=made.settings["population"],
        seed=seed,
        rewrite=asking.rewriting(prompt.language),
    )


def _pool(prompt: PromptSource, trials: list[Trial], seed: int) -> list[Example]:
    """Examples that may be shown: the prompt's own, and cases that are learnt from and know their answer.

    A case that is shown is never an example for itself: the strategy leaves out what is asked.
    """
    known = [
        Example("\n".join(str(value) for value in one.inputs.values()), str(check["value"]))
        for one in split(trials, seed)[0]
        for check in one.checks
        if check["kind"] == "equals"
    ]
    return [*prompt.examples, *known][:MOST_EXAMPLES]


def _finish(lease: Lease, made: Optimisation, found: Found, tokens: int) -> dict[str, Any]:
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        quotas.settle(work_id=made.pk, tokens=tokens)
        if found.improved:
            gain = found.figures["gain"]
            made.candidate = editing.propose(
                actor=lease.worker, prompt=made.prompt, source=found.source, note=f"{gain:+.1%}"
            )
        made.figures, made.finished_at = found.figures, Now()
        made.save(update_fields=["candidate", "figures", "finished_at"])
        result = {
            "optimisation": str(made.pk),
            "candidate": made.candidate.number if made.candidate else None,
            **found.figures,
        }
        audit.record(actor=lease.worker, verb="prompt.optimisation_finished", subject=made, **result)
        lease.succeed(result)
    return result


__all__ = ["work"]
