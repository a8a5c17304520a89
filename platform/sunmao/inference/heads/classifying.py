"""Asking a head: by business lines in a worker, and by the doors through a job. Workers only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sunmao.core import tenancy
from sunmao.inference.heads.vectors import vectors_by
from sunmao.knowledge import encoders
from sunmao.modelhub.heads import selectors
from sunmao.modelhub.heads.classifier import Classifier, Prediction
from sunmao.modelhub.heads.errors import HeadFailure, UnknownHead
from sunmao.modelhub.heads.models import Head


def classify(*, organisation_id: UUID, head: str, text: str) -> Prediction:
    """Which label a text has by the version that is in use, how sure that is, and whether it has any.

    Raises `UnknownHead`, `HeadConflict` when no version is in use, `HeadFailure` when its encoder is not the
    one that it was trained on.
    """
    return classify_many(organisation_id=organisation_id, head=head, texts=[text])[0]


def classify_many(*, organisation_id: UUID, head: str, texts: Sequence[str]) -> list[Prediction]:
    with tenancy.scope(organisation_id):
        found = Head.objects.filter(slug=head).first()
        if found is None:
            raise UnknownHead(fields={"head": head})
        classifier = selectors.classifier_of(selectors.active(found))
    return told(classifier, texts)


def told(classifier: Classifier, texts: Sequence[str]) -> list[Prediction]:
    if not classifier.encoder:
        return classifier.of_texts(texts)
    if str(encoders.encoder(classifier.encoder).identity) != classifier.encoder_identity:
        raise HeadFailure(code="head_wrong_encoder")
    return classifier.of_vectors(vectors_by(classifier.encoder, texts, classifier.lora))


__all__ = ["classify", "classify_many", "told"]
