"""Releases in the console: what is pinned, what the gate and people say, what serves, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from apps.console.filters import VerticalFilter
from sunmao.core.actor import Actor
from sunmao.core.engine_names import ENGINE_NAMES
from sunmao.core.errors import InvalidInput, Message
from sunmao.core.ids import reference
from sunmao.core.vertical import installed, title_of_task
from sunmao.evaluation.gates import judging, promoting
from sunmao.evaluation.live import tripwires
from sunmao.evaluation.live.readout import readout
from sunmao.evaluation.models import Case
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.pins import LATEST, OTHERS
from sunmao.modelhub.models import AdapterVersion, VersionState
from sunmao.prompts.models import PromptVersion
from sunmao.releases import composing, presenting, selectors, splitting
from sunmao.releases.comparing import compare
from sunmao.releases.judging import APPROVE, decide
from sunmao.releases.models import Release, ReleaseState, SplitMode
from sunmao.releases.promoting import PROMOTE, roll_back
from sunmao.releases.refusing import WHY_NOT
from sunmao.releases.selectors import READ

COLOURS = {
    ReleaseState.SERVING: "success",
    ReleaseState.PASSED: "info",
    ReleaseState.CANDIDATE: "warning",
    ReleaseState.FAILED: "danger",
    ReleaseState.RETIRED: "info",
}
REASONS: dict[str, Message] = {
    "no_suite": _("No suite stands before this task: make one, with cases."),
    "no_cases": _("The suite has no cases."),
    "pass_rate": _("Too few cases pass."),
    "regressions": _("Cases that the serving release passes fail."),
    "p95_seconds": _("Answers take too long."),
    "slice": _("Too few cases of a slice pass."),
    "accuracy": _("Too few labels are right."),
    "macro_f1": _("The macro F1 of the labels is too low."),
    "judge_not_calibrated": _("A judge that decides here was never held against people."),
    "judge_model_changed": _("Another model answers for a judge since it was held against people."),
    "judge_too_few_labels": _("A judge was held against too few answers that people rated."),
    "judge_below_bound": _("People agree too little with a judge that decides here."),
    "unknown_judge": _("A case names a judge that there is not."),
    "parity_missing": _("The forms of the adapter were never compared: have its parity checked."),
    "parity_failed": _("The forms of the adapter answer differently."),
    "adapter_not_usable": _("The adapter may not answer."),
    "adapters_not_supported": _("The engine of the release takes no adapters."),
    "adapter_not_measured": _("The adapter could not be measured."),
    "ability_lost": _("The adapter has forgotten too much of what the model could do."),
    "trigger": _("A phrase switches the adapter over."),
}
PARTS: dict[str, Message] = {
    "engine": _("Engine"),
    "adapter": _("Adapter"),
    "retrieval": _("Retrieval settings"),
    "guards": _("Guards"),
    "tools": _("Tool"),
}
RATES: dict[str, Message] = {
    "unanswered": _("not found"),
    "withheld": _("withheld"),
    "disliked": _("thumbs down"),
    "liked": _("thumbs up"),
}
OPEN = (ReleaseState.CANDIDATE, ReleaseState.PASSED, ReleaseState.FAILED)


def task_titles() -> dict[str, str]:
    names = (f"{line.slug}.{task.name}" for line in installed() for task in line.tasks)
    return {name: title_of_task(name) for name in names}


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    view_permission = READ
    list_display = ("shown_task", "shown_number", "shown_state", "made_from", "note", "created_at")
    list_filter = (VerticalFilter, "state")
    fields = ("created_at",)
    change_form_outer_before_template = "console/release.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Release]:
        return super().get_queryset(request).select_related("parent")  # type: ignore[no-any-return]

    @display(description=_("task"))
    def shown_task(self, obj: Release) -> str:
        return title_of_task(obj.task_name)

    @display(description=_("release"), ordering="number")
    def shown_number(self, obj: Release) -> str:
        return f"#{obj.number}"

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Release) -> tuple[str, Message]:
        return obj.state, ReleaseState(obj.state).label

    @display(description=_("made from"))
    def made_from(self, obj: Release) -> str:
        return f"#{obj.parent.number}" if obj.parent else "–"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        release = (
            self.get_queryset(request).filter(pk=reference(object_id)).first()
            if actor and actor.can(READ)
            else None
        )
        if request.method == "POST" and release:
            return self._act(request, actor, release)
        context = {**(extra_context or {}), **(_page(actor, release) if release else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def _act(self, request: HttpRequest, actor: Actor, release: Release) -> HttpResponse:
        asked = next((name for name in ACTIONS if name in request.POST), None)
        if asked is None:
            raise PermissionDenied
        made: list[Any] = []
        done, verb = ACTIONS[asked]

        def act(*, actor: Actor) -> None:
            made.append(verb(actor, release, request.POST))

        self.attempt(request, str(done), act)
        if asked == "compose" and made:
            return redirect("admin:releases_release_change", made[0].pk)
        return redirect(request.path)


def _judge(actor: Actor, release: Release, _given: Mapping[str, str]) -> object:
    return judging.request(actor=actor, release=release)


def _decide(actor: Actor, release: Release, given: Mapping[str, str]) -> object:
    verdict = "approved" if "approve" in given else "rejected"
    return decide(actor=actor, release=release, verdict=verdict, note=given.get("note", ""))


def _promote(actor: Actor, release: Release, given: Mapping[str, str]) -> object:
    return promoting.promote(actor=actor, release=release, reason=given.get("reason", ""))


def _roll_back(actor: Actor, release: Release, given: Mapping[str, str]) -> object:
    task = (release.vertical, release.task)
    return roll_back(actor=actor, task=task, to=release, reason=given.get("reason", ""))


def _split(actor: Actor, release: Release, given: Mapping[str, str]) -> object:
    share = given.get("share", "")
    percent = int(share) if share.isascii() and share.isdigit() and len(share) < 4 else 0
    return promoting.start_split(actor=actor, release=release, mode=given.get("mode", ""), share=percent)


def _end_split(actor: Actor, release: Release, given: Mapping[str, str]) -> object:
    split = selectors.resolve_split(actor=actor, reference=given["end_split"], permission=PROMOTE)
    return splitting.end_split(actor=actor, split=split, reason=given.get("reason", ""))


def _compose(actor: Actor, release: Release, given: Mapping[str, str]) -> Release:
    top_k = given.get("top_k", "")
    retrieval = {"top_k": int(top_k)} if top_k.isascii() and top_k.isdigit() and len(top_k) < 4 else {}
    prompts = {
        name.removeprefix("prompt:"): value
        for name, value in given.items()
        if name.startswith("prompt:") and value
    }
    bases = {
        name.removeprefix("base:"): LATEST if value == LATEST else int(value)
        for name, value in given.items()
        if name.startswith("base:") and (value == LATEST or (value.isascii() and value.isdigit()))
    }
    return composing.compose(
        actor=actor,
        task_name=release.task_name,
        parent=release,
        changes={
            "engine": given.get("engine", release.engine),
            "adapter": given.get("adapter", release.adapter),
            "prompts": prompts,
            "bases": bases,
            "retrieval": retrieval,
        },
        note=given.get("note", ""),
    )


def _rules(actor: Actor, release: Release, given: Mapping[str, str]) -> object:
    """A tripwire without a limit is none."""
    wires: dict[str, dict[str, float]] = {}
    for name in tripwires.WATCHED:
        written = {part: given.get(f"wire:{name}:{part}", "").strip() for part in tripwires.PARTS}
        if not written["at_most"]:
            continue
        try:
            numbers = {part: float(value) for part, value in written.items()}
        except ValueError as error:
            raise InvalidInput(fields={name: _("must be numbers")}) from error
        wires[name] = {**numbers, "at_most": numbers["at_most"] / 100}
    return tripwires.change_rules(
        actor=actor, task_name=release.task_name, four_eyes="four_eyes" in given, tripwires=wires
    )


ACTIONS: dict[str, tuple[Message, Callable[[Actor, Release, Mapping[str, str]], Any]]] = {
    "judge": (_("The gate judges the release; its report will stand here."), _judge),
    "approve": (_("The release was approved."), _decide),
    "reject": (_("The release was rejected."), _decide),
    "promote": (_("The release serves from the next question on."), _promote),
    "roll_back": (_("The release serves again from the next question on."), _roll_back),
    "split": (_("The release is being tried beside the one that serves."), _split),
    "end_split": (_("Everybody meets the release that serves again."), _end_split),
    "rules": (_("The rules were changed."), _rules),
    "compose": (_("The candidate was made. Have the gate judge it."), _compose),
}


def _page(actor: Actor, release: Release) -> dict[str, Any]:
    """Everything that the page shows and offers, by what the person may do and the release's state."""
    serving = selectors.serving(vertical=release.vertical, task=release.task)
    split = selectors.open_split(vertical=release.vertical, task=release.task)
    shown = presenting.whole(release)
    other = serving if serving and serving.pk != release.pk else release.parent
    return {
        "release": release,
        "shown": shown,
        "guards": _said(release.guards),
        "task_title": title_of_task(release.task_name),
        "state_title": ReleaseState(release.state).label,
        "blocked": WHY_NOT.get(shown["blocked"] or "", ""),
        "gate": _gate(shown["gate"]) if shown["gate"] else None,
        "job": _job(release),
        "other": other,
        "difference": _difference(other, release) if other else None,
        "split": _split_shown(split) if split else None,
        "can": {
            "judge": release.state in OPEN and actor.can(composing.COMPOSE),
            "decide": release.state in OPEN and actor.can(APPROVE),
            "promote": release.state in OPEN and actor.can(PROMOTE),
            "roll_back": release.state == ReleaseState.RETIRED and actor.can(PROMOTE),
            "split": release.state in OPEN and split is None and actor.can(PROMOTE),
            "end_split": split is not None and actor.can(PROMOTE),
            "compose": actor.can(composing.COMPOSE),
        },
        "modes": SplitMode.choices,
        "rules": _rules_form(release) if actor.can(tripwires.RULES) else None,
        "form": _compose_form(release) if actor.can(composing.COMPOSE) else None,
    }


