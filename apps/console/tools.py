"""Tools in the console: which were called, and which of others' may be."""

from __future__ import annotations

import json
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from apps.console.access_pages import FormPage
from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.answering.tooling.models import OutsideState, OutsideTool, Server, ToolUse, UseState
from sunmao.answering.tooling.outside import selectors, services
from sunmao.answering.tooling.outside.selectors import MANAGE
from sunmao.answering.tooling.presenting import state_of
from sunmao.answering.tooling.selectors import READ_ALL, uses_visible_to
from sunmao.core.errors import Message, SunmaoError
from sunmao.core.ids import reference
from sunmao.inference.mcp.client import OutsideServerFailed

EFFECTS: dict[str, Message] = {
    "read": _("only reads"),
    "write": _("changes something"),
    "money": _("moves money"),
}
COLOURS = {
    UseState.DONE: "success", UseState.EXECUTED: "success", UseState.FAILED: "danger",
    UseState.EXECUTING: "warning", UseState.PROPOSED: "warning", UseState.QUEUED: "info",
    UseState.CANCELLED: "info", UseState.EXPIRED: "info",
}  # fmt: skip
TOOL_COLOURS = {
    OutsideState.APPROVED: "success",
    OutsideState.FOUND: "warning",
    OutsideState.SUSPENDED: "danger",
    OutsideState.GONE: "info",
}


@admin.register(ToolUse)
class ToolUseAdmin(ReadOnlyAdmin):
    """Which tool, when, and what came of it; what was asked of it are the words of the person concerned."""

    view_permission = READ_ALL
    list_display = ("tool", "shown_effect", "shown_state", "error_code", "milliseconds", "task", "created_at")
    list_filter = ("state", "effect", "tool")
    list_select_related = ("job",)
    fields = (
        "tool", "shown_effect", "state_name", "error_code", "repairs", "milliseconds", "task",
        "created_at", "ended_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[ToolUse]:
        return uses_visible_to(actor_of(request))

    @display(description=_("effect"), ordering="effect")
    def shown_effect(self, obj: ToolUse) -> Message:
        return EFFECTS.get(obj.effect, "–")

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: ToolUse) -> tuple[str, Message]:
        return state_of(obj).value, state_of(obj).label

    @display(description=_("state"))
    def state_name(self, obj: ToolUse) -> Message:
        return state_of(obj).label


class ServerForm(forms.Form):
    slug = forms.SlugField(
        label=_("short name"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("It stands before the names of its tools."),
    )
    name = forms.CharField(label=_("name"), max_length=120, required=False, widget=UnfoldAdminTextInputWidget)
    url = forms.CharField(
        label=_("address"), widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "https://…/mcp"})
    )
    secret = forms.CharField(
        label=_("key"),
        required=False,
        widget=UnfoldAdminPasswordWidget,
        help_text=_("It is sent as a bearer token, and kept sealed."),
    )


@admin.register(Server)
class ServerAdmin(FormPage):
    view_permission = manage_permission = MANAGE
    list_display = ("name", "slug", "url", "approved", "shown_problem", "looked_at")
    fields = ("name", "slug", "url", "shown_problem", "looked_at", "created_at")
    change_form_outer_after_template = "console/tool_server.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Server]:
        allowed = Count("tools", filter=Q(tools__state=OutsideState.APPROVED))
        return selectors.servers(actor_of(request)).annotate(allowed=allowed, offered=Count("tools"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        form = ServerForm(request.POST or None)
        return self.form_page(request, form, services.add_server, title=_("Allow an outside tool server"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        server = self.get_queryset(request).filter(pk=reference(object_id)).first()
        if server and request.method == "POST":
            return self._press(request, server)
        shown = {"server": server, "tools": [_shown(one) for one in server.tools.all()]} if server else {}
        return cast(
            HttpResponse,
            super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown}),
        )

    def _press(self, request: HttpRequest, server: Server) -> HttpResponse:
        """A button of the page; an empty form changes nothing."""
        if not actor_of(request).can(MANAGE):
            raise PermissionDenied
        if "look" in request.POST:
            self.attempt(request, gettext("The tools were looked up."), services.look_up, server=server)
        elif "remove" in request.POST:
            self.attempt(request, gettext("The server was removed."), services.remove_server, server=server)
            return redirect(self.list_url)
        elif tool := server.tools.filter(pk=reference(request.POST.get("tool"))).first():
            self._decide(request, tool)
        return redirect(request.path)

    def _decide(self, request: HttpRequest, tool: OutsideTool) -> None:
        if "approve" in request.POST:
            given = {name: request.POST.get(name, "") for name in ("digest", "effect")}
            self.attempt(request, gettext("The tool was approved."), services.approve, tool=tool, **given)
        elif "suspend" in request.POST:
            self.attempt(request, gettext("The tool was suspended."), services.suspend, tool=tool)

    def attempt(self, request: HttpRequest, done: str, verb: Any, **arguments: Any) -> bool:
        try:
            verb(actor=actor_of(request), **arguments)
        except SunmaoError as error:
            told = "; ".join(str(text) for text in error.fields.values())
            self.message_user(request, f"{error.message} {told}".strip(), messages.ERROR)
            return False
        self.message_user(request, done, messages.SUCCESS)
        return True

    @display(description=_("approved tools"))
    def approved(self, obj: Any) -> str:
        return f"{obj.allowed} / {obj.offered}"

    @display(description=_("problem"))
    def shown_problem(self, obj: Server) -> Message:
        return OutsideServerFailed(code=obj.problem).message if obj.problem else ""


def _shown(tool: OutsideTool) -> dict[str, Any]:
    """As it would be approved: what the server says now, where that is something else."""
    new = bool(tool.offered)
    schema = tool.offered.get("schema", tool.schema)
    return {
        "id": tool.pk,
        "name": tool.name,
        "state": tool.state,
        "state_name": OutsideState(tool.state).label,
        "about": tool.offered.get("about", tool.about),
        "about_before": tool.about if new else "",
        "schema": json.dumps(schema, ensure_ascii=False, indent=2),
        "schema_before": json.dumps(tool.schema, ensure_ascii=False, indent=2) if new else "",
        "changed": new,
        "effect": tool.effect,
        "effects": EFFECTS.items(),
        "digest": services.digest_shown(tool),
        "can_approve": tool.state in (OutsideState.FOUND, OutsideState.SUSPENDED),
        "can_suspend": tool.state == OutsideState.APPROVED,
    }
