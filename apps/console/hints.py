"""Hints in the console: what is there twice, what differs, what has grown old, and who settles that."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.core.errors import Message
from sunmao.core.ids import reference
from sunmao.knowledge.hints import services
from sunmao.knowledge.hints.models import Hint, HintKind, HintState
from sunmao.knowledge.hints.selectors import READ, SETTLE, hints_visible_to, why
from sunmao.knowledge.models import Passage
from sunmao.knowledge.versions.words import difference

COLOURS = {HintState.OPEN: "warning", HintState.DISMISSED: "info", HintState.GONE: "success"}


class OpenFirst(admin.SimpleListFilter):
    """What waits for a person, unless something else is asked for."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("all", _("All")), *((state.value, state.label) for state in HintState if state != "open")]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": HintState.OPEN.label,
        }
        for value, title in self.lookup_choices:
            yield {
                "selected": self.value() == str(value),
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Hint]) -> QuerySet[Hint]:
        return queryset if self.value() == "all" else queryset.filter(state=self.value() or HintState.OPEN)


@admin.register(Hint)
class HintAdmin(ReadOnlyAdmin):
    view_permission = READ
    list_display = ("shown_kind", "reason", "document", "base", "shown_state")
    list_filter = (OpenFirst, "kind", "base")
    list_select_related = ("base", "document")
    fields = ("kind", "reason", "base", "document", "state_name", "found_in", "created_at")
    actions = ("dismiss", "reopen")
    change_form_outer_after_template = "console/hint.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hint]:
        return hints_visible_to(actor_of(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The buttons of the page act on this hint as the actions of the list do on many."""
        shown = self.get_queryset(request).filter(pk=reference(object_id))
        hint = shown.first()
        for name in ("dismiss", "reopen"):
            if request.method == "POST" and name in request.POST and hint:
                getattr(self, name)(request, shown)
                return redirect(request.path)
        found = _shown(request, hint) if hint else {}
        return cast(
            HttpResponse,
            super().change_view(request, object_id, form_url, {**(extra_context or {}), **found}),
        )

    @display(description=_("kind"))
    def shown_kind(self, obj: Hint) -> Message:
        return HintKind(obj.kind).label

    @display(description=_("why"))
    def reason(self, obj: Hint) -> Message:
        return why(obj)

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Hint) -> tuple[str, Message]:
        return obj.state, HintState(obj.state).label

    @display(description=_("state"))
    def state_name(self, obj: Hint) -> Message:
        return HintState(obj.state).label

    @admin.action(description=_("Dismiss"))
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Hint]) -> None:
        for hint in queryset:
            self.attempt(request, gettext("The hint was dismissed."), services.dismiss, hint=hint)

    @admin.action(description=_("Take up again"))
    def reopen(self, request: HttpRequest, queryset: QuerySet[Hint]) -> None:
        for hint in queryset:
            self.attempt(request, gettext("The hint is open again."), services.reopen, hint=hint)


def _shown(request: HttpRequest, hint: Hint) -> dict[str, Any]:
    may = actor_of(request).can(SETTLE, base=hint.base.slug)
    one, other = (_side(passage) for passage in (hint.passage, hint.other))
    both = hint.passage is not None and hint.other is not None
    pieces = difference(hint.passage.text, hint.other.text) if hint.passage and hint.other else []
    return {
        "sides": [side for side in (one, other) if side],
        "pieces": pieces if both else [],
        "can_dismiss": may and hint.state == HintState.OPEN,
        "can_reopen": may and hint.state == HintState.DISMISSED,
    }


def _side(passage: Passage | None) -> dict[str, Any] | None:
    if passage is None:
        return None
    return {"document": passage.document.name, "label": passage.label, "text": passage.text, "id": passage.pk}
