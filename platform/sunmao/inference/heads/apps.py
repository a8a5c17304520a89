from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.jobs.registry import JobKind


class HeadInferenceConfig(AppConfig):
    """The tables are those of `modelhub.heads`; what answers with them lies here, above them."""

    name = "sunmao.inference.heads"
    label = "inference_heads"
    verbose_name = _("Heads")
    job_kinds = (
        JobKind(
            name="heads.classify",
            handler="sunmao.inference.heads.working.classify",
            queue="cpu",
            title=_("Tell the labels of texts"),
        ),
    )
