"""What is sent and taken about prompts."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from apps.api.views import schemas
from apps.api.views.schemas import LabelledShape, Shape

STATES = "^(|queued|running|succeeded|failed|cancelled)$"

PROMPT = OpenApiParameter(
    "prompt_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="A prompt's id, or `name:language`."
)
NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH, description="Of a version.")
UNKNOWN, UNKNOWN_VERSION = ("unknown_prompt",), ("unknown_prompt", "unknown_prompt_version")
INVALID = ("invalid_prompt",)


class PromptSerializer(Shape):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    language = serializers.CharField()
    current = serializers.IntegerField(allow_null=True)
    versions = serializers.IntegerField()
    open_reviews = serializers.IntegerField()
    four_eyes = serializers.BooleanField()
    newer_seed = serializers.IntegerField(allow_null=True, help_text="A newer text that the product brought.")


class PromptsSerializer(Shape):
    prompts = PromptSerializer(many=True)


class PromptVariableSerializer(Shape):
    name = serializers.CharField()
    type = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    default = serializers.CharField(allow_blank=True)
    required = serializers.BooleanField()  # type: ignore[assignment]  # a field of that name


class PromptStrategySerializer(Shape):
    name = serializers.CharField()
    options = serializers.DictField()


class PromptUseSerializer(Shape):
    id = serializers.UUIDField()
    task = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.CharField()


class PromptVersionSerializer(Shape):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]  # a field of that name
    origin = serializers.RegexField("^(seed|edit|copy|import|optimised)$")
    current = serializers.BooleanField()
    author = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()
    releases = PromptUseSerializer(many=True)


class PromptTextSerializer(PromptVersionSerializer):
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    variables = PromptVariableSerializer(many=True)
    strategy = PromptStrategySerializer(many=True)


class PromptVersionsSerializer(Shape):
    versions = PromptVersionSerializer(many=True)


class PromptReviewSerializer(Shape):
    id = serializers.UUIDField()
    version = serializers.IntegerField()
    version_id = serializers.UUIDField()
    state = serializers.RegexField("^(open|approved|rejected)$")
    asked_by = serializers.CharField(allow_blank=True)
    decided_by = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class PromptDetailSerializer(PromptSerializer):
    text = PromptTextSerializer(allow_null=True)
    draft = serializers.CharField(allow_null=True, help_text="What the caller is writing.")
    reviews = PromptReviewSerializer(many=True)


class NewPromptSerializer(Shape):
    slug = serializers.CharField()
    language = serializers.RegexField("^(zh|en)$")
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    note = serializers.CharField(required=False)


class NewPromptVersionSerializer(Shape):
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    note = serializers.CharField(required=False)
    parent = serializers.IntegerField(  # type: ignore[assignment]  # a field of that name
        required=False, allow_null=True, help_text="The version that was edited."
    )
    review = serializers.BooleanField(required=False, help_text="A second person is to look first.")


class PromptDraftSerializer(Shape):
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name


class PromptToPreviewSerializer(Shape):
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    prompt_id = serializers.CharField(required=False, help_text="Whose cases it has to pass.")


class PromptProblemSerializer(Shape):
    line = serializers.IntegerField()
    code = serializers.CharField()
    message = serializers.CharField()


class PromptPlaceSerializer(Shape):
    line = serializers.IntegerField()
    words = serializers.CharField(allow_blank=True)


class PromptCheckSerializer(Shape):
    check = serializers.CharField()
    weight = serializers.IntegerField()
    got = serializers.FloatField()
    advice = serializers.CharField(allow_blank=True)
    places = PromptPlaceSerializer(many=True)


class PromptPartSerializer(Shape):
    part = serializers.CharField()
    title = serializers.CharField()
    weight = serializers.FloatField()
    score = serializers.FloatField()
    checks = PromptCheckSerializer(many=True)


class PromptScoreSerializer(Shape):
    total = serializers.FloatField()
    parts = PromptPartSerializer(many=True)


class PassRateSerializer(Shape):
    engine = serializers.CharField()
    model = serializers.CharField(allow_blank=True)
    passed = serializers.IntegerField()
    cases = serializers.IntegerField()


class PromptPreviewSerializer(Shape):
    problems = PromptProblemSerializer(many=True)
    score = PromptScoreSerializer(allow_null=True)
    template = serializers.CharField(allow_blank=True)
    variables = PromptVariableSerializer(many=True)
    pass_rates = PassRateSerializer(many=True)


class PromptPieceSerializer(Shape):
    op = serializers.RegexField("^(same|removed|added)$")
    text = serializers.CharField()


class PromptDifferenceSerializer(Shape):
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    pieces = PromptPieceSerializer(many=True)
    scores = serializers.DictField(child=serializers.FloatField(), help_text="By the number of the version.")


class PromptLanguageSerializer(Shape):
    language = serializers.RegexField("^(zh|en)$")


class SeedDecisionSerializer(Shape):
    take = serializers.BooleanField(help_text="Work from the product's text; otherwise keep one's own.")


class PromptRulesSerializer(Shape):
    four_eyes = serializers.BooleanField()


class PromptDecisionSerializer(Shape):
    approve = serializers.BooleanField()
    reason = serializers.CharField(required=False)


class NewPromptCommentSerializer(Shape):
    text = serializers.CharField()
    line = serializers.IntegerField(required=False, allow_null=True)


class PromptCommentSerializer(Shape):
    id = serializers.UUIDField()
    version = serializers.IntegerField()
    line = serializers.IntegerField(allow_null=True)
    author = serializers.CharField(allow_blank=True)
    text = serializers.CharField()
    created_at = serializers.DateTimeField()


class PromptCommentsSerializer(Shape):
    comments = PromptCommentSerializer(many=True)


class CheckOfCaseSerializer(Shape):
    kind = serializers.RegexField("^(contains|forbidden|regex|json_schema|numbers|max_length|equals)$")
    value = serializers.JSONField()


class NewPromptCaseSerializer(Shape):
    name = serializers.CharField()
    inputs = serializers.DictField()
    checks = CheckOfCaseSerializer(many=True)


class PromptCaseSerializer(NewPromptCaseSerializer):
    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()


class PromptCasesSerializer(Shape):
    cases = PromptCaseSerializer(many=True)


class ExportedPromptSerializer(Shape):
    format = serializers.CharField()
    slug = serializers.CharField()
    language = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    cases = NewPromptCaseSerializer(many=True)


class NewTrySerializer(Shape):
    """With `inputs` every text gets the same; without, the prompt's cases are run."""

    versions = serializers.ListField(child=serializers.IntegerField(), required=False)
    source = serializers.CharField(required=False, help_text="A text that is not saved.")  # type: ignore[assignment]
    engines = serializers.ListField(child=serializers.CharField(), required=False)
    inputs = serializers.DictField(required=False)
    images = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Base64 by variable."
    )
    temperature = serializers.FloatField(required=False, min_value=0, max_value=2)
    max_tokens = serializers.IntegerField(required=False, min_value=1, max_value=8000)
    seed = serializers.IntegerField(required=False, min_value=0)


