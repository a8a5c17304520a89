"""What the API's schema says of data sets."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from apps.api.views.schemas import JobSerializer, Shape, path_id

SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="The data set's slug.")
NUMBER = OpenApiParameter(
    "number", OpenApiTypes.INT, OpenApiParameter.PATH, description="A version's number."
)
ROW = path_id("row_id", "An example's id.")
STEP = path_id("step_id", "A step's id.")
CONVERSATION = path_id("conversation_id", "The id of an own conversation.")


def query(name: str, described: str, kind: OpenApiTypes = OpenApiTypes.STR) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=described)


FILTERS = [
    query("version", "A version's number, by default the newest.", OpenApiTypes.INT),
    query("part", "train, validation or test"),
    query("review", "waiting, accepted, edited or rejected"),
    query("origin", "file, conversation, correction, rewrite, knowledge, judge, trace or written"),
    query("offset", "How many to leave out.", OpenApiTypes.INT),
]


class DataSetSerializer(Shape):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    purpose = serializers.CharField(allow_blank=True)
    vertical = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField(allow_null=True)
    state = serializers.CharField(allow_blank=True)
    approved = serializers.IntegerField(
        allow_null=True, help_text="The newest version that may be trained on."
    )
    examples = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class DataSetsSerializer(Shape):
    datasets = DataSetSerializer(many=True)
    more = serializers.BooleanField()


class NewDataSetSerializer(Shape):
    slug = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField(help_text="chat, preference, judged, prompts, classification or retrieval")
    purpose = serializers.CharField(required=False, allow_blank=True)
    vertical = serializers.CharField(required=False, allow_blank=True)


class DataSetChangeSerializer(Shape):
    title = serializers.CharField(required=False)
    purpose = serializers.CharField(required=False, allow_blank=True)
    annotators = serializers.IntegerField(required=False, help_text="1 or 2")


class DataSetVersionSerializer(Shape):
    id = serializers.UUIDField()
    dataset = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    settings = serializers.DictField()
    lineage = serializers.DictField()
    figures = serializers.DictField()
    sha256 = serializers.CharField(allow_blank=True)
    must_retrain = serializers.BooleanField(help_text="Somebody's examples left it since it was frozen.")
    created_at = serializers.DateTimeField()
    frozen_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)


class DataSetVersionsSerializer(Shape):
    versions = DataSetVersionSerializer(many=True)


class DataSetStatisticsSerializer(Shape):
    examples = serializers.IntegerField()
    groups = serializers.IntegerField()
    parts = serializers.DictField()
    origins = serializers.DictField()
    reviews = serializers.DictField()
    languages = serializers.DictField()
    lengths = serializers.DictField()
    labels = serializers.DictField(required=False)
    turns = serializers.DictField(required=False)
    leaks = serializers.DictField(required=False)
    warnings = serializers.ListField(child=serializers.CharField())
    agreement = serializers.DictField()


class DataSetNoteSerializer(Shape):
    note = serializers.CharField(required=False, allow_blank=True)


class DataSetVerdictSerializer(DataSetNoteSerializer):
    verdict = serializers.CharField(help_text="approved or refused")


class DataSetExportAskedSerializer(Shape):
    format = serializers.CharField(required=False, help_text="jsonl or csv")
    part = serializers.CharField(required=False, allow_blank=True)


class DataSetExportSerializer(Shape):
    format = serializers.CharField()
    content = serializers.CharField(allow_blank=True)


class ExampleSerializer(Shape):
    id = serializers.UUIDField()
    data = serializers.DictField()  # type: ignore[assignment]
    part = serializers.CharField()
    group = serializers.CharField()
    origin = serializers.CharField()
    source = serializers.DictField()  # type: ignore[assignment]
    review = serializers.CharField()
    weak = serializers.DictField()
    masked = serializers.BooleanField()
    born = serializers.IntegerField()
    died = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class ExamplesSerializer(Shape):
    examples = ExampleSerializer(many=True)
    total = serializers.IntegerField()
    more = serializers.BooleanField()


class RemovedExampleSerializer(ExampleSerializer):
    rule = serializers.CharField()
    twin = serializers.UUIDField(allow_null=True)


class RemovedExamplesSerializer(Shape):
    removed = RemovedExampleSerializer(many=True)
    total = serializers.IntegerField()
    more = serializers.BooleanField()


class NewExamplesSerializer(Shape):
    examples = serializers.ListField(child=serializers.DictField())


class ExampleChangeSerializer(Shape):
    data = serializers.DictField()  # type: ignore[assignment]


class AnnotationAskedSerializer(Shape):
    verdict = serializers.CharField(help_text="accepted, edited or rejected")
    data = serializers.DictField(required=False, help_text="How it should read, where it is edited.")  # type: ignore[assignment]


class AnnotatedSerializer(Shape):
    verdict = serializers.CharField()
    review = serializers.CharField(help_text="What the example is now.")


class AnnotationQueueSerializer(Shape):
    example = ExampleSerializer(allow_null=True)
    waiting = serializers.IntegerField()
    third = serializers.BooleanField(help_text="Two have disagreed: this word decides.")


class StepAskedSerializer(Shape):
    step = serializers.CharField(help_text="clean, mask, label, split, check, gather or generate")
    settings = serializers.DictField(required=False)


class StepSerializer(Shape):
    id = serializers.UUIDField()
    dataset = serializers.CharField()
    version = serializers.IntegerField()
    step = serializers.CharField()
    state = serializers.CharField(allow_blank=True)
    settings = serializers.DictField()
    found = serializers.DictField(help_text="Counts; of a refused file the wrong lines.")
    job = JobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class StepsSerializer(Shape):
    steps = StepSerializer(many=True)


class ImportPreviewSerializer(Shape):
    format = serializers.CharField()
    kind = serializers.CharField()
    examples = serializers.IntegerField()
    wrong = serializers.DictField()
    wrong_lines = serializers.IntegerField()
    remarks = serializers.ListField(child=serializers.CharField())
    shown = serializers.ListField(child=serializers.DictField())


class DataSetDifferenceSerializer(Shape):
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    changed = serializers.IntegerField()
    moved = serializers.IntegerField()
    same = serializers.IntegerField()
    shown = serializers.DictField()


class TrainingConsentAskedSerializer(Shape):
    consent = serializers.BooleanField(required=False, default=True)


class TrainingConsentSerializer(Shape):
    conversation_id = serializers.UUIDField()
    consent = serializers.BooleanField()


UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "format": {
                "type": "string",
                "description": "auto, jsonl, csv, chat, preference, alpaca, sharegpt",
            },
            "columns": {"type": "string", "description": "JSON: field → what the file calls it."},
        },
        "required": ["file"],
    }
}