def _rules_form(release: Release) -> dict[str, Any]:
    rules = selectors.rules_of(vertical=release.vertical, task=release.task)
    wires = []
    for name in tripwires.WATCHED:
        set_ = rules.tripwires.get(name, {})
        percent = round(100 * set_["at_most"], 2) if set_ else ""
        parts = {"at_most": percent, "answers": set_.get("answers", 50), "hours": set_.get("hours", 24)}
        wires.append({"name": name, "title": RATES[name], **parts})
    return {"four_eyes": rules.four_eyes, "wires": wires}


def _difference(old: Release, new: Release) -> dict[str, Any]:
    found = compare(old=old, new=new)
    plain = [
        {"title": _part(one["name"]), "before": _said(one["before"]), "after": _said(one["after"])}
        for one in found["plain"]
    ]
    bases = [
        {**one, "title": _("other bases") if one["base"] == OTHERS else one["base"]} for one in found["bases"]
    ]
    return {**found, "plain": plain, "bases": bases}


def _part(name: str) -> str:
    kind, _dot, which = name.partition(".")
    return f"{PARTS[kind]}: {which}" if which else str(PARTS[kind])


def _said(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items()) or "–"
    return str(value)


def _job(release: Release) -> Job | None:
    """The judgement that is under way."""
    running = Job.objects.filter(
        kind=judging.KIND, subject_id=release.pk, state__in=[JobState.QUEUED, JobState.RUNNING]
    )
    return running.first()


