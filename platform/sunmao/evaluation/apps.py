from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class EvaluationConfig(AppConfig):
    name = "sunmao.evaluation"
    label = "evaluation"
    verbose_name = _("Evaluation")
    personal_data = "sunmao.evaluation.personal_data.Cases"
    audit_verbs = {
        "suite.created": _("Suite created"),
        "suite.changed": _("Suite changed"),
        "suite_cases.added": _("Cases added to a suite"),
        "suite_case.ended": _("Case taken out of a suite"),
        "evaluation.requested": _("Evaluation requested"),
        "evaluation.finished": _("Evaluation finished"),
        "evaluation.exported": _("Evaluation exported"),
        "gate.requested": _("Judgement of a release requested"),
        "prompt.tried": _("Prompt tried"),
        "prompt.try_finished": _("Try of a prompt finished"),
        "prompt.optimisation_requested": _("Search for a better prompt requested"),
        "prompt.optimisation_finished": _("Search for a better prompt finished"),
    }
    evaluations = {"ability": "sunmao.evaluation.ability.command.AbilityEvaluation"}
    job_kinds = (
        JobKind(
            name="evaluation.run",
            handler="sunmao.evaluation.suites.running.work",
            queue="cpu",
            title=_("Evaluation of a release"),
        ),
        JobKind(
            name="evaluation.gate",
            handler="sunmao.evaluation.gates.judging.work",
            queue="cpu",
            title=_("Gate of a release"),
        ),
        JobKind(
            name="evaluation.shadow",
            handler="sunmao.evaluation.live.shadowing.work",
            queue="cpu",
            title=_("Answers of a release in the shadow"),
        ),
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
        JobKind(
            name="evaluation.parity",
            handler="sunmao.evaluation.parity.checking.work",
            queue="gpu",
            title=_("Check the parity of an adapter"),
        ),
    )
    resolvers = {
        "suite": "sunmao.evaluation.selectors.resolve_suite",
        "suite_case": "sunmao.evaluation.selectors.resolve_case",
        "evaluation": "sunmao.evaluation.selectors.resolve_run",
    }
    permissions = (
        Permission("evaluation.suite.read", _("See suites and evaluations")),
        Permission("evaluation.suite.edit", _("Change suites and their cases")),
        Permission("evaluation.run.start", _("Run evaluations")),
    )
