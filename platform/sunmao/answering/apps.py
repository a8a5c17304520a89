from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.audit.contents import AuditedContent
from sunmao.core.permission import Permission


class AnsweringConfig(AppConfig):
    name = "sunmao.answering"
    label = "answering"
    verbose_name = _("Answers")
    personal_data = "sunmao.answering.people.held.Answers"
    kept_with_audit = "sunmao.answering.purging.purge"
    resolvers = {
        "conversation": "sunmao.answering.selectors.resolve_conversation",
        "exchange": "sunmao.answering.selectors.resolve_exchange",
        "record": "sunmao.answering.selectors.resolve_record",
    }
    permissions = (
        Permission("answering.task.run", _("Ask questions and run tasks"), narrowable=True),
        Permission("answering.record.read_own", _("Read the accounts of one's own answers"), narrowable=True),
        Permission("answering.record.read_all", _("Read the accounts of all answers"), narrowable=True),
        Permission("privacy.person.export", _("Export a person's data"), for_keys=False),
        Permission("privacy.person.erase", _("Erase a person's data"), for_keys=False),
    )
    audit_verbs = {
        "question.refused": _("Question refused"),
        "answer.intended": _("Answer begun"),
        "answer.recorded": _("Answer recorded"),
        "answer.rated": _("Answer rated"),
        "answers.purged": _("Answers purged"),
        "person.exported": _("Personal data exported"),
        "person.erased": _("Personal data erased"),
    }
    # A column that is added goes into a next version; the entries of before keep theirs.
    audited_contents = (
        AuditedContent(
            verb="answer.recorded",
            table="answering_answerrecord",
            columns={
                1: (
                    "id", "organisation_id", "exchange_id", "release_id", "actor_kind", "actor_id",
                    "person_key", "task", "question", "language", "outcome", "text", "citations", "findings",
                    "read", "knowledge", "prompt_version_id", "engine", "model", "relevance", "label",
                    "guards", "spans", "seconds", "created_at",
                ),
            },
        ),
    )  # fmt: skip
