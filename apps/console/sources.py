"""Sources in the console: where documents come from by themselves, and why an entry did not."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.console.access_pages import FormPage
from apps.console.base import actor_of
from apps.console.decorators import display
from sunmao.core.errors import Message, SunmaoError
from sunmao.core.ids import reference
from sunmao.jobs.models import JobState
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.sources import presenting, services
from sunmao.knowledge.sources.models import EntryState, Outcome, Source, SourceKind, SourceState
from sunmao.knowledge.sources.selectors import READ, entries_of, sources_visible_to

PAGE, ADDRESS_CHARACTERS = 50, 60
COLOURS = {
    Outcome.DONE: "success",
    Outcome.PARTLY: "warning",
    Outcome.FAILED: "danger",
    "looking": "info",
    SourceState.PAUSED: "warning",
    SourceState.ENDING: "warning",
}
ENTRY_STATES: dict[str, Message] = {
    **dict(JobState.choices),
    **dict(EntryState.choices),
    "ready": _("Ready"),
}
RESULTS: dict[str, Message] = {
    "new": _("new"),
    "changed": _("changed"),
    "unchanged": _("unchanged"),
    "renamed": _("renamed"),
    "removed": _("removed"),
    "failed": _("failed"),
    "waiting": _("waiting"),
    "skipped": _("left out"),
}
PLANS: tuple[tuple[int, Message], ...] = (
    (0, _("Only when asked")),
    (5, _("Every 5 minutes (folders)")),
    (60, _("Every hour")),
    (24 * 60, _("Every day")),
    (7 * 24 * 60, _("Every week")),
)
BUTTONS: dict[str, Any] = {
    "refresh": services.refresh,
    "pause": services.pause,
    "resume": services.resume,
    "remove": services.remove,
}


class SourceForm(forms.Form):
    base = forms.ModelChoiceField(
        KnowledgeBase.objects.none(), label=_("Base"), widget=UnfoldAdminSelectWidget
    )
    kind = forms.ChoiceField(label=_("kind"), choices=SourceKind.choices, widget=UnfoldAdminSelectWidget)
    address = forms.CharField(
        label=_("address"),
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "https://…"}),
        help_text=_(
            "A page; a sitemap, a page of links or a text with an address on each line; or the path of a "
            "folder that the operator has opened."
        ),
    )
    every_minutes = forms.TypedChoiceField(
        label=_("Look again"), choices=PLANS, coerce=int, widget=UnfoldAdminSelectWidget
    )
    limit = forms.IntegerField(
        label=_("most entries"), required=False, min_value=1, widget=UnfoldAdminIntegerFieldWidget
    )
    removes = forms.BooleanField(
        label=_("Remove documents whose page or file is gone"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
    )


@admin.register(Source)
class SourceAdmin(FormPage):
    view_permission = READ
    manage_permission = services.MANAGE
    list_display = ("short_address", "base_name", "kind", "plan", "shown_state", "entry_counts", "looked")
    list_display_links = ("short_address",)
    list_filter = ("kind",)
    search_fields = ("address",)
    fields = ("address", "base_name", "kind", "plan", "shown_outcome", "reason", "numbers", "looked", "next")
    form_template = "console/source_form.html"
    change_form_outer_before_template = "console/source_actions.html"
    change_form_outer_after_template = "console/source_entries.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        return sources_visible_to(actor_of(request))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        form = SourceForm(request.POST or None)
        bases = bases_visible_to(actor_of(request), self.manage_permission)
        form.fields["base"].queryset = bases  # type: ignore[attr-defined]
        return self.form_page(request, form, services.add, title=_("Add a source"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        source = self.get_queryset(request).filter(pk=reference(object_id)).first()
        if source and request.method == "POST":
            return self._press(request, source)
        context = {**(extra_context or {}), **(self._page(request, source) if source else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def _press(self, request: HttpRequest, source: Source) -> HttpResponse:
        """A button of the page; an empty form changes nothing."""
        name = next((one for one in BUTTONS if one in request.POST), "")
        if not name:
            return redirect(request.path)
        more = {"with_documents": "with_documents" in request.POST} if name == "remove" else {}
        try:
            BUTTONS[name](actor=actor_of(request), source=source, **more)
        except SunmaoError as error:
            self.message_user(request, str(error.message), messages.ERROR)
            return redirect(request.path)
        self.message_user(request, gettext("Saved."), messages.SUCCESS)
        gone = name == "remove" and not more["with_documents"]
        return redirect(self.list_url if gone else request.path)

    def _page(self, request: HttpRequest, source: Source) -> dict[str, Any]:
        pages = Paginator(entries_of(source), PAGE)
        page = pages.get_page(request.GET.get("p"))
        may = actor_of(request).can(self.manage_permission, base=source.base.slug)
        idle = not source.is_being_looked_at and source.state != SourceState.ENDING
        return {
            "source": source,
            "entries": [_shown(one) for one in page.object_list],
            "page": page,
            "may_manage": may and source.state != SourceState.ENDING,
            "can_refresh": may and idle,
            "can_pause": source.state == SourceState.ACTIVE,
            "looking": source.job if source.is_being_looked_at else None,
        }

    @display(description=_("address"), ordering="address")
    def short_address(self, obj: Source) -> SafeString:
        short = Truncator(obj.address).chars(ADDRESS_CHARACTERS)
        return format_html('<span title="{}">{}</span>', obj.address, short)

    @display(description=_("base"))
    def base_name(self, obj: Source) -> str:
        return obj.base.name

    @display(description=_("plan"))
    def plan(self, obj: Source) -> str:
        named = dict(PLANS).get(obj.every_minutes)
        told = gettext("Every %(minutes)d minutes") % {"minutes": obj.every_minutes}
        return str(named).partition(" (")[0].partition("（")[0] if named else told

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Source) -> tuple[str, Message]:
        if obj.state != SourceState.ACTIVE:
            return obj.state, SourceState(obj.state).label
        if obj.is_being_looked_at:
            return "looking", _("Being looked at")
        return obj.outcome, Outcome(obj.outcome).label

    @display(description=_("last outcome"))
    def shown_outcome(self, obj: Source) -> Message:
        return self.shown_state(obj)[1]

    @display(description=_("reason"))
    def reason(self, obj: Source) -> str | SafeString:
        if not obj.error_code:
            return ""
        return format_html("{} <code>{}</code>", obj.error_text, obj.error_code)

    @display(description=_("entries"))
    def entry_counts(self, obj: Any) -> str:
        if not obj.failed_count:
            return str(obj.entry_count)
        told = gettext("%(entries)d, %(failed)d failed")
        return told % {"entries": obj.entry_count, "failed": obj.failed_count}

    @display(description=_("last look brought"))
    def numbers(self, obj: Source) -> str:
        return ", ".join(f"{RESULTS[name]} {obj.result[name]}" for name in RESULTS if obj.result.get(name))

    @display(description=_("last look"), ordering="looked_at")
    def looked(self, obj: Source) -> str:
        return gettext("%(time)s ago") % {"time": timesince(obj.looked_at, depth=1)} if obj.looked_at else ""

    @display(description=_("next look"))
    def next(self, obj: Source) -> Any:
        return obj.due_at if obj.state == SourceState.ACTIVE else None


def _shown(entry: Any) -> dict[str, Any]:
    told = presenting.entry(entry)
    problem = told["state"] in ("failed", "removed", "waiting")
    return {**told, "state_name": ENTRY_STATES[told["state"]], "is_problem": problem}
