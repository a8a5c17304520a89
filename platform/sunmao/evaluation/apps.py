from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.jobs.registry import JobKind


class EvaluationConfig(AppConfig):
    name = "sunmao.evaluation"
    label = "evaluation"
    verbose_name = _("Evaluation")
    job_kinds = (
        JobKind(
            name="evaluation.try_prompt",
            handler="sunmao.evaluation.playground.working.work",
            queue="cpu",
            title=_("Prompts tried"),
        ),
        JobKind(
            name="evaluation.optimise_prompt",
            handler="sunmao.evaluation.optimising.working.work",
            queue="cpu",
            title=_("Search for a better prompt"),
        ),
    )
    audit_verbs = {
        "prompt.tried": _("Prompt tried"),
        "prompt.try_finished": _("Try of a prompt finished"),
        "prompt.optimisation_requested": _("Search for a better prompt requested"),
        "prompt.optimisation_finished": _("Search for a better prompt finished"),
    }
