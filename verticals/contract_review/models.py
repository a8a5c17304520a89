"""Contracts, their versions, reviews and findings; the playbooks, clauses and figures that reviews stand on.

What a contract says and what people write about it is sealed with the key of whoever brought it,
`person_key`, under the duty of the retention class "contract" (see `core.crypto.persons`). Codes, states and
counts are plain, so that they can be filtered.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import PersonJSONField, PersonTextField
from sunmao.core.tenants import TenantModel


class Side(models.TextChoices):
    PARTY_A = "party_a", _("Party A (甲方)")
    PARTY_B = "party_b", _("Party B (乙方)")
    NEUTRAL = "neutral", _("Neutral")


class ContractType(models.TextChoices):
    SERVICE = "service", _("Services")
    SALE = "sale", _("Sale")
    LEASE = "lease", _("Lease")
    NDA = "nda", _("Confidentiality")
    LABOUR = "labour", _("Employment")
    LOAN = "loan", _("Loan")
    GENERAL = "general", _("Other")


class ReviewState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    PARSING = "parsing", _("Reading the file")
    ANALYSING = "analysing", _("Checking the clauses")
    AWAITING_HUMAN = "awaiting_human", _("For a person to decide")
    FINAL = "final", _("Signed off")
    FAILED = "failed", _("Failed")
    SUPERSEDED = "superseded", _("Superseded")


UNDER_WAY = (ReviewState.QUEUED, ReviewState.PARSING, ReviewState.ANALYSING)


class Decision(models.TextChoices):
    OPEN = "open", _("Undecided")
    ACCEPTED = "accepted", _("Accepted")
    EDITED = "edited", _("Accepted with changes")
    REJECTED = "rejected", _("Rejected")
    DEFERRED = "deferred", _("Deferred")


class Playbook(TenantModel):
    """What an organisation changes in the built-in rules, for one type and side or for all."""

    contract_type = models.CharField(
        _("type of contract"), max_length=20, choices=ContractType.choices, blank=True
    )
    side = models.CharField(_("our side"), max_length=10, choices=Side.choices, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("playbook")
        verbose_name_plural = _("playbooks")
        ordering = ("contract_type", "side")
        constraints = [
            # one place to look for what holds for a type and side
            models.UniqueConstraint(
                fields=["organisation_id", "contract_type", "side"], name="one_playbook_per_type_and_side"
            )
        ]

    def __str__(self) -> str:
        kind = self.get_contract_type_display() if self.contract_type else _("All types")
        side = self.get_side_display() if self.side else _("all sides")
        return f"{kind} · {side}"


class PlaybookVersion(TenantModel):
    """One edition of a playbook. Never changed: a new threshold is a new version."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    settings = models.JSONField(_("settings"), default=dict)
    digest = models.CharField(max_length=64)
    four_eyes = models.BooleanField(_("two people sign off"), default=False)
    note = models.CharField(_("note"), max_length=300, blank=True)
    person_key = models.UUIDField()
    created_by = PersonTextField(_("made by"), default="")
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("playbook version")
        verbose_name_plural = _("playbook versions")
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["playbook", "number"], name="one_number_per_playbook_version")
        ]
        indexes = [models.Index(fields=["person_key"], name="playbook_version_of_person")]

    def __str__(self) -> str:
        return f"{self.playbook} · {self.number}" if self.playbook_id else ""


class Parameter(TenantModel):
    """A figure that moves with time: the loan prime rate, a local minimum wage."""

    name = models.CharField(_("name"), max_length=60)
    region = models.CharField(_("region"), max_length=60, blank=True)
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=4)
    valid_from = models.DateField(_("valid from"))
    source = models.CharField(_("source"), max_length=300)
    person_key = models.UUIDField()
    entered_by = PersonTextField(_("entered by"), default="")
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)

    class Meta:
        verbose_name = _("dated parameter")
        verbose_name_plural = _("dated parameters")
        ordering = ("name", "region", "-valid_from")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "name", "region", "valid_from"], name="one_parameter_per_day"
            )
        ]
        indexes = [models.Index(fields=["person_key"], name="parameter_of_person")]

    def __str__(self) -> str:
        return f"{self.name} {self.region} {self.valid_from}".replace("  ", " ")


