"""What the schema says of contracts and their reviews."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.api.views.schemas import LabelledShape, Shape, TimingsSerializer

STATES = "^(queued|parsing|analysing|awaiting_human|final|failed|superseded)$"
SEVERITY = "^(critical|high|medium|low|info)$"
DECISION = "^(open|accepted|edited|rejected|deferred)$"
SIDE = "^(甲方|乙方|neutral)$"

_SIDE = {"type": "string", "enum": ["甲方", "乙方", "party_a", "party_b", "neutral", ""]}
_TYPE = {
    "type": "string",
    "enum": ["service", "sale", "lease", "nda", "labour", "loan", "general", "other", ""],
}
_WISH: dict[str, Any] = {
    "title": {"type": "string", "maxLength": 120},
    "side": _SIDE,
    "contract_type": _TYPE,
    "strictness": {"type": "string", "enum": ["strict", "normal", "lenient", ""]},
    "as_of": {"type": "string", "description": "A day, YYYY-MM-DD; today when it is empty."},
    "training_consent": {"description": "true, 1 or on: accepted rewrites may become examples."},
}
_FILE = {"type": "string", "format": "binary"}


def _form(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


NEW_CONTRACT = {
    "application/json": _form({"text": {"type": "string", "minLength": 1}, **_WISH}, "text"),
    "multipart/form-data": _form({"file": _FILE, **_WISH}, "file"),
}
NEW_VERSION = {
    "application/json": _form({"text": {"type": "string", "minLength": 1}}, "text"),
    "multipart/form-data": _form({"file": _FILE}, "file"),
}
NEW_BATCH = {
    "multipart/form-data": _form({"file": {"type": "array", "items": _FILE, "minItems": 1}, **_WISH}, "file")
}


class ContractErrorSerializer(Shape):
    code = serializers.CharField()
    message = serializers.CharField()


class ContractReviewSummarySerializer(Shape):
    id = serializers.UUIDField(help_text="The review's id.")
    contract_id = serializers.UUIDField()
    title = serializers.CharField()
    state = serializers.RegexField(STATES)
    verdict = serializers.RegexField("^(compliant|non_compliant)$", allow_null=True)
    side = serializers.RegexField(SIDE)
    contract_type = serializers.CharField(allow_blank=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    error = ContractErrorSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)


class ContractReceivedSerializer(ContractReviewSummarySerializer):
    outcome = serializers.RegexField("^(new|unchanged)$")
    job_id = serializers.UUIDField(allow_null=True)


class ContractsSerializer(Shape):
    contracts = ContractReviewSummarySerializer(many=True)


class ContractVersionSerializer(Shape):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    kind = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class ContractSerializer(Shape):
    id = serializers.UUIDField()
    title = serializers.CharField()
    contract_type = serializers.CharField(allow_blank=True)
    side = serializers.RegexField(SIDE)
    training_consent = serializers.BooleanField()
    versions = ContractVersionSerializer(many=True)
    created_at = serializers.DateTimeField()


class ContractSpanSerializer(Shape):
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    quote = serializers.CharField(allow_blank=True)


class ContractFindingSerializer(Shape):
    id = serializers.UUIDField()
    rule_id = serializers.CharField(allow_blank=True)
    source = serializers.RegexField("^(rule|model)$")  # type: ignore[assignment]
    origin = serializers.RegexField("^(rule|model|both)$")
    severity = serializers.RegexField(SEVERITY)
    score = serializers.IntegerField()
    effect = serializers.CharField(allow_blank=True)
    legality = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    explanation = serializers.CharField(allow_blank=True)
    citations = serializers.ListField(child=serializers.CharField())
    statutes = serializers.ListField(child=serializers.DictField())
    span = ContractSpanSerializer(allow_null=True)
    spans = ContractSpanSerializer(many=True)
    absent = serializers.BooleanField()
    computed = serializers.DictField()
    confidence = serializers.FloatField()
    advice = serializers.CharField(allow_blank=True)
    rewrite = serializers.CharField(allow_blank=True)
    replacement = serializers.DictField(allow_null=True)
    fallback = serializers.CharField(allow_blank=True)
    remark = serializers.CharField(allow_blank=True)
    decision = serializers.RegexField(DECISION)
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    edited = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField(help_text="How often it was decided; send it with a decision.")


class ContractSignatureSerializer(Shape):
    name = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


class ContractReviewSerializer(LabelledShape):
    id = serializers.UUIDField()
    contract_id = serializers.UUIDField()
    version_id = serializers.UUIDField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    state = serializers.RegexField(STATES)
    error = ContractErrorSerializer(allow_null=True)
    verdict = serializers.CharField(allow_null=True)
    text = serializers.CharField(allow_blank=True, help_text="Legality, risks and suggestions.")
    side = serializers.RegexField(SIDE)
    contract_type = serializers.CharField(allow_blank=True)
    strictness = serializers.CharField()
    focus = serializers.ListField(child=serializers.CharField())
    as_of = serializers.DateField()
    language = serializers.CharField(allow_blank=True)
    ruleset_version = serializers.CharField(allow_blank=True)
    playbook_version = serializers.CharField(allow_null=True)
    parameters = serializers.DictField()
    engine = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_blank=True)
    prompt_version_id = serializers.UUIDField(allow_null=True)
    release_id = serializers.UUIDField(allow_null=True)
    model_notes = serializers.DictField()
    counts = serializers.DictField(child=serializers.IntegerField())
    facts = serializers.DictField()
    clauses = serializers.ListField(child=serializers.DictField())
    checklist = serializers.ListField(child=serializers.DictField())
    notes = serializers.ListField(child=serializers.DictField())
    remarks = serializers.ListField(child=serializers.DictField())
    findings = ContractFindingSerializer(many=True)
    four_eyes = serializers.BooleanField()
    signatures = ContractSignatureSerializer(many=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField()
    created_at = serializers.DateTimeField()


class ContractOutputSerializer(Shape):
    text = serializers.CharField(allow_blank=True, help_text="Legality, risks and suggestions.")
    language = serializers.CharField(allow_blank=True)
    facts = serializers.DictField()
    clauses = serializers.ListField(child=serializers.DictField())
    checklist = serializers.ListField(child=serializers.DictField())
    notes = serializers.ListField(child=serializers.DictField())


class ContractReviewResultSerializer(LabelledShape):
    """What the task `contract_review.review` gives."""

    record_id = serializers.UUIDField(
        help_text="The review's id: a review is its own record, at /api/v1/contract-reviews/{id}."
    )
    review_id = serializers.UUIDField(help_text="The same id.")
    contract_id = serializers.UUIDField()
    outcome = serializers.RegexField("^answered$")
    verdict = serializers.RegexField("^(compliant|non_compliant)$")
    verdict_text = serializers.CharField()
    side = serializers.RegexField(SIDE)
    contract_type = serializers.CharField(allow_blank=True)
    output = ContractOutputSerializer()
    findings = ContractFindingSerializer(many=True)
    citations = serializers.ListField(child=serializers.DictField())
    ruleset_version = serializers.CharField()
    as_of = serializers.DateField()
    model_notes = serializers.DictField()
    timings = TimingsSerializer()


class ContractAnswerOutputSerializer(Shape):
    text = serializers.CharField(allow_blank=True)
    language = serializers.CharField(allow_blank=True)


class ContractAnswerSerializer(LabelledShape):
    """What the task `contract_review.ask` gives when it is asked about a review."""

    record_id = serializers.UUIDField(help_text="The id of this question about the review.")
    review_id = serializers.UUIDField()
    outcome = serializers.CharField(allow_null=True)
    output = ContractAnswerOutputSerializer()
    findings = serializers.ListField(child=serializers.DictField())
    citations = serializers.ListField(child=serializers.DictField())
    timings = TimingsSerializer()


class WorkAcceptedSerializer(Shape):
    """Work that goes on after the answer: its job, and the ids under which it will be found."""

    job_id = serializers.UUIDField(help_text="Its state is at /api/v1/jobs/{id}.")
    review_id = serializers.UUIDField(required=False)
    contract_id = serializers.UUIDField(required=False)
    inquiry_id = serializers.UUIDField(required=False)


class ContractWordsSerializer(Shape):
    kind = serializers.RegexField("^(same|added|removed)$")
    text = serializers.CharField()


class ContractChangeSerializer(Shape):
    kind = serializers.RegexField("^(same|changed|added|removed|moved)$")
    heading = serializers.CharField(allow_blank=True)
    words = ContractWordsSerializer(many=True)


class ContractComparisonSerializer(Shape):
    changes = ContractChangeSerializer(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    fixed = ContractFindingSerializer(many=True)
    new = ContractFindingSerializer(many=True)


class ContractNoteSerializer(Shape):
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class ContractDecisionSerializer(Shape):
    decision = serializers.ChoiceField(["open", "accepted", "edited", "rejected", "deferred"])
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    rewrite = serializers.CharField(required=False, allow_blank=True, max_length=10000)
    revision = serializers.IntegerField(required=False, min_value=0, allow_null=True)


class ContractProgressSerializer(Shape):
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    waiting = serializers.IntegerField()


class _ContractBatchShape(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    progress = ContractProgressSerializer()
    stopped = serializers.BooleanField(help_text="What waits stays waiting until somebody goes on.")
    created_at = serializers.DateTimeField()


class ContractBatchStateSerializer(_ContractBatchShape):
    pass


class ContractBatchSerializer(_ContractBatchShape):
    contracts = ContractReviewSummarySerializer(many=True)


class ContractBatchReceivedSerializer(_ContractBatchShape):
    refused = serializers.ListField(child=serializers.DictField())


class ContractNewClauseSerializer(Shape):
    title = serializers.CharField(max_length=200)
    preferred = serializers.CharField(max_length=10000)
    acceptable = serializers.CharField(required=False, allow_blank=True, max_length=10000)
    walk_away = serializers.CharField(required=False, allow_blank=True, max_length=10000)
    contract_type = serializers.CharField(required=False, allow_blank=True)
    side = serializers.CharField(required=False, allow_blank=True)
    language = serializers.CharField(required=False)
    rule = serializers.CharField(required=False, allow_blank=True)


class ContractClauseSerializer(Shape):
    id = serializers.UUIDField(allow_null=True, help_text="Absent for clauses that are shipped.")
    title = serializers.CharField()
    contract_type = serializers.CharField(allow_blank=True)
    side = serializers.CharField(allow_blank=True)
    language = serializers.CharField()
    rule = serializers.CharField(allow_blank=True)
    preferred = serializers.CharField()
    acceptable = serializers.CharField(allow_blank=True)
    walk_away = serializers.CharField(allow_blank=True)


class ContractClausesSerializer(Shape):
    clauses = ContractClauseSerializer(many=True)


class ContractRuleSerializer(Shape):
    code = serializers.CharField()
    titles = serializers.DictField(child=serializers.CharField())
    scope = serializers.CharField()
    types = serializers.ListField(child=serializers.CharField())
    score = serializers.IntegerField()
    effect = serializers.CharField()
    thresholds = serializers.DictField(child=serializers.FloatField())


class ContractNewPlaybookSerializer(Shape):
    contract_type = serializers.CharField(required=False, allow_blank=True)
    side = serializers.CharField(required=False, allow_blank=True)
    settings = serializers.DictField(required=False, help_text="`disabled`, `thresholds`, `scores`.")
    four_eyes = serializers.BooleanField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=300)


class ContractPlaybookSerializer(Shape):
    id = serializers.UUIDField()
    contract_type = serializers.CharField(allow_blank=True)
    side = serializers.CharField(allow_blank=True)
    number = serializers.IntegerField()
    settings = serializers.DictField()
    four_eyes = serializers.BooleanField()
    ruleset_version = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class ContractPlaybooksSerializer(Shape):
    rules = ContractRuleSerializer(many=True)
    versions = ContractPlaybookSerializer(many=True)


class ContractNewParameterSerializer(Shape):
    name = serializers.CharField()
    value = serializers.CharField()
    valid_from = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment]
    region = serializers.CharField(required=False, allow_blank=True)


class ContractParameterSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    region = serializers.CharField(allow_blank=True)
    value = serializers.CharField()
    valid_from = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment]
    entered_by = serializers.CharField(allow_blank=True)


class ContractParametersSerializer(Shape):
    parameters = ContractParameterSerializer(many=True)
