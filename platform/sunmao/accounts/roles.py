"""Built-in roles as data. A permission is `<app>.<noun>.<verb>`; each app names its own."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMINISTRATOR = "administrator", _("Administrator")
    KNOWLEDGE_EDITOR = "knowledge_editor", _("Knowledge editor")
    AUDITOR = "auditor", _("Auditor")
    END_USER = "end_user", _("End user")
    CHANNEL = "channel", _("Channel")


ASK = frozenset({"answering.task.run", "answering.record.read_own", "knowledge.passage.read"})
READ_KNOWLEDGE = frozenset({"knowledge.base.read", "knowledge.document.read", "jobs.job.read"})
EDIT_KNOWLEDGE = READ_KNOWLEDGE | {
    "knowledge.base.create",
    "knowledge.base.read_internal",
    "knowledge.document.upload",
    "knowledge.document.delete",
    "jobs.job.cancel",
    "jobs.job.retry",
}
AUDIT = frozenset({"audit.entry.read", "answering.record.read_all", "console.site.open"})
ADMINISTER = frozenset({"accounts.member.manage", "accounts.key.manage", "releases.release.read"})

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.OWNER: ASK | EDIT_KNOWLEDGE | AUDIT | ADMINISTER,
    Role.ADMINISTRATOR: ASK | EDIT_KNOWLEDGE | AUDIT | ADMINISTER,
    Role.KNOWLEDGE_EDITOR: ASK | EDIT_KNOWLEDGE | {"console.site.open"},
    Role.AUDITOR: ASK | READ_KNOWLEDGE | AUDIT,
    Role.END_USER: ASK,
    Role.CHANNEL: ASK,
}


KEY_ROLES = (Role.CHANNEL, Role.KNOWLEDGE_EDITOR)
"""What a key may be: something that asks, or something that feeds knowledge."""


def permissions_of(role: str) -> frozenset[str]:
    return PERMISSIONS.get(role, frozenset())
