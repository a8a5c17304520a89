"""Judges, rating rounds, and the page on which people rate, in the console."""

from __future__ import annotations

from collections.abc import Mapping
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
from apps.console.tables import Table
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, Message
from sunmao.core.figures import number, percent
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.evaluation.judging import calibrating, judges, presenting, rounds, selectors
from sunmao.evaluation.judging.models import Item, Judge, Mode, Round, RoundState
from sunmao.evaluation.judging.selectors import MANAGE, MANAGE_JUDGES, RATE
from sunmao.evaluation.judging.sheets import sheet
from sunmao.evaluation.reporting.content import between
from sunmao.evaluation.selectors import READ
from sunmao.inference.registry import ENGINES
from sunmao.jobs.models import JobState

COLOURS = {RoundState.OPEN: "warning", RoundState.CLOSED: "success"}
SHOWN = 70
WHY_NOT: dict[str, Message] = {
    "": _("may stand before production"),
    "judge_not_calibrated": _("nobody has held it against people yet"),
    "judge_model_changed": _("another model answers since it was held against people"),
    "judge_too_few_labels": _("people have rated too few answers"),
    "judge_below_bound": _("people agree with it too little"),
}


@admin.register(Judge)
class JudgeAdmin(ReadOnlyAdmin):
    view_permission = READ
    empty = _("No judge yet. Make one above, then hold it against people.")
    list_display = ("title", "slug", "engine", "shown_grades", "shown_pairs")
    fields = ("title", "slug", "engine", "version", "bound", "criteria", "created_at")
    list_before_template = "console/judges.html"
    change_form_outer_before_template = "console/judge.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Judge]:
        return selectors.judges_visible_to(actor_of(request))

    @display(description=_("grades"))
    def shown_grades(self, obj: Judge) -> Message:
        return _spoken(obj, Mode.SCORE)

    @display(description=_("compares"))
    def shown_pairs(self, obj: Judge) -> Message:
        return _spoken(obj, Mode.PAIRWISE)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        actor = actor_of(request)
        if request.method == "POST" and "create" in request.POST:
            if not self.has_view_permission(request):
                raise PermissionDenied
            told = gettext("The judge was made. Hold it against people before it decides anything.")
            self.attempt(request, told, _create, given=request.POST)
            return redirect(request.path)
        may = bool(actor) and actor.can(MANAGE_JUDGES)
        context = {**(extra_context or {}), "engines": _engines() if may else None}
        return cast(HttpResponse, super().changelist_view(request, context))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(READ) else None
        judge = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if judge and request.method == "POST" and "calibrate" in request.POST:
            told = gettext("The judge is being held against people. Look again in a moment.")
            self.attempt(request, told, _calibrate, judge=judge, round_id=request.POST.get("round", ""))
            return redirect(request.path)
        if judge and request.method == "POST" and "criteria" in request.POST:
            told = gettext("The judge was changed.")
            self.attempt(request, told, _change, judge=judge, given=request.POST)
            return redirect(request.path)
        context = {**(extra_context or {}), **(_judge_page(actor, judge) if judge else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))


def _spoken(judge: Judge, mode: Mode) -> Message:
    why = selectors.why_not_gating(judge, mode)
    return WHY_NOT.get(why, why)


def _engines() -> list[str]:
    return ["default", *(name for name in ENGINES if name != "extractive")]


def _bound(given: Mapping[str, str]) -> float:
    try:
        return float(given.get("bound", "0.6"))
    except ValueError as error:
        raise InvalidInput(fields={"bound": _("must be a number from 0 to 1")}) from error


def _create(*, actor: Actor, given: Mapping[str, str]) -> None:
    judges.create_judge(
        actor=actor,
        slug=given.get("slug", ""),
        title=given.get("title", ""),
        engine=given.get("engine", ""),
        criteria=given.get("criteria", ""),
        bound=_bound(given),
    )


def _change(*, actor: Actor, judge: Judge, given: Mapping[str, str]) -> None:
    judges.change_judge(actor=actor, judge=judge, criteria=given.get("criteria", ""), bound=_bound(given))


def _calibrate(*, actor: Actor, judge: Judge, round_id: str) -> None:
    round_ = visible(actor, "rating_round", round_id)
    calibrating.calibrate(actor=actor, judge=judge, round_=round_)


