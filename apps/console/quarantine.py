"""Passages in quarantine: what they say, why they are held, and the two buttons that decide."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import Case, IntegerField, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.core.errors import Message
from sunmao.core.ids import reference
from sunmao.knowledge import quarantine
from sunmao.knowledge.models import Passage, Quarantine

COLOURS = {Quarantine.HELD: "warning", Quarantine.RELEASED: "success", Quarantine.REMOVED: "danger"}
CARRIERS: dict[str, Message] = {
    "plain": _("open text"),
    "spaced": _("letters set apart"),
    "invisible": _("invisible characters"),
    "comment": _("a comment"),
    "hidden": _("hidden markup"),
    "attribute": _("an attribute"),
    "markup": _("markup"),
    "base64": "Base64",
    "hex": _("hexadecimal"),
    "binary": _("binary digits"),
    "url": _("percent encoding"),
    "entity": _("character references"),
    "escape": _("escape sequences"),
    "morse": _("Morse code"),
    "tags": _("invisible tag characters"),
    "cipher": _("a shifted alphabet"),
    "reversed": _("written backwards"),
}
SHOWN = 90


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(state.value, state.label) for state in Quarantine if state.value]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Passage]) -> QuerySet[Passage]:
        return queryset.filter(quarantine=self.value()) if self.value() else queryset


@admin.register(Passage)
class QuarantineAdmin(ReadOnlyAdmin):
    """No question reads a held passage until somebody has released it."""

    view_permission = quarantine.REVIEW
    list_display = ("excerpt", "shown_document", "shown_state", "how", "score")
    list_filter = (StateFilter,)
    list_display_links = ("excerpt",)
    fields = ("state_name", "document_link", "base_name", "suspicious", "how", "rules", "score", "whole")
    actions = ("release", "remove")
    change_form_outer_before_template = "console/quarantine_actions.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Passage]:
        waiting = Case(When(quarantine=Quarantine.HELD, then=0), default=1, output_field=IntegerField())
        return quarantine.held_passages(actor_of(request)).order_by(waiting, "-id")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The buttons of the page act on this passage as the actions of the list do on many."""
        shown = self.get_queryset(request).filter(pk=reference(object_id))
        passage = shown.first()
        for name in ("release", "remove"):
            if request.method == "POST" and name in request.POST and passage:
                getattr(self, name)(request, shown)
                return redirect(request.path)
        waits = passage is not None and passage.quarantine == Quarantine.HELD
        context = {**(extra_context or {}), "can_review": waits}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    @display(description=_("suspicious text"))
    def excerpt(self, obj: Passage) -> str:
        return Truncator(obj.suspicion.get("quote") or obj.text).chars(SHOWN)

    @display(description=_("document"))
    def shown_document(self, obj: Passage) -> str:
        return str(obj.document)

    @display(description=_("document"))
    def document_link(self, obj: Passage) -> SafeString:
        address = reverse("admin:knowledge_document_change", args=[obj.document_id])
        return format_html('<a class="text-primary-600" href="{}">{}</a>', address, obj.document)

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Passage) -> tuple[str, Message]:
        return obj.quarantine, Quarantine(obj.quarantine).label

    @display(description=_("state"))
    def state_name(self, obj: Passage) -> Message:
        return Quarantine(obj.quarantine).label

    @display(description=_("base"))
    def base_name(self, obj: Passage) -> str:
        return obj.document.base.name

    @display(description=_("suspicious text"))
    def suspicious(self, obj: Passage) -> SafeString:
        return format_html("<blockquote>{}</blockquote>", obj.suspicion.get("quote", ""))

    @display(description=_("hidden as"))
    def how(self, obj: Passage) -> str:
        return ", ".join(str(CARRIERS.get(name, name)) for name in obj.suspicion.get("carriers", []))

    @display(description=_("rules"))
    def rules(self, obj: Passage) -> str:
        return ", ".join(obj.suspicion.get("rules", []))

    @display(description=_("certainty"))
    def score(self, obj: Passage) -> str:
        return f"{obj.suspicion.get('score', 0):.0%}"

    @display(description=_("whole passage"))
    def whole(self, obj: Passage) -> SafeString:
        return format_html("<pre>{}</pre>", obj.text)

    @admin.action(description=_("Release: questions may read it"))
    def release(self, request: HttpRequest, queryset: QuerySet[Passage]) -> None:
        done = sum(self.attempt(request, "", quarantine.release, passage=one) for one in queryset)
        self._told(
            request,
            done,
            ngettext("%(count)d passage was released.", "%(count)d passages were released.", done),
        )

    @admin.action(description=_("Remove: it stays out for good"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Passage]) -> None:
        done = sum(self.attempt(request, "", quarantine.remove, passage=one) for one in queryset)
        self._told(
            request,
            done,
            ngettext("%(count)d passage was removed.", "%(count)d passages were removed.", done),
        )

    def _told(self, request: HttpRequest, done: int, text: str) -> None:
        if done:
            self.message_user(request, text % {"count": done})
