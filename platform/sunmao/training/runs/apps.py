from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class RunsConfig(AppConfig):
    name = "sunmao.training.runs"
    label = "runs"
    verbose_name = _("Trainings")
    audit_verbs = {
        "training.requested": _("Training requested"),
        "training.finished": _("Training finished"),
        "training.ability_measured": _("General ability measured before and after a training"),
        "training.failed": _("Training failed"),
        "training.cancelled": _("Training cancelled"),
        "training.resumed": _("Training resumed"),
        "training.rated": _("Human score of a training noted"),
        "training.sweep_requested": _("Search for settings requested"),
        "training.export_requested": _("Export of a training requested"),
        "training.export_finished": _("Export of a training finished"),
        "training.preferences_requested": _("Collection of preferences requested"),
        "training.preferences_collected": _("Preferences collected"),
        "training.traces_collected": _("Traces of a stronger model collected"),
    }
    # A training goes on at its last checkpoint, so that many attempts do no harm.
    job_kinds = (
        JobKind(
            name="training.run",
            handler="sunmao.training.runs.working.work",
            queue="gpu",
            max_attempts=60,
            title=_("Training"),
        ),
        JobKind(
            name="training.ability",
            handler="sunmao.training.runs.forgetting.work",
            queue="gpu",
            title=_("General ability before and after a training"),
        ),
        JobKind(
            name="training.export",
            handler="sunmao.training.runs.exporting.work",
            queue="gpu",
            title=_("Export of a training"),
        ),
        JobKind(
            name="training.collect",
            handler="sunmao.training.runs.collecting.work",
            queue="cpu",
            title=_("Collection of examples from models"),
        ),
    )
    resolvers = {
        "collection": "sunmao.training.runs.selectors.resolve_collection",
        "training": "sunmao.training.runs.selectors.resolve_training",
        "sweep": "sunmao.training.runs.selectors.resolve_sweep",
        "training_export": "sunmao.training.runs.selectors.resolve_export",
    }
    permissions = (
        Permission("training.run.read", _("See trainings")),
        Permission("training.run.start", _("Start, resume and export trainings")),
        Permission("training.run.cancel", _("Cancel trainings")),
    )
