"""Trainings in the console: what would be done and why, how it goes while it goes, what came of it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.console.access_pages import say
from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, Message, SunmaoError
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.modelhub.models import BaseModel, BaseState
from sunmao.modelhub.selectors import bases_visible_to
from sunmao.training.datasets.models import Version, VersionState
from sunmao.training.runs import exporting, presenting, selectors, starting, sweeping
from sunmao.training.runs.models import Figure, Form, State, Sweep, Training
from sunmao.training.runs.selectors import CANCEL, READ, START
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
MEASURES: Mapping[str, Message] = {
    "loss": _("Loss"),
    "perplexity": _("Perplexity"),
    "token_accuracy": _("Tokens guessed right"),
    "preference_accuracy": _("Pairs in the right order"),
    "margin": _("Margin"),
    "chosen_loss": _("Loss of better answers"),
    "reward": _("Reward"),
    "divergence": _("Distance from the base"),
    "length": _("Length in tokens"),
    "rouge_1": "ROUGE-1",
    "rouge_2": "ROUGE-2",
    "rouge_l": "ROUGE-L",
    "human_score": _("Human score, 1 to 5"),
    "tokens_per_second": _("Tokens a second"),
    "general_ability": _("General ability, share of cases passed"),
    "general_perplexity": _("Perplexity of general examples"),
    "bytes": _("Size"),
    "parameters": _("Parameters"),
    "agreement": _("Same tokens as merged"),
    "heads": _("Heads"),
    "key_heads": _("Heads of keys"),
    "units": _("Units"),
}
PLOTTED = ("loss", "perplexity", "preference_accuracy", "reward", "margin", "token_accuracy")
WIDE, HIGH, LEFT, TOP = 560, 180, 52, 12
SETTINGS = ("epochs", "batch", "accumulate", "learning_rate", "max_length", "rank", "seed")


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
    list_display = (
        "name",
        "shown",
        "base",
        "version",
        "recipe",
        "objective",
        "percent",
        "shown_best",
        "created_at",
    )
    list_filter = ("state", "recipe", "objective")
    fields = (
        "name", "base", "version", "recipe", "objective", "device", "code_version", "created_at",
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

    @display(description="%")
    def percent(self, obj: Training) -> int:
        return obj.percent

    @display(description=_("best"))
    def shown_best(self, obj: Training) -> str:
        return "–" if obj.best is None else f"{obj.metric} {obj.best:.4g}"

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
            "proposal": proposal,
            "memory": _memory(proposal["memory"]) if proposal else None,
        }
        return render(request, "console/training_new.html", page)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self._found(request, object_id)
        if found is not None and request.method == "POST":
            self._act(request, found)
            return redirect(request.path)
        extra = {**(extra_context or {}), **(_page(actor_of(request), found) if found else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, extra))

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of the page that changes; the browser asks for it again while the training runs."""
        actor = actor_of(request)
        found = visible(actor, "training", object_id, permission=READ)
        return render(request, "console/_training_live.html", _page(actor, found))

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


def _memory(told: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "base": _("Base model"),
        "learning": _("What learns, with gradients and Adam's memory"),
        "activations": _("Activations"),
        "logits": _("Scores of words"),
        "total": _("Together"),
        "memory": _("There is"),
    }
    return {
        "rows": [(title, filesizeformat(told[name])) for name, title in names.items()],
        "fits": told["fits"],
    }


def _page(actor: Actor, found: Training) -> dict[str, Any]:
    shown = presenting.training(found)
    rows = selectors.series_of(found)
    last = rows[-1] if rows else None
    return {
        "training": found,
        "shown": shown,
        "state": State(found.shown_state).label,
        "is_live": found.shown_state in (State.WAITING, State.RUNNING),
        "last": last,
        "used": filesizeformat(last.memory) if last else "",
        "plots": plots(rows),
        "table": [_row(one) for one in sorted(shown["table"], key=_place)],
        "lost": found.told.get("ability"),
        "forgetting": None if shown["forgetting"] is None else f"{shown['forgetting']:+.1%}",
        "memory": _memory(found.estimate) if found.estimate else None,
        "exports": [_export(one) for one in found.exports.all()],
        "forms": Form.choices,
        "may_cancel": actor.can(CANCEL) and found.shown_state in (State.WAITING, State.RUNNING),
        "may_resume": actor.can(START) and found.shown_state in (State.STOPPED, State.FAILED),
        "may_export": actor.can(START) and found.state == State.DONE and found.adapter_version is not None,
        "may_rate": actor.can(START) and found.state == State.DONE,
    }


