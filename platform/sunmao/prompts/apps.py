from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission


class PromptsConfig(AppConfig):
    name = "sunmao.prompts"
    label = "prompts"
    verbose_name = _("Prompts")
    personal_data = "sunmao.prompts.personal_data.Prompts"
    permissions = (
        Permission("prompts.prompt.read", _("See prompts and their history")),
        Permission("prompts.prompt.comment", _("Comment on prompts")),
        Permission("prompts.prompt.edit", _("Write prompts and their cases")),
        Permission("prompts.prompt.review", _("Approve prompts")),
        Permission("prompts.playground.run", _("Try prompts with models")),
    )
    resolvers = {
        "prompt": "sunmao.prompts.selectors.resolve_prompt",
        "prompt_version": "sunmao.prompts.selectors.resolve_version",
        "prompt_review": "sunmao.prompts.selectors.resolve_review",
        "prompt_case": "sunmao.prompts.selectors.resolve_case",
        "playground_run": "sunmao.prompts.selectors.resolve_playground_run",
        "optimisation": "sunmao.prompts.selectors.resolve_optimisation",
    }
    audit_verbs = {
        "prompt.published": _("Prompt published"),
        "prompt.created": _("Prompt made"),
        "prompt.saved": _("Version of a prompt saved"),
        "prompt.restored": _("Earlier version of a prompt restored"),
        "prompt.seed_declined": _("Newer text of the product declined"),
        "prompt.rule_changed": _("Rule of a prompt changed"),
        "prompt.review_requested": _("Review of a prompt requested"),
        "prompt.approved": _("Version of a prompt approved"),
        "prompt.rejected": _("Version of a prompt rejected"),
        "prompt.commented": _("Prompt commented on"),
        "prompt_case.saved": _("Case of a prompt saved"),
        "prompt_case.removed": _("Case of a prompt removed"),
    }
