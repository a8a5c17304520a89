"""The job that looks a base through. It writes hints and changes nothing else."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.timezone import localdate, now

from sunmao.core import tenancy
from sunmao.core.ids import reference
from sunmao.jobs.lease import Lease
from sunmao.knowledge.hints import staleness
from sunmao.knowledge.hints.likeness import near_pairs, shingles
from sunmao.knowledge.hints.models import Hint, HintKind, HintState
from sunmao.knowledge.hints.statements import clashes
from sunmao.knowledge.models import Document, KnowledgeBase, Passage, Quarantine

ALIKE = 0.8
SHORTEST = 20
"""Characters. Headings and one-word cells are the same everywhere."""


@dataclass(frozen=True)
class Found:
    """A hint in the making; `parts` are what its key is made of."""

    kind: HintKind
    rule: str
    parts: Sequence[str]
    document: Document
    passage: Passage | None = None
    other: Passage | None = None
    score: float = 1.0
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return hashlib.sha256("\0".join((self.rule, *sorted(self.parts))).encode()).hexdigest()


def look(lease: Lease) -> dict[str, Any]:
    """The job `hints.look`: its subject is the base."""
    today = localdate()
    with tenancy.scope(lease.organisation_id):
        base = KnowledgeBase.objects.get(pk=reference(lease.subject_id))
        passages = _readable(base, today)
    stages = (_duplicates, _contradictions)
    found: list[Found] = []
    for done, stage in enumerate(stages):
        lease.progress(done, len(stages) + 1)
        found += stage(passages)
    lease.progress(len(stages), len(stages) + 1)
    with tenancy.scope(lease.organisation_id):
        found += _old(base, passages, today)
        lease.confirm()
        result = _write(base, found)
        lease.succeed(result)
    return result


def _readable(base: KnowledgeBase, on: date) -> list[Passage]:
    """What a question of that day reads."""
    living = Passage.objects.filter(base_id=base.pk, died=None, document__deleted_at=None)
    living = living.exclude(quarantine__in=[Quarantine.HELD, Quarantine.REMOVED])
    living = living.filter(Q(applies_from=None) | Q(applies_from__lte=on))
    living = living.filter(Q(applies_until=None) | Q(applies_until__gt=on))
    return list(living.select_related("document", "revision").defer("revision__text").order_by("pk"))


def _duplicates(passages: Sequence[Passage]) -> Iterator[Found]:
    """Passages of two documents that share four fifths of their text."""
    long = {place: one for place, one in enumerate(passages) if len(one.text) >= SHORTEST}
    sets = {place: shingles(one.text) for place, one in long.items()}
    for share, first, second in near_pairs(sets, at_least=ALIKE):
        one, other = long[first], long[second]
        if one.document_id != other.document_id:
            rule = "same_text" if one.text == other.text else "alike"
            yield _pair(HintKind.NEAR_DUPLICATE, rule, one, other, score=round(share, 3))


def _contradictions(passages: Sequence[Passage]) -> Iterator[Found]:
    documents: dict[uuid.UUID, int] = {}
    texts = [(documents.setdefault(one.document_id, len(documents)), one.text) for one in passages]
    titles = {documents[one.document_id]: one.revision.title for one in passages}
    for clash in clashes(texts, titles=titles):
        yield _pair(
            HintKind.CONTRADICTION,
            clash.rule,
            passages[clash.first],
            passages[clash.second],
            score=round(clash.score, 3),
            values=clash.values,
        )


def _pair(kind: HintKind, rule: str, one: Passage, other: Passage, **more: Any) -> Found:
    parts = (f"{one.document_id}{one.text}", f"{other.document_id}{other.text}")
    return Found(kind, rule, parts, one.document, one, other, **more)


def _old(base: KnowledgeBase, passages: Sequence[Passage], on: date) -> Iterator[Found]:
    for document, day in staleness.ended(base, on=on).items():
        values = {"day": day.isoformat()}
        yield Found(HintKind.ENDED, "past_last_day", (str(document.pk), str(day)), document, values=values)
    since = now() - timedelta(days=settings.SUNMAO_REVIEW_DAYS)
    for document, seen in staleness.unreviewed(base, before=since).items():
        values = {"since": seen.date().isoformat(), "days": str((now() - seen).days)}
        parts = (str(document.pk), seen.isoformat())
        yield Found(HintKind.UNREVIEWED, "not_reviewed", parts, document, values=values)
    for one in staleness.repealed(passages, staleness.laws(on=on)):
        about = (f"{one.passage.document_id}{one.passage.text}", *one.values.values())
        yield Found(HintKind.REPEALED, one.rule, about, one.passage.document, one.passage, values=one.values)


def _write(base: KnowledgeBase, found: Iterable[Found]) -> dict[str, Any]:
    """One row for each finding. What is no longer found is gone; what somebody dismissed stays dismissed."""
    KnowledgeBase.objects.select_for_update().get(pk=base.pk)
    known = {(one.kind, one.key): one for one in Hint.objects.filter(base=base)}
    seen = {(one.kind, one.key): one for one in found}
    fresh = [_row(base, one) for place, one in seen.items() if place not in known]
    Hint.objects.bulk_create(fresh, batch_size=500)
    again = [_renewed(known[place], one) for place, one in seen.items() if place in known]
    Hint.objects.bulk_update(again, ("passage", "other", "score", "values", "state"), batch_size=500)
    over = [one.pk for place, one in known.items() if place not in seen and one.state == HintState.OPEN]
    Hint.objects.filter(pk__in=over).update(state=HintState.GONE)
    counts = Counter(str(kind) for kind, _ in seen)
    return {
        "found": dict(sorted(counts.items())),
        "new": len(fresh),
        "gone": len(over),
        "version": base.version,
    }


def _row(base: KnowledgeBase, one: Found) -> Hint:
    return Hint(
        base=base,
        kind=one.kind,
        rule=one.rule,
        key=one.key,
        document=one.document,
        passage=one.passage,
        other=one.other,
        score=one.score,
        values=dict(one.values),
        found_in=base.version,
    )


def _renewed(known: Hint, one: Found) -> Hint:
    """The passages may have been born again since."""
    known.passage, known.other = one.passage, one.other
    known.score, known.values = one.score, dict(one.values)
    if known.state == HintState.GONE:
        known.state = HintState.OPEN
    return known


__all__ = ["look"]
