from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.jobs.registry import JobKind


class HeadTrainingConfig(AppConfig):
    """The tables are those of `modelhub.heads`; what learns lies here, above them."""

    name = "sunmao.training.heads"
    label = "training_heads"
    verbose_name = _("Heads")
    job_kinds = (
        JobKind(
            name="heads.train",
            handler="sunmao.training.heads.working.train",
            queue="cpu",
            title=_("Train a head"),
        ),
    )