def _judge_page(actor: Actor, judge: Judge) -> dict[str, Any]:
    return {
        "judge": judge,
        "ways": [_way(judge, mode) for mode in Mode],
        "rounds": selectors.rounds_visible_to(actor, READ).filter(state=RoundState.CLOSED)[:50],
        "running": judge.calibrations.filter(
            finished_at__isnull=True, job__state__in=[JobState.QUEUED, JobState.RUNNING]
        ).exists(),
        "may_manage": actor.can(MANAGE_JUDGES),
    }


def _way(judge: Judge, mode: Mode) -> dict[str, Any]:
    done = selectors.calibration_of(judge, mode)
    found = done.figures if done else {}
    length, position = found.get("length", {}), found.get("position")
    rows = [
        (_("Answers that people rated"), found.get("items", 0), ""),
        (_("Same opinion"), percent(found.get("agreement")), ""),
        (_("Cohen's kappa"), number(found.get("kappa")), between(found.get("interval"), number)),
        (_("Krippendorff's alpha"), number(found.get("alpha")), ""),
        (_("Likes longer answers: the judge"), number(length.get("judge")), ""),
        (_("Likes longer answers: people"), number(length.get("people")), ""),
    ]
    if position:
        rows.append((_("Swayed by the order"), percent(position["swayed"]), ""))
        rows.append((_("Then for the upper or the lower"), f"{position['upper']} / {position['lower']}", ""))
    if "leniency" in found:
        rows.append((_("Gives more than people, on average"), number(found["leniency"]), ""))
    return {
        "table": Table(
            title=f"{mode.label}: {WHY_NOT.get(selectors.why_not_gating(judge, mode), '')}",
            rows=rows if done else [],
        ),
        "at": done.finished_at if done else None,
        "model": done.model if done else "",
    }


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    view_permission = READ
    list_display = ("title", "mode", "run", "shown_state", "created_at")
    fields = ("title", "mode", "created_at", "closed_at")
    change_form_outer_before_template = "console/rating_round.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Round]:
        return selectors.rounds_visible_to(actor_of(request), READ).select_related("run__release", "other")

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Round) -> tuple[str, Message]:
        return obj.state, RoundState(obj.state).label

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(READ) else None
        found = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if found and request.method == "POST" and "assign" in request.POST:
            names = request.POST.getlist("raters")
            self.attempt(
                request, gettext("They were asked to rate."), rounds.assign, round_=found, usernames=names
            )
            return redirect(request.path)
        if found and request.method == "POST" and "close" in request.POST:
            told = gettext("The round is closed. Its figures stand beside those of the evaluation.")
            self.attempt(request, told, rounds.close_round, round_=found)
            return redirect(request.path)
        context = {**(extra_context or {}), **(_round_page(actor, found) if found else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))


def _round_page(actor: Actor, found: Round) -> dict[str, Any]:
    figures, open_ = found.figures, found.state == RoundState.OPEN
    may = actor.can(MANAGE)
    named = {one.rater_name for one in found.assignments.all()}
    return {
        "round": found,
        "told": presenting.round_(found),
        "open": open_,
        "named": sorted(named),
        "figures": Table(
            title=_("What people think"),
            rows=[
                *_round_figures(found.mode, figures),
                *(
                    (
                        f"{name} ({one['items']})",
                        _mean(found.mode, one["mean"]),
                        _between(found.mode, one["interval"]),
                    )
                    for name, one in figures.get("slices", {}).items()
                ),
            ],
        )
        if figures
        else None,
        "members": rounds.members_who_rate(actor) if may and open_ else [],
        "may_manage": may,
    }


def _mean(mode: str, value: float | None) -> str:
    return percent(value) if mode == Mode.PAIRWISE else number(value)


def _between(mode: str, pair: Any) -> str:
    return between(pair, percent if mode == Mode.PAIRWISE else number)


def _round_figures(mode: str, found: Mapping[str, Any]) -> list[tuple[Message, str, str]]:
    first = _("Preferred to the other") if mode == Mode.PAIRWISE else _("Mean grade")
    rows: list[tuple[Message, str, str]] = [
        (first, _mean(mode, found["mean"]), _between(mode, found["interval"])),
        (_("Answers rated"), f"{found['items']} / {found['of']}", ""),
        (_("Raters"), str(found["raters"]), ""),
        (_("Krippendorff's alpha"), number(found["alpha"]), ""),
        (_("Cohen's kappa, mean of pairs"), number(found["kappa"]), ""),
    ]
    if mode == Mode.PAIRWISE:
        rows.append(
            (_("Better, as good, worse"), f"{found['wins']} / {found['ties']} / {found['losses']}", "")
        )
        rows.append((_("For what stood first"), percent(found["first_place"]), ""))
    else:
        grades = " · ".join(f"{grade}: {count}" for grade, count in found["grades"].items())
        rows.append((_("Grades"), grades, ""))
    return rows


