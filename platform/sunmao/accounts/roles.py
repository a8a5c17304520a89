"""Built-in roles as data: which permissions each has. Roles of an organisation's own are rows.

A built-in role is a row too, so that grants can name it, but what it may do is decided here: an upgrade that
brings a permission gives it to those who hold the role, without touching rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message
from sunmao.core.permission import declared
from sunmao.core.vertical import configs, installed


class BuiltIn(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMINISTRATOR = "administrator", _("Administrator")
    KNOWLEDGE_EDITOR = "knowledge_editor", _("Knowledge editor")
    MODEL_ENGINEER = "model_engineer", _("Model engineer")
    REVIEWER = "reviewer", _("Reviewer")
    AGENT = "agent", _("Agent")
    AUDITOR = "auditor", _("Auditor")
    END_USER = "end_user", _("End user")
    CHANNEL = "channel", _("Channel")


ASK = frozenset(
    {"answering.task.run", "answering.record.read_own", "knowledge.passage.read", "tooling.outside.use"}
)
READ_KNOWLEDGE = frozenset({"knowledge.base.read", "knowledge.document.read", "jobs.job.read"})
EDIT_KNOWLEDGE = READ_KNOWLEDGE | {
    "answering.unanswered.manage",
    "console.site.open",
    "embedding.space.read",
    "embedding.space.rebuild",
    "graph.base.switch",
    "guards.quarantine.review",
    "hints.hint.read",
    "hints.hint.settle",
    "judging.rating.give",
    "jobs.job.cancel",
    "jobs.job.retry",
    "knowledge.base.create",
    "knowledge.base.read_internal",
    "knowledge.base.rollback",
    "knowledge.document.date",
    "knowledge.document.delete",
    "knowledge.document.upload",
    "learning.question.confirm",
    "learning.question.read",
    "learning.ranking.train",
    "sources.source.manage",
    "sources.source.read",
    "learning.synonym.manage",
    "trials.case.read",
    "trials.case.write",
    "trials.run.start",
}
REVIEW = READ_KNOWLEDGE | {
    "answering.record.read_all",
    "answering.unanswered.manage",
    "console.site.open",
    "datasets.set.annotate",
    "datasets.set.approve",
    "datasets.set.read",
    "evaluation.suite.edit",
    "evaluation.suite.read",
    "guards.quarantine.review",
    "hints.hint.read",
    "hints.hint.settle",
    "judging.rating.give",
    "judging.round.manage",
    "knowledge.base.read_internal",
    "releases.release.approve",
    "releases.release.read",
    "prompts.prompt.comment",
    "prompts.prompt.read",
    "prompts.prompt.review",
    "trials.case.read",
}
ENGINEER = READ_KNOWLEDGE | {
    "answering.media.make",
    "answering.model.chat",
    "answering.record.read_all",
    "answering.text.embed",
    "tooling.call.read",
    "console.site.open",
    "datasets.set.annotate",
    "datasets.set.edit",
    "datasets.set.read",
    "evaluation.run.start",
    "evaluation.suite.edit",
    "evaluation.suite.read",
    "judging.judge.manage",
    "judging.rating.give",
    "judging.round.manage",
    "jobs.job.cancel",
    "jobs.job.retry",
    "embedding.space.read",
    "embedding.space.rebuild",
    "knowledge.base.read_internal",
    "releases.release.compose",
    "releases.release.promote",
    "heads.head.activate",
    "heads.head.read",
    "heads.head.train",
    "modelhub.adapter.export",
    "modelhub.model.manage",
    "modelhub.model.read",
    "prompts.playground.run",
    "prompts.prompt.comment",
    "prompts.prompt.edit",
    "prompts.prompt.read",
    "releases.release.read",
    "training.run.cancel",
    "training.run.read",
    "training.run.start",
    "trials.case.read",
    "trials.case.write",
    "trials.run.start",
}
AUDIT = READ_KNOWLEDGE | {
    "answering.record.read_all",
    "audit.entry.export",
    "audit.entry.read",
    "console.site.open",
    "datasets.set.read",
    "evaluation.suite.read",
    "heads.head.read",
    "releases.release.read",
    "tooling.call.read",
    "training.run.read",
    "prompts.prompt.read",
}
SERVE = frozenset({"knowledge.base.read", "knowledge.base.read_internal"})
OWNERS_ALONE = frozenset({"accounts.owner.manage", "privacy.surrogate.reverse"})
"""What an administrator may not do: appoint owners, and turn surrogates back into personal data."""

PERMISSIONS: Mapping[str, frozenset[str]] = {
    BuiltIn.KNOWLEDGE_EDITOR: ASK | EDIT_KNOWLEDGE,
    BuiltIn.MODEL_ENGINEER: ASK | ENGINEER,
    BuiltIn.REVIEWER: ASK | REVIEW,
    BuiltIn.AGENT: ASK | SERVE,
    BuiltIn.AUDITOR: ASK | AUDIT,
    BuiltIn.END_USER: ASK,
    BuiltIn.CHANNEL: ASK,
}


@dataclass(frozen=True, kw_only=True)
class Definition:
    """`vertical` narrows every grant of the role to one business line."""

    slug: str
    title: Message
    permissions: frozenset[str]
    vertical: str = ""


@cache
def built_in() -> Mapping[str, Definition]:
    """By slug: those of every organisation, then the reviewers that business lines name."""
    everything = frozenset(declared())
    permissions = {
        BuiltIn.OWNER: everything,
        BuiltIn.ADMINISTRATOR: everything - OWNERS_ALONE,
        **{role: given | _of_verticals(role) for role, given in PERMISSIONS.items()},
    }
    own = [
        Definition(slug=role.value, title=role.label, permissions=permissions[role.value]) for role in BuiltIn
    ]
    reviewers = [
        Definition(
            slug=line.reviewer.slug,
            title=line.reviewer.title,
            permissions=PERMISSIONS[BuiltIn.REVIEWER].union(line.reviewer.permissions),
            vertical=line.slug,
        )
        for line in installed()
        if line.reviewer
    ]
    return {role.slug: role for role in (*own, *reviewers)}


def _of_verticals(role: str) -> frozenset[str]:
    """What the installed business lines give a built-in role in their own matters."""
    return frozenset().union(*(config.role_permissions.get(role, ()) for config in configs()))


def permissions_of(role: str) -> frozenset[str]:
    """What a built-in role may do; of any other name, nothing."""
    known = built_in().get(role)
    return known.permissions if known else frozenset()


def fit_for_keys(permissions: frozenset[str]) -> bool:
    """A stolen key must not be able to make keys, members or rights."""
    known = declared()
    return all(name in known and known[name].for_keys for name in permissions)
