"""Trainings in the console: what would be done and why, how it goes while it goes, what came of it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.console import training_words as words
from apps.console.access_pages import say
from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from apps.console.training_shown import memory, page, reasons, sweep
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, Message, SunmaoError
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.modelhub.models import BaseModel, BaseState
from sunmao.modelhub.selectors import bases_visible_to
from sunmao.training.datasets.models import Version, VersionState
from sunmao.training.runs import exporting, presenting, selectors, starting, sweeping
from sunmao.training.runs.models import State, Sweep, Training
from sunmao.training.runs.selectors import READ, START
from sunmao.training.runs.starting import Wanted
from sunmao.training.runs.trainer.objectives import objectives
from sunmao.training.runs.trainer.recipes import recipes

COLOURS = {
    State.WAITING: "info",
    State.RUNNING: "info",
    State.STOPPED: "warning",
    State.DONE: "success",
    State.FAILED: "danger",
}


class RecipeFilter(admin.SimpleListFilter):
    title, parameter_name = _("recipe"), "recipe"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(one.name, one.title) for one in recipes().values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Training]) -> QuerySet[Training]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class ObjectiveFilter(RecipeFilter):
    title, parameter_name = _("objective"), "objective"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(one.name, one.title) for one in objectives().values()]


class TrainingForm(forms.Form):
    name = forms.CharField(
        label=_("name"), widget=UnfoldAdminTextInputWidget(), help_text=_("What the adapter will be called.")
    )
    base = forms.ModelChoiceField(
        BaseModel.objects.none(), label=_("base model"), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    version = forms.ModelChoiceField(
        Version.objects.none(),
        label=_("data set"),
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Approved versions only."),
    )
    objective = forms.ChoiceField(label=_("objective"), widget=UnfoldAdminSelectWidget)
    recipe = forms.ChoiceField(label=_("recipe"), required=False, widget=UnfoldAdminSelectWidget)
    general = forms.ModelChoiceField(
        Version.objects.none(),
        label=_("general examples"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("What must not be forgotten: measured before and after."),
    )
    replay = forms.FloatField(
        label=_("share of general examples"),
        required=False,
        min_value=0,
        max_value=0.9,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    settings = forms.CharField(
        label=_("further settings"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_('JSON, such as {"epochs": 2, "init": "cur"}. What is empty is chosen, with its reason.'),
    )
    space = forms.CharField(
        label=_("search"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_('JSON, such as {"rank": [4, 8]}: one training for each choice.'),
    )

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, initial={"objective": "sft", "replay": 0})
        approved = Version.objects.filter(
            organisation_id=actor.organisation_id, state=VersionState.APPROVED
        ).select_related("dataset")
        bases = bases_visible_to(actor).filter(state=BaseState.READY)
        fields = cast(dict[str, Any], self.fields)
        fields["base"].queryset = bases
        fields["version"].queryset = fields["general"].queryset = approved
        fields["objective"].choices = [(one.name, one.title) for one in objectives().values()]
        fields["recipe"].choices = [
            ("", _("as fits")), *((one.name, one.title) for one in recipes().values())
        ]  # fmt: skip

    def wanted(self) -> Wanted:
        given = self.cleaned_data
        settings = _json(given["settings"], "settings")
        if given["recipe"]:
            settings["recipe"] = given["recipe"]
        return Wanted(
            name=given["name"],
            base=given["base"],
            version=given["version"],
            objective=given["objective"],
            settings=settings,
            general=given["general"],
            replay=given["replay"] or 0.0,
        )


def _json(text: str, field: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise InvalidInput(fields={field: _("is not JSON")}) from error
    if not isinstance(found, dict):
        raise InvalidInput(fields={field: _("must be an object")})
    return found


@admin.register(Training)
class TrainingAdmin(ReadOnlyAdmin):
    view_permission = READ
    empty = _(
        "Nothing was trained yet. A training needs a base model that was read, and an approved "
        "version of a data set."
    )
    list_display = (
        "name",
        "shown",
        "base",
        "version",
        "shown_recipe",
        "shown_objective",
        "percent",
        "shown_best",
        "created_at",
    )
    list_filter = ("state", RecipeFilter, ObjectiveFilter)
    fields = (
        "name", "base", "version", "shown_recipe", "shown_objective", "device", "code_version", "created_at",
        "finished_at",
    )  # fmt: skip
    change_form_outer_before_template = "console/training.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can(START)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Training]:
        return selectors.trainings_visible_to(actor_of(request))

    def get_urls(self) -> list[URLPattern]:
        live = path("<str:object_id>/live/", self.admin_site.admin_view(self.live_view), name="training_live")
        return [live, *super().get_urls()]

    @display(description=_("state"), label=COLOURS)
    def shown(self, obj: Training) -> tuple[str, Message]:
        return obj.shown_state, State(obj.shown_state).label

    @display(description=_("recipe"), ordering="recipe")
    def shown_recipe(self, obj: Training) -> Message:
        return words.recipe(obj.recipe)

    @display(description=_("objective"), ordering="objective")
    def shown_objective(self, obj: Training) -> Message:
        return words.objective(obj.objective)

    @display(description=_("progress"))
    def percent(self, obj: Training) -> str:
        return "100 %" if obj.state == State.DONE else f"{obj.percent} %"

    @display(description=_("best"))
    def shown_best(self, obj: Training) -> str:
        return (
            "–" if obj.best is None else f"{words.measure(obj.metric)} {words.figure(obj.metric, obj.best)}"
        )

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        actor = actor_of(request)
        if not actor.can(START):
            raise PermissionDenied
        form = TrainingForm(request.POST or None, actor=actor)
        proposal = None
        if request.method == "POST" and form.is_valid():
            try:
                wanted = form.wanted()
                if "propose" in request.POST:
                    proposal = presenting.proposal(starting.propose(actor=actor, wanted=wanted))
                else:
                    return redirect(_started(actor, wanted, form.cleaned_data["space"]))
            except SunmaoError as error:
                say(form, error)
        page = {
            **self.admin_site.each_context(request),
            "title": _("New training"),
            "opts": self.opts,
            "form": form,
            "reasons": reasons(proposal["reasons"]) if proposal else None,
            "memory": memory(proposal["memory"]) if proposal else None,
        }
        return render(request, "console/training_new.html", page)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self._found(request, object_id)
        if found is not None and request.method == "POST":
            self._act(request, found)
            return redirect(request.path)
        extra = {**(extra_context or {}), **(page(actor_of(request), found) if found else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, extra))

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of the page that changes; the browser asks for it again while the training runs."""
        actor = actor_of(request)
        found = visible(actor, "training", object_id, permission=READ)
        return render(request, "console/_training_live.html", page(actor, found))

    def _found(self, request: HttpRequest, object_id: str) -> Training | None:
        actor = actor_of(request)
        if not actor or not actor.can(READ):
            return None
        return self.get_queryset(request).filter(pk=reference(object_id)).first()

    def _act(self, request: HttpRequest, found: Training) -> None:
        given = request.POST
        if "cancel" in given:
            told = gettext("It stops at its next step and keeps its last checkpoint.")
            self.attempt(request, told, starting.cancel, training=found)
        elif "resume" in given:
            self.attempt(
                request, gettext("It goes on from its last checkpoint."), starting.resume, training=found
            )
        elif "export" in given:
            self.attempt(
                request, gettext("The export was queued."), exporting.export, training=found,
                form=given.get("form", ""), heads=_share(given, "heads"), units=_share(given, "units"),
            )  # fmt: skip
        elif "rate" in given:
            self.attempt(
                request, gettext("Noted."), starting.note_human_score, training=found,
                before=_share(given, "before"), after=_share(given, "after"),
            )  # fmt: skip


