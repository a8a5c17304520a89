"""Base models, adapters and their versions: what there is, what comes in, what goes out."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.given import object_of, said_of, truth_of
from apps.api.views.schemas import JobSerializer, Shape, operation
from sunmao.core.errors import EmptyInput
from sunmao.core.resolving import visible
from sunmao.evaluation.parity import checking
from sunmao.modelhub import adapters, bases, presenting, selectors
from sunmao.modelhub.presenting import BASE_STATES, QUANTISATIONS, VERSION_STATES
from sunmao.modelhub.selectors import EXPORT, MANAGE, READ

PAGE = 200
BASE_NAME = OpenApiParameter(
    "base_name", OpenApiTypes.STR, OpenApiParameter.PATH, description="A base model's id or name."
)
VERSION = OpenApiParameter(
    "version_name", OpenApiTypes.STR, OpenApiParameter.PATH, description="Its id, its name, or `adapter.v3`."
)
UNKNOWN = ("unknown_model",)
BAD_ADAPTER = (
    "adapter_archive", "adapter_unsafe", "adapter_malformed", "adapter_config", "adapter_wrong_base",
    "adapter_not_finite",
)  # fmt: skip
TOLD = ("purpose", "licence", "provenance", "provider", "filing_number", "card")


class BaseModelFieldsSerializer(Shape):
    licence = serializers.CharField(required=False, allow_blank=True)
    provider = serializers.CharField(required=False, allow_blank=True)
    filing_number = serializers.CharField(required=False, allow_blank=True)
    quantisation = serializers.ChoiceField(QUANTISATIONS, required=False)


class NewBaseModelSerializer(BaseModelFieldsSerializer):
    name = serializers.CharField()
    source = serializers.CharField(help_text="A hub id, or a path below the folder of SUNMAO_MODELS.")  # type: ignore[assignment]
    keep = serializers.BooleanField(required=False, help_text="Take its files into the encrypted store.")


class BaseModelSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # a field of that name
    own = serializers.BooleanField()
    shared = serializers.BooleanField()
    kept = serializers.BooleanField()
    state = serializers.ChoiceField(BASE_STATES)
    sha256 = serializers.CharField(allow_blank=True)
    architecture = serializers.CharField(allow_blank=True)
    parameters = serializers.IntegerField()
    size = serializers.IntegerField()
    context = serializers.IntegerField()  # type: ignore[assignment]  # a field of that name
    modalities = serializers.ListField(child=serializers.CharField())
    dtype = serializers.CharField(allow_blank=True)
    quantisation = serializers.ChoiceField(QUANTISATIONS)
    has_chat_template = serializers.BooleanField()
    licence = serializers.CharField(allow_blank=True)
    provider = serializers.CharField(allow_blank=True)
    filing_number = serializers.CharField(allow_blank=True)
    job = JobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()


class BaseModelsSerializer(Shape):
    base_models = BaseModelSerializer(many=True)


class ParitySerializer(Shape):
    id = serializers.UUIDField()
    state = serializers.CharField(allow_blank=True)
    passed = serializers.BooleanField(allow_null=True)
    prompts = serializers.IntegerField()
    bounds = serializers.DictField()
    forms = serializers.ListField(child=serializers.DictField())
    apart = serializers.ListField(child=serializers.DictField())
    device = serializers.CharField(allow_blank=True)
    seconds = serializers.FloatField()
    job = JobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class AdapterLineageSerializer(Shape):
    dataset_version_id = serializers.UUIDField(allow_null=True)
    run_id = serializers.UUIDField(allow_null=True)
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # a field of that name
    metrics = serializers.DictField()
    seed = serializers.IntegerField(allow_null=True)
    code_version = serializers.CharField(allow_blank=True)


class AdapterVersionSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    adapter = serializers.CharField()
    base_model = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.ChoiceField(VERSION_STATES)
    pinned = serializers.BooleanField()
    sha256 = serializers.CharField()
    base_sha256 = serializers.CharField()
    size = serializers.IntegerField()
    method = serializers.CharField()
    rank = serializers.IntegerField()
    alpha = serializers.FloatField()
    targets = serializers.ListField(child=serializers.CharField())
    dtype = serializers.CharField()
    parameters = serializers.IntegerField()
    licence = serializers.CharField(allow_blank=True)
    provenance = serializers.CharField(allow_blank=True)
    provider = serializers.CharField(allow_blank=True)
    filing_number = serializers.CharField(allow_blank=True)
    card = serializers.CharField(allow_blank=True)
    lineage = AdapterLineageSerializer()
    parity = ParitySerializer(allow_null=True)
    created_at = serializers.DateTimeField()


class AdapterVersionsSerializer(Shape):
    versions = AdapterVersionSerializer(many=True)
    more = serializers.BooleanField()


class ModelUsageSerializer(Shape):
    adapters = serializers.DictField(child=serializers.IntegerField())
    adapters_bytes = serializers.IntegerField()
    base_models = serializers.DictField(child=serializers.IntegerField())


class BaseModelsView(DoorView):
    @operation("list_base_models", gives={200: BaseModelsSerializer})
    def get(self, request: Request) -> Response:
        """The organisation's own, and those that are shared with the whole installation."""
        self.actor.require(READ)
        with self.scope():
            found = selectors.bases_visible_to(self.actor).select_related("job")
            return Response({"base_models": [presenting.base(one, actor=self.actor) for one in found]})

    @operation(
        "add_base_model",
        takes=NewBaseModelSerializer,
        gives={201: BaseModelSerializer},
        refuses={400: ("model_place",), 409: ("name_taken",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Name a model; a job reads its files, and `state` says how that went."""
        self.actor.require(MANAGE)
        given = said_of(
            object_of(request.data), dict.fromkeys(("name", "source", "quantisation", *bases.TEXTS), str)
        )
        made = bases.add_base(
            actor=self.actor,
            name=given.pop("name", ""),
            source=given.pop("source", ""),
            quantisation=given.pop("quantisation", "none"),
            told=given,
            keep=truth_of(object_of(request.data), "keep", False),
        )
        return Response(_base(self, made.pk), status=201)


class BaseModelView(DoorView):
    @operation(
        "show_base_model", gives={200: BaseModelSerializer}, refuses={404: UNKNOWN}, parameters=[BASE_NAME]
    )
    def get(self, request: Request, base_name: str) -> Response:
        return Response(_base(self, base_name))

    @operation(
        "change_base_model",
        takes=BaseModelFieldsSerializer,
        gives={200: BaseModelSerializer},
        refuses={404: UNKNOWN},
        parameters=[BASE_NAME],
        writes=True,
    )
    def patch(self, request: Request, base_name: str) -> Response:
        """What people say of it, and how it is served; its files are never changed."""
        base = self.find("base_model", base_name, permission=MANAGE)
        given = said_of(object_of(request.data), dict.fromkeys(("quantisation", *bases.TEXTS), str))
        bases.change_base(actor=self.actor, base=base, **given)
        return Response(_base(self, base.pk))


class BaseModelActionView(DoorView):
    @operation(
        "steer_base_model",
        gives={200: BaseModelSerializer},
        refuses={404: UNKNOWN},
        parameters=[
            BASE_NAME,
            OpenApiParameter(
                "action", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["read", "keep", "retire"]
            ),
        ],
        writes=True,
    )
    def post(self, request: Request, base_name: str, action: str) -> Response:
        """`read` reads its files again, `keep` takes them into the encrypted store, `retire` lets no new
        adapters be made for it."""
        base = self.find("base_model", base_name, permission=MANAGE)
        verb: Any = {
            "read": bases.read_again,
            "keep": bases.keep_base,
            "retire": bases.retire_base,
        }[action]
        verb(actor=self.actor, base=base)
        return Response(_base(self, base.pk))


class AdapterVersionsView(DoorView):
    parser_classes = [MultiPartParser]

    @operation("list_adapter_versions", gives={200: AdapterVersionsSerializer})
    def get(self, request: Request) -> Response:
        """At most two hundred, by name."""
        self.actor.require(READ)
        with self.scope():
            page = list(selectors.versions_visible_to(self.actor)[: PAGE + 1])
            shown = [presenting.version(one, selectors.last_check(one)) for one in page[:PAGE]]
        return Response({"versions": shown, "more": len(page) > PAGE})

    @operation(
        "import_adapter",
        takes={
            "multipart/form-data": {
                "type": "object",
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "name": {"type": "string"},
                    "base_model": {"type": "string"},
                    **{name: {"type": "string"} for name in TOLD},
                },
                "required": ["file", "name", "base_model"],
            }
        },
        gives={201: AdapterVersionSerializer},
        refuses={
            400: ("no_file",),
            404: UNKNOWN,
            409: ("model_not_ready",),
            413: ("file_too_large", "adapter_room"),
            422: BAD_ADAPTER,
            507: ("storage_full",),
        },
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """An archive with adapter_config.json and adapter_model.safetensors. Nothing of it is ever run."""
        self.actor.require(MANAGE)
        given = said_of(object_of(request.data), dict.fromkeys(("name", "base_model", *TOLD), str))
        base = self.find("base_model", given.pop("base_model", ""))
        upload: UploadedFile[bytes] | None = request.FILES.get("file")
        if upload is None:
            raise EmptyInput(code="no_file")
        name = given.pop("name", "")
        told = adapters.Told(**given)
        made = adapters.import_archive(
            actor=self.actor, name=name, base=base, chunks=upload.chunks(), told=told
        )
        return Response(_version(self, made.pk), status=201)


class AdapterVersionView(DoorView):
    @operation(
        "show_adapter_version",
        gives={200: AdapterVersionSerializer},
        refuses={404: UNKNOWN},
        parameters=[VERSION],
    )
    def get(self, request: Request, version_name: str) -> Response:
        return Response(_version(self, version_name))


def _verify(*, actor: Any, version: Any) -> None:
    adapters.verify(actor=actor, version=version)


def _unpin(*, actor: Any, version: Any) -> None:
    adapters.pin(actor=actor, version=version, pinned=False)


VERBS: dict[str, Any] = {
    "parity": checking.check,
    "verify": _verify,
    "pin": adapters.pin,
    "unpin": _unpin,
    "retire": adapters.retire,
    "remove": adapters.remove,
}


class AdapterVersionActionView(DoorView):
    @operation(
        "steer_adapter_version",
        gives={200: AdapterVersionSerializer},
        refuses={
            404: UNKNOWN,
            409: ("adapter_not_usable", "adapter_not_retired", "adapter_pinned", "model_not_ready"),
            422: ("file_changed",),
        },
        parameters=[
            VERSION,
            OpenApiParameter("action", OpenApiTypes.STR, OpenApiParameter.PATH, enum=sorted(VERBS)),
        ],
        writes=True,
    )
    def post(self, request: Request, version_name: str, action: str) -> Response:
        """`parity` queues its check, `verify` reads every byte again, `pin` keeps it loaded, `retire` ends
        its answering, `remove` gives the room of a retired one back."""
        version = self.find("adapter_version", version_name, permission=MANAGE)
        VERBS[action](actor=self.actor, version=version)
        return Response(_version(self, version.pk))


class AdapterArchiveView(DoorView):
    @operation(
        "export_adapter",
        gives={(200, "application/zip"): OpenApiTypes.BINARY},
        refuses={404: UNKNOWN, 409: ("adapter_not_usable",)},
        parameters=[VERSION],
        writes=True,
    )
    def get(self, request: Request, version_name: str) -> HttpResponseBase:
        """One zip file that another installation takes; that it was exported is an entry of the audit log."""
        version = self.find("adapter_version", version_name, permission=EXPORT)
        archive = adapters.export_archive(actor=self.actor, version=version)
        return FileResponse(
            archive, as_attachment=True, filename=f"{version.name}.zip", content_type="application/zip"
        )


class ModelUsageView(DoorView):
    @operation("show_model_usage", gives={200: ModelUsageSerializer})
    def get(self, request: Request) -> Response:
        """Bytes by adapter, and of the base models' files."""
        self.actor.require(READ)
        with self.scope():
            return Response(selectors.usage())


def _base(view: DoorView, reference: object) -> dict[str, Any]:
    with view.scope():
        return presenting.base(visible(view.actor, "base_model", reference), actor=view.actor)


def _version(view: DoorView, reference: object) -> dict[str, Any]:
    with view.scope():
        found = visible(view.actor, "adapter_version", reference)
        return presenting.version(found, selectors.last_check(found))


__all__ = [
    "AdapterArchiveView", "AdapterVersionActionView", "AdapterVersionView", "AdapterVersionsView",
    "BaseModelActionView", "BaseModelView", "BaseModelsView", "ModelUsageView",
]  # fmt: skip
