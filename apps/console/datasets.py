"""Data sets in the console: what they hold, what was done to them, annotation, import, and approval."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from apps.console import collecting
from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.dataset_shown import (
    EXAMPLES,
    REMARKS,
    drawn,
    fields_of,
    figures_of,
    leaks_of,
    of_fields,
    step_shown,
)
from apps.console.decorators import display
from sunmao.core.actor import Actor
from sunmao.core.errors import EmptyInput, InvalidInput, Message, NotFound, SunmaoError
from sunmao.core.ids import reference
from sunmao.core.vertical import installed, title_of_vertical
from sunmao.inference.registry import DEFAULT, ENGINES
from sunmao.knowledge.policies import bases_visible_to
from sunmao.modelhub.models import AdapterVersion
from sunmao.training.datasets import annotating, comparing, editing, exporting, presenting, selectors, steps
from sunmao.training.datasets.cleaning import TITLES
from sunmao.training.datasets.examples import Kind, Part
from sunmao.training.datasets.formats import FORMATS
from sunmao.training.datasets.models import DataSet, Origin, Review, Row, Version, VersionState
from sunmao.training.datasets.selectors import ANNOTATE, APPROVE, EDIT, READ

COLOURS = {
    VersionState.DRAFT: "info",
    VersionState.FROZEN: "warning",
    VersionState.APPROVED: "success",
    VersionState.REFUSED: "danger",
}
SHOWN = 100


class DataSetPage(ReadOnlyAdmin):
    """What the three pages share."""

    view_permission = READ

    def page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return render(request, f"console/{template}.html", {**shared, **context})

    @display(description=_("data set"))
    def shown_set(self, obj: Any) -> str:
        return str(obj.dataset)

    def one(self, request: HttpRequest, object_id: Any, permission: str) -> Any:
        actor = actor_of(request)
        if not actor or not actor.can(permission):
            raise PermissionDenied
        found = self.get_queryset(request).filter(pk=reference(object_id)).first()
        if found is None:
            raise Http404
        return found


@admin.register(DataSet)
class DataSetAdmin(DataSetPage):
    empty = _(
        "No data set yet. Make one above, then import examples into it or gather them from what people said."
    )
    list_display = ("title", "shown_kind", "shown_vertical", "shown_newest", "shown_approved", "shown_size")
    fields = ("title", "slug", "shown_kind", "purpose", "shown_vertical", "created_at")
    list_before_template = "console/datasets.html"
    change_form_outer_before_template = "console/dataset.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[DataSet]:
        return selectors.datasets_visible_to(actor_of(request))

    def get_urls(self) -> list[URLPattern]:
        wrap, named = self.admin_site.admin_view, "datasets_dataset_"
        own = [
            path("<uuid:object_id>/annotate/", wrap(self.annotate_view), name=f"{named}annotate"),
            path("<uuid:object_id>/import/", wrap(self.import_view), name=f"{named}import"),
        ]
        return [*own, *super().get_urls()]

    @display(description=_("kind"))
    def shown_kind(self, obj: DataSet) -> str:
        return str(Kind(obj.kind).label)

    @display(description=_("business line"))
    def shown_vertical(self, obj: DataSet) -> str:
        return title_of_vertical(obj.vertical) if obj.vertical else "–"

    @display(description=_("newest version"), label=COLOURS)
    def shown_newest(self, obj: Any) -> tuple[str, str]:
        state = VersionState(obj.newest_state)
        return state, f"{obj.newest} · {state.label}"

    @display(description=_("may be trained on"))
    def shown_approved(self, obj: Any) -> str:
        return str(obj.approved or "–")

    @display(description=_("examples"))
    def shown_size(self, obj: Any) -> int:
        return cast(int, obj.size)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        actor = actor_of(request)
        if request.method == "POST" and "create" in request.POST:
            if not self.has_view_permission(request):
                raise PermissionDenied
            given = {
                name: request.POST.get(name, "") for name in ("slug", "title", "kind", "purpose", "vertical")
            }
            done = gettext("The data set was made. Give it examples.")
            self.attempt(request, done, editing.create, **given)
            return redirect(request.path)
        extra = {
            "may_create": bool(actor) and actor.can(EDIT),
            "kinds": Kind.choices,
            "lines": [(one.slug, one.title) for one in installed()],
        }
        return cast(HttpResponse, super().changelist_view(request, {**(extra_context or {}), **extra}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(READ) else None
        found = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if request.method == "POST" and found:
            self._act(request, found)
            return redirect(request.path)
        extra = {**(extra_context or {}), **(_set_page(actor, found) if found else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, extra))

    def _act(self, request: HttpRequest, dataset: DataSet) -> None:
        given = request.POST
        if "step" in given:
            told = gettext("The work was queued. What it finds will stand here.")
            begin = collecting.start if given["step"] == "collect" else _start
            self.attempt(request, told, begin, dataset=dataset, given=given)
        elif "freeze" in given:
            told = gettext("The version is frozen and waits for somebody else's approval.")
            self.attempt(request, told, _freeze, dataset=dataset, note=given.get("note", ""))
        elif "annotators" in given:
            count = int(given["annotators"]) if given["annotators"] in ("1", "2") else 0
            told = gettext("The number of annotators was changed.")
            self.attempt(request, told, editing.change, dataset=dataset, annotators=count)
        else:
            raise PermissionDenied

    def annotate_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        dataset, actor = self.one(request, object_id, ANNOTATE), actor_of(request)
        if request.method == "POST":
            self.attempt(request, "", _annotate, dataset=dataset, given=request.POST)
            return redirect(request.path)
        skip = [reference(one) for one in request.GET.getlist("skip")[-50:]]
        queue = annotating.queue_of(actor=actor, dataset=dataset, skip=skip)
        row, kind = queue.row, Kind(dataset.kind)
        passed = "".join(f"skip={one}&" for one in [*skip, *([row.pk] if row else [])])
        return self.page(
            request,
            "annotate",
            gettext("Annotate: {title}").format(title=dataset.title),
            dataset=dataset,
            queue=queue,
            row=row,
            fields=fields_of(kind, row.data) if row else (),
            origin=Origin(row.origin).label if row else "",
            labels=_labels(dataset) if kind == Kind.CLASSIFICATION else (),
            later=f"?{passed}" if row else "",
            agreement=annotating.agreement(dataset),
        )

    def import_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        dataset: DataSet = self.one(request, object_id, EDIT)
        context: dict[str, Any] = {
            "dataset": dataset,
            "formats": FORMATS,
            "example": EXAMPLES[Kind(dataset.kind)],
            "picker": UnfoldAdminFileFieldWidget().render("file", None, {"id": "file", "required": True}),
        }
        if request.method == "POST":
            try:
                upload, asked = _uploaded(request)
                if "import" in request.POST:
                    steps.import_file(
                        actor=actor_of(request),
                        dataset=dataset,
                        chunks=upload.chunks(),
                        name=upload.name or "",
                        **asked,
                    )
                    self.message_user(request, gettext("The file was queued to be read."), messages.SUCCESS)
                    return redirect(reverse("admin:datasets_dataset_change", args=[dataset.pk]))
                content = upload.read(settings.SUNMAO_MAX_UPLOAD + 1)
                found = steps.preview(actor=actor_of(request), dataset=dataset, content=content, **asked)
                context["found"] = _previewed(
                    Kind(dataset.kind), presenting.material(found, Kind(dataset.kind))
                )
            except SunmaoError as error:
                context["error"] = error
        title = gettext("Import: {title}").format(title=dataset.title)
        return self.page(request, "dataset_import", title, **context)


def _uploaded(request: HttpRequest) -> tuple[UploadedFile[bytes], dict[str, Any]]:
    upload = cast("UploadedFile[bytes] | None", request.FILES.get("file"))
    if upload is None:
        raise EmptyInput(code="no_file")
    pairs = [line.partition("=") for line in request.POST.get("columns", "").splitlines() if "=" in line]
    columns = {own.strip(): theirs.strip() for own, _sign, theirs in pairs}
    return upload, {"layout": request.POST.get("format") or "auto", "columns": columns}


def _previewed(kind: Kind, found: dict[str, Any]) -> dict[str, Any]:
    shown = [{"line": one["line"], "fields": fields_of(kind, one["data"])} for one in found["shown"]]
    return {**found, "shown": shown, "remarks": [REMARKS[one] for one in found["remarks"] if one in REMARKS]}


def _start(*, actor: Actor, dataset: DataSet, given: Mapping[str, str]) -> None:
    kind = given["step"]
    steps.start(actor=actor, dataset=dataset, kind=kind, settings=_settings(kind, given))


def _settings(kind: str, given: Mapping[str, str]) -> dict[str, Any]:
    """What the form of a step says; what is empty is as usual."""
    if kind == "clean":
        found: dict[str, Any] = {
            name: _whole(name, given) for name in ("shortest", "longest") if given.get(name)
        }
        return found | ({"languages": [given["language"]]} if given.get("language") else {})
    if kind == "split":
        return {"seed": _whole("seed", given)} if given.get("seed") else {}
    if kind == "check":
        return {"leaks": given.get("leaks", "told")}
    if kind == "gather":
        return {"source": given.get("source", ""), "take_over": "take_over" in given}
    if kind == "generate":
        count = {"count": _whole("count", given)} if given.get("count") else {}
        return {**count, "base": given.get("base", ""), "engine": given.get("engine", "")}
    if kind == "label":
        return {"functions": _json(given), "adopt": 0.9 if "adopt" in given else None}
    return {}


def _whole(name: str, given: Mapping[str, str]) -> int:
    written = given.get(name, "").strip()
    if not (written.isascii() and written.isdecimal() and len(written) < 10):
        raise InvalidInput(_("This must be a whole number: {name}").format(name=name), fields={name: ""})
    return int(written)


def _json(given: Mapping[str, str]) -> Any:
    try:
        return json.loads(given.get("functions", ""))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(_("The functions are no JSON."), fields={"functions": ""}) from error


def _newest(dataset: DataSet) -> Version:
    found = Version.objects.select_related("dataset").filter(dataset=dataset).first()
    if found is None:
        raise NotFound(code="unknown_dataset_version")
    return found


def _freeze(*, actor: Actor, dataset: DataSet, note: str) -> None:
    editing.freeze(actor=actor, version=_newest(dataset), note=note)


def _annotate(*, actor: Actor, dataset: DataSet, given: Mapping[str, str]) -> None:
    row = selectors.resolve_row(actor=actor, reference=given.get("row", ""), permission=ANNOTATE)
    verdict, data = given.get("verdict", ""), None
    if verdict == Review.EDITED:
        data = of_fields(Kind(dataset.kind), row.data, given)
        if data == row.data:
            verdict, data = Review.ACCEPTED, None
    annotating.annotate(actor=actor, row=row, verdict=verdict, data=data)


def _labels(dataset: DataSet) -> list[str]:
    rows = selectors.rows_of(_newest(dataset))[:2_000]
    return sorted({row.data["label"] for row in rows if row.data["label"]})[:200]


def _set_page(actor: Actor, dataset: DataSet) -> dict[str, Any]:
    newest = _newest(dataset)
    draft = newest.state == VersionState.DRAFT
    told = presenting.statistics(newest)
    waiting = selectors.rows_of(newest).filter(review=Review.WAITING).count()
    return {
        "dataset": dataset,
        "version": newest,
        "draft": draft,
        "figures": figures_of(told),
        "plots": drawn(told),
        "leaks": leaks_of(newest),
        "agreement": told["agreement"],
        "waiting": waiting,
        "versions": _versions(dataset),
        **collecting.shown(actor, dataset),
        "steps": [
            step_shown(one)
            for one in selectors.steps_visible_to(actor)
            .filter(version__dataset=dataset)
            .order_by("-created_at", "-id")[:12]
        ],
        "may_edit": actor.can(EDIT),
        "may_annotate": actor.can(ANNOTATE),
        "annotators": newest.settings.get("annotators", 1),
        "bases": bases_visible_to(actor) if actor.can(EDIT) else (),
        "engines": [DEFAULT, *ENGINES],
        "functions": FUNCTIONS,
        "split": newest.settings.get("split", {}),
    }


FUNCTIONS = json.dumps(
    [
        {"name": "says refund", "kind": "keyword", "label": "refund", "words": ["refund", "退款"]},
        {"name": "asks when", "kind": "regex", "label": "delivery", "pattern": "when .* arrive|什么时候.*到"},
        {"name": "learnt", "kind": "classifier", "least": 0.9},
    ],
    ensure_ascii=False,
    indent=1,
)


def _versions(dataset: DataSet) -> list[dict[str, Any]]:
    found = []
    for one in Version.objects.filter(dataset=dataset)[:30]:
        found.append(
            {
                "version": one,
                "state": VersionState(one.state).label,
                "examples": one.figures.get("examples", ""),
            }
        )
    return found


@admin.register(Version)
class VersionAdmin(DataSetPage):
    """A version: what it holds, where that came from, and the word on it."""

    empty = _("No version yet. Freezing a data set makes one, and trainings read approved versions only.")
    list_display = ("shown_set", "number", "shown_state", "shown_examples", "must_retrain", "created_at")
    list_filter = ("state", "dataset")
    fields = ("shown_set", "number", "state", "note", "sha256", "must_retrain", "frozen_at", "decided_at")
    change_form_outer_before_template = "console/dataset_version.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Version]:
        return selectors.versions_visible_to(actor_of(request))

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<uuid:object_id>/export/",
            self.admin_site.admin_view(self.export_view),
            name="datasets_version_export",
        )
        return [own, *super().get_urls()]

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Version) -> tuple[str, Message]:
        return obj.state, VersionState(obj.state).label

    @display(description=_("examples"))
    def shown_examples(self, obj: Version) -> str:
        return str(obj.figures.get("examples", "–"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(READ) else None
        found = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if request.method == "POST" and found:
            self._act(request, found)
            return redirect(request.path)
        extra = {**(extra_context or {}), **(_version_page(actor, found, request) if found else {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, extra))

    def _act(self, request: HttpRequest, version: Version) -> None:
        given, note = request.POST, {"note": request.POST.get("note", "")}
        if "approve" in given:
            self.attempt(request, gettext("It may be trained on."), editing.approve, version=version, **note)
        elif "refuse" in given:
            self.attempt(request, gettext("It was refused."), editing.refuse, version=version, **note)
        elif "retire" in given:
            self.attempt(request, gettext("It was retired."), editing.retire, version=version)
        elif "restore" in given:
            self.attempt(request, gettext("The draft holds it again."), editing.restore, version=version)
        else:
            raise PermissionDenied

    def export_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """By POST, since it leaves an entry."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        version: Version = self.one(request, object_id, EDIT)
        layout = request.POST.get("format", "jsonl")
        try:
            text = exporting.export(actor=actor_of(request), version=version, layout=layout)
        except SunmaoError as error:
            self.message_user(request, str(error.message), messages.ERROR)
            return redirect(reverse("admin:datasets_version_change", args=[version.pk]))
        name = f"{version.dataset.slug}-{version.number}.{layout}"
        response = HttpResponse(text, content_type="text/plain; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _version_page(actor: Actor, version: Version, request: HttpRequest) -> dict[str, Any]:
    kind, told = Kind(version.dataset.kind), presenting.statistics(version)
    others = Version.objects.filter(dataset=version.dataset).exclude(pk=version.pk)
    before = others.filter(number=_asked(request) or version.number - 1).first()
    difference = comparing.between(before, version) if before else None
    removed = selectors.removed_in(version)
    return {
        "version": version,
        "kind": kind,
        "figures": figures_of(told),
        "plots": drawn(told),
        "leaks": leaks_of(version),
        "lineage": _lineage(version),
        "others": others[:30],
        "before": before,
        "difference": _differing(kind, difference) if difference else None,
        "removed_count": removed.count(),
        "removed": [
            {
                "fields": fields_of(kind, row.data),
                "rule": TITLES.get(cast(Any, row).told[0].rule, cast(Any, row).told[0].rule),
            }
            for row in removed[:20]
        ],
        "adapters": AdapterVersion.objects.filter(dataset_version_id=version.pk)[:50],
        "may_decide": actor.can(APPROVE) and version.state == VersionState.FROZEN,
        "own": version.frozen_by is not None and version.frozen_by == actor.id,
        "may_retire": actor.can(EDIT) and version.state != VersionState.DRAFT,
        "may_edit": actor.can(EDIT),
        "flat": kind in exporting.FLAT,
    }


def _asked(request: HttpRequest) -> int:
    given = request.GET.get("before", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else 0


def _lineage(version: Version) -> list[tuple[str, int]]:
    origins = version.lineage.get("origins", {})
    return [(str(Origin(name).label), count) for name, count in origins.items() if name in Origin.values]


def _differing(kind: Kind, found: comparing.Difference) -> dict[str, Any]:
    return {
        "counts": found.counts,
        "added": [fields_of(kind, row.data) for row in found.added[:10]],
        "removed": [fields_of(kind, row.data) for row in found.removed[:10]],
        "changed": [(fields_of(kind, a.data), fields_of(kind, b.data)) for a, b in found.changed[:10]],
    }


@admin.register(Row)
class RowAdmin(DataSetPage):
    """The examples that are in the newest versions."""

    empty = _("No examples yet. Import a file into a data set, or gather them from what people said.")
    list_display = ("shown_text", "shown_set", "shown_part", "shown_origin", "shown_review", "shown_weak")
    list_filter = ("dataset", "part", "review", "origin")
    fields = ("shown_set", "part", "origin", "review")
    change_form_outer_before_template = "console/dataset_row.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        return selectors.rows_visible_to(actor_of(request)).filter(died__isnull=True)

    @display(description=_("example"))
    def shown_text(self, obj: Row) -> str:
        kind = Kind(obj.dataset.kind)
        return " · ".join(one["text"] for one in fields_of(kind, obj.data))[:110]

    @display(description=_("part"))
    def shown_part(self, obj: Row) -> str:
        return str(Part(obj.part).label)

    @display(description=_("origin"))
    def shown_origin(self, obj: Row) -> str:
        return str(Origin(obj.origin).label)

    @display(
        description=_("review"),
        label={Review.WAITING: "warning", Review.ACCEPTED: "success", Review.EDITED: "info"},
    )
    def shown_review(self, obj: Row) -> tuple[str, Message]:
        return obj.review, Review(obj.review).label

    @display(description=_("weak label"))
    def shown_weak(self, obj: Row) -> str:
        said = obj.weak.get("label")
        return f"{said} {100 * obj.weak.get('confidence', 0):.0f} %" if said else "–"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(READ) else None
        row = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if request.method == "POST" and row:
            return self._act(request, row)
        extra = {**(extra_context or {}), "row": row}
        if row:
            extra |= {
                "fields": fields_of(Kind(row.dataset.kind), row.data),
                "may_edit": actor.can(EDIT),
                "votes": sorted(row.weak.get("votes", {}).items()),
                "source": [(name, value) for name, value in row.source.items() if value not in ("", None)],
            }
        return cast(HttpResponse, super().change_view(request, object_id, form_url, extra))

    def _act(self, request: HttpRequest, row: Row) -> HttpResponse:
        home = redirect(reverse("admin:datasets_row_changelist"))
        if "end" in request.POST:
            self.attempt(request, gettext("The example was taken out."), editing.end_row, row=row)
            return home
        if "change" not in request.POST:
            raise PermissionDenied
        data = of_fields(Kind(row.dataset.kind), row.data, request.POST)
        self.attempt(request, gettext("The example was changed."), editing.change_row, row=row, data=data)
        return home


__all__ = ["DataSetAdmin", "RowAdmin", "VersionAdmin"]
