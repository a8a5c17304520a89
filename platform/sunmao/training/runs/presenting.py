"""Trainings as every door shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message
from sunmao.jobs import selectors as jobs
from sunmao.training.runs import selectors
from sunmao.training.runs.errors import TrainingFailed
from sunmao.training.runs.models import Collection, Export, Figure, Sweep, Training
from sunmao.training.runs.starting import Proposal

REASONS: Mapping[str, Message] = {
    "longest_example": _("The longest example has about %(characters)s characters."),
    "served_in_few_bits": _(
        "The base is served in 4 bits, so that the adapter learns beside the same weights."
    ),
    "small_model_much_data": _(
        "Below 10,000 million parameters and with more than 100,000 examples (here %(examples)s), letting "
        "every weight learn gives the best result."
    ),
    "base_in_few_bits": _("The base does not fit beside an adapter in 16 bits; in 4 bits it does."),
    "little_data": _(
        "LoRA with a small rank: %(examples)s examples are fewer than the thousand from which it is usually "
        "worth while. Better prompts may do as much."
    ),
    "large_model": _("From 10,000 million parameters LoRA: less than one in a hundred of them learns."),
    "limited_data": _(
        "With %(examples)s examples LoRA: the whole model would learn them by heart below 100,000."
    ),
    "training_not_servable": _(
        "No engine here answers with what this recipe learns. It is measured and its parts are kept, "
        "but no release can use them. Choose LoRA, QLoRA or DoRA for an adapter that shall answer."
    ),
    "rank_by_data": _("%(examples)s examples: more of them fill a higher rank."),
    "alpha_by_rank": _("Twice the rank."),
    "dropout_by_data": _("A little below 10,000 examples, against learning by heart."),
    "epochs_by_data": _("%(examples)s examples: the fewer, the more often each is read."),
    "rate_by_recipe": _("Usual for this recipe and objective."),
    "memory_is_short": _("Activations are computed twice, because they do not fit."),
    "batch_that_fits": _("The most that fit into memory at once."),
    "together": _("So that %(together)s examples lead each step."),
    "evaluated_often": _("Some times in every pass over the data (%(steps)s steps)."),
    "little_is_lost": _("So that an accident costs little."),
}


def reason(given: Mapping[str, Any]) -> str:
    text = REASONS.get(str(given["code"]))
    return str(text) % given["values"] if text else str(given["code"])


def reasons(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"setting": one["setting"], "value": one["values"]["value"], "reason": reason(one)} for one in given
    ]


def proposal(found: Proposal) -> dict[str, Any]:
    hidden = ("source", "folder", "device", "memory_limit")
    settings = {name: value for name, value in found.plan.as_json().items() if name not in hidden}
    return {
        "settings": settings,
        "reasons": reasons([one.as_json() for one in found.reasons]),
        "memory": found.estimate.as_json(),
    }


def training(found: Training) -> dict[str, Any]:
    """In the organisation's scope."""
    selectors.with_position(found)
    return {
        "id": str(found.pk),
        "name": found.name,
        "state": found.shown_state,
        "base_model": found.base.slug,
        "dataset": found.version.dataset.slug,
        "dataset_version": found.version.number,
        "recipe": found.recipe,
        "objective": found.objective,
        "settings": found.plan,
        "reasons": reasons(found.reasons),
        "memory": found.estimate,
        "replay": found.replay,
        "step": found.step,
        "steps": found.steps,
        "checkpoint": found.checkpoint,
        "metric": found.metric,
        "best": found.best,
        "best_step": found.best_step,
        "table": selectors.table_of(found),
        "forgetting": forgetting(found),
        "must_retrain": found.version.must_retrain,
        "told": {name: value for name, value in found.told.items() if name != "error"},
        "error": _error(found),
        "adapter_version": found.adapter_version.name if found.adapter_version else None,
        "made_base": found.made_base.slug if found.made_base else None,
        "sweep": str(found.sweep_id) if found.sweep_id else None,
        "device": found.device,
        "code_version": found.code_version,
        "job": jobs.as_dict(found.job) if found.job else None,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }


def forgetting(found: Training) -> float | None:
    """By how much the perplexity of general examples has risen, as a share; None where none were given."""
    before, after = found.before.get("general_perplexity"), found.after.get("general_perplexity")
    return round(after / before - 1, 6) if before and after else None


def _error(found: Training) -> dict[str, Any] | None:
    message = why(found)
    if not message:
        return None
    job = found.job
    return {
        "code": found.error_code or (job.error_code if job else ""),
        "message": message,
        "fields": found.told.get("error", {}) if found.error_code else {},
    }


def why(found: Training | Export) -> str:
    """What a person is told of a failure, empty where there was none. A job that was lost so often that
    nobody tries again has its reason alone; a kept training outlives its job."""
    code, job = found.error_code, found.job
    if job is not None and job.error_code and code in ("", job.error_code):
        return job.error_text or str(TrainingFailed(code=job.error_code).message)
    return str(TrainingFailed(code=code).message) if code else ""


def figure(found: Figure) -> dict[str, Any]:
    return {
        "part": found.part,
        "step": found.step,
        "epoch": found.epoch,
        "figures": found.figures,
        "learning_rate": found.rate,
        "gradient": found.norm,
        "tokens_per_second": found.tokens_per_second,
        "memory": found.memory,
        "created_at": found.created_at.isoformat(),
    }


def collection(found: Collection) -> dict[str, Any]:
    questions = found.questions
    return {
        "id": str(found.pk),
        "source": found.source,
        "questions": f"{questions.dataset.slug}@{questions.number}",
        "dataset": found.dataset.slug,
        "settings": found.settings,
        "figures": found.figures,
        "job": jobs.as_dict(found.job) if found.job else None,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }


def export(found: Export) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "training": str(found.training_id),
        "form": found.form,
        "settings": found.settings,
        "state": found.state,
        "figures": found.figures,
        "place": found.place,
        "error": found.error_code or None,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }


def sweep(found: Sweep) -> dict[str, Any]:
    best = selectors.best_of(found)
    return {
        "id": str(found.pk),
        "name": found.name,
        "method": found.method,
        "space": found.space,
        "seed": found.seed,
        "best": str(best.pk) if best else None,
        "trainings": [
            {
                "id": str(one.pk),
                "state": one.shown_state,
                "settings": {
                    name: one.plan.get(name, one.plan.get("options", {}).get(name)) for name in found.space
                },
                "metric": one.metric,
                "best": one.best,
            }
            for one in found.trainings.all()
        ],
        "created_at": found.created_at.isoformat(),
    }


__all__ = ["export", "figure", "forgetting", "proposal", "reason", "reasons", "sweep", "training", "why"]
