"""Passages that give orders to the model: found at ingestion, held back, released or removed by a person.

A held passage belongs to its document, and no question reads it. Releasing it makes a new version of the
base, so that what a release is pinned to stays what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, NotFound
from sunmao.core.ids import reference
from sunmao.guards.injection.detect import Inspection, inspect_part, suspicious_spans
from sunmao.guards.policy import policy
from sunmao.knowledge.models import ChangeKind, KnowledgeBase, Passage, Quarantine
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.text.parsing import Parsed
from sunmao.knowledge.text.parsing.parsed import Remark
from sunmao.knowledge.text.splitting import Unit
from sunmao.knowledge.versions.history import advance, author_of

REVIEW = "guards.quarantine.review"
QUOTED = 300
TOLD, MOST_TOLD = 160, 10


@dataclass(frozen=True)
class Suspicion:
    """Why a passage is held. `carriers` say how it was hidden: plain, comment, base64, …"""

    score: float
    rules: tuple[str, ...]
    carriers: tuple[str, ...]
    quote: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "score": self.score,
            "rules": list(self.rules),
            "carriers": list(self.carriers),
            "quote": self.quote,
            "policy": policy().version,
        }


def examine(parsed: Parsed, units: Sequence[Unit]) -> list[Suspicion | None]:
    """For every unit whether it is suspicious. The whole text is read, so nothing hides at a border."""
    spans = suspicious_spans(parsed.text, threshold=policy().quarantine)
    spans += [span for hidden in set(parsed.hidden) for span in _places_of(hidden, parsed.text)]
    title = _heading(parsed.title)
    return [title or _suspicion(unit, parsed.text, spans) for unit in units]


def hidden_orders(parsed: Parsed) -> list[Remark]:
    """What to tell of a file that hides orders where no reader of the page sees them, or looks for them.

    Nobody retrieves these words; but whoever wrote them may have written the rest as well.
    """
    told: list[Remark] = []
    for place, texts in (("hidden_order", parsed.hidden), ("aside_order", parsed.aside)):
        said = "\n".join(dict.fromkeys(texts))
        for start, end, found in suspicious_spans(said, threshold=policy().flag):
            rules = dict.fromkeys(signal.rule_id for signal in found.signals)
            told.append(Remark(place, " ".join(said[start:end].split())[:TOLD], ", ".join(rules)))
    return told[:MOST_TOLD]


def _places_of(hidden: str, text: str) -> list[tuple[int, int, Inspection]]:
    """Where in the text something stands that no reader of the page sees, when it gives orders."""
    found = inspect_part(hidden)
    if found.score < policy().flag or not hidden.strip():
        return []
    places, start = [], text.find(hidden)
    while start >= 0:
        places.append((start, start + len(hidden), found))
        start = text.find(hidden, start + len(hidden))
    return places


def _suspicion(unit: Unit, text: str, spans: Sequence[tuple[int, int, Inspection]]) -> Suspicion | None:
    worst = max(
        (span for span in spans if span[0] < unit.end and unit.start < span[1]),
        key=lambda span: span[2].score,
        default=None,
    )
    if worst is None:
        return next(filter(None, map(_heading, (*unit.heading_path, unit.label))), None)
    start, end, found = worst
    return _of(found, text[max(start, unit.start) : min(end, unit.end)])


@lru_cache(maxsize=512)
def _heading(heading: str) -> Suspicion | None:
    """A heading is shown to the model with every passage below it."""
    found = inspect_part(heading) if heading else None
    return _of(found, heading) if found and found.score >= policy().quarantine else None


def _of(found: Inspection, quote: str) -> Suspicion:
    rules = tuple(dict.fromkeys(signal.rule_id for signal in found.signals))
    return Suspicion(found.score, rules, found.carriers, quote[:QUOTED])


def held_passages(actor: Actor) -> QuerySet[Passage]:
    """Passages that were ever held, of documents that are still there; those that wait come first."""
    actor.require(REVIEW)
    bases = bases_visible_to(actor, REVIEW)
    passages = Passage.objects.exclude(quarantine=Quarantine.NEVER).filter(
        base_id__in=bases.values("pk"), document__deleted_at=None
    )
    return passages.select_related("document__base", "revision").defer("revision__text")


def visible_held_passage(*, actor: Actor, passage_id: object) -> Passage:
    found = held_passages(actor).filter(pk=reference(passage_id)).first()
    if found is None:
        raise NotFound
    return found


def resolve_held_passage(*, actor: Actor, reference: object) -> Passage:
    return visible_held_passage(actor=actor, passage_id=reference)


def release(*, actor: Actor, passage: Passage) -> None:
    """From now on questions read it. Raises `Conflict` when somebody has decided before."""
    actor.require(REVIEW, base=passage.document.base.slug)
    with tenancy.scope(actor.organisation_id):
        base = KnowledgeBase.objects.select_for_update().get(pk=passage.base_id)
        version = base.version + 1
        _decide(passage, to=Quarantine.RELEASED, born=version)
        with connection.cursor() as cursor:
            values: dict[str, Any] = {"base": base.pk, "passage": passage.pk, "version": version}
            cursor.execute(_COUNT_TERMS, {**values, "organisation": base.organisation_id})
            cursor.execute(_RELEASE, values)
        KnowledgeBase.objects.filter(pk=base.pk).update(passage_count=F("passage_count") + 1)
        advance(base=base, kind=ChangeKind.RELEASED, by=author_of(actor), document=passage.document, added=1)
        _record(actor, "passage.released", passage)


def remove(*, actor: Actor, passage: Passage) -> None:
    """It stays out for good; uploading the document again brings it before a person again."""
    actor.require(REVIEW, base=passage.document.base.slug)
    with tenancy.scope(actor.organisation_id):
        KnowledgeBase.objects.select_for_update().get(pk=passage.base_id)
        _decide(passage, to=Quarantine.REMOVED)
        _record(actor, "passage.removed", passage)


def _decide(passage: Passage, *, to: str, **more: Any) -> None:
    waiting = Passage.objects.filter(pk=passage.pk, quarantine=Quarantine.HELD, died=None)
    if not waiting.update(quarantine=to, **more):
        raise Conflict(code="already_reviewed")
    passage.quarantine = to


def _record(actor: Actor, verb: str, passage: Passage) -> None:
    suspicion = passage.suspicion
    audit.record(
        actor=actor,
        verb=verb,
        subject=passage,
        document=passage.document.name,
        base=passage.document.base.slug,
        ordinal=passage.ordinal,
        rules=suspicion.get("rules", []),
        score=suspicion.get("score"),
    )


_RELEASE = """
    UPDATE knowledge_passage_vector SET held = false, born = %(version)s
    WHERE base_id = %(base)s AND passage_id = %(passage)s
"""
_COUNT_TERMS = """
    INSERT INTO knowledge_term (base_id, organisation_id, dimension, passages)
    SELECT %(base)s, %(organisation)s, split_part(entry, ':', 1)::integer, 1
    FROM knowledge_passage_vector v,
        unnest(string_to_array(trim(both '{}' from split_part(v.lexical::text, '/', 1)), ',')) AS entry
    WHERE v.base_id = %(base)s AND v.passage_id = %(passage)s AND entry <> ''
    ORDER BY 3
    ON CONFLICT (base_id, dimension) DO UPDATE SET passages = knowledge_term.passages + 1
"""
