"""Suites in the console: cases, limits, runs, and a bad answer that becomes a case."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from apps.console import charts
from apps.console.base import ReadOnlyAdmin, actor_of, shown_label
from apps.console.decorators import display
from apps.console.knowledge import COLOURS
from apps.console.releases import task_titles
from apps.console.tables import Table
from sunmao.accounts.models import Role
from sunmao.answering.models import Outcome
from sunmao.answering.rehearsing import can_rehearse
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, Message, SunmaoError
from sunmao.core.figures import number, percent
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.core.vertical import title_of_task
from sunmao.evaluation import selectors
from sunmao.evaluation.checks import KINDS
from sunmao.evaluation.judging import rounds
from sunmao.evaluation.judging.selectors import MANAGE
from sunmao.evaluation.labelling import label_of
from sunmao.evaluation.models import Origin, Result, Run, Suite
from sunmao.evaluation.reporting import before_after, exporting
from sunmao.evaluation.reporting.content import between, figures_shown
from sunmao.evaluation.reporting.exporting import FORMATS
from sunmao.evaluation.selectors import EDIT, READ, RUN
from sunmao.evaluation.suites import editing, files, questions, running
from sunmao.jobs.models import JobState
from sunmao.knowledge.text.decode import decode
from sunmao.releases.models import Release, ReleaseState

CHANGES: dict[str, Message] = {
    "worse": _("Worse"),
    "better": _("Better"),
    "same": _("As before"),
    "new": _("New"),
}
WORDS: dict[str, Message] = {
    "all": _("all of"),
    "any": _("any of"),
    "documents": "",
    "within": _("among the first"),
    "only": _("and no other:"),
    "rule_id": "",
    "present": _("is there:"),
    "text": "",
    "pattern": "",
    "expected": "",
    "labels": _("one of these labels:"),
    "at_least": _("at least"),
    "metric": _("measured by"),
    "judge": _("judge"),
    "criteria": _("criteria:"),
    "seconds": _("at most"),
    "tokens": _("at most"),
}
SHOWN, LARGEST = 200, 5_000_000
SHOWN_RUNS = 16
SHARES = ("ROUGE-1", "ROUGE-2", "ROUGE-L")


@admin.register(Suite)
class SuiteAdmin(ReadOnlyAdmin):
    view_permission = READ
    empty = _("No suite yet. Make one above, or make a case of a bad answer on its record's page.")
    list_display = ("title", "shown_task", "gates", "version", "size", "last")
    fields = ("title", "shown_task", "version", "created_at")
    list_before_template = "console/suites.html"
    change_form_outer_before_template = "console/suite.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suite]:
        return selectors.suites_visible_to(actor_of(request)).prefetch_related("runs")

    @display(description=_("task"))
    def shown_task(self, obj: Suite) -> str:
        return title_of_task(obj.task_name)

    @display(description=_("cases"))
    def size(self, obj: Suite) -> int:
        return cast(int, getattr(obj, "size", 0))

    @display(description=_("last pass rate"))
    def last(self, obj: Suite) -> str:
        done = [run for run in obj.runs.all() if run.figures]
        return percent(done[0].figures["pass_rate"]) if done else "–"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        actor = actor_of(request)
        if request.method == "POST" and "create" in request.POST:
            if not self.has_view_permission(request):
                raise PermissionDenied
            given = request.POST
            self.attempt(
                request,
                gettext("The suite was made. Give it cases."),
                editing.create_suite,
                slug=given.get("slug", ""),
                title=given.get("title", ""),
                task_name=given.get("task", ""),
            )
            return redirect(request.path)
        if request.method == "POST" and "questions" in request.POST:
            if not self.has_view_permission(request):
                raise PermissionDenied
            told = gettext("The questions are being answered. Their evaluation can be exported when it ends.")
            self.attempt(request, told, _ask_many, given=request.POST, upload=request.FILES.get("file"))
            return redirect(request.path)
        may = bool(actor) and actor.can(EDIT)
        serving = Release.objects.filter(state=ReleaseState.SERVING) if may and actor.can(RUN) else None
        context = {
            **(extra_context or {}),
            "tasks": task_titles() if may else None,
            "file_field": UnfoldAdminFileFieldWidget().render(
                "file", None, {"id": "questions-file", "required": True}
            ),
            "serving": [one for one in serving or () if can_rehearse(one.task_name)],
        }
        return cast(HttpResponse, super().changelist_view(request, context))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(READ) else None
        suite = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if request.method == "POST" and suite:
            self._act(request, suite)
            return redirect(request.path)
        context = {**(extra_context or {}), **(_page(actor, suite) if suite else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def _act(self, request: HttpRequest, suite: Suite) -> None:
        given = request.POST
        if "add" in given:
            self.attempt(request, gettext("The cases were added."), _add, suite=suite, lines=given["lines"])
        elif "limits" in given:
            self.attempt(request, gettext("The limits were changed."), _limit, suite=suite, given=given)
        elif "end" in given:
            self.attempt(request, gettext("The case was taken out."), _end, case_id=given["end"])
        elif "run" in given:
            told = gettext("The run was queued. Its figures will stand here.")
            self.attempt(request, told, _run, suite=suite, release_id=given["release"])
        else:
            raise PermissionDenied


def _ask_many(*, actor: Actor, given: Mapping[str, str], upload: UploadedFile[bytes] | None) -> None:
    if upload is None or (upload.size or 0) > LARGEST:
        raise InvalidInput(fields={"file": _("is missing, or larger than 5 MB")})
    release = visible(actor, "release", given.get("release"), permission=RUN)
    text = decode(upload.read()).text
    questions.ask_many(actor=actor, title=given.get("title", ""), release=release, text=text)


def _add(*, actor: Actor, suite: Suite, lines: str) -> None:
    editing.add_cases(actor=actor, suite=suite, cases=files.read(lines))


def _limit(*, actor: Actor, suite: Suite, given: Mapping[str, str]) -> None:
    limits: dict[str, Any] = {**suite.limits}
    for name, least in (("pass_rate", "percent"), ("regressions", "whole"), ("p95_seconds", "number")):
        written = given.get(name, "").strip()
        if not written:
            limits.pop(name, None)
            continue
        try:
            number = float(written)
        except ValueError as error:
            raise InvalidInput(fields={name: _("must be a number")}) from error
        limits[name] = number / 100 if least == "percent" else int(number) if least == "whole" else number
    role = given.get("role") or None
    editing.change_suite(actor=actor, suite=suite, limits=limits, gates="gates" in given, role=role)


def _end(*, actor: Actor, case_id: str) -> None:
    editing.end_case(actor=actor, case=visible(actor, "suite_case", case_id, permission=EDIT))


def _run(*, actor: Actor, suite: Suite, release_id: str) -> None:
    release = visible(actor, "release", release_id, permission=RUN)
    running.start(actor=actor, suite=suite, release=release)


def _page(actor: Actor, suite: Suite) -> dict[str, Any]:
    cases = list(selectors.cases_at(suite, suite.version).order_by("-created_at", "-id")[:SHOWN])
    limits = suite.limits
    return {
        "suite": suite,
        "limits": {**limits, "pass_rate": round(100 * limits.get("pass_rate", 0), 2)},
        "cases": [
            {
                "id": one.pk,
                "input": str(one),
                "checks": [_spoken(check) for check in one.checks],
                "slices": one.slices,
                "origin": Origin(one.origin).label,
            }
            for one in cases
        ],
        "runs": [
            {
                "run": run,
                "rate": percent(run.figures.get("pass_rate")),
                "state": JobState(run.state).label if run.state else "",
            }
            for run in suite.runs.select_related("release", "job")[:20]
        ],
        "history": _history(suite),
        "roles": [(one.slug, one.title) for one in Role.objects.all()],
        "releases": Release.objects.filter(vertical=suite.vertical, task=suite.task)[:20],
        "may_edit": actor.can(EDIT),
        "may_run": actor.can(RUN),
        "example": EXAMPLE,
    }


def _history(suite: Suite) -> dict[str, Any] | None:
    """The last runs, the oldest first."""
    runs = suite.runs.filter(finished_at__isnull=False).select_related("release")[:SHOWN_RUNS]
    return charts.history([(f"#{run.release.number}", run.figures) for run in reversed(runs)])


EXAMPLE = json.dumps(
    {
        "input": {"question": "保修多久？"},
        "checks": [
            {"kind": "contains", "all": ["五年"]},
            {"kind": "citation", "documents": ["warranty.zh.md"]},
        ],
        "slices": ["zh"],
    },
    ensure_ascii=False,
)


def _spoken(check: Mapping[str, Any]) -> str:
    """A check in words: what kind it is, then what it asks for."""
    asked = (
        f"{WORDS.get(name, name)} {_said(value)}".strip() for name, value in check.items() if name != "kind"
    )
    return f"{KINDS[check['kind']].title}: {'; '.join(asked)}".rstrip(": ")


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@admin.register(Run)
class EvaluationAdmin(ReadOnlyAdmin):
    """Runs of suites; a run's page has every case, what failed first."""

    view_permission = READ
    empty = _("Nothing was measured yet. Open a suite and measure a release on it.")
    list_display = ("suite", "release", "version", "shown_state", "rate", "worse", "better", "created_at")
    fields = ("suite", "release", "version", "created_at", "finished_at")
    change_form_outer_before_template = "console/evaluation.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return selectors.runs_visible_to(actor_of(request))

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Run) -> tuple[str, Message]:
        if obj.finished_at:
            return JobState.SUCCEEDED, JobState.SUCCEEDED.label
        return obj.state, JobState(obj.state).label if obj.state else "–"

    @display(description=_("pass rate"))
    def rate(self, obj: Run) -> str:
        return percent(obj.figures.get("pass_rate"))

    @display(description=_("worse"))
    def worse(self, obj: Run) -> str:
        return str(obj.figures.get("worse", "–"))

    @display(description=_("better"))
    def better(self, obj: Run) -> str:
        return str(obj.figures.get("better", "–"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(READ) else None
        run = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if run and request.method == "POST" and "export" in request.POST:
            return self._export(request, run)
        if run and request.method == "POST" and "open_round" in request.POST:
            told = gettext("The round is open. Name who rates, or leave it open to all who may.")
            self.attempt(request, told, _open_round, run=run, given=request.POST)
            return redirect(request.path)
        context = {**(extra_context or {}), **(_results(actor, run) if run else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def _export(self, request: HttpRequest, run: Run) -> HttpResponse:
        try:
            made = exporting.export(actor=actor_of(request), run=run, format_=request.POST["export"])
        except SunmaoError as error:
            self.message_user(request, str(error.message), messages.ERROR)
            return redirect(request.path)
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return HttpResponse(made.data, content_type=made.type, headers=headers)


def _open_round(*, actor: Actor, run: Run, given: Mapping[str, str]) -> None:
    against = given.get("against", "")
    rounds.open_round(
        actor=actor,
        title=given.get("title", ""),
        run=run,
        other=visible(actor, "evaluation", against) if against else None,
        criteria=given.get("criteria", ""),
    )


def _results(actor: Actor, run: Run) -> dict[str, Any]:
    found, before = run.figures, run.previous.figures if run.previous else {}
    low, high = found.get("interval") or (None, None)
    lines = before_after.table(run.previous, run) if run.previous and run.finished_at else []
    changes = {name: found.get(name, 0) for name in ("worse", "better", "new")}
    return {
        "run": run,
        "rate": percent(found.get("pass_rate")),
        "between": f"{percent(low)} – {percent(high)}" if found else "–",
        "rate_before": percent(before.get("pass_rate")),
        "changes": [(CHANGES[name], count) for name, count in changes.items()],
        "slices": [
            {"name": name, "cases": one["cases"], "rate": percent(one["pass_rate"])}
            for name, one in found.get("slices", {}).items()
        ],
        "counted": ngettext("%(count)d case", "%(count)d cases", found.get("cases", 0))
        % {"count": found.get("cases", 0)},
        "rows": [_row(one) for one in selectors.worst_first(run)[:SHOWN]],
        "figures": Table(
            title=_("Figures of the evaluation"),
            head=(_("Figure"), _("Value"), _("Interval of 95 per cent"), _("The run before")),
            rows=[(one.name, one.value, one.between, one.before) for one in figures_shown(found, before)],
        ),
        "confusion": _confusion(found.get("labels") or {}),
        "lines": Table(
            title=_("Before and after"),
            head=(_("Figure"), _("Before"), _("After"), _("Interval of 95 per cent"), _("Gained")),
            rows=[_line(one) for one in lines],
        ),
        "bars": _drawn(lines),
        "formats": FORMATS if run.finished_at else (),
        "others": run.suite.runs.filter(finished_at__isnull=False).exclude(pk=run.pk)[:20],
        "rounds": run.rounds.all()[:20],
        "may_rate": actor.can(MANAGE) and run.finished_at is not None,
    }


def _confusion(told: Mapping[str, Any]) -> Table:
    """Which label was taken for which: a row for each that was expected."""
    rows = told.get("confusion", {})
    names = sorted({*rows, *(name for row in rows.values() for name in row)})
    return Table(
        title=_("Which label was taken for which"),
        head=(_("Expected"), *(name or gettext("none, or several") for name in names)),
        rows=[(name, *(row.get(other, 0) for other in names)) for name, row in rows.items()],
        cards=False,
    )


def _line(one: before_after.Line) -> tuple[str, ...]:
    share = one.name in SHARES or one.name == gettext("Cases that pass")
    shown = percent if share else number
    gained = "–" if one.change is None else f"{100 * one.change:+,.1f} %"
    return one.name, shown(one.before), shown(one.after), between(one.after_interval, shown), gained


def _drawn(lines: Sequence[before_after.Line]) -> list[dict[str, Any]]:
    shares = [one for one in lines if one.name in SHARES or one.name == gettext("Cases that pass")]
    return charts.side_by_side([(one.name, one.before, one.after) for one in shares])


def _row(one: Result) -> dict[str, Any]:
    return {
        "label": shown_label(label_of(one).sent(get_language())),
        "input": str(one.case),
        "passed": one.passed,
        "change": one.change,
        "change_title": CHANGES.get(one.change, ""),
        "answer": str(one.answer),
        "outcome": Outcome(one.outcome).label if one.outcome in Outcome.values else one.outcome,
        "error": one.error,
        "checks": [
            {**check, "title": KINDS[check["kind"]].title} for check in one.checks if not check["passed"]
        ],
        "seconds": f"{one.seconds:.2f}",
    }


__all__ = ["EvaluationAdmin", "SuiteAdmin"]