def _named(measure: str) -> Message:
    return MEASURES.get(measure, measure)


def _place(row: Mapping[str, Any]) -> int:
    """In the order of the measures; those without a name come last."""
    return list(MEASURES).index(row["measure"]) if row["measure"] in MEASURES else len(MEASURES)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    def number(value: float | None) -> str:
        return "–" if value is None else f"{value:.4g}"

    change = row["change"]
    return {
        "measure": _named(row["measure"]),
        "before": number(row["before"]),
        "after": number(row["after"]),
        "change": "–" if change is None else f"{change:+.1%}",
    }


def _export(found: Any) -> dict[str, Any]:
    forms = [
        {
            "form": Form(name).label,
            "figures": [
                (_named(measure), filesizeformat(value) if measure == "bytes" else f"{value:,.6g}")
                for measure, value in figures.items()
            ],
        }
        for name, figures in found.figures.items()
    ]
    return {
        "form": Form(found.form).label,
        "state": State(found.state).label,
        "place": found.place,
        "error": found.error_code,
        "forms": forms,
    }


def plots(rows: Sequence[Figure]) -> list[dict[str, Any]]:
    """One drawing for each figure that has at least two points, of what is learnt and of what is not."""
    made = []
    for name in PLOTTED:
        lines = {
            part: [(one.step, one.figures[name]) for one in rows if one.part == part and name in one.figures]
            for part in ("train", "validation")
        }
        points = [point for line in lines.values() for point in line]
        if len(points) < 2:
            continue
        lowest, highest = min(value for _at, value in points), max(value for _at, value in points)
        furthest = max(step for step, _value in points)
        last = {part: f"{line[-1][1]:.4g}" for part, line in lines.items() if line}
        made.append(
            {
                "title": _named(name),
                "width": LEFT + WIDE + 12,
                "height": TOP + HIGH + 24,
                "left": LEFT,
                "right": LEFT + WIDE,
                "top": TOP,
                "bottom": TOP + HIGH,
                "below": TOP + HIGH + 18,
                "highest": f"{highest:.3g}",
                "lowest": f"{lowest:.3g}",
                "furthest": furthest,
                "last": last,
                **{
                    part: " ".join(_point(one, lowest, highest, furthest) for one in line)
                    for part, line in lines.items()
                },
            }
        )
    return made


def _point(one: tuple[int, float], lowest: float, highest: float, furthest: int) -> str:
    x = LEFT + WIDE * one[0] / max(1, furthest)
    share = (one[1] - lowest) / (highest - lowest) if highest > lowest else 0.5
    return f"{x:.1f},{TOP + HIGH * (1 - share):.1f}"


@admin.register(Sweep)
class SweepAdmin(ReadOnlyAdmin):
    """Searches are started where trainings are; the page tells their trainings apart."""

    view_permission = READ
    list_display = ("name", "method", "count", "created_at")
    fields = ("name", "method", "seed", "created_at")
    change_form_outer_before_template = "console/sweep.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sweep]:
        return Sweep.objects.filter(organisation_id=actor_of(request).organisation_id)

    @display(description=_("trainings"))
    def count(self, obj: Sweep) -> int:
        return obj.trainings.count()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        allowed = bool(actor) and actor.can(READ)
        found = self.get_queryset(request).filter(pk=reference(object_id)).first() if allowed else None
        extra = {**(extra_context or {}), **({"sweep": _sweep(found)} if found else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, extra))


def _sweep(found: Sweep) -> dict[str, Any]:
    shown = presenting.sweep(found)
    return {
        "names": list(found.space),
        "rows": [
            {
                "id": one["id"],
                "state": State(one["state"]).label,
                "values": [one["settings"][name] for name in found.space],
                "metric": _named(one["metric"]) if one["metric"] else "",
                "best": "–" if one["best"] is None else f"{one['best']:.4g}",
                "is_best": one["id"] == shown["best"],
            }
            for one in shown["trainings"]
        ],
    }