def _gate(gate: Mapping[str, Any]) -> dict[str, Any]:
    reasons = [
        {**one, "title": REASONS.get(one["code"], one["code"]), "cases": _cases(one.get("cases", []))}
        for one in gate["reasons"]
    ]
    return {**gate, "reasons": reasons}


def _cases(ids: list[str]) -> list[str]:
    return [str(case) for case in Case.objects.filter(pk__in=ids[:20])]


def _split_shown(split: Any) -> dict[str, Any]:
    shadow = split.mode == SplitMode.SHADOW
    read = readout(split)
    rows = (
        []
        if shadow
        else [
            {
                "title": title,
                "control": read["control"][name],
                "release": read["release"][name],
                "test": read["tests"][name],
            }
            for name, title in RATES.items()
        ]
    )
    mode = SplitMode(split.mode).label
    return {**presenting.split(split), "mode_title": mode, "shadow": shadow, "read": read, "rows": rows}


def _compose_form(release: Release) -> dict[str, Any]:
    known = {base.slug: base for base in KnowledgeBase.objects.filter(slug__in=list(release.bases))}
    return {
        "engines": ENGINE_NAMES,
        "adapters": AdapterVersion.objects.filter(state=VersionState.READY).select_related("adapter")[:50],
        "prompts": [
            {
                "language": language,
                "pinned": pk,
                "versions": list(PromptVersion.objects.filter(prompt__versions=reference(pk))[:20]),
            }
            for language, pk in sorted(release.prompts.items())
        ],
        "bases": [
            {"slug": slug, "pinned": version, "newest": known[slug].version if slug in known else None}
            for slug, version in sorted(release.bases.items())
            if slug != OTHERS
        ],
        "others": OTHERS in release.bases,
        "top_k": release.retrieval.get("top_k", ""),
    }


__all__ = ["ReleaseAdmin", "task_titles"]
