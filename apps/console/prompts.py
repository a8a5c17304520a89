"""Prompts in the console: text with its score, history, editor with preview, playground, fault report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.console.base import ReadOnlyAdmin, actor_of, shown_label
from apps.console.decorators import display
from sunmao.answering.rendering import render as as_html
from sunmao.core.actor import Actor
from sunmao.core.errors import Message, NotFound, SunmaoError
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.evaluation.optimising import starting as optimising
from sunmao.evaluation.playground import starting
from sunmao.evaluation.playground.starting import Candidate
from sunmao.jobs.models import JobState
from sunmao.prompts import cases, editing, presenting, reviewing, selectors
from sunmao.prompts.models import Origin, Prompt
from sunmao.prompts.rights import COMMENT, EDIT, READ, REVIEW, TRY
from sunmao.releases.usage import releases_with

FAULT_REPORT = "packs.device_fault"
EMPTY = "---\nlanguage: zh\nrole: \ntask: \nconstraints:\n  - \nformat: \nvariables:\n  - question\n---\n"
STATES: Mapping[str, Message] = dict(JobState.choices)
PARTIAL: Mapping[str, Message] = {
    "length": _("It reached the limit of its length."),
    "dropped": _("The connection to the model broke off."),
}
REMARKS: Mapping[str, Message] = {
    "wrong_total": _("The parts do not add up to the total"),
    "wrong_average": _("The average does not follow from total and number"),
    "wrong_share": _("The share is not right"),
    "wrong_growth": _("The rate of growth is not right"),
    "unknown_figure": _("This figure follows from none of those given"),
    "unbalanced": _("Assets are not liabilities and equity together"),
    "wrong_gross": _("Gross profit is not revenue less cost"),
    "one_sided": _("One side answers for nothing"),
    "no_total": _("No total was found in what was given"),
}


class NewPromptForm(forms.Form):
    slug = forms.CharField(label=_("Name"), max_length=120, widget=UnfoldAdminTextInputWidget)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("zh", _("Chinese")), ("en", _("English"))],
        widget=UnfoldAdminSelectWidget,
    )
    source = forms.CharField(
        label=_("Text"), initial=EMPTY, strip=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 18})
    )


@admin.register(Prompt)
class PromptAdmin(ReadOnlyAdmin):
    view_permission = READ
    list_display = ("slug", "language", "number", "how_many", "waiting", "news")
    list_filter = ("language",)
    search_fields = ("slug",)
    change_form_template = "console/prompt.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prompt]:
        return selectors.prompts_visible_to(actor_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(actor_of(request)) and actor_of(request).can(EDIT)

    @display(description=_("version"))
    def number(self, obj: Prompt) -> str:
        return f"v{obj.current.number}" if obj.current else "–"

    @display(description=_("versions"))
    def how_many(self, obj: Any) -> int:
        return int(obj.version_count)

    @display(description=_("waits for a look"))
    def waiting(self, obj: Any) -> str:
        return str(obj.open_reviews or "–")

    @display(description=_("newer text of the product"), boolean=True)
    def news(self, obj: Prompt) -> bool:
        return selectors.has_newer_seed(obj)

    def get_urls(self) -> list[URLPattern]:
        wrap, named = self.admin_site.admin_view, "prompts_prompt_"
        own = [
            path("fault-report/", wrap(self.fault_view), name="prompts_fault_report"),
            path("<uuid:object_id>/edit/", wrap(self.edit_view), name=f"{named}edit"),
            path("<uuid:object_id>/preview/", wrap(self.preview_view), name=f"{named}preview"),
            path("<uuid:object_id>/difference/", wrap(self.difference_view), name=f"{named}difference"),
            path("<uuid:object_id>/try/", wrap(self.try_view), name=f"{named}try"),
            path("<uuid:object_id>/try/<uuid:run_id>/", wrap(self.run_view), name=f"{named}run"),
        ]
        return [*own, *super().get_urls()]

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return render(request, f"console/{template}.html", {**shared, **context})

    def _prompt(self, request: HttpRequest, object_id: Any, permission: str = READ) -> Prompt:
        if not actor_of(request).can(permission):
            raise PermissionDenied
        try:
            return cast(Prompt, visible(actor_of(request), "prompt", object_id, permission=permission))
        except NotFound as error:
            raise Http404 from error

    # What one prompt is

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(READ) else None
        found = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if found is not None and request.method == "POST":
            self._act(request, actor, found)
            return redirect(request.path)
        context = {**(extra_context or {}), **(self._shown(actor, found) if found else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def _shown(self, actor: Actor, found: Prompt) -> dict[str, Any]:
        used = releases_with(found)
        rows = selectors.versions_visible_to(actor).filter(prompt=found)
        versions = [
            {**presenting.version(one, used=used, whole=False), "origin_name": Origin(one.origin).label}
            for one in rows
        ]
        now = found.current
        return {
            "prompt": presenting.prompt(found),
            "source": now.source if now else "",
            "preview": presenting.preview(now.source, found=found) if now else None,
            "versions": versions,
            "reviews": [presenting.review(one) for one in selectors.open_reviews(found)],
            "comments": [presenting.comment(one) for one in now.comments.all()] if now else [],
            "cases": [presenting.case(one) for one in found.cases.all()],
            "searches": [presenting.optimisation(one) for one in found.optimisations.all()[:3]],
            "other_language": "en" if found.language == "zh" else "zh",
            "may_edit": actor.can(EDIT),
            "may_review": actor.can(REVIEW),
            "may_comment": actor.can(COMMENT),
            "may_try": actor.can(TRY),
            "may_search": actor.can(EDIT) and actor.can(TRY),
        }

    def _act(self, request: HttpRequest, actor: Actor, found: Prompt) -> None:
        """What the buttons of the page ask for; the first name that is there."""
        given = request.POST
        try:
            if "restore" in given:
                version = selectors.numbered(found, given["restore"])
                self.attempt(request, gettext("Done."), editing.restore, version=version)
            elif "comment" in given:
                version = selectors.numbered(found, given["comment"])
                text = given.get("text", "")
                self.attempt(request, gettext("Done."), reviewing.comment, version=version, text=text)
            elif {"approve", "reject"} & set(given):
                key = "approve" if "approve" in given else "reject"
                review = visible(actor, "prompt_review", given[key])
                decided: dict[str, Any] = {"approve": key == "approve", "reason": given.get("reason", "")}
                self.attempt(request, gettext("Done."), reviewing.decide, review=review, **decided)
            elif "remove_case" in given:
                case = visible(actor, "prompt_case", given["remove_case"])
                self.attempt(request, gettext("Done."), cases.remove_case, case=case)
            else:
                self._act_on_all(request, found)
        except NotFound as error:
            self.message_user(request, str(error.message), messages.ERROR)

    def _act_on_all(self, request: HttpRequest, found: Prompt) -> None:
        given, done = request.POST, gettext("Done.")
        if "keep_own" in given:
            self.attempt(request, done, editing.keep_own, prompt=found)
        elif "four_eyes" in given:
            self.attempt(request, done, editing.set_four_eyes, prompt=found, on=given["four_eyes"] == "on")
        elif "copy" in given:
            self.attempt(request, done, editing.copy_to, prompt=found, language=given["copy"])
        elif "search" in given:
            queued = gettext("The search was queued. What it finds will stand on this page.")
            self.attempt(request, queued, optimising.start, prompt=found, given={})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewPromptForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made = editing.create(actor=actor_of(request), **form.cleaned_data)
            except SunmaoError as error:
                _told(form, error)
            else:
                return redirect("admin:prompts_prompt_change", made.prompt_id)
        return self._page(request, "prompt_new", gettext("New prompt"), form=form)

    # Writing

    def edit_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        found, actor = self._prompt(request, object_id, EDIT), actor_of(request)
        draft = selectors.own_draft(actor, found)
        current = found.current.source if found.current else EMPTY
        source = request.POST.get("source", "").replace("\r\n", "\n") if request.method == "POST" else None
        if source is not None and self._kept(request, found, source):
            return redirect("admin:prompts_prompt_change", found.pk)
        shown = source if source is not None else str(draft.source) if draft else current
        return self._page(
            request,
            "prompt_editor",
            str(found),
            prompt=found,
            source=shown,
            draft=draft,
            preview=presenting.preview(shown, found=found),
        )

    def _kept(self, request: HttpRequest, found: Prompt, source: str) -> bool:
        given = request.POST
        if "discard" in given:
            return self.attempt(request, gettext("The draft is gone."), editing.discard_draft, prompt=found)
        if "draft" in given:
            told = gettext("The draft is kept; only you see it.")
            return self.attempt(request, told, editing.save_draft, prompt=found, source=source)
        parent = given.get("parent", "")
        return self.attempt(
            request,
            gettext("The version is saved."),
            editing.save,
            prompt=found,
            source=source,
            note=given.get("note", ""),
            parent=int(parent) if parent.isascii() and parent.isdigit() and len(parent) < 9 else None,
            review="review" in given,
        )

    def preview_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """A part of the editor's page, asked for while somebody writes."""
        found = self._prompt(request, object_id)
        source = request.POST.get("source", "").replace("\r\n", "\n")
        context = {"preview": presenting.preview(source, found=found)}
        return render(request, "console/_prompt_preview.html", context)

    def difference_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        found = self._prompt(request, object_id)
        try:
            both = [selectors.numbered(found, request.GET.get(one, "")) for one in ("before", "after")]
        except NotFound as error:
            raise Http404 from error
        shown = presenting.differing(*both)
        scores = [shown["scores"][str(one.number)] for one in both]
        return self._page(
            request, "prompt_difference", str(found), prompt=found, difference=shown, scores=scores
        )

    # Trying

    def try_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        found, actor = self._prompt(request, object_id, TRY), actor_of(request)
        if request.method == "POST" and (run := self._started(request, found)):
            return redirect("admin:prompts_prompt_run", found.pk, run.pk)
        case = request.GET.get("case", "")
        chosen = found.cases.filter(pk=reference(case)).first() if case else None
        known = chosen.inputs if chosen else {}
        declared = presenting.preview(found.current.source)["variables"] if found.current else []
        fields = [
            {
                **one,
                "value": request.POST.get(f"value-{one['name']}", known.get(one["name"], one["default"])),
                "picker": _picker(one["name"], field=f"value-{one['name']}"),
            }
            for one in declared
        ]
        runs = selectors.own_runs(actor).filter(prompt=found)[:5]
        return self._page(
            request,
            "playground",
            str(found),
            prompt=found,
            fields=fields,
            versions=[presenting.version(one, whole=False) for one in found.versions.all()[:12]],
            engines=starting.engines(),
            draft=selectors.own_draft(actor, found),
            cases=found.cases.count(),
            runs=[(one, STATES.get(one.state, "")) for one in runs],
        )

    def _started(self, request: HttpRequest, found: Prompt) -> Any:
        given, actor = request.POST, actor_of(request)
        values = {
            name.removeprefix("value-"): value for name, value in given.items() if name.startswith("value-")
        }
        images = {
            # One byte more than may be: enough to be told that it is too large.
            name.removeprefix("image-"): upload.read(starting.LARGEST_IMAGE + 1)
            for name, upload in cast("Mapping[str, UploadedFile[bytes]]", request.FILES.dict()).items()
        }
        try:
            chosen = [selectors.numbered(found, one) for one in given.getlist("versions")]
            candidates = [Candidate(one.source, one) for one in chosen]
            draft = selectors.own_draft(actor, found)
            if "draft" in given and draft:
                candidates.append(Candidate(str(draft.source)))
            return starting.start(
                actor=actor,
                prompt=found,
                candidates=candidates,
                choices=[starting.choice_of(one) for one in given.getlist("engines")],
                inputs=None if "cases" in given else values,
                images=images,
                settings=given,
            )
        except SunmaoError as error:
            self.message_user(request, _in_words(error), messages.ERROR)
            return None

    def run_view(self, request: HttpRequest, object_id: Any, run_id: Any) -> HttpResponse:
        found, actor = self._prompt(request, object_id, TRY), actor_of(request)
        try:
            run = visible(actor, "playground_run", run_id)
        except NotFound as error:
            raise Http404 from error
        if request.method == "POST":
            self._save_case(request, found, run)
            return redirect(request.path)
        shown, is_report = presenting.run(run), found.slug == FAULT_REPORT
        for cell in shown["cells"]:
            cell["partial"] = PARTIAL.get(cell["reason"], "")
            cell["html"] = as_html(cell["text"], [], record_id="")
            cell["shown_label"] = shown_label(cell)
            cell["remarks"] = [
                {**one, "title": REMARKS.get(one["code"], one["code"])} for one in cell["remarks"]
            ]
        return self._page(
            request,
            "playground_run",
            gettext("Report on a device's fault") if is_report else str(found),
            prompt=found,
            again=reverse(
                "admin:prompts_fault_report" if is_report else "admin:prompts_prompt_try",
                args=[] if is_report else [found.pk],
            ),
            run=shown,
            state=STATES.get(run.state, ""),
            waiting=run.finished_at is None and run.state in (JobState.QUEUED, JobState.RUNNING),
            may_edit=actor.can(EDIT),
        )

    def _save_case(self, request: HttpRequest, found: Prompt, run: Any) -> None:
        words = [one.strip() for one in request.POST.get("contains", "").splitlines() if one.strip()]
        told = gettext("The inputs are a case of the prompt now.")
        checks = [{"kind": "contains", "value": words}] if words else []
        given: dict[str, Any] = {"inputs": run.inputs, "checks": checks}
        name = request.POST.get("name", "")
        self.attempt(request, told, _saved_case, prompt=found, called=name, **given)

    def fault_view(self, request: HttpRequest) -> HttpResponse:
        """Upload a picture, ask, read the report: the pack for faults of devices, as a page of its own."""
        actor = actor_of(request)
        if not actor.can(TRY):
            raise PermissionDenied
        language = "zh" if str(get_language()).startswith("zh") else "en"
        found = Prompt.objects.filter(slug=FAULT_REPORT, language=language).first()
        if request.method == "POST" and found and (run := self._started(request, found)):
            return redirect("admin:prompts_prompt_run", found.pk, run.pk)
        runs = selectors.own_runs(actor).filter(prompt=found)[:5] if found else []
        return self._page(
            request,
            "fault_report",
            gettext("Report on a device's fault"),
            prompt=found,
            photo=_picker("photo", field="photo", required=True),
            engines=[one for one in starting.engines() if one != "extractive"],
            runs=[(one, STATES.get(one.state, "")) for one in runs],
            question=request.POST.get("value-question", ""),
            chosen=request.POST.get("engines", ""),
        )


def _picker(name: str, *, field: str, required: bool = False) -> SafeString:
    """The console's own script knows no other file field."""
    told = {"id": field, "required": required, "accept": "image/png,image/jpeg,image/webp"}
    return cast(SafeString, UnfoldAdminFileFieldWidget().render(f"image-{name}", None, told))


def _saved_case(*, actor: Actor, prompt: Prompt, called: str, **given: Any) -> None:
    cases.save_case(actor=actor, prompt=prompt, name=called, **given)


def _in_words(error: SunmaoError) -> str:
    told = error.as_dict()
    more = "; ".join(f"{name} {text}" for name, text in told["fields"].items())
    return f"{told['message']} {more}".strip()


def _told(form: forms.Form, error: SunmaoError) -> None:
    for name, text in error.as_dict()["fields"].items():
        field = name if name in form.fields else "source"
        form.add_error(field, text if field == name else f"{name}: {text}")
    if not form.errors:
        form.add_error(None, str(error.message))


__all__ = ["PromptAdmin"]
