from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class KnowledgeConfig(AppConfig):
    name = "sunmao.knowledge"
    label = "knowledge"
    verbose_name = _("Knowledge")
    personal_data = "sunmao.knowledge.personal_data.Documents"
    audit_verbs = {
        "base.created": _("Knowledge base made"),
        "base.rolled_back": _("Knowledge base rolled back"),
        "document.received": _("Document received"),
        "document.published": _("Document published"),
        "document.deleted": _("Document removed"),
        "document.reviewed": _("Document reviewed"),
        "revision.dated": _("Days in force of a revision changed"),
        "passage.released": _("Passage released from quarantine"),
        "passage.removed": _("Passage removed from quarantine"),
    }
    job_kinds = (
        JobKind(
            name="knowledge.ingest",
            handler="sunmao.knowledge.ingestion.ingest",
            queue="cpu",
            title=_("Read a document"),
        ),
    )
    stored_files = "sunmao.knowledge.selectors.stored_files"
    resolvers = {
        "base": "sunmao.knowledge.selectors.resolve_base",
        "batch": "sunmao.knowledge.reading.resolve_batch",
        "document": "sunmao.knowledge.selectors.resolve_document",
        "document_of_any_version": "sunmao.knowledge.selectors.resolve_document_of_any_version",
        "held_passage": "sunmao.knowledge.quarantine.resolve_held_passage",
        "job": "sunmao.knowledge.selectors.resolve_job",
        "passage": "sunmao.knowledge.selectors.resolve_passage",
    }
    permissions = (
        Permission("knowledge.base.read", _("List knowledge bases"), narrowable=True),
        Permission("knowledge.base.read_internal", _("See internal knowledge bases"), narrowable=True),
        Permission("knowledge.base.create", _("Make knowledge bases"), narrowable=True),
        Permission("knowledge.base.rollback", _("Roll knowledge bases back"), narrowable=True),
        Permission("knowledge.document.read", _("See documents"), narrowable=True),
        Permission("knowledge.document.upload", _("Upload documents"), narrowable=True),
        Permission("knowledge.document.date", _("Say when documents are in force"), narrowable=True),
        Permission("knowledge.document.delete", _("Remove documents"), narrowable=True),
        Permission("knowledge.passage.read", _("Read passages and their sources"), narrowable=True),
    )
