from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class TrialsConfig(AppConfig):
    name = "sunmao.knowledge.trials"
    label = "trials"
    verbose_name = _("Hit testing")
    personal_data = "sunmao.knowledge.trials.personal_data.Trials"
    audit_verbs = {
        "trial.asked": _("Hit test of a question"),
        "trial_case.saved": _("Regression case saved"),
        "trial_case.removed": _("Regression case removed"),
        "trial_run.requested": _("Hit test of many questions requested"),
        "trial_run.finished": _("Hit test of many questions finished"),
    }
    job_kinds = (
        JobKind(
            name="trials.run",
            handler="sunmao.knowledge.trials.running.work",
            queue="cpu",
            title=_("Hit test of many questions"),
        ),
    )
    resolvers = {
        "trial": "sunmao.knowledge.trials.selectors.resolve_trial",
        "trial_case": "sunmao.knowledge.trials.selectors.resolve_case",
        "trial_run": "sunmao.knowledge.trials.selectors.resolve_run",
    }
    permissions = (
        Permission("trials.case.read", _("Try questions and see hit tests"), narrowable=True),
        Permission("trials.case.write", _("Save and remove regression cases"), narrowable=True),
        Permission("trials.run.start", _("Run hit tests of many questions"), narrowable=True),
    )
