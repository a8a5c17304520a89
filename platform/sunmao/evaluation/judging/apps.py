from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class JudgingConfig(AppConfig):
    name = "sunmao.evaluation.judging"
    label = "judging"
    verbose_name = _("Judges and ratings")
    stored_files = "sunmao.evaluation.judging.selectors.stored_files"
    personal_data = "sunmao.evaluation.judging.personal_data.Ratings"
    audit_verbs = {
        "judge.created": _("Judge created"),
        "judge.changed": _("Judge changed"),
        "judge.removed": _("Judge removed"),
        "judge.calibration_requested": _("Calibration of a judge requested"),
        "judge.calibrated": _("Judge calibrated"),
        "rating_round.opened": _("Rating round opened"),
        "rating_round.assigned": _("Raters assigned"),
        "rating_round.closed": _("Rating round closed"),
        "rating.given": _("Answer rated"),
    }
    job_kinds = (
        JobKind(
            name="judging.calibrate",
            handler="sunmao.evaluation.judging.calibrating.work",
            queue="cpu",
            title=_("Calibration of a judge"),
        ),
    )
    resolvers = {
        "judge": "sunmao.evaluation.judging.selectors.resolve_judge",
        "rating_round": "sunmao.evaluation.judging.selectors.resolve_round",
        "rating_item": "sunmao.evaluation.judging.selectors.resolve_item",
    }
    permissions = (
        Permission("judging.judge.manage", _("Make and calibrate judges")),
        Permission("judging.round.manage", _("Open and close rating rounds")),
        Permission("judging.rating.give", _("Rate answers")),
    )
