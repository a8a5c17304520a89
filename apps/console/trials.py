"""Hit testing in the console: one question stage by stage, cases that must stay right, runs of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from apps.console.knowledge import COLOURS
from apps.console.tables import Table
from sunmao.core.actor import Actor
from sunmao.core.errors import Message, NotFound
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.jobs.models import JobState
from sunmao.knowledge import by_picture
from sunmao.knowledge.learning import confirming
from sunmao.knowledge.learning.selectors import CONFIRM
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.trials import cases, lines, presenting, running, selectors, trying
from sunmao.knowledge.trials.models import Case, Change, Run, Trial, TrialState
from sunmao.knowledge.trials.selectors import READ, RUN, WRITE

SHOWN, LARGEST = 70, 5_000_000
SHORT_WAIT = 1.5
STAGES: dict[str, Message] = {
    "understood": _("Question as it is searched"),
    "lexical": _("By words"),
    "dense": _("By meaning"),
    "read": _("Words in the picture"),
    "seen": _("By looks"),
    "together": _("Looks and words together"),
    "confirmed": _("By confirmed questions"),
    "linked": _("By references from these"),
    "fused": _("Taken together"),
    "reranked": _("Ordered anew"),
    "named": _("Articles named in the question"),
    "judged": _("Judgement"),
    "rewritten": _("Put in other words"),
}
REASONS: dict[str, Message] = {
    "named": _("the question names an article, and it was found"),
    "close": _("the nearest passage means much the same"),
    "covered": _("the words of the best passage cover the question"),
    "weak": _("the best passage covers too little of the question"),
    "nothing": _("no passage was found"),
    "no_such_article": _("the article that the question names is not there"),
}
WRONG: dict[str, Message] = {
    "no_question": _("no question"),
    "not_json": _("not readable"),
    "not_text": _("document or label is no text"),
    "too_long": _("too long"),
    "unknown_document": _("no such document in this base"),
    "unknown_label": _("no passage of this label"),
}
CHANGES = {Change.WORSE: "danger", Change.BETTER: "success", Change.NEW: "info", Change.SAME: "info"}
MEASURES: tuple[tuple[str, Message], ...] = (
    ("recall@1", _("found first")),
    ("recall@5", _("among the first 5")),
    ("recall@10", _("among the first 10")),
    ("mrr", _("mean reciprocal rank")),
    ("refused", _("refused")),
    ("p50_ms", _("median time, ms")),
    ("p95_ms", _("95th percentile, ms")),
)


class TryForm(forms.Form):
    question = forms.CharField(
        label=_("Question"),
        max_length=lines.LONGEST,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    picture = forms.FileField(
        label=_("Or a picture"),
        required=False,
        help_text=_("PNG, JPEG or WebP of at most 5 MB. It goes as soon as it was tried."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    bases = forms.ModelMultipleChoiceField(
        KnowledgeBase.objects.none(),
        label=_("Bases"),
        to_field_name="slug",
        error_messages={"invalid_choice": NotFound.messages["unknown_base"]},
        widget=forms.CheckboxSelectMultiple,
    )
    version = forms.IntegerField(
        label=_("Version"), required=False, min_value=1, help_text=_("Empty: the newest. Of one base only.")
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not (given.get("question") or given.get("picture") or self.errors):
            self.add_error("question", gettext("Write a question or choose a picture."))
        return given


class RunForm(forms.Form):
    base = forms.ModelChoiceField(
        KnowledgeBase.objects.none(),
        label=_("Base"),
        to_field_name="slug",
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
    )
    file = forms.FileField(
        label=_("File"), required=False, allow_empty_file=True, widget=UnfoldAdminFileFieldWidget
    )


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Cases are made where a question is tried; the list removes them."""

    view_permission = READ
    empty = _("No regression cases yet. Try a question, and mark the passage that it should find.")
    list_display = ("short", "base", "expected", "created_at")
    list_filter = ("base",)
    fields = ("question", "base", "expected", "created_at")
    change_form_outer_before_template = "console/trials_cases.html"
    actions = ("remove",)
    list_before_template = "console/trials_cases.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        return selectors.cases_visible_to(actor_of(request))

    def get_actions(self, request: HttpRequest) -> Any:
        return super().get_actions(request) if actor_of(request).can(WRITE) else {}

    def get_urls(self) -> list[URLPattern]:
        own = path("try/", self.admin_site.admin_view(self.try_view), name="trials_try")
        return [own, *super().get_urls()]

    @display(description=_("question"))
    def short(self, obj: Case) -> str:
        return Truncator(str(obj.question)).chars(SHOWN)

    @display(description=_("expected"))
    def expected(self, obj: Case) -> str:
        return "; ".join(f"{one.document.name} {one.label}".strip() for one in obj.expectations.all())

    @admin.action(description=_("Remove: runs no longer try them"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        done = sum(self.attempt(request, "", cases.remove_case, case=one) for one in queryset)
        if done:
            told = ngettext("%(count)d case was removed.", "%(count)d cases were removed.", done)
            self.message_user(request, told % {"count": done})

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """One question, stage by stage. It is tried by a worker, so the page is opened again with its id."""
        actor = actor_of(request)
        if not actor.can(READ):
            raise PermissionDenied
        form = _try_form(request, actor)
        if request.method == "POST":
            answered = self._acted(request, actor, form)
            if answered:
                return answered
        trial = _trial(request, actor)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try a question"),
            "opts": self.opts,
            "form": form,
            "refused": trial if trial and trial.state == TrialState.FAILED else None,
            "waiting": trial is not None and trial.state == TrialState.WAITING,
            **(_drawn(actor, trial) if trial and trial.state == TrialState.DONE else {}),
        }
        return render(request, "console/trial.html", context)

    def _acted(self, request: HttpRequest, actor: Actor, form: TryForm) -> HttpResponse | None:
        if "confirm" in request.POST or "expect" in request.POST:
            self._taught(request, actor)
            return redirect(request.get_full_path())
        if "try" not in request.POST or not form.is_valid():
            return None
        given = form.cleaned_data
        version = given["version"] if len(given["bases"]) == 1 else None
        pins = [selectors.pinned(base, version) for base in given["bases"]]
        made: list[Trial] = []
        upload = given["picture"]
        asked = (
            {"picture": upload.read(by_picture.LARGEST + 1)} if upload else {"question": given["question"]}
        )
        self.attempt(request, "", _asked(made), bases=pins, **asked)
        return redirect(f"{request.path}?trial={made[0].pk}") if made else None

    def _taught(self, request: HttpRequest, actor: Actor) -> None:
        trial = visible(actor, "trial", request.GET.get("trial", ""))
        if "confirm" in request.POST:
            told = gettext("The base's next version finds this passage sooner for such questions.")
            verb: Any = confirming.confirm
        else:
            told = gettext("The question is a regression case now: this passage is expected.")
            verb = cases.save_case
        passage = visible(actor, "passage", request.POST.get("confirm") or request.POST.get("expect", ""))
        named: dict[str, Any] = {"passage": passage} if "confirm" in request.POST else {"passages": [passage]}
        self.attempt(request, told, verb, base=passage.document.base, question=str(trial.question), **named)


def _asked(made: list[Trial]) -> Any:
    def ask(**given: Any) -> None:
        made.append(trying.ask(**given))

    return ask


def _try_form(request: HttpRequest, actor: Actor) -> TryForm:
    open_to = bases_visible_to(actor, READ)
    asked = request.POST if "try" in request.POST else None
    first: dict[str, Any] = {"bases": list(open_to.values_list("slug", flat=True)[:1])}
    if not asked and (known := _named(request, actor)):
        question, bases = known
        first = {"question": question, "bases": bases}
    form = TryForm(asked, request.FILES if asked else None, initial=first)
    form.fields["bases"].queryset = open_to  # type: ignore[attr-defined]
    return form


def _named(request: HttpRequest, actor: Actor) -> tuple[str, list[str]] | None:
    """What is tried again: by ids, since an address with the words of a question would be kept in logs."""
    if trial := _trial(request, actor):
        return str(trial.question), list(trial.pins)
    if case := request.GET.get("case"):
        found: Case = visible(actor, "trial_case", case)
        return str(found.question), [found.base.slug]
    if line := request.GET.get("result"):
        one = selectors.visible_result(actor=actor, result_id=line)
        return str(one.question), [one.run.base.slug]
    return None


def _trial(request: HttpRequest, actor: Actor) -> Trial | None:
    """Usually it was tried before the browser asks for it; a moment is waited, then the page asks again."""
    asked = request.GET.get("trial", "")
    if not asked:
        return None
    trial: Trial = visible(actor, "trial", asked)
    if trial.state == TrialState.WAITING:
        return trying.glanced(trial=trial, seconds=SHORT_WAIT)
    return trial


def _drawn(actor: Actor, trial: Trial) -> dict[str, Any]:
    """What the page draws: a bar for each stage's share of the time, and where each hit stood in it."""
    bases = bases_visible_to(actor, READ).filter(slug__in=list(trial.pins))
    pins = [selectors.pinned(base, trial.pins[base.slug] or None) for base in bases]
    shown = presenting.trial(actor=actor, found=trial, pins=pins)
    longest = max([stage["milliseconds"] for stage in shown["stages"]], default=0) or 1
    stages = [
        {
            **one,
            "title": STAGES.get(one["name"], one["name"]),
            "bar": round(100 * one["milliseconds"] / longest),
        }
        for one in shown["stages"]
    ]
    columns = [one for one in stages if any(_rank_in(hit, one) for hit in shown["hits"])]
    return {
        "shown": shown,
        "reason": REASONS.get(shown["reason"], shown["reason"]),
        "relevance": round(shown["relevance"] * 100),
        "stages": stages,
        "columns": columns,
        "hits": [{**hit, "ranks": [_rank_in(hit, one) or "–" for one in columns]} for hit in shown["hits"]],
        "lost": [_lost(one) for one in shown["expected"] if one["rank"] is None],
        "may_confirm": not shown["by_picture"] and actor.can(CONFIRM),
        "may_expect": not shown["by_picture"] and actor.can(WRITE),
    }


def _lost(expected: Mapping[str, Any]) -> dict[str, Any]:
    """An expected passage that is no hit, with the last places that it had."""
    places = [{**one, "title": STAGES.get(one["stage"], one["stage"])} for one in expected["places"]]
    return {**expected, "places": places}


def _share(stage: Mapping[str, Any], longest: float) -> int:
    return round(100 * float(stage["milliseconds"]) / longest)


def _rank_in(hit: Mapping[str, Any], stage: Mapping[str, Any]) -> int | None:
    places: Sequence[Mapping[str, Any]] = hit["places"]
    return next(
        (one["rank"] for one in places if (one["stage"], one["base"]) == (stage["name"], stage["base"])), None
    )


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """Runs of many questions; the form above the list starts one, a run's page compares it with the last."""

    view_permission = READ
    empty = _("No hit test yet. Run a file of questions, or the cases of a base, with the form above.")
    list_display = (
        "shown_set", "base", "version", "shown_state", "questions", "first", "ten", "refused", "worse",
        "better", "created_at",
    )  # fmt: skip
    list_filter = ("base",)
    fields = ("base", "version", "created_at", "finished_at")
    list_before_template = "console/trials_runs.html"
    change_form_outer_before_template = "console/trial_run.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return selectors.runs_visible_to(actor_of(request))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        actor = actor_of(request)
        form = RunForm(request.POST or None, request.FILES or None)
        allowed = bases_visible_to(actor, RUN) if actor and actor.can(RUN) else KnowledgeBase.objects.none()
        form.fields["base"].queryset = allowed  # type: ignore[attr-defined]
        if request.method == "POST" and {"run_file", "run_cases"} & set(request.POST):
            if not self.has_view_permission(request):
                raise PermissionDenied
            if form.is_valid():
                self._start(request, form)
                return redirect(request.path)
        context = {**(extra_context or {}), "form": form if allowed else None}
        return cast(HttpResponse, super().changelist_view(request, context))

    def _start(self, request: HttpRequest, form: RunForm) -> None:
        told = gettext("The run was queued. Its figures will stand in this list.")
        pin, upload = selectors.pinned(form.cleaned_data["base"]), form.cleaned_data["file"]
        if "run_cases" in request.POST:
            self.attempt(request, told, running.run_cases, pin=pin)
        else:
            self.attempt(request, told, _run_file, pin=pin, upload=upload)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(READ) else None
        found = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        context = {**(extra_context or {}), **(_compared(found) if found else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    @display(description=_("set"))
    def shown_set(self, obj: Run) -> str:
        return obj.set_name or gettext("Regression cases")

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Run) -> tuple[str, Message]:
        return obj.state, JobState(obj.state).label if obj.state else "–"

    @display(description=_("found first"))
    def first(self, obj: Run) -> str:
        return _figure(obj.figures, "recall@1")

    @display(description=_("among the first 10"))
    def ten(self, obj: Run) -> str:
        return _figure(obj.figures, "recall@10")

    @display(description=_("refused"))
    def refused(self, obj: Run) -> str:
        return _figure(obj.figures, "refused")

    @display(description=_("worse"))
    def worse(self, obj: Run) -> str:
        return _figure(obj.figures, "worse")

    @display(description=_("better"))
    def better(self, obj: Run) -> str:
        return _figure(obj.figures, "better")


def _run_file(*, actor: Actor, pin: Any, upload: Any) -> None:
    data = upload.read(LARGEST + 1) if upload else b""
    running.run_lines(
        actor=actor, pin=pin, name=upload.name if upload else "", given=lines.read(decode(data).text)
    )


def _compared(run: Run) -> dict[str, Any]:
    before = run.previous.figures if run.previous else {}
    results = selectors.worst_first(run)
    told = ngettext("%(questions)s question", "%(questions)s questions", run.questions) % {
        "questions": run.questions
    }
    return {
        "run": run,
        "measures": Table(
            title=f"{run} · {told}",
            head=(_("Figure"), _("This run"), _("The run before")),
            rows=[
                (capfirst(str(title)), _figure(run.figures, name), _figure(before, name))
                for name, title in MEASURES
            ],
        ),
        "counts": [
            (Change(name).label, run.figures.get(name, 0)) for name in ("worse", "better", "same", "new")
        ],
        "left_out": run.figures.get("left_out", 0),
        "wrong": [(one["line"], WRONG.get(one["code"], one["code"])) for one in run.wrong],
        "rows": [
            {
                "id": one.pk,
                "line": one.place,
                "question": str(one.question),
                "expected": "; ".join(f"{u['document']} {u['label']}".strip() for u in one.expected),
                "gone": any(u["passages"] == [] for u in one.expected),
                "rank": one.rank or "–",
                "before": one.before.get("rank") or "–" if one.before else "",
                "refused": one.refused,
                "reason": REASONS.get(one.reason, one.reason),
                "change": one.change,
                "change_title": Change(one.change).label if one.change else "",
                "milliseconds": round(one.milliseconds, 1),
            }
            for one in results[:1000]
        ],
    }


def _figure(figures: Mapping[str, Any], name: str) -> str:
    value = figures.get(name)
    if value is None:
        return "–"
    return f"{value:.3f}" if name.startswith(("recall", "mrr")) else str(round(value, 1))
