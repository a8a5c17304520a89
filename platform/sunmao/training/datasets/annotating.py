"""What people say of examples: accept, edit, reject. With two annotators neither sees the other's word; where
they disagree a third decides."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput, NotFound
from sunmao.training.datasets.content import checked, digest_of
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.keeping import change_data, draft_of, end, rewrite
from sunmao.training.datasets.models import Annotation, DataSet, Review, Row, Version, VersionState
from sunmao.training.datasets.selectors import ANNOTATE, rows_of

VERDICTS = (Review.ACCEPTED, Review.EDITED, Review.REJECTED)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What there is left to do for one annotator, and the next example; `third` when two have disagreed."""

    row: Row | None
    waiting: int
    third: bool = False


def newest(dataset: DataSet) -> Version:
    found = dataset.versions.first()
    if found is None:
        raise NotFound(code="unknown_dataset_version")
    return found


def _needed(version: Version) -> int:
    return 2 if version.settings.get("annotators") == 2 else 1


def queue_of(*, actor: Actor, dataset: DataSet, skip: Sequence[UUID] = ()) -> Queue:
    """Disputes first, then what one has seen, then what nobody has. Runs in the actor's scope."""
    actor.require(ANNOTATE)
    version = newest(dataset)
    if version.state != VersionState.DRAFT:
        return Queue(row=None, waiting=0)
    waiting = rows_of(version).filter(review=Review.WAITING)
    if actor.id is None:
        return Queue(row=None, waiting=waiting.count())
    seen = _seen(dataset, waiting)
    own = set(Annotation.objects.filter(dataset=dataset, annotator=actor.id).values_list("stem", flat=True))
    mine = waiting.exclude(stem__in=own)
    count = mine.count()
    for stems in (_disputed(seen, _needed(version)), [stem for stem, n in seen.items() if n == 1]):
        found = mine.filter(stem__in=stems).exclude(pk__in=skip).first() if stems else None
        if found:
            return Queue(row=found, waiting=count, third=seen[found.line] > 1)
    found = (
        mine.exclude(stem__in=list(seen)).exclude(pk__in=skip).first() or mine.exclude(pk__in=skip).first()
    )
    return Queue(row=found or (mine.first() if skip else None), waiting=count)


def _seen(dataset: DataSet, waiting: QuerySet[Row]) -> dict[UUID, int]:
    told = Annotation.objects.filter(dataset=dataset, stem__in=waiting.values("stem"))
    return dict(told.order_by().values_list("stem").annotate(count=Count("pk")))


def _disputed(seen: Mapping[UUID, int], needed: int) -> list[UUID]:
    return [stem for stem, count in seen.items() if count >= max(needed, 2)]


@transaction.atomic
def annotate(
    *, actor: Actor, row: Row, verdict: str, data: Mapping[str, Any] | None = None
) -> tuple[Annotation, str]:
    """One person's word, and what the example is now: `waiting` until enough have spoken."""
    actor.require(ANNOTATE)
    if actor.kind != "user" or actor.id is None:
        raise Conflict(_("Only a person can annotate."), code="not_a_person")
    if verdict not in VERDICTS:
        raise InvalidInput(fields={"verdict": _("must be accepted, edited or rejected")})
    kind = Kind(row.dataset.kind)
    told = _edited(kind, data) if verdict == Review.EDITED else None
    with tenancy.scope(actor.organisation_id):
        version = draft_of(actor=actor, dataset=row.dataset)
        row = _waiting(row)
        if Annotation.objects.filter(dataset=row.dataset, stem=row.line, annotator=actor.id).exists():
            raise Conflict(
                _("You have already said what you think of this example."), code="already_annotated"
            )
        word = Annotation.objects.create(
            dataset=row.dataset,
            stem=row.line,
            annotator=actor.id,
            verdict=verdict,
            data=told,
            digest=digest_of(told) if told else row.digest if verdict == Review.ACCEPTED else "",
        )
        became = _settle(version, row, kind)
        audit.record(
            actor=actor,
            verb="dataset.example_annotated",
            subject=row,
            slug=row.dataset.slug,
            version=version.number,
            verdict=verdict,
            became=became,
        )
    return word, became


def _edited(kind: Kind, data: object) -> dict[str, Any]:
    told = checked(kind, data)
    if not isinstance(told, dict):
        raise InvalidInput(fields={"data": told}, code="invalid_examples")
    return told


def _waiting(row: Row) -> Row:
    found = Row.objects.select_related("dataset").filter(pk=row.pk, died__isnull=True).first()
    if found is None:
        raise NotFound(code="unknown_example")
    if found.review != Review.WAITING:
        raise Conflict(_("This example is settled already."), code="example_settled")
    return found


def _settle(version: Version, row: Row, kind: Kind) -> str:
    words = list(Annotation.objects.filter(dataset=row.dataset, stem=row.line))
    decided = decision([(one.verdict, one.digest) for one in words], needed=_needed(version))
    if decided is None:
        return Review.WAITING
    word = words[decided]
    if word.verdict == Review.REJECTED:
        end(version, [row.pk])
        Row.objects.filter(pk=row.pk, born=version.number).update(review=Review.REJECTED)
        return Review.REJECTED
    if word.verdict == Review.EDITED:
        change_data(row, kind, word.data, version.settings["split"])
    row.review = Review(word.verdict)
    rewrite(version, [row])
    return str(word.verdict)


def decision(words: Sequence[tuple[str, str]], *, needed: int) -> int | None:
    """The place of the word that holds: the first `needed` agree, or a third has decided. Pure."""
    if len(words) < needed:
        return None
    if needed == 1 or words[0] == words[1]:
        return 0
    return 2 if len(words) > 2 else None


def agreement(dataset: DataSet) -> dict[str, Any]:
    """Of the first two words on each example that two people have seen: how often they were the same, and
    Cohen's kappa of the verdicts. In the caller's scope."""
    words: defaultdict[UUID, list[tuple[str, str]]] = defaultdict(list)
    people: Counter[UUID] = Counter()
    for one in Annotation.objects.filter(dataset=dataset):
        words[one.stem].append((one.verdict, one.digest))
        people[one.annotator] += 1
    pairs = [(some[0], some[1]) for some in words.values() if len(some) > 1]
    return {
        "annotators": len(people),
        "annotations": people.total(),
        "pairs": len(pairs),
        "same": sum(a == b for a, b in pairs),
        "third": sum(len(some) > 2 for some in words.values()),
        "kappa": kappa([(a[0], b[0]) for a, b in pairs]),
    }


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen, 1960. None where nothing can be said: no pairs, or both have always said the same one word."""
    if not pairs:
        return None
    n = len(pairs)
    first, second = Counter(a for a, _b in pairs), Counter(b for _a, b in pairs)
    chance = sum(first[word] * second[word] for word in first) / (n * n)
    return None if chance == 1 else round((sum(a == b for a, b in pairs) / n - chance) / (1 - chance), 4)


__all__ = ["Queue", "agreement", "annotate", "decision", "kappa", "queue_of"]