class CellErrorSerializer(Shape):
    code = serializers.CharField()
    message = serializers.CharField(allow_blank=True)


class CheckedSerializer(Shape):
    kind = serializers.CharField()
    passed = serializers.BooleanField()
    expected = serializers.CharField(allow_blank=True)
    found = serializers.CharField(allow_blank=True)


class FigureRemarkSerializer(Shape):
    code = serializers.CharField()
    about = serializers.CharField(allow_blank=True)
    given = serializers.CharField(allow_blank=True)
    computed = serializers.CharField(allow_blank=True)


class PlaygroundCellSerializer(LabelledShape):
    id = serializers.UUIDField()
    version = serializers.IntegerField(allow_null=True)
    case = serializers.CharField(allow_blank=True)
    engine = serializers.CharField()
    model = serializers.CharField(allow_blank=True)
    state = serializers.RegexField("^(waiting|done|failed)$")
    text = serializers.CharField(allow_blank=True)
    error = CellErrorSerializer(allow_null=True)
    passed = serializers.BooleanField(allow_null=True)
    checks = CheckedSerializer(many=True)
    remarks = FigureRemarkSerializer(many=True)
    facts = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField(allow_blank=True)
    notes = serializers.DictField()
    calls = serializers.IntegerField()
    prompt_tokens = serializers.IntegerField()
    tokens = serializers.IntegerField()
    milliseconds = serializers.FloatField()
    cost = serializers.CharField(allow_null=True)


class RateSerializer(Shape):
    version = serializers.IntegerField(allow_null=True)
    engine = serializers.CharField()
    passed = serializers.IntegerField()
    cases = serializers.IntegerField()


class PlaygroundRunSerializer(Shape):
    id = serializers.UUIDField()
    prompt = serializers.CharField()
    mode = serializers.RegexField("^(inputs|cases)$")
    state = serializers.RegexField(STATES)
    inputs = serializers.DictField()
    images = serializers.ListField(child=serializers.CharField())
    settings = serializers.DictField()
    job = schemas.JobSerializer(allow_null=True)
    cells = PlaygroundCellSerializer(many=True)
    rates = RateSerializer(many=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class NewOptimisationSerializer(Shape):
    engine = serializers.CharField(required=False)
    method = serializers.RegexField("^(evolution|gepa)$", required=False)
    rounds = serializers.IntegerField(required=False, min_value=1, max_value=20)
    population = serializers.IntegerField(required=False, min_value=2, max_value=20)
    seed = serializers.IntegerField(required=False, min_value=0)


class OptimisationSerializer(Shape):
    id = serializers.UUIDField()
    prompt = serializers.CharField()
    base = serializers.IntegerField()
    candidate = serializers.IntegerField(allow_null=True)
    candidate_id = serializers.UUIDField(allow_null=True)
    engine = serializers.CharField()
    method = serializers.CharField()
    settings = serializers.DictField()
    figures = serializers.DictField()
    state = serializers.RegexField(STATES)
    job = schemas.JobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