class ClauseTemplate(TenantModel):
    """A clause of the library with its three positions: preferred, acceptable, and where we walk away."""

    contract_type = models.CharField(
        _("type of contract"), max_length=20, choices=ContractType.choices, blank=True
    )
    side = models.CharField(_("our side"), max_length=10, choices=Side.choices, blank=True)
    language = models.CharField(_("language"), max_length=5, default="zh")
    title = models.CharField(_("title"), max_length=200)
    rule = models.CharField(_("rule"), max_length=20, blank=True)
    preferred = models.TextField(_("preferred"))
    acceptable = models.TextField(_("acceptable"), blank=True)
    walk_away = models.TextField(_("walk away"), blank=True)
    origin = models.CharField(_("origin"), max_length=80, blank=True)
    archived_at = models.DateTimeField(null=True)
    person_key = models.UUIDField()
    created_by = PersonTextField(_("made by"), default="")
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("clause")
        verbose_name_plural = _("clause library")
        ordering = ("contract_type", "title", "-created_at")
        indexes = [models.Index(fields=["person_key"], name="clause_of_person")]

    def __str__(self) -> str:
        return self.title


class Batch(TenantModel):
    """Many contracts that were brought at once; they are reviewed one after the other."""

    owner_id = models.UUIDField(null=True)
    person_key = models.UUIDField()
    name = PersonTextField(_("name"))
    total = models.PositiveIntegerField(default=0)
    settings = models.JSONField(default=dict)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("received"), auto_now_add=True)

    class Meta:
        verbose_name = _("batch of contracts")
        verbose_name_plural = _("batches of contracts")
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["person_key"], name="contract_batch_of_person"),
            models.Index(fields=["organisation_id", "-created_at"], name="contract_batch_by_time"),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def is_stopped(self) -> bool:
        """Its chain of jobs is broken: nobody works on what is still waiting."""
        return bool(self.job and self.job.state in ("failed", "cancelled"))


class Contract(TenantModel):
    """One agreement in all its versions."""

    owner_id = models.UUIDField(null=True)
    person_key = models.UUIDField()
    title = PersonTextField(_("title"))
    contract_type = models.CharField(
        _("type of contract"), max_length=20, choices=ContractType.choices, blank=True
    )
    side = models.CharField(_("our side"), max_length=10, choices=Side.choices, default=Side.NEUTRAL)
    training_consent = models.BooleanField(_("may be used for training"), default=False)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="contracts")
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ("-created_at", "-id")
        indexes = [
            # the list of one's own, and of all for those who may see them
            models.Index(fields=["organisation_id", "owner_id", "-created_at"], name="contract_list"),
            models.Index(fields=["person_key"], name="contract_of_person"),
        ]

    def __str__(self) -> str:
        return str(self.title)


