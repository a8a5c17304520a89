"""Heads: training them, putting versions to use, and asking them."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.given import LARGEST, is_text, list_of, object_of
from apps.api.views.schemas import JobSerializer, Shape, operation
from sunmao.core.errors import InvalidInput
from sunmao.core.ids import parse_id
from sunmao.inference.heads import working
from sunmao.jobs.selectors import as_dict as job_dict
from sunmao.modelhub.heads import presenting, selectors, services
from sunmao.modelhub.heads.presenting import STATES
from sunmao.modelhub.heads.selectors import ACTIVATE, READ, TRAIN
from sunmao.training.heads import keeping
from sunmao.training.heads.wishes import METHODS, Wish

PAGE = 100
NAME = OpenApiParameter(
    "head_name", OpenApiTypes.STR, OpenApiParameter.PATH, description="A head's id or name."
)
VERSION = OpenApiParameter(
    "version_name", OpenApiTypes.STR, OpenApiParameter.PATH, description="Its id, or `head.v3`."
)
UNKNOWN = ("unknown_head",)


class HeadVersionSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    head = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.ChoiceField(STATES)
    method = serializers.CharField(allow_blank=True)
    encoder = serializers.CharField(allow_blank=True)
    encoder_identity = serializers.CharField(allow_blank=True)
    labels = serializers.ListField(child=serializers.CharField())
    threshold = serializers.FloatField()
    figures = serializers.DictField()
    curve = serializers.ListField(child=serializers.DictField())
    data_sha256 = serializers.CharField(allow_blank=True)
    dataset_version_id = serializers.UUIDField(allow_null=True)
    sha256 = serializers.CharField(allow_blank=True)
    size = serializers.IntegerField()
    seed = serializers.IntegerField()
    card = serializers.CharField(allow_blank=True)
    job = JobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    activated_at = serializers.DateTimeField(allow_null=True)


class TrainedHeadSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    purpose = serializers.CharField(allow_blank=True)
    active = serializers.IntegerField(allow_null=True)
    versions = HeadVersionSerializer(many=True)
    created_at = serializers.DateTimeField()


class TrainedHeadsSerializer(Shape):
    heads = TrainedHeadSerializer(many=True)
    more = serializers.BooleanField()


class TextsSerializer(Shape):
    texts = serializers.ListField(child=serializers.CharField(), help_text="At most a thousand.")
    version = serializers.CharField(
        required=False, help_text="Instead of the one in use: its id, or `head.v3`."
    )


class HeadsView(DoorView):
    parser_classes = [MultiPartParser]

    @operation("list_heads", gives={200: TrainedHeadsSerializer})
    def get(self, request: Request) -> Response:
        """At most a hundred, by name, each with its versions."""
        with self.scope():
            page = list(selectors.heads_visible_to(self.actor)[: PAGE + 1])
            shown = [_shown(one) for one in page[:PAGE]]
        return Response({"heads": shown, "more": len(page) > PAGE})

    @operation(
        "train_head",
        takes={
            "multipart/form-data": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "train": {"type": "string", "format": "binary"},
                    "test": {"type": "string", "format": "binary"},
                    "dataset_version": {"type": "string"},
                    "method": {"type": "string", "enum": list(METHODS)},
                    "encoder": {"type": "string"},
                    "seed": {"type": "string"},
                    "purpose": {"type": "string"},
                },
                "required": ["name"],
            }
        },
        gives={202: HeadVersionSerializer},
        refuses={
            400: (
                "invalid_examples", "no_examples", "single_label", "too_few_examples", "too_many_labels",
                "unknown_encoder", "encoder_not_configured", "dataset_not_approved",
            ),
            404: ("unknown_dataset",),
            409: ("training_under_way",),
            413: ("file_too_large", "too_many_examples"),
            507: ("storage_full",),
        },
        writes=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Texts with their labels, as JSON lines or CSV, or an approved version of a data set. What is wrong
        is told by its line; a job trains, and somebody puts the version to use."""
        self.actor.require(TRAIN)
        given = _texts(request.data, "name", "method", "encoder", "seed", "purpose", "dataset_version")
        wish = Wish(
            method=given.get("method") or "auto",
            encoder=given.get("encoder", ""),
            seed=_number(given.get("seed") or "1"),
        )
        made = keeping.request(
            actor=self.actor,
            name=given.get("name", ""),
            train=_chunks(request, "train"),
            test=_chunks(request, "test"),
            dataset_version=_dataset(given.get("dataset_version")),
            wish=wish,
            purpose=given.get("purpose", ""),
        )
        return Response(_version(self, made.pk), status=202)