@admin.register(Item)
class RatingPage(ReadOnlyAdmin):
    """Where people rate: blind, one answer after the other, each rater in an order of their own."""

    view_permission = RATE
    list_display = ("shown_question",)
    fields = ("shown_round",)  # of anything else a rater could tell whose answers these are
    list_before_template = "console/rating_waiting.html"
    change_form_outer_before_template = "console/rating_sheet.html"

    class Media:
        js = ("console/rating.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        waiting = selectors.rounds_visible_to(actor_of(request), RATE)
        return Item.objects.filter(round__in=waiting.values("pk")).select_related("result__case", "round")

    @display(description=_("rating round"))
    def shown_round(self, obj: Item) -> str:
        return obj.round.title

    @display(description=_("question"))
    def shown_question(self, obj: Item) -> str:
        return Truncator(str(obj)).chars(SHOWN)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        actor = actor_of(request)
        waiting = [_waiting(actor, one) for one in selectors.waiting_for(actor)] if self._may(actor) else []
        context = {**(extra_context or {}), "title": gettext("Rate answers"), "waiting": waiting}
        return cast(HttpResponse, super().changelist_view(request, context))

    def _may(self, actor: Actor) -> bool:
        return bool(actor) and actor.can(RATE) and actor.id is not None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if self._may(actor) else None
        item = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if item and request.method == "POST" and "value" in request.POST:
            return self._rate(request, item)
        context: dict[str, Any] = {**(extra_context or {})}
        if item:
            context |= {"title": gettext("Rate answers"), **_sheet(actor, item)}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def _rate(self, request: HttpRequest, item: Item) -> HttpResponse:
        given, actor = request.POST["value"], actor_of(request)
        digit = given.isascii() and given.isdigit() and len(given) < 3
        value: object = int(given) if digit else given
        if not self.attempt(
            request, "", rounds.rate, item=item, value=value, note=request.POST.get("note", "")
        ):
            return redirect(request.path)
        following = sheet(actor=actor, round_=item.round)
        if following is None:
            self.message_user(request, gettext("You have rated everything in this round. Thank you."))
            return redirect(reverse("admin:judging_item_changelist"))
        return redirect(reverse("admin:judging_item_change", args=[following.item.pk]))


def _waiting(actor: Actor, found: Round) -> dict[str, Any]:
    following = sheet(actor=actor, round_=found)
    told = presenting.waiting(found)
    done = following.done if following else told["items"]
    return {
        **told,
        "mode_title": Mode(found.mode).label,
        "done": done,
        "next": reverse("admin:judging_item_change", args=[following.item.pk]) if following else "",
    }


GRADES: tuple[tuple[int, Message], ...] = (
    (5, _("leaves nothing to wish for")),
    (4, _("small flaws")),
    (3, _("helps in part")),
    (2, _("mostly wrong")),
    (1, _("wrong or harmful")),
)


def _sheet(actor: Actor, item: Item) -> dict[str, Any]:
    found = sheet(actor=actor, round_=item.round, item=item)
    assert found is not None  # noqa: S101  the item is of the round
    pair = len(found.answers) == 2
    choices = (
        [
            ("first", "1", _("A is better")),
            ("tie", "0", _("As good")),
            ("second", "2", _("B is better")),
        ]
        if pair
        else [(str(grade), str(grade), f"{grade} · {words}") for grade, words in GRADES]
    )
    return {
        "sheet": found,
        "pair": pair,
        "answers": [
            (f"{gettext('Answer')} {letter}".strip(), text)
            for letter, text in zip("AB" if pair else [""], found.answers, strict=True)
        ],
        "choices": [
            {"value": value, "key": key, "title": title, "chosen": str(found.value) == value}
            for value, key, title in choices
        ],
        "open": item.round.state == RoundState.OPEN,
        "criteria": item.round.criteria,
    }


__all__ = ["JudgeAdmin", "RatingPage", "RoundAdmin"]
