"""Heads in the console: training them, what they are worth, which version answers, and trying a text."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.console.access_pages import FormPage
from apps.console.base import actor_of
from apps.console.decorators import display
from sunmao.core.actor import Actor
from sunmao.core.errors import Message
from sunmao.core.ids import reference
from sunmao.inference.heads import working
from sunmao.jobs.models import Job
from sunmao.modelhub.heads import selectors, services
from sunmao.modelhub.heads.models import HeadState, HeadVersion
from sunmao.modelhub.heads.selectors import ACTIVATE, READ, TRAIN
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.models import Version, VersionState
from sunmao.training.heads import keeping
from sunmao.training.heads.wishes import Wish

COLOURS = {HeadState.ACTIVE: "success", HeadState.TRAINING: "info", HeadState.RETIRED: "warning"}
METHODS: dict[str, Message] = {
    "auto": _("chosen by the language of the texts"),
    "lr": _("on an encoder's vectors"),
    "ngram": _("on n-grams of characters"),
    "lora": _("on an encoder that is tuned for it"),
}
WIDE, HIGH = 400, 160


class TrainForm(forms.Form):
    name = forms.CharField(
        label=_("name"),
        max_length=80,
        help_text=_("A known name makes the head's next version."),
        widget=UnfoldAdminTextInputWidget(),
    )
    train = forms.FileField(
        label=_("labelled texts"),
        required=False,
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("JSON lines or CSV with text and label; the label oos says that a text belongs to none."),
    )
    test = forms.FileField(
        label=_("texts to measure on"),
        required=False,
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("Never learnt from."),
    )
    dataset_version = forms.ModelChoiceField(
        Version.objects.none(),
        label=_("or a data set"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Approved versions with labelled texts."),
    )
    method = forms.ChoiceField(label=_("method"), choices=METHODS.items(), widget=UnfoldAdminSelectWidget)
    encoder = forms.CharField(
        label=_("encoder"),
        max_length=300,
        required=False,
        help_text=_("minilm, st:PATH-OR-ID or openai:MODEL; empty for the one that serves the language"),
        widget=UnfoldAdminTextInputWidget(),
    )
    purpose = forms.CharField(
        label=_("purpose"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget()
    )


@admin.register(HeadVersion)
class HeadVersionAdmin(FormPage):
    view_permission = READ
    empty = _(
        "No head yet. One is trained here from an approved data set of labels, or by the command "
        "train intents."
    )
    manage_permission = TRAIN
    form_template = "console/model_form.html"
    list_display = (
        "shown_name", "shown_state", "shown_method", "shown_labels", "accuracy", "floor", "created_at",
    )  # fmt: skip
    list_display_links = ("shown_name",)
    list_filter = ("state",)
    fields = (
        "shown_name", "shown_method", "encoder", "shown_labels", "threshold", "shown_size", "sha256",
        "data_sha256", "seed", "created_at", "activated_at",
    )  # fmt: skip
    change_form_outer_before_template = "console/head_version.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[HeadVersion]:
        return selectors.versions_visible_to(actor_of(request))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        form = TrainForm(request.POST or None, request.FILES or None)
        approved = Version.objects.filter(
            organisation_id=actor_of(request).organisation_id,
            state=VersionState.APPROVED,
            dataset__kind=Kind.CLASSIFICATION,
        ).select_related("dataset")
        form.fields["dataset_version"].queryset = approved  # type: ignore[attr-defined]
        return self.form_page(
            request, form, _train, title=_("Train a head"), button=_("Train"), sends_file=True
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        version = self.get_queryset(request).filter(pk=reference(object_id)).first() if actor else None
        if version is not None and request.method == "POST":
            return redirect(self._steered(request, version))
        tried = _tried(actor, version, request.GET.get("job", "")) if version else {}
        context = {**(extra_context or {}), **(_page(actor, version) if version else {}), **tried}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def _steered(self, request: HttpRequest, version: HeadVersion) -> str:
        given = request.POST
        if "activate" in given:
            self.attempt(request, gettext("It answers from now on."), services.activate, version=version)
        elif "roll_back" in given:
            done = gettext("The version before answers again.")
            self.attempt(request, done, services.roll_back, head=version.head)
        elif "retire" in given:
            self.attempt(request, gettext("Retired."), services.retire, version=version)
        elif "text" in given:
            jobs: list[Job] = []

            def ask(**asked: Any) -> None:
                jobs.append(working.ask(**asked))

            done = gettext("The text is with a worker.")
            self.attempt(
                request, done, ask, head=version.head, texts=[given["text"].strip()], version=version
            )
            if jobs:
                return f"{request.path}?job={jobs[0].pk}"
        return request.path

    @display(description=_("name"))
    def shown_name(self, obj: HeadVersion) -> str:
        return str(obj)

    @display(description=_("state"), label={**COLOURS, "failed": "danger"})
    def shown_state(self, obj: HeadVersion) -> tuple[str, Message]:
        if _error(obj):
            return "failed", _("Failed")
        return obj.state, HeadState(obj.state).label

    @display(description=_("method"))
    def shown_method(self, obj: HeadVersion) -> Message:
        return METHODS.get(obj.method, obj.method)

    @display(description=_("labels"))
    def shown_labels(self, obj: HeadVersion) -> int:
        return len(obj.labels)

    @display(description=_("accuracy"))
    def accuracy(self, obj: HeadVersion) -> str:
        return _figure(obj.figures.get("accuracy", obj.figures.get("validation_accuracy")))

    @display(description=_("n-gram floor"))
    def floor(self, obj: HeadVersion) -> str:
        return _figure(obj.figures.get("floor", {}).get("accuracy"))

    @display(description=_("size"))
    def shown_size(self, obj: HeadVersion) -> str:
        return filesizeformat(obj.size) if obj.size else ""


def _train(
    *,
    actor: Actor,
    train: Any,
    test: Any,
    dataset_version: Version | None,
    method: str,
    encoder: str,
    **told: str,
) -> HeadVersion:
    return keeping.request(
        actor=actor,
        train=train.chunks() if train else None,
        test=test.chunks() if test else None,
        dataset_version=dataset_version.pk if dataset_version else None,
        wish=Wish(method=method, encoder=encoder),
        **told,
    )


def _error(version: HeadVersion) -> str:
    failed = version.state == HeadState.TRAINING and version.job and version.job.error_code
    return version.job.error_text if failed and version.job else ""


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _page(actor: Actor, version: HeadVersion) -> dict[str, Any]:
    figures, may = version.figures, actor.can(ACTIVATE)
    return {
        "version": version,
        "error": _error(version),
        "figures": figures,
        "outside": figures.get("out_of_scope"),
        "curve": _curve(version),
        "may_activate": may and version.state == HeadState.READY,
        "may_roll_back": may and version.state == HeadState.ACTIVE,
        "may_retire": may and version.state in (HeadState.READY, HeadState.ACTIVE),
        "may_try": version.state in (HeadState.READY, HeadState.ACTIVE),
    }


def _curve(version: HeadVersion) -> dict[str, Any]:
    """Two lines over the thresholds: right texts that are kept, and foreign ones that are refused."""
    points: list[dict[str, float]] = version.curve
    if len(points) < 2:
        return {}
    first, last = points[0]["threshold"], points[-1]["threshold"]
    width = (last - first) or 1.0

    def along(threshold: float) -> float:
        return round(min(1.0, max(0.0, (threshold - first) / width)) * WIDE, 1)

    def line(name: str) -> str:
        return " ".join(f"{along(one['threshold'])},{round((1 - one[name]) * HIGH, 1)}" for one in points)

    return {
        "accuracy": line("accuracy"),
        "recall": line("recall") if version.figures.get("out_of_scope_examples") else "",
        "at": along(version.threshold),
        "first": f"{first:.2f}",
        "last": f"{last:.2f}",
        "width": WIDE,
        "height": HIGH,
    }


def _tried(actor: Actor, version: HeadVersion, job_id: str) -> dict[str, Any]:
    key = reference(job_id)
    job = Job.objects.filter(pk=key, kind="heads.classify", subject_id=version.pk).first() if key else None
    if job is None:
        return {}
    found = job.result.get("predictions") or [None]
    return {"tried": found[0], "try_waits": not job.has_ended, "try_error": job.error_text}
