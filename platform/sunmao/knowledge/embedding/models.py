"""Which encoder's vectors a base is searched by."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel
from sunmao.knowledge.encoders import Identity
from sunmao.knowledge.models import KnowledgeBase


class SpaceState(models.TextChoices):
    FILLING = "filling", _("Being filled")
    SERVING = "serving", _("In use")
    KEPT = "kept", _("Kept for going back")


class Medium(models.TextChoices):
    TEXT = "text", _("Words")
    PICTURE = "picture", _("Pictures")


class Space(TenantModel):
    """The vectors of one base by one encoder. They live in a partition of `embedding_vector` of their own
    (migration 0002), so that they are filled, indexed and dropped without touching those in use.

    `medium` says what the encoder read of a passage: its words, or the pixels of the picture that it stands
    for. `language` is that of the passages in it; empty: all. Name, revision, dimensions and normalisation
    are the encoder's as it was when the first vector came; `encoder` is how people name it. `vectors` counts
    rows; `indexed` says that there is an HNSW index on them.
    """

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="spaces")
    medium = models.CharField(_("made of"), max_length=10, choices=Medium.choices, default=Medium.TEXT)
    language = models.CharField(_("language"), max_length=10, blank=True)
    encoder = models.CharField(_("encoder"), max_length=300)
    name = models.CharField(_("name"), max_length=300, blank=True)
    revision = models.CharField(_("revision"), max_length=80, blank=True)
    dimensions = models.PositiveIntegerField(_("dimensions"), default=0)
    normalisation = models.CharField(max_length=10, default="l2")
    state = models.CharField(_("state"), max_length=10, choices=SpaceState.choices)
    vectors = models.PositiveIntegerField(_("vectors"), default=0)
    indexed = models.BooleanField(_("with an index"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    served_at = models.DateTimeField(_("in use since"), null=True, blank=True)

    class Meta:
        verbose_name = _("vectors of a base")
        verbose_name_plural = _("vectors of bases")
        ordering = ("-created_at", "-id")
        constraints = [
            # a question is compared with the vectors of one encoder
            models.UniqueConstraint(
                fields=["base", "medium", "language"],
                condition=models.Q(state=SpaceState.SERVING),
                name="one_serving_space",
            ),
            # two fillings at once would race for the switch
            models.UniqueConstraint(
                fields=["base"], condition=models.Q(state=SpaceState.FILLING), name="one_filling_space"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.base} · {self.encoder}"

    @property
    def of_pictures(self) -> bool:
        return self.medium == Medium.PICTURE

    @property
    def identity(self) -> Identity:
        return Identity(self.name, self.revision, self.dimensions, self.normalisation)

    def becomes(self, identity: Identity) -> None:
        self.name, self.revision = identity.name, identity.revision
        self.dimensions, self.normalisation = identity.dimensions, identity.normalisation
