"""What the OpenAPI schema says: shapes of requests and answers, and every refusal with its codes.

`operation` describes one method of a view. What every endpoint may answer (no key, no right, too many
requests, a part of the stack away) is added here, so that a view names only what is its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.functional import Promise
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

Codes = Mapping[int, Sequence[str]]
View = TypeVar("View", bound=Callable[..., Any])

# Statuses that any endpoint behind a key may answer with, and what their codes are.
EVERYWHERE: Codes = {
    401: ("invalid_api_key",),
    403: ("forbidden",),
    404: ("not_found", "unknown_address"),
    406: ("not_acceptable",),
    429: ("throttled", "quota_exceeded"),
    503: ("unavailable", "database_unavailable"),
}
WITH_A_BODY: Codes = {
    400: ("invalid_input", "invalid_json"),
    413: ("body_too_large",),
    415: ("unsupported_media_type",),
}
MODEL_SERVER = (
    "model_server_failed",
    "model_server_unreachable",
    "model_server_unauthorized",
    "model_server_busy",
    "model_server_resting",
    "model_server_garbled",
    "model_unknown",
    "model_request_refused",
    "model_timeout",
    "context_overflow",
)
# What a question may be answered with besides: by the check of its input, by the pipeline, by the engine.
ASKING: Codes = {
    400: ("empty_input", "invalid_dates", "unknown_version"),
    403: ("question_refused",),
    404: ("unknown_task", "unknown_vertical", "unknown_base", "unknown_conversation"),
    409: ("exchange_ended", "conflict"),
    413: ("too_long",),
    500: ("internal_error",),
    502: (
        "engine_failure",
        "engine_not_configured",
        "model_not_loaded",
        *MODEL_SERVER,
        "generation_failed",
    ),
    503: ("broker_unavailable", "no_worker", "no_release", "interrupted"),
}
WRITING: Codes = {409: ("conflict",), 503: ("audit_unavailable",)}
RETRY_AFTER = OpenApiParameter(
    "Retry-After", OpenApiTypes.INT, OpenApiParameter.HEADER, response=[429, 503], description="Seconds."
)
ERROR: dict[str, Any] = {
    "type": "object",
    "description": "Every refusal has this one shape. Rely on `code` and `status`; `message` is translated.",
    "properties": {
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "status": {"type": "integer"},
        "message": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        "detail": {"type": "string", "description": "Repeats `message`, for clients of document 003."},
    },
    "required": ["code", "status", "message", "fields", "detail"],
}


class Shape(serializers.Serializer):  # type: ignore[type-arg]
    """Only described, never used to read or write: what is sent is made by `presenting` of each app."""


def operation(
    name: str,
    *,
    gives: Mapping[Any, Any],
    takes: Any = None,
    refuses: Codes | None = None,
    parameters: Sequence[OpenApiParameter] = (),
    writes: bool = False,
    others: bool = False,
) -> Callable[[View], View]:
    """Describe one method: `gives` by status, `takes` a body, `refuses` with codes of its own by status.

    `name` is what clients call it (`list_bases`); the method's docstring is told as its description. A body
    names what `takes` does and nothing else, unless `others`.
    """
    sources = [EVERYWHERE, *([WITH_A_BODY] if takes is not None else []), *([WRITING] if writes else [])]

    spoken = name.replace("_", " ").capitalize()

    def described(view: View) -> View:
        described_view: View = extend_schema(
            operation_id=name,
            summary=spoken,
            description=inspect.cleandoc(view.__doc__ or f"{spoken}."),
            request=takes,
            responses={**gives, **refusals(*sources, refuses or {})},
            parameters=[*parameters, RETRY_AFTER],
        )(view)
        described_view.known_fields = None if others else _fields_of(takes)  # type: ignore[attr-defined]
        return described_view

    return described


def _fields_of(takes: Any) -> frozenset[str] | None:
    """What a JSON body may name; None where the body is a file or has no shape of its own."""
    is_shape = isinstance(takes, type) and issubclass(takes, serializers.Serializer)
    return frozenset(takes().fields) if is_shape else None


def refusals(*sources: Codes) -> dict[int, OpenApiResponse]:
    codes: dict[int, list[str]] = {}
    for source in sources:
        for status, names in source.items():
            codes.setdefault(status, []).extend(name for name in names if name not in codes.get(status, ()))
    return {status: _refusal(status, names) for status, names in sorted(codes.items())}


def _refusal(status: int, codes: Sequence[str]) -> OpenApiResponse:
    narrowed = {"properties": {"code": {"enum": list(codes)}, "status": {"enum": [status]}}}
    shape = {"allOf": [{"$ref": "#/components/schemas/Error"}, narrowed]}
    return OpenApiResponse(shape, description=", ".join(codes))


def path_id(name: str, description: str | Promise) -> OpenApiParameter:
    """An id in the address. A malformed one is an id of nothing: 404, as for a foreign one."""
    return OpenApiParameter(
        name, OpenApiTypes.UUID, OpenApiParameter.PATH, required=True, description=str(description)
    )


# What is sent


class KnowledgeBaseSerializer(Shape):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    audience = serializers.CharField()
    version = serializers.IntegerField()
    passages = serializers.IntegerField()


class KnowledgeBasesSerializer(Shape):
    bases = KnowledgeBaseSerializer(many=True)


class ProgressSerializer(Shape):
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    percent = serializers.IntegerField(min_value=0, max_value=100)


class JobErrorSerializer(Shape):
    code = serializers.CharField()
    message = serializers.CharField()


class JobSerializer(Shape):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.RegexField("^(queued|running|succeeded|failed|cancelled)$")
    attempts = serializers.IntegerField()
    position = serializers.IntegerField(allow_null=True, help_text="Place in the queue; 1 is next.")
    batch = serializers.UUIDField(allow_null=True, help_text="What it was started together with.")
    progress = ProgressSerializer()
    error = JobErrorSerializer(allow_null=True)
    result = serializers.DictField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class RemarkSerializer(Shape):
    code = serializers.CharField()
    about = serializers.CharField(allow_blank=True)
    message = serializers.CharField()


class InsideSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()


class DocumentOriginSerializer(Shape):
    """How a document came: `url` is the page that it is a copy of, `document` what it is inside of."""

    kind = serializers.CharField(allow_null=True, help_text="console, api, shell, source, member or sample.")
    text = serializers.CharField(allow_blank=True)
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    url = serializers.CharField(allow_null=True)
    document = InsideSerializer(allow_null=True)


class DocumentSerializer(Shape):
    id = serializers.UUIDField()
    base = serializers.CharField()
    name = serializers.CharField()
    title = serializers.CharField()
    state = serializers.RegexField("^(queued|running|succeeded|failed|cancelled)$")
    job = JobSerializer(allow_null=True)
    revision = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)
    encoding = serializers.CharField(allow_null=True)
    units = serializers.DictField()
    remarks = RemarkSerializer(many=True)
    source = serializers.CharField(allow_blank=True, help_text="Where it came from.")  # type: ignore[assignment]
    origin = DocumentOriginSerializer()
    members = serializers.IntegerField(help_text="How many documents are right inside it.")
    effective_from = serializers.DateField(allow_null=True)
    effective_until = serializers.DateField(allow_null=True, help_text="The last day in force.")
    reviewed_at = serializers.DateTimeField(allow_null=True)
    quarantined = serializers.IntegerField(help_text="Passages that wait for a person's eye.")
    created_at = serializers.DateTimeField()


class DocumentsSerializer(Shape):
    documents = DocumentSerializer(many=True)
    more = serializers.BooleanField()


class ReceivedSerializer(Shape):
    """A received document with its `outcome`; of several files a refused one has its `error` instead."""

    name = serializers.CharField()
    outcome = serializers.RegexField("^(new|changed|unchanged|refused)$")
    error = serializers.DictField(required=False)
    id = serializers.UUIDField(required=False)
    job = JobSerializer(allow_null=True, required=False)


class ReceivedAllSerializer(Shape):
    documents = ReceivedSerializer(many=True)
    batch = serializers.UUIDField(help_text="Its progress is at /api/v1/batches/{batch}.")


AROUND = "The wider span, from and to, that an answer reads around it."


class PassageSerializer(Shape):
    id = serializers.UUIDField()
    document_id = serializers.UUIDField()
    document = serializers.CharField()
    origin = DocumentOriginSerializer()
    base = serializers.CharField()
    state = serializers.RegexField("^(current|replaced|rolled_back|removed)$")
    revision = serializers.IntegerField()
    kind = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    heading_path = serializers.ListField(child=serializers.CharField())
    page = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    language = serializers.CharField()
    around = serializers.ListField(child=serializers.IntegerField(), allow_null=True, help_text=AROUND)
    image = serializers.DictField(allow_null=True)
    applies_from = serializers.DateField(allow_null=True)
    applies_until = serializers.DateField(allow_null=True, help_text="The day after the last one.")
    born = serializers.IntegerField()
    died = serializers.IntegerField(allow_null=True)


class CitationSerializer(Shape):
    number = serializers.IntegerField()
    passage_id = serializers.UUIDField()
    document_id = serializers.UUIDField()
    document = serializers.CharField()
    base = serializers.CharField()
    revision = serializers.IntegerField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    heading_path = serializers.ListField(child=serializers.CharField())
    page = serializers.IntegerField(allow_null=True)
    quote = serializers.CharField(allow_blank=True)
    spans = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    language = serializers.CharField()
    url = serializers.CharField()


class FindingSerializer(Shape):
    """What a rule, a guard or a model noticed. `span`, `computed`, `advice`, … stand where they apply."""

    rule_id = serializers.CharField()
    source = serializers.RegexField("^(rule|guard|model)$")  # type: ignore[assignment]
    severity = serializers.RegexField("^(critical|high|medium|low|info)$")
    title = serializers.CharField()
    explanation = serializers.CharField()
    citations = serializers.ListField(child=serializers.CharField())
    span = serializers.DictField(required=False, allow_null=True)
    computed = serializers.DictField(required=False)
    advice = serializers.CharField(required=False, allow_blank=True)
    effect = serializers.CharField(required=False, allow_blank=True)
    confidence = serializers.FloatField(required=False)


class OutputSerializer(Shape):
    text = serializers.CharField(allow_blank=True)
    relevance = serializers.FloatField()
    language = serializers.CharField()


class StepTimeSerializer(Shape):
    name = serializers.CharField()
    milliseconds = serializers.FloatField()


class TimingsSerializer(Shape):
    seconds = serializers.FloatField()
    spans = StepTimeSerializer(many=True)


class AigcSerializer(Shape):
    """The metadata object of GB 45438-2025."""

    Label = serializers.CharField()
    ContentProducer = serializers.CharField()
    ProduceID = serializers.CharField()
    ReservedCode1 = serializers.CharField(allow_blank=True)
    ContentPropagator = serializers.CharField()
    PropagateID = serializers.CharField()
    ReservedCode2 = serializers.CharField(allow_blank=True)


class LabelledShape(Shape):
    """What stands beside every answer."""

    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    ai_generated = serializers.BooleanField()
    aigc = AigcSerializer(allow_null=True)


class TaskResultSerializer(LabelledShape):
    record_id = serializers.UUIDField()
    conversation_id = serializers.UUIDField()
    outcome = serializers.RegexField("^(answered|unanswered|stopped|withheld)$")
    output = OutputSerializer()
    findings = FindingSerializer(many=True)
    citations = CitationSerializer(many=True)
    timings = TimingsSerializer()
    actions = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        help_text="What waits for a confirmation, or still runs.",
    )


class TaskResultsSerializer(Shape):
    records = TaskResultSerializer(many=True)


class AskerSerializer(Shape):
    kind = serializers.CharField()
    id = serializers.UUIDField(allow_null=True)


class ReadPassageSerializer(Shape):
    passage_id = serializers.UUIDField()
    revision = serializers.IntegerField()
    lexical = serializers.FloatField()
    dense = serializers.FloatField(allow_null=True)


class AccountSerializer(TaskResultSerializer):
    question = serializers.CharField()
    task = serializers.CharField()
    actor = AskerSerializer()
    release_id = serializers.UUIDField()
    prompt_version_id = serializers.UUIDField(allow_null=True)
    engine = serializers.CharField()
    model = serializers.CharField(allow_blank=True)
    knowledge = serializers.DictField(child=serializers.IntegerField())
    as_of = serializers.DateField(allow_null=True, help_text="The day that was asked about, if one was.")
    read = ReadPassageSerializer(many=True)
    guards = serializers.DictField(help_text="What the guards found, did, and by which policy.")
    created_at = serializers.DateTimeField()


class QaAnswerSerializer(LabelledShape):
    answer = serializers.CharField()
    relevance_score = serializers.FloatField(min_value=0, max_value=1)
    response_time = serializers.FloatField(min_value=0, help_text="Seconds")
    citations = CitationSerializer(many=True)
    record_id = serializers.UUIDField()


# What is taken

AS_OF = "Read what is in force on this day, such as 2026-01-31; without it, today."
VERSION = "Read the base that is asked at this version of it."


class QaQuestionSerializer(Shape):
    query = serializers.CharField(max_length=2000, help_text="The question.")
    top_k = serializers.IntegerField(required=False, default=3, min_value=1, max_value=20)
    temperature = serializers.FloatField(required=False, default=0.7, min_value=0, max_value=2)
    base = serializers.CharField(required=False, help_text="Ask this base alone.")
    as_of = serializers.DateField(required=False, help_text=AS_OF)
    version = serializers.IntegerField(required=False, min_value=0, help_text=VERSION)
    conversation_id = serializers.UUIDField(required=False, help_text="Go on with a conversation.")


class TaskQuestionSerializer(Shape):
    question = serializers.CharField(max_length=2000)
    top_k = serializers.IntegerField(required=False, default=5, min_value=1, max_value=20)
    temperature = serializers.FloatField(required=False, default=0.7, min_value=0, max_value=2)
    base = serializers.CharField(required=False, help_text="Ask this base alone.")
    as_of = serializers.DateField(required=False, help_text=AS_OF)
    version = serializers.IntegerField(required=False, min_value=0, help_text=VERSION)
    conversation_id = serializers.UUIDField(required=False, help_text="Go on with a conversation.")


class NewBaseSerializer(Shape):
    slug = serializers.CharField(max_length=50, help_text="Letters, digits, hyphens and underscores.")
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)


UPLOAD: dict[str, Any] = {
    "multipart/form-data": {
        "type": "object",
        "properties": {
            "file": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "minItems": 1,
                "description": "One file, or several fields of this name.",
            },
            "effective_from": {"type": "string", "description": "In force from this day."},
            "effective_until": {"type": "string", "description": "Through this day."},
        },
        "required": ["file"],
    }
}


EVENT: dict[str, Any] = {
    "type": "object",
    "description": "One event of the stream; `data` is JSON. `done` or `error` is the last one.",
    "properties": {
        "event": {"enum": ["step", "finding", "citation", "confirmation", "token", "done", "error"]},
        "data": {"type": "string"},
        "id": {"type": "string"},
    },
    "required": ["event", "data"],
}


# What the generator cannot know


CLOSED = (
    "QaQuestion", "TaskQuestion", "NewGrant", "NewKey", "NewQuota", "NewRole", "PatchedChangedRole",
    "PatchedTeamNamed", "Rotation", "TeamNamed", "DaysInForce", "GoingBack", "ContractAnswer",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """From an answer to the next request: `found` in its body becomes the parameter `named` there."""

    source: str
    status: str
    found: str
    target: str
    named: str
    method: str = "post"


_DOCUMENTS = "/api/v1/bases/{slug}/documents"
STEPS = (
    Step("/api/v1/bases", "201", "slug", _DOCUMENTS, "slug"),
    Step("/api/v1/qa", "200", "record_id", "/api/v1/records/{record_id}", "record_id"),
    Step("/api/v1/qa", "200", "citations/0/passage_id", "/api/v1/passages/{passage_id}", "passage_id"),
    Step(_DOCUMENTS, "202", "documents/0/id", "/api/v1/documents/{document_id}", "document_id"),
    Step(_DOCUMENTS, "202", "documents/0/job/id", "/api/v1/jobs/{job_id}", "job_id"),
)


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The error shape, requests that take no other field, links from one step to the next, the probes."""
    shapes = result["components"]["schemas"]
    shapes["Error"] = ERROR
    for name in CLOSED:
        shapes[name]["additionalProperties"] = False
    for step in STEPS:
        _link(result["paths"], step)
    result["paths"] |= PROBES
    return result


def _link(paths: dict[str, Any], step: Step) -> None:
    links = paths[step.source][step.method]["responses"][step.status].setdefault("links", {})
    for verb, described in paths[step.target].items():
        links[f"{verb}_{step.named}"] = {
            "operationId": described["operationId"],
            "parameters": {step.named: f"$response.body#/{step.found}"},
        }


_HEALTH = {
    "type": "object",
    "properties": {
        "status": {"enum": ["healthy", "unhealthy"]},
        "model": {"type": "string"},
        "checks": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["status", "model", "checks"],
}


def _probe(name: str, summary: str, answers: dict[str, Any]) -> dict[str, Any]:
    told = {"operationId": name, "summary": summary, "tags": ["operation"], "security": []}
    return {"get": {**told, "responses": answers}}


def _json(description: str, shape: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": shape}}}


PROBES = {
    "/health": _probe(
        "health",
        "Can questions be answered?",
        {"200": _json("yes", _HEALTH), "503": _json("no", _HEALTH)},
    )
}
