"""The console's sidebar: what people look for, not how the code is cut."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.console.base import actor_of
from sunmao.core.errors import Message
from sunmao.core.permission import declared

SECTIONS: tuple[tuple[Message, tuple[tuple[Message, str, str, str], ...]], ...] = (
    (
        _("Knowledge"),
        (
            (_("Documents"), "description", "knowledge_document", "knowledge.document.read"),
            (_("Knowledge bases"), "library_books", "knowledge_knowledgebase", "knowledge.base.read"),
            (_("Hints"), "lightbulb", "hints_hint", "hints.hint.read"),
            (_("Data sources"), "rss_feed", "sources_source", "sources.source.read"),
            (_("Encoders"), "scatter_plot", "embedding_space", "embedding.space.read"),
            (_("Quarantine"), "gpp_maybe", "knowledge_passage", "guards.quarantine.review"),
            (_("Confirmed questions"), "school", "learning_confirmedquestion", "learning.question.read"),
            (_("Synonyms"), "compare_arrows", "learning_synonyms", "learning.synonym.manage"),
            (_("Regression cases"), "rule", "trials_case", "trials.case.read"),
            (_("Hit tests"), "speed", "trials_run", "trials.case.read"),
            (_("Rankings"), "sort", "learning_ranking", "learning.ranking.train"),
            (_("Jobs"), "pending_actions", "jobs_job", "jobs.job.read"),
        ),
    ),
    (
        _("Answers"),
        (
            (_("Answer records"), "fact_check", "answering_answerrecord", "answering.record.read_all"),
            (_("Unanswered questions"), "contact_support", "mining_cluster", "answering.unanswered.manage"),
            (_("Releases"), "deployed_code", "releases_release", "releases.release.read"),
            (_("Prompts"), "edit_note", "prompts_prompt", "prompts.prompt.read"),
            (_("Tool calls"), "build", "tooling_tooluse", "tooling.call.read"),
            (_("Outside tools"), "extension", "tooling_server", "tooling.server.manage"),
            (_("Suites"), "checklist", "evaluation_suite", "evaluation.suite.read"),
            (_("Evaluations"), "monitoring", "evaluation_run", "evaluation.suite.read"),
            (_("Rate answers"), "thumbs_up_down", "judging_item", "judging.rating.give"),
            (_("Rating rounds"), "reviews", "judging_round", "evaluation.suite.read"),
            (_("Judges"), "gavel", "judging_judge", "evaluation.suite.read"),
        ),
    ),
    (
        _("Models"),
        (
            (_("Base models"), "memory", "modelhub_basemodel", "modelhub.model.read"),
            (_("Adapters"), "extension", "modelhub_adapterversion", "modelhub.model.read"),
            (_("Heads"), "label", "heads_headversion", "heads.head.read"),
            (_("Data sets"), "dataset", "datasets_dataset", "datasets.set.read"),
            (_("Versions of data sets"), "history", "datasets_version", "datasets.set.read"),
            (_("Examples"), "format_list_bulleted", "datasets_row", "datasets.set.read"),
            (_("Trainings"), "model_training", "runs_training", "training.run.read"),
            (_("Searches for settings"), "tune", "runs_sweep", "training.run.read"),
        ),
    ),
    (
        _("Contracts"),
        (
            (_("Reviews"), "gavel", "contract_review_review", "contract_review.contract.read"),
            (_("Rules"), "rule", "contract_review_playbookversion", "contract_review.playbook.edit"),
            (_("Figures"), "percent", "contract_review_parameter", "contract_review.playbook.edit"),
            (
                _("Clause library"),
                "article",
                "contract_review_clausetemplate",
                "contract_review.playbook.edit",
            ),
        ),
    ),
    (
        _("Access"),
        (
            (_("Members"), "group", "accounts_membership", "accounts.member.manage"),
            (_("Invitations"), "mail", "signin_invitation", "accounts.member.manage"),
            (_("Teams"), "groups", "accounts_team", "accounts.team.manage"),
            (_("Roles"), "badge", "accounts_role", "accounts.role.manage"),
            (_("API keys"), "key", "accounts_apikey", "accounts.key.manage"),
            (_("Limits of use"), "speed", "accounts_quota", "accounts.quota.manage"),
            (_("Identity providers"), "passkey", "signin_connection", "accounts.signin.manage"),
            (_("Sign-in rules"), "lock", "signin_policy", "accounts.signin.manage"),
            (_("Audit log"), "history", "audit_entry", "audit.entry.read"),
            (_("Personal data"), "privacy_tip", "guards_personaldatapolicy", "guards.policy.manage"),
            (_("Surrogates"), "swap_horiz", "guards_surrogatemap", "privacy.surrogate.reverse"),
            (_("A person's rights"), "person_search", "core_personkey", "privacy.person.export"),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Only what the person may open."""
    actor = actor_of(request)
    if not actor:
        return []
    sections = []
    for title, entries in SECTIONS:
        items = [
            {"title": name, "icon": icon, "link": reverse(f"admin:{model}_changelist")}
            for name, icon, model, permission in entries
            if permission in declared() and actor.can(permission)
        ]
        if items:
            sections.append({"title": title, "separator": True, "items": items})
    return sections
