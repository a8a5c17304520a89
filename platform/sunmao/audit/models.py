"""The append-only log: who did what, from where, on whose behalf, in the transaction of the change.

It stores plain ids, so that it stands below accounts and survives what it describes. A row of `Entry` or of
`Seal` is never changed. The order of entries is made by sealing: a seal is a batch of entries with the hash
of each, tied to the seal before it and signed (see `sunmao.audit.sealing`).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sunmao.audit.verbs import title_of
from sunmao.core.crypto.fields import PersonJSONField
from sunmao.core.models import TenantModel
from sunmao.core.tenancy import current_organisation_id


class Entry(TenantModel):
    """`origin` holds the actor's name and from where they came, under the actor's key; `personal` holds texts
    about the person concerned, under that person's key. Destroying a key leaves the entry and its hash.
    """

    at = models.DateTimeField(_("time"), auto_now_add=True)
    actor_kind = models.CharField(_("kind of actor"), max_length=20)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(_("actor"), max_length=200, blank=True)  # of the system only
    actor_key = models.UUIDField(null=True)
    origin = PersonJSONField(_("origin"), key="actor_key", null=True)
    verb = models.CharField(_("action"), max_length=80)
    subject_kind = models.CharField(_("kind of subject"), max_length=80)
    subject_id = models.CharField(_("subject"), max_length=80)
    detail = models.JSONField(default=dict)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    person_key = models.UUIDField(null=True)
    personal = PersonJSONField(_("personal"), key="person_key", null=True)
    content = models.CharField(max_length=120, blank=True)
    retention = models.CharField(_("kept as"), max_length=40, default="standard")
    request_id = models.CharField(_("request"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ("-at", "-id")
        indexes = [
            # the audit page and the export read one organisation in time order
            models.Index(fields=["organisation_id", "-at"], name="audit_entry_by_time"),
            models.Index(
                fields=["organisation_id", "subject_kind", "subject_id"], name="audit_entry_by_subject"
            ),
            # the page's filters: what was done, and what somebody did
            models.Index(fields=["organisation_id", "verb", "-at"], name="audit_entry_by_verb"),
            models.Index(fields=["organisation_id", "actor_id", "-at"], name="audit_entry_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{title_of(self.verb)} · {localtime(self.at):%Y-%m-%d %H:%M:%S}"

    @property
    def who(self) -> str:
        """The actor's name as it was then, or that it was erased."""
        if self.actor_name:
            return self.actor_name
        if self.actor_key and self.origin is None:
            return gettext("Erased at the person's request")
        return str((self.origin or {}).get("name", "")) or self.actor_kind

    @property
    def actor(self) -> str:
        return f"{self.actor_kind}:{self.actor_id}" if self.actor_id else self.actor_kind


class SealKind(models.TextChoices):
    ENTRIES = "entries", _("Entries")
    PURGE = "purge", _("Purge")


class Seal(TenantModel):
    """One link of an organisation's chain. `hashes` are the SHA-256 of each entry, 32 bytes after another, in
    the order of `entries`; they stay when a purge removes the entries themselves.

    A seal of the kind `purge` holds no entries; it names the earlier seals whose entries were removed.
    """

    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(max_length=10, choices=SealKind.choices, default=SealKind.ENTRIES)
    first = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField()
    entries = ArrayField(models.UUIDField())
    hashes = models.BinaryField()
    purged = ArrayField(models.PositiveIntegerField(), default=list)
    retention = models.CharField(max_length=40)
    keep_until = models.DateTimeField()
    sealed_at = models.DateTimeField(_("sealed"))
    previous = models.BinaryField()
    hash = models.BinaryField()
    key_id = models.CharField(max_length=32)
    signature = models.BinaryField()

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ("number",)
        constraints = [
            # two sealers that ran at once could not both continue the chain
            models.UniqueConstraint(fields=["organisation_id", "number"], name="one_seal_of_each_number")
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.first}–{self.last}"

    @property
    def last(self) -> int:
        """The number of its last entry; one less than `first` when it has none."""
        return self.first + self.count - 1


class Waiting(models.Model):
    """An entry that no seal has yet; written by a trigger in the entry's own transaction.

    An entry that commits late appears here late, so that it cannot be skipped. `id` rises with the order of
    writing, whatever the clocks say.
    """

    id = models.BigAutoField(primary_key=True)
    entry_id = models.UUIDField()
    organisation_id = models.UUIDField(default=current_organisation_id)

    def __str__(self) -> str:
        return str(self.entry_id)


class Delivery(TenantModel):
    """How far a sink has received this organisation's seals."""

    sink = models.CharField(max_length=200)
    number = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            # one mark for each sink, moved on in place
            models.UniqueConstraint(fields=["organisation_id", "sink"], name="one_mark_per_sink")
        ]

    def __str__(self) -> str:
        return f"{self.sink} {self.number}"