class HeadView(DoorView):
    @operation("show_head", gives={200: TrainedHeadSerializer}, refuses={404: UNKNOWN}, parameters=[NAME])
    def get(self, request: Request, head_name: str) -> Response:
        head = self.find("head", head_name)
        with self.scope():
            return Response(_shown(head))


class HeadVersionView(DoorView):
    @operation(
        "show_head_version", gives={200: HeadVersionSerializer}, refuses={404: UNKNOWN}, parameters=[VERSION]
    )
    def get(self, request: Request, version_name: str) -> Response:
        return Response(_version(self, version_name))


class HeadVersionActionView(DoorView):
    @operation(
        "steer_head_version",
        gives={200: HeadVersionSerializer},
        refuses={404: UNKNOWN, 409: ("head_not_ready",)},
        parameters=[
            VERSION,
            OpenApiParameter("action", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["activate", "retire"]),
        ],
        writes=True,
    )
    def post(self, request: Request, version_name: str, action: str) -> Response:
        """`activate` lets it answer in place of the one before, `retire` ends that for good."""
        version = self.find("head_version", version_name, permission=ACTIVATE)
        {"activate": services.activate, "retire": services.retire}[action](actor=self.actor, version=version)
        return Response(_version(self, version.pk))


class HeadRollbackView(DoorView):
    @operation(
        "roll_back_head",
        gives={200: HeadVersionSerializer},
        refuses={404: UNKNOWN, 409: ("no_head_before",)},
        parameters=[NAME],
        writes=True,
    )
    def post(self, request: Request, head_name: str) -> Response:
        """Back to the version that was in use before the present one."""
        head = self.find("head", head_name, permission=ACTIVATE)
        made = services.roll_back(actor=self.actor, head=head)
        return Response(_version(self, made.pk))


class ClassifyView(DoorView):
    @operation(
        "classify_texts",
        takes=TextsSerializer,
        gives={202: JobSerializer},
        refuses={
            400: ("empty_input",),
            404: UNKNOWN,
            409: ("head_not_active", "head_not_ready"),
            413: ("too_long",),
            422: ("file_changed",),
            507: ("storage_full",),
        },
        parameters=[NAME],
        writes=True,
    )
    def post(self, request: Request, head_name: str) -> Response:
        """Queues the texts; the job's result has a `label`, a `probability` and `in_scope` for each, in
        their order, and none of the texts."""
        head = self.find("head", head_name)
        given = object_of(request.data)
        version = None
        if name := given.get("version"):
            version = self.find("head_version", name)
            if version.head_id != head.pk:
                raise InvalidInput(fields={"version": _("is of another head")})
        job = working.ask(
            actor=self.actor, head=head, texts=list_of(given, "texts", most=LARGEST), version=version
        )
        return Response(job_dict(job), status=202)


def _shown(head: Any) -> dict[str, Any]:
    return presenting.head(head, list(head.versions.select_related("head", "job")))


def _version(view: DoorView, name: object) -> dict[str, Any]:
    version = view.find("head_version", name, permission=READ)
    with view.scope():
        return presenting.version(version)


def _texts(data: Any, *fields: str) -> dict[str, str]:
    found = {name: data[name] for name in fields if name in data}
    wrong = {name: _("must be a text") for name, value in found.items() if not is_text(value)}
    if wrong:
        raise InvalidInput(fields=wrong)
    return found


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise InvalidInput(fields={"seed": _("must be a number")})
    return int(text)


def _dataset(text: str | None) -> Any:
    if not text:
        return None
    key = parse_id(text)
    if key is None:
        raise InvalidInput(fields={"dataset_version": _("must be an id")})
    return key


def _chunks(request: Request, name: str) -> Any:
    upload: UploadedFile[bytes] | None = request.FILES.get(name)
    return upload.chunks() if upload is not None else None
