from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class EmbeddingConfig(AppConfig):
    name = "sunmao.knowledge.embedding"
    label = "embedding"
    verbose_name = _("Vectors")
    audit_verbs = {
        "space.requested": _("Re-embedding of a base requested"),
        "space.served": _("Vectors of an encoder put to use"),
    }
    job_kinds = (
        JobKind(
            name="embedding.reembed",
            handler="sunmao.knowledge.reembedding.build",
            queue="cpu",
            title=_("Make the vectors of a base anew"),
        ),
        JobKind(
            name="embedding.settle",
            handler="sunmao.knowledge.reembedding.settle",
            queue="cpu",
            title=_("Bring the search indexes of a base up to date"),
        ),
    )
    resolvers = {"space": "sunmao.knowledge.embedding.spaces.resolve_space"}
    permissions = (
        Permission("embedding.space.read", _("See which encoder serves a base"), narrowable=True),
        Permission("embedding.space.rebuild", _("Change the encoder of a base"), narrowable=True),
    )
