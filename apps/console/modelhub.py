"""Models in the console: base models, adapter versions, and whether all forms of an adapter agree."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.console.access_pages import FormPage
from apps.console.base import actor_of
from apps.console.decorators import display
from sunmao.core.actor import Actor
from sunmao.core.errors import Message, SunmaoError
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.evaluation.parity import checking
from sunmao.modelhub import adapters, bases, presenting, selectors
from sunmao.modelhub.models import AdapterVersion, BaseModel, BaseState, Quantisation, VersionState
from sunmao.modelhub.selectors import EXPORT, MANAGE, READ
from sunmao.training.datasets.models import Version as DataSetVersion

COLOURS = {
    BaseState.READY: "success",
    BaseState.READING: "info",
    BaseState.FAILED: "danger",
    VersionState.CANDIDATE: "warning",
    VersionState.REFUSED: "danger",
}
FORMS: dict[str, Message] = {
    "served": _("as it is served, in a batch with others"),
    "merged": _("added into the base's weights"),
    "quantised": _("on the quantised base"),
    "server": _("by the model server"),
}
SKIPPED: dict[str, Message] = {
    "the base model is served whole": _("the base model is served whole"),
    "no model server is configured": _("no model server is configured"),
    "the model server takes no adapters": _("the model server takes no adapters"),
}


class _Text(forms.CharField):
    def __init__(self, label: Any, *, required: bool = False, help_text: Any = "") -> None:
        super().__init__(
            label=label, required=required, help_text=help_text, widget=UnfoldAdminTextInputWidget()
        )


class BaseForm(forms.Form):
    name = _Text(_("name"), required=True)
    source = _Text(
        _("source"),
        required=True,
        help_text=_("A hub id such as org/name, or a folder below the one that the operator has opened."),
    )
    quantisation = forms.ChoiceField(
        label=_("quantisation"), choices=Quantisation.choices, widget=UnfoldAdminSelectWidget
    )
    keep = forms.BooleanField(
        label=_("Take its files into the encrypted store"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Otherwise they stay where they are, and their disk is the operator's to encrypt."),
    )
    licence = _Text(_("licence"))
    provider = _Text(_("provider"), help_text=_("Stands in the label of what the model writes."))
    filing_number = _Text(_("filing number"), help_text=_("Of the model's filing with the authority."))


class ImportForm(forms.Form):
    name = _Text(_("name"), required=True, help_text=_("A known name makes the adapter's next version."))
    base = forms.ModelChoiceField(
        BaseModel.objects.none(), label=_("base model"), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    file = forms.FileField(
        label=_("archive"),
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("A zip or tar file with adapter_config.json and adapter_model.safetensors."),
    )
    purpose = _Text(_("purpose"))
    licence = _Text(_("licence"))
    provenance = _Text(_("provenance"))


@admin.register(BaseModel)
class BaseModelAdmin(FormPage):
    view_permission = READ
    empty = _(
        "No model yet. Put its folder into the folder of models, then add it by its name. "
        "Nothing is copied or fetched."
    )
    manage_permission = MANAGE
    form_template = "console/model_form.html"
    list_display = ("slug", "shown_state", "architecture", "shown_size", "context", "quantisation", "licence")
    fields = (
        "slug", "place", "shown_fact", "sha256", "architecture", "dtype", "parameters", "context", "reads",
        "quantisation", "licence", "provider", "filing_number", "kept", "shared", "created_at",
    )  # fmt: skip
    change_form_outer_before_template = "console/base_model.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[BaseModel]:
        return selectors.bases_visible_to(actor_of(request)).select_related("job")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return self.form_page(
            request, BaseForm(request.POST or None), _add_base, title=_("Add a base model"), button=_("Add")
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        base = self.get_queryset(request).filter(pk=reference(object_id)).first() if actor else None
        own = base is not None and base.organisation_id == actor.organisation_id
        if base is not None and request.method == "POST":
            if "read" in request.POST:
                self.attempt(request, gettext("Its files are being read."), bases.read_again, base=base)
            elif "keep" in request.POST:
                self.attempt(request, gettext("Its files are being kept."), bases.keep_base, base=base)
            elif "retire" in request.POST:
                self.attempt(request, gettext("Retired."), bases.retire_base, base=base)
            return redirect(request.path)
        extra = {**(extra_context or {}), "base": base, "may_manage": own and actor.can(MANAGE)}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, extra))

    @display(description=_("source"))
    def place(self, obj: BaseModel) -> str:
        return obj.source

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: BaseModel) -> tuple[str, Message]:
        return obj.state, BaseState(obj.state).label

    @display(description=_("state"))
    def shown_fact(self, obj: BaseModel) -> str:
        failed = obj.state == BaseState.FAILED and obj.job
        return obj.job.error_text if failed and obj.job else str(BaseState(obj.state).label)

    @display(description=_("size"))
    def shown_size(self, obj: BaseModel) -> str:
        return filesizeformat(obj.size) if obj.size else ""

    @display(description=_("reads"))
    def reads(self, obj: BaseModel) -> str:
        named = {
            "text": gettext("text"),
            "image": gettext("pictures"),
            "audio": gettext("sound"),
            "transcription": gettext("writes speech down"),
            "speech": gettext("speaks"),
            "drawing": gettext("draws"),
        }
        return ", ".join(named.get(one, one) for one in obj.modalities)


def _add_base(
    *, actor: Actor, name: str, source: str, quantisation: str, keep: bool, **told: str
) -> BaseModel:
    return bases.add_base(
        actor=actor, name=name, source=source, quantisation=quantisation, told=told, keep=keep
    )


def _unpin(*, actor: Actor, version: AdapterVersion) -> None:
    adapters.pin(actor=actor, version=version, pinned=False)


BUTTONS: dict[str, Any] = {
    "parity": checking.check,
    "verify": adapters.verify,
    "pin": adapters.pin,
    "unpin": _unpin,
    "retire": adapters.retire,
    "remove": adapters.remove,
}


@admin.register(AdapterVersion)
class AdapterVersionAdmin(FormPage):
    view_permission = READ
    empty = _(
        "No adapter yet. A training that is done puts its own here; one that was made elsewhere "
        "is read from a file."
    )
    manage_permission = MANAGE
    form_template = "console/model_form.html"
    list_display = (
        "name",
        "shown_state",
        "base_name",
        "method",
        "rank",
        "shown_size",
        "pinned",
        "created_at",
    )
    list_filter = ("state",)
    fields = (
        "name", "base_name", "sha256", "base_sha256", "method", "rank", "modules", "dtype", "parameters",
        "shown_size", "licence", "provenance", "provider", "filing_number", "lineage", "shown_card",
        "created_at",
    )  # fmt: skip
    change_form_outer_before_template = "console/adapter_version.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AdapterVersion]:
        return selectors.versions_visible_to(actor_of(request))

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<str:version_id>/archive/",
            self.admin_site.admin_view(self.archive_view),
            name="modelhub_adapterversion_archive",
        )
        return [own, *super().get_urls()]

    def archive_view(self, request: HttpRequest, version_id: str) -> HttpResponseBase:
        actor = actor_of(request)
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        if not actor.can(EXPORT):
            raise PermissionDenied
        version = visible(actor, "adapter_version", version_id, permission=EXPORT)
        try:
            archive = adapters.export_archive(actor=actor, version=version)
        except SunmaoError as error:
            self.message_user(request, str(error.message), messages.ERROR)
            return redirect(self.list_url)
        return FileResponse(archive, as_attachment=True, filename=f"{version.name}.zip")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        form = ImportForm(request.POST or None, request.FILES or None)
        ready = selectors.bases_visible_to(actor_of(request)).filter(state=BaseState.READY)
        form.fields["base"].queryset = ready  # type: ignore[attr-defined]
        return self.form_page(
            request,
            form,
            _import,
            title=_("Import an adapter"),
            button=_("Check and import"),
            sends_file=True,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        version = self.get_queryset(request).filter(pk=reference(object_id)).first() if actor else None
        if version is not None and request.method == "POST":
            name = next((one for one in BUTTONS if one in request.POST), "")
            if name:
                self.attempt(request, gettext("Done."), BUTTONS[name], version=version)
            return redirect(request.path)
        context = {**(extra_context or {}), **(_page(actor, version) if version else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: AdapterVersion) -> tuple[str, Message]:
        return obj.state, VersionState(obj.state).label

    @display(description=_("base model"))
    def base_name(self, obj: AdapterVersion) -> str:
        return obj.adapter.base.slug

    @display(description=_("size"))
    def shown_size(self, obj: AdapterVersion) -> str:
        return filesizeformat(obj.size)

    @display(description=_("target modules"))
    def modules(self, obj: AdapterVersion) -> str:
        return ", ".join(obj.targets)

    @display(description=_("model card"))
    def shown_card(self, obj: AdapterVersion) -> str:
        return str(obj.card)

    @display(description=_("lineage"))
    def lineage(self, obj: AdapterVersion) -> str:
        told = presenting.version(obj)["lineage"]
        return "; ".join(f"{name}: {value}" for name, value in told.items() if value)


def _import(*, actor: Actor, name: str, base: BaseModel, file: Any, **told: str) -> AdapterVersion:
    return adapters.import_archive(
        actor=actor, name=name, base=base, chunks=file.chunks(), told=adapters.Told(**told)
    )


def _page(actor: Actor, version: AdapterVersion) -> dict[str, Any]:
    check = selectors.last_check(version)
    may = actor.can(MANAGE)
    gone = version.state in (VersionState.RETIRED, VersionState.REMOVED)
    shown = presenting.parity(check) if check else None
    return {
        "version": version,
        "must_retrain": version.dataset_version_id is not None
        and DataSetVersion.objects.filter(pk=version.dataset_version_id, must_retrain=True).exists(),
        "check": shown,
        "error": check.job.error_text if check and check.job and check.job.error_code else "",
        "forms": [
            {
                **one,
                "title": FORMS.get(one["name"].partition(",")[0], one["name"]),
                "why": SKIPPED.get(one["skipped"], one["skipped"]),
                "percent": round(100 * one["agreement"], 1),
            }
            for one in (shown["forms"] if shown else [])
        ],
        "may_check": may and not gone,
        "may_retire": may and not gone and not version.pinned,
        "may_remove": may and version.state in (VersionState.RETIRED, VersionState.REFUSED),
        "may_export": actor.can(EXPORT) and version.state != VersionState.REMOVED,
        "may_manage": may,
    }
