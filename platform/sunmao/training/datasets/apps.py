from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind

_WORK = "sunmao.training.datasets.working.work"


class DatasetsConfig(AppConfig):
    name = "sunmao.training.datasets"
    label = "datasets"
    verbose_name = _("Data sets")
    personal_data = "sunmao.training.datasets.personal_data.Examples"
    stored_files = "sunmao.training.datasets.selectors.stored_files"
    audit_verbs = {
        "dataset.created": _("Data set created"),
        "dataset.changed": _("Data set changed"),
        "dataset.version_begun": _("Version of a data set begun"),
        "dataset.step_requested": _("Step of a data set requested"),
        "dataset.step_finished": _("Step of a data set finished"),
        "dataset.examples_added": _("Examples added to a data set"),
        "dataset.example_changed": _("Example of a data set changed"),
        "dataset.example_ended": _("Example taken out of a data set"),
        "dataset.example_annotated": _("Example of a data set annotated"),
        "dataset.restored": _("Version of a data set restored"),
        "dataset.frozen": _("Version of a data set frozen"),
        "dataset.approved": _("Version of a data set approved"),
        "dataset.refused": _("Version of a data set refused"),
        "dataset.retired": _("Version of a data set retired"),
        "dataset.exported": _("Data set exported"),
        "training_consent.given": _("Consent to training given"),
        "training_consent.withdrawn": _("Consent to training withdrawn"),
    }
    job_kinds = (
        JobKind(name="datasets.import", handler=_WORK, queue="cpu", title=_("Import into a data set")),
        JobKind(name="datasets.gather", handler=_WORK, queue="cpu", title=_("Gather examples")),
        JobKind(
            name="datasets.generate", handler=_WORK, queue="cpu", title=_("Questions from a knowledge base")
        ),
        JobKind(name="datasets.clean", handler=_WORK, queue="cpu", title=_("Clean a data set")),
        JobKind(name="datasets.mask", handler=_WORK, queue="cpu", title=_("Mask a data set")),
        JobKind(name="datasets.label", handler=_WORK, queue="cpu", title=_("Label a data set")),
        JobKind(name="datasets.split", handler=_WORK, queue="cpu", title=_("Split a data set")),
        JobKind(name="datasets.check", handler=_WORK, queue="cpu", title=_("Search a data set for leaks")),
    )
    resolvers = {
        "dataset": "sunmao.training.datasets.selectors.resolve_dataset",
        "dataset_version": "sunmao.training.datasets.selectors.resolve_version",
        "dataset_row": "sunmao.training.datasets.selectors.resolve_row",
        "dataset_step": "sunmao.training.datasets.selectors.resolve_step",
    }
    permissions = (
        Permission("datasets.set.read", _("See data sets")),
        Permission("datasets.set.edit", _("Change data sets")),
        Permission("datasets.set.annotate", _("Annotate examples")),
        Permission("datasets.set.approve", _("Approve data sets for training")),
    )