class ContractVersion(TenantModel):
    """One text of a contract; a pasted one has no file. The text is there once it has been read."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    person_key = models.UUIDField()
    name = PersonTextField(_("file name"), default="")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    kind = models.CharField(max_length=20, blank=True)
    text = PersonTextField(_("text"), default="")
    remarks = models.JSONField(default=list)
    pages = models.PositiveIntegerField(null=True)
    needs_ocr = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)

    class Meta:
        verbose_name = _("version of a contract")
        verbose_name_plural = _("versions of contracts")
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="one_number_per_contract_version")
        ]
        indexes = [
            models.Index(fields=["person_key"], name="contract_version_of_person"),
            # which files are still named by a row
            models.Index(fields=["organisation_id", "sha256"], name="contract_version_file"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} · {self.number}"


class Review(TenantModel):
    """What was checked, on which day, by which rules and figures, and what people decided about it.

    The pins (ruleset, playbook, parameters, day, engine, prompt) never change: newer rules need a new review.
    """

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="reviews")
    version = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="reviews")
    owner_id = models.UUIDField(null=True)
    owner_kind = models.CharField(max_length=20)
    owner_language = models.CharField(max_length=10, default="zh-hans")
    person_key = models.UUIDField()
    state = models.CharField(
        _("state"), max_length=20, choices=ReviewState.choices, default=ReviewState.QUEUED
    )
    side = models.CharField(_("our side"), max_length=10, choices=Side.choices)
    contract_type = models.CharField(_("type of contract"), max_length=20, blank=True)
    strictness = models.CharField(_("strictness"), max_length=10, default="normal")
    focus = models.JSONField(default=list)
    as_of = models.DateField(_("law as of"))
    ruleset_version = models.CharField(_("rules"), max_length=120, blank=True)
    playbook = models.ForeignKey(
        PlaybookVersion, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("playbook")
    )
    parameters = models.JSONField(_("parameters"), default=dict)
    four_eyes = models.BooleanField(_("two people sign off"), default=False)
    release_id = models.UUIDField(null=True)
    prompt_version_id = models.UUIDField(null=True)
    engine = models.CharField(_("engine"), max_length=40, blank=True)
    model = models.CharField(_("model"), max_length=200, blank=True)
    model_notes = models.JSONField(default=dict)
    label = models.JSONField(default=dict)
    language = models.CharField(max_length=5, blank=True)
    verdict = models.CharField(_("verdict"), max_length=20, blank=True)
    result = PersonJSONField(default=dict)
    counts = models.JSONField(default=dict)
    error = models.JSONField(default=dict)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    seconds = models.FloatField(_("seconds"), default=0)
    created_at = models.DateTimeField(_("begun"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(_("signed off"), null=True)

    class Meta:
        verbose_name = _("review of a contract")
        verbose_name_plural = _("reviews of contracts")
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["person_key"], name="contract_review_of_person"),
            # the list by time, and the counts for the operator's metrics
            models.Index(fields=["organisation_id", "state", "-created_at"], name="contract_review_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.state}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def is_open(self) -> bool:
        """People may decide about its findings."""
        return self.state == ReviewState.AWAITING_HUMAN


class Finding(TenantModel):
    """One risk of a review, and what a person decided about it. What was found, `content`, never changes.

    `revision` counts the decisions: whoever decides says which one they saw.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="findings")
    ordinal = models.PositiveIntegerField()
    rule = models.CharField(_("rule"), max_length=40, blank=True)
    source = models.CharField(max_length=10)
    severity = models.CharField(_("severity"), max_length=10)
    score = models.PositiveSmallIntegerField()
    effect = models.CharField(max_length=30, blank=True)
    legality = models.CharField(max_length=20, blank=True)
    person_key = models.UUIDField()
    content = PersonJSONField(default=dict)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, default=Decision.OPEN)
    revision = models.PositiveIntegerField(default=0)
    decider_key = models.UUIDField(null=True)
    decided_by = PersonTextField(key="decider_key", null=True)
    decided_at = models.DateTimeField(null=True)
    note = PersonTextField(key="decider_key", null=True)
    edited = PersonTextField(key="decider_key", null=True)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ("ordinal",)
        constraints = [models.UniqueConstraint(fields=["review", "ordinal"], name="one_ordinal_per_finding")]
        indexes = [
            models.Index(fields=["person_key"], name="contract_finding_of_person"),
            models.Index(fields=["decider_key"], name="contract_finding_of_decider"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.severity}"

    @property
    def rewrite(self) -> str:
        """The words that a person chose, else those that were proposed."""
        return str(self.edited or self.content.get("rewrite", ""))

    @property
    def blocks_signing(self) -> bool:
        return self.severity == "critical" and self.decision in (Decision.OPEN, Decision.DEFERRED)


class Signature(TenantModel):
    """Who put their name under a review. A first name of two falls away when a decision changes after it."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="signatures")
    signer_id = models.UUIDField(null=True)
    person_key = models.UUIDField()
    name = PersonTextField(_("name"))
    note = PersonTextField(_("note"), default="")
    created_at = models.DateTimeField(_("signed off"), auto_now_add=True)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint(fields=["review", "signer_id"], name="one_signature_per_person")
        ]
        indexes = [models.Index(fields=["person_key"], name="contract_signature_of_person")]

    def __str__(self) -> str:
        return str(self.name)


class Inquiry(TenantModel):
    """A question about one contract and its answer, with the clauses that it cites."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="inquiries")
    owner_id = models.UUIDField(null=True)
    owner_kind = models.CharField(max_length=20)
    owner_language = models.CharField(max_length=10, default="zh-hans")
    person_key = models.UUIDField()
    question = PersonTextField(_("question"))
    answer = PersonJSONField(default=dict)
    outcome = models.CharField(max_length=20, blank=True)
    engine = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=200, blank=True)
    label = models.JSONField(default=dict)
    error = models.JSONField(default=dict)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    seconds = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("question about a contract")
        verbose_name_plural = _("questions about contracts")
        ordering = ("created_at", "id")
        indexes = [models.Index(fields=["person_key"], name="contract_inquiry_of_person")]

    def __str__(self) -> str:
        return str(self.question)[:60]


class TrainingExample(TenantModel):
    """A rewrite that a person accepted or edited, where the contract was brought with consent.

    `lineage` says from which review, rule, ruleset and decision it came; a data set names the row by its id.
    """

    finding = models.OneToOneField(Finding, on_delete=models.CASCADE, related_name="example")
    person_key = models.UUIDField()
    kind = models.CharField(max_length=10)
    content = PersonJSONField(default=dict)
    lineage = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("training example")
        verbose_name_plural = _("training examples")
        ordering = ("created_at", "id")
        indexes = [models.Index(fields=["person_key"], name="contract_example_of_person")]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d}"