def _share(given: Mapping[str, str], name: str) -> float:
    try:
        value = float(given.get(name) or 0)
    except ValueError:
        return -1.0  # outside every bound, so that the verb says so
    return value if math.isfinite(value) else -1.0


def _started(actor: Actor, wanted: Wanted, space: str) -> str:
    if space.strip():
        made = sweeping.sweep(actor=actor, wanted=wanted, space=_json(space, "space"))
        return f"../../sweep/{made.pk}/change/"
    return f"../{starting.start(actor=actor, wanted=wanted).pk}/change/"


@admin.register(Sweep)
class SweepAdmin(ReadOnlyAdmin):
    """Searches are started where trainings are; the page tells their trainings apart."""

    view_permission = READ
    empty = _(
        "No search yet. Name several values under “Search” of a new training, and each of them is tried."
    )
    list_display = ("name", "shown_method", "count", "created_at")
    fields = ("name", "shown_method", "seed", "created_at")
    change_form_outer_before_template = "console/sweep.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sweep]:
        return Sweep.objects.filter(organisation_id=actor_of(request).organisation_id)

    @display(description=_("method"))
    def shown_method(self, obj: Sweep) -> Message:
        return words.METHODS.get(obj.method, obj.method)

    @display(description=_("trainings"))
    def count(self, obj: Sweep) -> int:
        return obj.trainings.count()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        allowed = bool(actor) and actor.can(READ)
        found = self.get_queryset(request).filter(pk=reference(object_id)).first() if allowed else None
        extra = {**(extra_context or {}), **({"sweep": sweep(found)} if found else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, extra))
