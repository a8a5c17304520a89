from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class ToolingConfig(AppConfig):
    name = "sunmao.answering.tooling"
    label = "tooling"
    verbose_name = _("Tools")
    personal_data = "sunmao.answering.tooling.personal_data.Used"
    tools = (
        "sunmao.inference.tools.builtin.reckoning.calculate",
        "sunmao.inference.tools.builtin.reckoning.dates",
        "sunmao.answering.tooling.builtin.knowledge.search_knowledge",
        "sunmao.answering.tooling.builtin.knowledge.read_document",
        "sunmao.answering.tooling.builtin.querying.query_data",
        "sunmao.answering.tooling.builtin.reviewing.mark_reviewed",
    )
    query_views = ("sunmao.answering.tooling.builtin.views.DOCUMENTS",)
    audit_verbs = {
        "mcp.listed": _("Tools or bases listed over MCP"),
        "tool.called": _("Tool called"),
        "tool.proposed": _("Action proposed by a model"),
        "tool.confirmed": _("Action confirmed and done"),
        "tool.confirmation_failed": _("Confirmed action failed"),
        "tool.cancelled": _("Proposed action cancelled"),
        "tool.finished": _("Long-running tool finished"),
        "server.added": _("Outside tool server added"),
        "server.removed": _("Outside tool server removed"),
        "server.looked_up": _("Tools of an outside server looked up"),
        "outside_tool.approved": _("Outside tool approved"),
        "outside_tool.suspended": _("Outside tool suspended"),
    }
    job_kinds = (
        JobKind(
            name="tooling.call",
            handler="sunmao.answering.tooling.background.work",
            queue="cpu",
            title=_("Run a tool"),
            max_attempts=1,
        ),
    )
    resolvers = {
        "action": "sunmao.answering.tooling.selectors.resolve_action",
        "tool_server": "sunmao.answering.tooling.outside.selectors.resolve_server",
        "outside_tool": "sunmao.answering.tooling.outside.selectors.resolve_tool",
    }
    permissions = (
        Permission("tooling.call.read", _("See which tools were called")),
        Permission("tooling.outside.use", _("Have outside tools called"), narrowable=True),
        Permission("tooling.server.manage", _("Manage outside tools"), for_keys=False),
    )
