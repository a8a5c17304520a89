"""Data sets: what is trained on, where it came from, and who said that it may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import dataset_shapes as shapes
from apps.api.views.base import DoorView
from apps.api.views.dataset_shapes import CONVERSATION, FILTERS, NUMBER, ROW, SLUG, STEP, query
from apps.api.views.given import object_of, text_of, truth_of
from apps.api.views.schemas import operation
from sunmao.core.errors import EmptyInput, InvalidInput
from sunmao.core.resolving import visible
from sunmao.training.datasets import (
    annotating,
    comparing,
    consenting,
    editing,
    exporting,
    presenting,
    selectors,
    steps,
)
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.selectors import ANNOTATE, APPROVE, EDIT, READ

PAGE = 100
UNKNOWN = {404: ("unknown_dataset",)}
UNKNOWN_VERSION = {404: ("unknown_dataset", "unknown_dataset_version")}
UNKNOWN_ROW = {404: ("unknown_example",)}
UNFIT = (
    "not_a_draft", "no_examples", "no_training_part", "unreviewed_examples", "unmasked_examples",
    "unlabelled_examples", "single_class", "unchecked_leaks", "leaks_found",
)  # fmt: skip


def _number(request: Request, name: str) -> int | None:
    given = request.query_params.get(name, "")
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 9):
        raise InvalidInput(fields={name: _("must be a whole number from 0")})
    return int(given)


class DataSetDoor(DoorView):
    """What the views below share."""

    def version(self, slug: str, number: int | None = None, permission: str = READ) -> Any:
        self.find("dataset", slug, permission=permission)
        named = slug if number is None else f"{slug}@{number}"
        return self.find("dataset_version", named, permission=permission)

    def upload(self, request: Request) -> tuple[UploadedFile[bytes], dict[str, Any]]:
        upload: UploadedFile[bytes] | None = request.FILES.get("file") if request.FILES else None
        if upload is None:
            raise EmptyInput(code="no_file")
        sent = object_of(request.data)
        columns = sent.get("columns") or "{}"
        try:
            named = json.loads(columns)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidInput(fields={"columns": _("must be a JSON object")}) from error
        if not isinstance(named, dict):
            raise InvalidInput(fields={"columns": _("must be a JSON object")})
        return upload, {"layout": str(sent.get("format") or "auto"), "columns": named}


class DataSetsView(DataSetDoor):
    @operation("list_datasets", gives={200: shapes.DataSetsSerializer})
    def get(self, request: Request) -> Response:
        self.actor.require(READ)
        with self.scope():
            page = list(selectors.datasets_visible_to(self.actor)[: PAGE + 1])
            shown = [presenting.dataset(one) for one in page[:PAGE]]
        return Response({"datasets": shown, "more": len(page) > PAGE})

    @operation(
        "create_dataset",
        takes=shapes.NewDataSetSerializer,
        gives={201: shapes.DataSetSerializer},
        refuses={404: ("unknown_vertical",), 409: ("dataset_exists",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """With an empty draft."""
        self.actor.require(EDIT)
        given = object_of(request.data)
        names = ("slug", "title", "kind", "purpose", "vertical")
        made = editing.create(actor=self.actor, **{name: text_of(given, name) for name in names})
        with self.scope():
            return Response(presenting.dataset(made), status=201)


class DataSetView(DataSetDoor):
    @operation("show_dataset", gives={200: shapes.DataSetSerializer}, refuses=UNKNOWN, parameters=[SLUG])
    def get(self, request: Request, slug: str) -> Response:
        self.actor.require(READ)
        with self.scope():
            return Response(presenting.dataset(visible(self.actor, "dataset", slug)))

    @operation(
        "change_dataset",
        takes=shapes.DataSetChangeSerializer,
        gives={200: shapes.DataSetSerializer},
        refuses=UNKNOWN,
        parameters=[SLUG],
        writes=True,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Its title, its purpose, and how many people look at each example. What is left out stays."""
        self.actor.require(EDIT)
        found, given = self.find("dataset", slug, permission=EDIT), object_of(request.data)
        annotators = given.get("annotators")
        if annotators is not None and (isinstance(annotators, bool) or not isinstance(annotators, int)):
            raise InvalidInput(fields={"annotators": _("must be 1 or 2")})
        changed = editing.change(
            actor=self.actor,
            dataset=found,
            title=text_of(given, "title") if "title" in given else None,
            purpose=text_of(given, "purpose") if "purpose" in given else None,
            annotators=annotators,
        )
        with self.scope():
            return Response(presenting.dataset(changed))


