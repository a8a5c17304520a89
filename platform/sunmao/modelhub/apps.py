from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class ModelhubConfig(AppConfig):
    name = "sunmao.modelhub"
    label = "modelhub"
    verbose_name = _("Models")
    stored_files = "sunmao.modelhub.selectors.stored_files"
    audit_verbs = {
        "base_model.added": _("Base model added"),
        "base_model.read": _("Base model read"),
        "base_model.changed": _("Base model changed"),
        "base_model.kept": _("Base model taken into the encrypted store"),
        "base_model.shared": _("Base model shared with the installation"),
        "base_model.retired": _("Base model retired"),
        "adapter.imported": _("Adapter version imported"),
        "adapter.registered": _("Adapter version registered"),
        "adapter.exported": _("Adapter version exported"),
        "adapter.pinned": _("Adapter version pinned"),
        "adapter.unpinned": _("Adapter version unpinned"),
        "adapter.retired": _("Adapter version retired"),
        "adapter.removed": _("Adapter version removed"),
        "parity.requested": _("Parity check requested"),
        "parity.finished": _("Parity check finished"),
    }
    job_kinds = (
        JobKind(
            name="modelhub.read_base",
            handler="sunmao.modelhub.reading.work",
            queue="cpu",
            title=_("Read a base model"),
        ),
        JobKind(
            name="modelhub.keep_base",
            handler="sunmao.modelhub.reading.work_and_keep",
            queue="cpu",
            title=_("Read and keep a base model"),
        ),
    )
    resolvers = {
        "base_model": "sunmao.modelhub.selectors.resolve_base",
        "adapter": "sunmao.modelhub.selectors.resolve_adapter",
        "adapter_version": "sunmao.modelhub.selectors.resolve_version",
    }
    permissions = (
        Permission("modelhub.model.read", _("See models and adapters")),
        Permission("modelhub.model.manage", _("Add, check, pin and retire models and adapters")),
        Permission("modelhub.adapter.export", _("Export adapters")),
    )

    def ready(self) -> None:
        from sunmao.modelhub import checks  # noqa: F401  registers the system checks
