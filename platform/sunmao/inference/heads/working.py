"""Texts that a door gives to a head: kept as a file until a worker has told their labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import EmptyInput, InvalidInput, TooLong
from sunmao.core.ids import reference
from sunmao.inference.heads.classifying import told
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.jobs.models import Job
from sunmao.modelhub.heads import selectors
from sunmao.modelhub.heads.examples import LONGEST_TEXT
from sunmao.modelhub.heads.models import Head, HeadVersion

MOST = 1_000


def ask(*, actor: Actor, head: Head, texts: Sequence[Any], version: HeadVersion | None = None) -> Job:
    """Queue texts for the version in use, or for one that is being tried. The job's result has a prediction
    for each, in their order, and none of the texts."""
    actor.require(selectors.READ)
    _check(texts)
    with tenancy.scope(actor.organisation_id):
        asked = version or selectors.active(head)
        selectors.classifier_of(asked)
        data = json.dumps(list(texts), ensure_ascii=False).encode()
        kept = files.store(organisation_id=actor.organisation_id, chunks=[data], limit=2**26)
        audit.record(actor=actor, verb="head.asked", subject=asked, head=head.slug, texts=len(texts))
        return jobs.enqueue(
            actor=actor, kind="heads.classify", subject_id=asked.pk, payload={"file": kept.sha256}
        )


def classify(lease: Lease) -> dict[str, Any]:
    """The job `heads.classify`: its subject is the version that is asked."""
    with tenancy.scope(lease.organisation_id):
        version = HeadVersion.objects.select_related("head").get(pk=reference(lease.subject_id))
        classifier = selectors.classifier_of(version)
    data = files.read(organisation_id=lease.organisation_id, sha256=lease.payload["file"])
    predictions = told(classifier, json.loads(data))
    result = {"version": str(version), "predictions": [asdict(one) for one in predictions]}
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        lease.succeed(result)
    return result


def _check(texts: Any) -> None:
    if not isinstance(texts, list) or not all(isinstance(one, str) and "\x00" not in one for one in texts):
        raise InvalidInput(fields={"texts": _("must be a list of texts")})
    if not texts or not all(one.strip() for one in texts):
        raise EmptyInput(fields={"texts": _("must not be empty")})
    if len(texts) > MOST:
        raise TooLong(fields={"texts": format_lazy(_("at most {most}"), most=MOST)})
    long = [place for place, one in enumerate(texts, 1) if len(one) > LONGEST_TEXT]
    if long:
        told_ = format_lazy(_("is longer than {most} characters"), most=LONGEST_TEXT)
        raise TooLong(fields={f"text {place}": told_ for place in long[:20]})


__all__ = ["ask", "classify"]
