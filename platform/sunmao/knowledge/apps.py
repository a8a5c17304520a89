from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.jobs.registry import JobKind


class KnowledgeConfig(AppConfig):
    name = "sunmao.knowledge"
    label = "knowledge"
    verbose_name = _("Knowledge")
    job_kinds = (JobKind(name="knowledge.ingest", handler="sunmao.knowledge.ingestion.ingest", queue="cpu"),)