class DataSetVersionsView(DataSetDoor):
    @operation(
        "list_dataset_versions",
        gives={200: shapes.DataSetVersionsSerializer},
        refuses=UNKNOWN,
        parameters=[SLUG],
    )
    def get(self, request: Request, slug: str) -> Response:
        """The newest first."""
        self.actor.require(READ)
        with self.scope():
            found = visible(self.actor, "dataset", slug)
            known = selectors.versions_visible_to(self.actor).filter(dataset=found)[:PAGE]
            return Response({"versions": [presenting.version(one) for one in known]})


class DataSetVersionView(DataSetDoor):
    @operation(
        "show_dataset_version",
        gives={200: shapes.DataSetVersionSerializer},
        refuses=UNKNOWN_VERSION,
        parameters=[SLUG, NUMBER],
    )
    def get(self, request: Request, slug: str, number: int) -> Response:
        self.actor.require(READ)
        found = self.version(slug, number)
        with self.scope():
            return Response(presenting.version(found))


class DataSetStatisticsView(DataSetDoor):
    @operation(
        "count_dataset_version",
        gives={200: shapes.DataSetStatisticsSerializer},
        refuses=UNKNOWN_VERSION,
        parameters=[SLUG, NUMBER],
    )
    def get(self, request: Request, slug: str, number: int) -> Response:
        """Examples by part, origin, review, language, label and length, and how much annotators agree."""
        self.actor.require(READ)
        found = self.version(slug, number)
        with self.scope():
            return Response(presenting.statistics(found))


