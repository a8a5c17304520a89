"""Unanswered questions in the console: what is asked most, its questions, and what becomes of it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from apps.console.filters import TaskFilter
from sunmao.answering.mining import selectors, services
from sunmao.answering.mining.models import Cluster, ClusterState
from sunmao.answering.mining.selectors import MANAGE
from sunmao.core.actor import Actor
from sunmao.core.errors import Message
from sunmao.core.ids import reference
from sunmao.core.vertical import title_of_task
from sunmao.guards.personal import without_placeholders
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.trials import selectors as trials
from sunmao.knowledge.trials import trying
from sunmao.knowledge.trials.models import Trial

COLOURS = {
    ClusterState.OPEN: "danger",
    ClusterState.PLANNED: "warning",
    ClusterState.ANSWERED: "success",
    ClusterState.DISMISSED: "info",
}
SHOWN, MOST_BASES = 60, 20


@admin.register(Cluster)
class ClusterAdmin(ReadOnlyAdmin):
    """Largest first. Without words of its own: a cluster shows the questions of records."""

    view_permission = MANAGE
    list_display = ("label", "size", "shown_state", "trend", "shown_task", "last_seen")
    list_filter = ("state", TaskFilter)
    fields = ("shown_task", "first_seen", "last_seen", "recent", "before")
    list_before_template = "console/unanswered.html"
    change_form_outer_before_template = "console/unanswered_cluster.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cluster]:
        return selectors.clusters_visible_to(actor_of(request))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST" and "mine" in request.POST:
            if not self.has_view_permission(request):
                raise PermissionDenied
            told = gettext("The questions are being put together. Look again in a moment.")
            self.attempt(request, told, services.request)
            return redirect(request.path)
        return cast(HttpResponse, super().changelist_view(request, extra_context))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(MANAGE) else None
        found = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if request.method == "POST" and found:
            answered = self._acted(request, actor, found)
            if answered:
                return answered
        context = {**(extra_context or {}), **(_shown(actor, found) if found else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def _acted(self, request: HttpRequest, actor: Actor, found: Cluster) -> HttpResponse | None:
        if "look" in request.POST:
            trial = self._looked(request, actor, found)
            return redirect(f"{reverse('admin:trials_try')}?trial={trial.pk}" if trial else request.path)
        if "state" in request.POST:
            told = gettext("It was noted down.")
            note, state = request.POST.get("note", ""), request.POST["state"]
            self.attempt(request, told, services.decide, found=found, state=state, note=note)
            return redirect(request.path)
        return None

    def _looked(self, request: HttpRequest, actor: Actor, found: Cluster) -> Trial | None:
        """The nearest passages in what the actor may test, by hit testing."""
        bases = bases_visible_to(actor, trials.READ)
        among = bases.filter(slug__in=found.bases) if found.bases else bases
        made: list[Trial] = []

        def ask(**given: Any) -> None:
            made.append(trying.ask(**given))

        question = without_placeholders(str(found.medoid.question)) if found.medoid else ""
        pins = [trials.pinned(base) for base in among[:MOST_BASES]]
        self.attempt(request, "", ask, question=question, bases=pins)
        return made[0] if made else None

    @display(description=_("question"))
    def label(self, obj: Cluster) -> str:
        return Truncator(str(obj)).chars(SHOWN)

    @display(description=_("task"), ordering="task")
    def shown_task(self, obj: Cluster) -> str:
        return title_of_task(obj.task)

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Cluster) -> tuple[str, Message]:
        return obj.state, ClusterState(obj.state).label

    @display(description=_("last 7 days"))
    def trend(self, obj: Cluster) -> str:
        arrow = "↑" if obj.recent > obj.before else "↓" if obj.recent < obj.before else "→"
        return f"{obj.recent} {arrow}"


def _shown(actor: Actor, found: Cluster) -> dict[str, Any]:
    return {
        "cluster": found,
        "members": [
            {"record_id": one.record_id, "question": str(one.record.question), "at": one.record.created_at}
            for one in selectors.questions_of(found)
        ],
        "states": [(one.value, one.label) for one in ClusterState],
        "note": str(found.note or ""),
        "may_read_records": actor.can("answering.record.read_all"),
        "may_look": actor.can(trials.READ),
        "may_add": actor.can("knowledge.document.upload"),
    }
