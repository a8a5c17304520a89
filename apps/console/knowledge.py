"""Knowledge in the console: bases, documents with the state and the reason of each, jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from apps.console.inside import InsidePage, origin_shown
from apps.console.reading import ReadingPage
from apps.console.versions import EditionForms, VersionPages
from sunmao.core.actor import Actor
from sunmao.core.errors import Message
from sunmao.core.ids import reference
from sunmao.jobs import services as jobs
from sunmao.jobs.batches import batch
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.registry import kinds, title_of
from sunmao.jobs.turns import mark_positions
from sunmao.knowledge import services
from sunmao.knowledge.encoders import encoder_name
from sunmao.knowledge.models import Document, KnowledgeBase, Origin
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.presenting import remarks
from sunmao.knowledge.selectors import documents_visible_to, held_in, holds, jobs_visible_to
from sunmao.knowledge.text.parsing import SUPPORTED_EXTENSIONS
from sunmao.knowledge.versions.dates import Dates

COLOURS = {
    JobState.SUCCEEDED: "success",
    JobState.FAILED: "danger",
    JobState.RUNNING: "info",
    JobState.QUEUED: "warning",
    JobState.CANCELLED: "warning",
}


UNITS: dict[str, Message] = {
    "article": _("articles"),
    "qa": _("questions"),
    "section": _("sections"),
    "paragraph": _("paragraphs"),
    "table_row": _("table rows"),
    "image": _("pictures"),
    "member": _("files inside"),
}
NAME_CHARACTERS = 36
STATES: dict[str, Message] = {**dict(JobState.choices), JobState.SUCCEEDED: _("Ready")}


class ManyFilesInput(UnfoldAdminFileFieldWidget):  # type: ignore[misc]
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(one, initial) for one in given]


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
    )


class UploadForm(forms.Form):
    base = forms.ModelChoiceField(
        KnowledgeBase.objects.none(), label=_("Base"), widget=UnfoldAdminSelectWidget
    )
    uploads = ManyFilesField(label=_("Files"), allow_empty_file=True)
    effective_from = day_field(_("First day in force"))
    effective_until = day_field(_("Last day in force"))


class BaseForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = KnowledgeBase
        fields = ("slug", "name", "audience")


@admin.register(KnowledgeBase)
class KnowledgeBaseAdmin(VersionPages, ReadOnlyAdmin):
    view_permission = "knowledge.base.read"
    form = BaseForm
    list_display = ("name", "slug", "audience", "version", "passage_count", "encoders")
    fields = ("slug", "name", "audience", "version", "passage_count", "encoders")
    readonly_fields = ("version", "passage_count", "encoders")
    search_fields = ("name", "slug")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can("knowledge.base.create")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ("slug", "name", "audience")

    def get_queryset(self, request: HttpRequest) -> QuerySet[KnowledgeBase]:
        return bases_visible_to(actor_of(request), self.view_permission)

    def save_model(self, request: HttpRequest, obj: KnowledgeBase, form: Any, change: bool) -> None:
        made = services.create_base(
            actor=actor_of(request), slug=obj.slug, name=obj.name, audience=obj.audience
        )
        obj.pk = made.pk

    @display(description=_("Encoders by language"))
    def encoders(self, obj: KnowledgeBase) -> str:
        """Which encoder serves which language: a weak one is never used silently."""
        words_alone = gettext("words alone")
        served = {language: encoder_name(language) or words_alone for language in ("zh", "en")}
        return " · ".join(f"{language}: {name}" for language, name in served.items())


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        return queryset.filter(job__state=self.value()) if self.value() else queryset


@admin.register(Document)
class DocumentAdmin(EditionForms, InsidePage, ReadingPage):
    """Every file with its state and, when it failed, the reason; retry and cancel act at once."""

    view_permission = "knowledge.document.read"
    list_display = ("short_name", "base", "shown_state", "reason", "found", "quarantined", "created_at")
    list_filter = (StateFilter, "base")
    search_fields = ("name",)
    fields = (
        "name", "base", "state_name", "reason", "remarks", "found", "quarantined", "revision", "encoding",
        "came_from", "created_at",
    )  # fmt: skip
    actions = ("try_again", "cancel", "remove", "remove_alone")
    change_form_outer_before_template = "console/document_actions.html"
    change_form_outer_after_template = "console/document_parts.html"
    list_select_related = ("base", "job", "current")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can("knowledge.document.upload")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return documents_visible_to(actor_of(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The buttons of the page act on this one document as the actions of the list do on many."""
        shown = self.get_queryset(request).filter(pk=reference(object_id))
        document = shown.select_related("job").first()
        for name in ("try_again", "cancel", "retry_inside"):
            if request.method == "POST" and name in request.POST and document:
                getattr(self, name)(request, shown)
                return redirect(request.path)
        for name in ("remove", "remove_alone"):
            if request.method == "POST" and name in request.POST and document:
                getattr(self, name)(request, shown)
                return redirect(reverse("admin:knowledge_document_changelist"))
        if request.method == "POST" and "review" in request.POST and document:
            self.review(request, document)
            return redirect(request.path)
        if request.method == "POST" and "revision" in request.POST and document:
            self.change_dates(request, document)
            return redirect(request.path)
        actor, state = actor_of(request), document.state if document else ""
        base = document.base.slug if document else None
        buttons = {
            "can_try_again": state in (JobState.FAILED, JobState.CANCELLED)
            and actor.can("jobs.job.retry", base=base),
            "can_cancel": state in (JobState.QUEUED, JobState.RUNNING)
            and actor.can("jobs.job.cancel", base=base),
            "can_remove_inside": document is not None
            and bool(holds(document))
            and actor.can("knowledge.document.delete", base=base),
        }
        parts = {**self.editions(request, document), **self.inside(request, document)} if document else {}
        context = {**(extra_context or {}), **buttons, **parts}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        open_to = bases_visible_to(actor_of(request), "knowledge.document.upload")
        form.fields["base"].queryset = open_to  # type: ignore[attr-defined]
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            dates = Dates(given["effective_from"], given["effective_until"])
            with batch():
                for upload in given["uploads"]:
                    self._receive(request, given["base"], upload, dates)
            return redirect(reverse("admin:knowledge_document_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "title": _("Add documents"),
            "opts": self.opts,
            "endings": ", ".join(sorted(SUPPORTED_EXTENSIONS)),
        }
        return render(request, "console/upload.html", context)

    def _receive(self, request: HttpRequest, base: KnowledgeBase, upload: Any, dates: Dates) -> None:
        done = gettext("%(name)s was received and is being read.") % {"name": upload.name}
        given = {"base": base, "name": upload.name, "chunks": upload.chunks(), "dates": dates}
        self.attempt(request, done, services.receive, origin=Origin.CONSOLE, **given)

    @display(description=_("name"), ordering="name")
    def short_name(self, obj: Document) -> SafeString:
        """A long name must not push the state and the reason out of sight."""
        return format_html('<span title="{}">{}</span>', obj.name, Truncator(obj.name).chars(NAME_CHARACTERS))

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Document) -> tuple[str, Message]:
        return obj.state, STATES[obj.state]

    @display(description=_("state"))
    def state_name(self, obj: Document) -> Message:
        return STATES[obj.state]

    @display(description=_("reason"))
    def reason(self, obj: Document) -> str | SafeString:
        if not obj.job or not obj.job.error_code:
            return f"{obj.job.percent} %" if obj.job and obj.job.state == JobState.RUNNING else ""
        return format_html("{} <code>{}</code>", obj.job.error_text, obj.job.error_code)

    @display(description=_("remarks"))
    def remarks(self, obj: Document) -> SafeString:
        """What the reader noticed: the file was read, and a person should still know."""
        return format_html_join(mark_safe("<br>"), "{}", ((one["message"],) for one in remarks(obj.current)))

    @display(description=_("found"))
    def found(self, obj: Document) -> str:
        counts = obj.current.counts if obj.current else {}
        return ", ".join(f"{UNITS.get(kind, kind)} {count}" for kind, count in counts.items())

    @display(description=_("in quarantine"))
    def quarantined(self, obj: Document) -> str:
        return str(held_in(obj) or "")

    @display(description=_("revision"))
    def revision(self, obj: Document) -> str:
        return str(obj.current.number) if obj.current else ""

    @display(description=_("comes from"))
    def came_from(self, obj: Document) -> SafeString:
        return origin_shown(obj)

    @display(description=_("encoding"))
    def encoding(self, obj: Document) -> str:
        return obj.current.encoding if obj.current else ""

    @admin.action(description=_("Try again"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        self._each(request, queryset, jobs.retry, gettext("%(name)s is being read again."))

    @admin.action(description=_("Cancel"))
    def cancel(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        self._each(request, queryset, jobs.cancel, gettext("%(name)s was cancelled."))

    @admin.action(description=_("Remove from the base"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        self._remove(request, queryset)

    @admin.action(description=_("Remove from the base, keep what is inside"))
    def remove_alone(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        self._remove(request, queryset, keep_members=True)

    def _remove(self, request: HttpRequest, documents: QuerySet[Document], **how: bool) -> None:
        for document in documents:
            done = gettext("%(name)s was removed.") % {"name": document.name}
            self.attempt(request, done, services.delete_document, document=document, **how)

    def _each(self, request: HttpRequest, documents: QuerySet[Document], verb: Any, done: str) -> None:
        for document in documents.select_related("job", "base"):
            if document.job:
                self.attempt(
                    request, done % {"name": document.name}, _in_base(document, verb), job=document.job
                )


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(kind, title_of(kind)) for kind in kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


def _in_base(document: Document, verb: Callable[..., object]) -> Callable[..., None]:
    """A job knows nothing of bases: the right to act on it may be one for some of them only."""

    def act(*, actor: Actor, job: Job) -> None:
        actor.require(f"jobs.job.{verb.__name__}", base=document.base.slug)
        verb(actor=actor, job=job)

    return act


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    view_permission = "jobs.job.read"
    list_display = ("shown_kind", "shown_state", "reason", "attempts", "created_by", "created_at")
    list_filter = ("state", KindFilter)
    fields = (
        "shown_kind",
        "state_name",
        "reason",
        "place",
        "attempts",
        "progress",
        "created_by",
        "created_at",
        "finished_at",
        "result",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return jobs_visible_to(actor_of(request))

    @display(description=_("kind"), ordering="kind")
    def shown_kind(self, obj: Job) -> str:
        return title_of(obj.kind)

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Job) -> tuple[str, Message]:
        return obj.state, JobState(obj.state).label

    @display(description=_("state"))
    def state_name(self, obj: Job) -> Message:
        return JobState(obj.state).label

    @display(description=_("place in the queue"))
    def place(self, obj: Job) -> str:
        mark_positions([obj])
        return str(obj.position or "")

    @display(description=_("reason"))
    def reason(self, obj: Job) -> str:
        return obj.error_text
