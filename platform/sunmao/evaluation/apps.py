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
            name="evaluation.parity",
            handler="sunmao.evaluation.parity.checking.work",
            queue="gpu",
            title=_("Check the parity of an adapter"),
        ),
    )