class DataSetFreezeView(DataSetDoor):
    @operation(
        "freeze_dataset_version",
        takes=shapes.DataSetNoteSerializer,
        gives={200: shapes.DataSetVersionSerializer},
        refuses={**UNKNOWN_VERSION, 409: UNFIT},
        parameters=[SLUG, NUMBER],
        writes=True,
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """From now on it does not change, and waits for somebody else's approval."""
        self.actor.require(EDIT)
        found = self.version(slug, number, EDIT)
        done = editing.freeze(actor=self.actor, version=found, note=text_of(object_of(request.data), "note"))
        with self.scope():
            return Response(presenting.version(done))


class DataSetApprovalView(DataSetDoor):
    @operation(
        "decide_dataset_version",
        takes=shapes.DataSetVerdictSerializer,
        gives={200: shapes.DataSetVersionSerializer},
        refuses={**UNKNOWN_VERSION, 409: ("not_a_person", "not_frozen", "own_version", "version_changed")},
        parameters=[SLUG, NUMBER],
        writes=True,
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Whether it may be trained on: the word of a person other than the one who froze it."""
        self.actor.require(APPROVE)
        found, given = self.version(slug, number, APPROVE), object_of(request.data)
        verbs = {"approved": editing.approve, "refused": editing.refuse}
        verdict = text_of(given, "verdict")
        if verdict not in verbs:
            raise InvalidInput(fields={"verdict": _("must be approved or refused")})
        done = verbs[verdict](actor=self.actor, version=found, note=text_of(given, "note"))
        with self.scope():
            return Response(presenting.version(done))


class DataSetRetirementView(DataSetDoor):
    @operation(
        "retire_dataset_version",
        gives={200: shapes.DataSetVersionSerializer},
        refuses={**UNKNOWN_VERSION, 409: ("not_frozen",)},
        parameters=[SLUG, NUMBER],
        writes=True,
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """No training begins on it any more."""
        self.actor.require(EDIT)
        done = editing.retire(actor=self.actor, version=self.version(slug, number, EDIT))
        with self.scope():
            return Response(presenting.version(done))


class DataSetRestorationView(DataSetDoor):
    @operation(
        "restore_dataset_version",
        gives={200: shapes.DataSetVersionSerializer},
        refuses=UNKNOWN_VERSION,
        parameters=[SLUG, NUMBER],
        writes=True,
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """The draft holds again what this version held."""
        self.actor.require(EDIT)
        done = editing.restore(actor=self.actor, version=self.version(slug, number, EDIT))
        with self.scope():
            return Response(presenting.version(done))


class DataSetExportView(DataSetDoor):
    @operation(
        "export_dataset_version",
        takes=shapes.DataSetExportAskedSerializer,
        gives={200: shapes.DataSetExportSerializer},
        refuses=UNKNOWN_VERSION,
        parameters=[SLUG, NUMBER],
        writes=True,
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """As JSON lines or, where examples are flat, as a table. It is noted."""
        self.actor.require(EDIT)
        found, given = self.version(slug, number, EDIT), object_of(request.data)
        layout = text_of(given, "format") or "jsonl"
        text = exporting.export(actor=self.actor, version=found, layout=layout, part=text_of(given, "part"))
        return Response({"format": layout, "content": text})


class DataSetDifferenceView(DataSetDoor):
    @operation(
        "compare_dataset_versions",
        gives={200: shapes.DataSetDifferenceSerializer},
        refuses={**UNKNOWN_VERSION, 400: ("invalid_input",)},
        parameters=[
            SLUG,
            query("before", "A version's number; by default the one before."),
            query("after", "A version's number; by default the newest."),
        ],
    )
    def get(self, request: Request, slug: str) -> Response:
        """What was added, removed, changed and moved to another part."""
        self.actor.require(READ)
        after = self.version(slug, _number(request, "after"))
        before = self.version(slug, _number(request, "before") or max(after.number - 1, 1))
        with self.scope():
            return Response(presenting.difference(comparing.between(before, after)))


class ExamplesView(DataSetDoor):
    @operation(
        "list_examples",
        gives={200: shapes.ExamplesSerializer},
        refuses={**UNKNOWN_VERSION, 400: ("invalid_input",)},
        parameters=[SLUG, *FILTERS],
    )
    def get(self, request: Request, slug: str) -> Response:
        """A hundred at a time."""
        self.actor.require(READ)
        version, offset = self.version(slug, _number(request, "version")), _number(request, "offset") or 0
        wanted = {
            name: request.query_params[name]
            for name in ("part", "review", "origin")
            if request.query_params.get(name, "").isprintable() and request.query_params.get(name)
        }
        with self.scope():
            rows = selectors.rows_of(version).filter(**wanted)
            total = rows.count()
            shown = [presenting.row(one) for one in rows[offset : offset + PAGE]]
        return Response({"examples": shown, "total": total, "more": total > offset + len(shown)})

    @operation(
        "add_examples",
        takes=shapes.NewExamplesSerializer,
        gives={201: shapes.DataSetSerializer},
        refuses={**UNKNOWN, 400: ("invalid_examples",), 413: ("too_many_examples",)},
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """At most a thousand; all of them, or none with the number of each that is wrong."""
        self.actor.require(EDIT)
        found = self.find("dataset", slug, permission=EDIT)
        given = object_of(request.data).get("examples")
        if not isinstance(given, list):
            raise InvalidInput(fields={"examples": _("must be a list of 1 to 1,000 examples")})
        editing.add(actor=self.actor, dataset=found, examples=given)
        with self.scope():
            return Response(presenting.dataset(visible(self.actor, "dataset", slug)), status=201)


class ExampleView(DataSetDoor):
    @operation("show_example", gives={200: shapes.ExampleSerializer}, refuses=UNKNOWN_ROW, parameters=[ROW])
    def get(self, request: Request, row_id: str) -> Response:
        self.actor.require(READ)
        with self.scope():
            return Response(presenting.row(visible(self.actor, "dataset_row", row_id)))

    @operation(
        "change_example",
        takes=shapes.ExampleChangeSerializer,
        gives={200: shapes.ExampleSerializer},
        refuses={**UNKNOWN_ROW, 400: ("invalid_examples",)},
        parameters=[ROW],
        writes=True,
    )
    def put(self, request: Request, row_id: str) -> Response:
        """Versions that are frozen keep it as it was."""
        self.actor.require(EDIT)
        found, data = self.find("dataset_row", row_id, permission=EDIT), _data(request)
        made = editing.change_row(actor=self.actor, row=found, data=data)
        with self.scope():
            return Response(presenting.row(made))

    @operation("end_example", gives={204: None}, refuses=UNKNOWN_ROW, parameters=[ROW], writes=True)
    def delete(self, request: Request, row_id: str) -> Response:
        """Later versions are without it."""
        self.actor.require(EDIT)
        editing.end_row(actor=self.actor, row=self.find("dataset_row", row_id, permission=EDIT))
        return Response(status=204)


def _data(request: Request) -> Mapping[str, Any]:
    given = object_of(request.data).get("data")
    if not isinstance(given, Mapping):
        raise InvalidInput(fields={"data": _("must be an object")})
    return given


class AnnotationView(DataSetDoor):
    @operation(
        "annotate_example",
        takes=shapes.AnnotationAskedSerializer,
        gives={201: shapes.AnnotatedSerializer},
        refuses={
            **UNKNOWN_ROW,
            400: ("invalid_examples",),
            409: ("not_a_person", "already_annotated", "example_settled"),
        },
        parameters=[ROW],
        writes=True,
    )
    def post(self, request: Request, row_id: str) -> Response:
        """One person's word. With two annotators an example waits until both agree or a third decides."""
        self.actor.require(ANNOTATE)
        found, given = self.find("dataset_row", row_id, permission=ANNOTATE), object_of(request.data)
        data = given.get("data")
        if data is not None and not isinstance(data, Mapping):
            raise InvalidInput(fields={"data": _("must be an object")})
        word, became = annotating.annotate(
            actor=self.actor, row=found, verdict=text_of(given, "verdict"), data=data
        )
        return Response({"verdict": word.verdict, "review": became}, status=201)


class AnnotationQueueView(DataSetDoor):
    @operation(
        "next_example", gives={200: shapes.AnnotationQueueSerializer}, refuses=UNKNOWN, parameters=[SLUG]
    )
    def get(self, request: Request, slug: str) -> Response:
        """The next example for this annotator: disputes first."""
        self.actor.require(ANNOTATE)
        found = self.find("dataset", slug, permission=ANNOTATE)
        with self.scope():
            queue = annotating.queue_of(actor=self.actor, dataset=found)
            shown = presenting.row(queue.row) if queue.row else None
        return Response({"example": shown, "waiting": queue.waiting, "third": queue.third})


class RemovedExamplesView(DataSetDoor):
    @operation(
        "list_removed_examples",
        gives={200: shapes.RemovedExamplesSerializer},
        refuses=UNKNOWN_VERSION,
        parameters=[SLUG, NUMBER],
    )
    def get(self, request: Request, slug: str, number: int) -> Response:
        """What the steps of a version took out, each with the rule, and with its twin where it has one."""
        self.actor.require(READ)
        found = self.version(slug, number)
        with self.scope():
            rows = selectors.removed_in(found)
            total = rows.count()
            shown = [presenting.removed(one) for one in rows[:PAGE]]
        return Response({"removed": shown, "total": total, "more": total > len(shown)})


class StepsView(DataSetDoor):
    @operation("list_dataset_steps", gives={200: shapes.StepsSerializer}, refuses=UNKNOWN, parameters=[SLUG])
    def get(self, request: Request, slug: str) -> Response:
        """What was done to the set, the newest first."""
        self.actor.require(READ)
        with self.scope():
            found = visible(self.actor, "dataset", slug)
            known = selectors.steps_visible_to(self.actor).filter(version__dataset=found)
            shown = [presenting.step(one) for one in known.order_by("-created_at", "-id")[:PAGE]]
        return Response({"steps": shown})

    @operation(
        "start_dataset_step",
        takes=shapes.StepAskedSerializer,
        gives={202: shapes.StepSerializer},
        refuses={
            400: ("invalid_functions", "invalid_types", "unknown_engine", "unknown_version"),
            404: ("unknown_dataset", "unknown_base"),
            409: ("step_under_way",),
        },
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Done by a worker on the draft; a frozen version is followed by the next one."""
        self.actor.require(EDIT)
        found, given = self.find("dataset", slug, permission=EDIT), object_of(request.data)
        settings = given.get("settings", {})
        if not isinstance(settings, Mapping):
            raise InvalidInput(fields={"settings": _("must be an object")})
        step = steps.start(actor=self.actor, dataset=found, kind=text_of(given, "step"), settings=settings)
        return _told(self, step)


def _told(view: DataSetDoor, step: Any) -> Response:
    with view.scope():
        return Response(
            presenting.step(visible(view.actor, "dataset_step", step.pk, permission=EDIT)), status=202
        )


class StepView(DataSetDoor):
    @operation(
        "show_dataset_step",
        gives={200: shapes.StepSerializer},
        refuses={404: ("unknown_step",)},
        parameters=[STEP],
    )
    def get(self, request: Request, step_id: str) -> Response:
        self.actor.require(READ)
        with self.scope():
            return Response(presenting.step(visible(self.actor, "dataset_step", step_id)))


class DataSetImportView(DataSetDoor):
    parser_classes = (MultiPartParser,)

    @operation(
        "import_examples",
        takes=shapes.UPLOAD,
        gives={202: shapes.StepSerializer},
        refuses={
            400: ("no_file",),
            409: ("step_under_way",),
            413: ("file_too_large",),
            422: ("empty_file",),
            507: ("storage_full",),
            **UNKNOWN,
        },
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """All of a file becomes examples, or nothing: the step then says which lines are wrong."""
        self.actor.require(EDIT)
        found = self.find("dataset", slug, permission=EDIT)
        upload, asked = self.upload(request)
        step = steps.import_file(
            actor=self.actor, dataset=found, chunks=upload.chunks(), name=upload.name or "", **asked
        )
        return _told(self, step)


class DataSetPreviewView(DataSetDoor):
    parser_classes = (MultiPartParser,)

    @operation(
        "preview_examples",
        takes=shapes.UPLOAD,
        gives={200: shapes.ImportPreviewSerializer},
        refuses={
            400: ("no_file",),
            413: ("too_many_examples", "file_too_large"),
            422: ("empty_file", "binary_file", "truncated_file", "undecodable_text"),
            **UNKNOWN,
        },
        parameters=[SLUG],
    )
    def post(self, request: Request, slug: str) -> Response:
        """What an import would read, with every line that is wrong. Nothing is kept."""
        self.actor.require(EDIT)
        found = self.find("dataset", slug, permission=EDIT)
        upload, asked = self.upload(request)
        content = upload.read(settings.SUNMAO_MAX_UPLOAD + 1)
        material = steps.preview(actor=self.actor, dataset=found, content=content, **asked)
        return Response(presenting.material(material, Kind(found.kind)))


class TrainingConsentView(DoorView):
    @operation(
        "give_training_consent",
        takes=shapes.TrainingConsentAskedSerializer,
        gives={200: shapes.TrainingConsentSerializer},
        refuses={404: ("unknown_conversation",)},
        parameters=[CONVERSATION],
        writes=True,
    )
    def put(self, request: Request, conversation_id: str) -> Response:
        """This conversation of one's own may be trained on; with `consent` false, as if it were deleted."""
        consent, conversation = truth_of(object_of(request.data), "consent", True), self._own(conversation_id)
        verb = consenting.give if consent else consenting.withdraw
        verb(actor=self.actor, conversation=conversation)
        return Response({"conversation_id": conversation_id, "consent": consent})

    @operation(
        "withdraw_training_consent",
        gives={200: shapes.TrainingConsentSerializer},
        refuses={404: ("unknown_conversation",)},
        parameters=[CONVERSATION],
        writes=True,
    )
    def delete(self, request: Request, conversation_id: str) -> Response:
        """What was taken from it leaves every data set."""
        consenting.withdraw(actor=self.actor, conversation=self._own(conversation_id))
        return Response({"conversation_id": conversation_id, "consent": False})

    def _own(self, conversation_id: str) -> Any:
        self.actor.require("answering.task.run")
        with self.scope():
            return consenting.own(actor=self.actor, reference=conversation_id)
