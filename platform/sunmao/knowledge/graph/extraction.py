"""Reading the references of passages: with each document that is published, by a job for those of before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.ids import reference
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.knowledge.graph import rules
from sunmao.knowledge.graph.models import Link, LinkedBase, Mention, Name, Place, Relation
from sunmao.knowledge.models import Document, KnowledgeBase, Passage

SWITCH = "graph.base.switch"
TERMS = 500
"""So many defined terms of a base are looked for in every passage."""


def turn_on(*, actor: Actor, base: KnowledgeBase) -> LinkedBase:
    """From now on documents are read for references; a job reads those that are there."""
    actor.require(SWITCH, base=base.slug)
    with tenancy.scope(actor.organisation_id):
        KnowledgeBase.objects.select_for_update().get(pk=base.pk)
        linked, made = LinkedBase.objects.get_or_create(base=base)
        if made:
            jobs.enqueue(actor=actor, kind="graph.link", subject_id=base.pk)
            audit.record(actor=actor, verb="graph.turned_on", subject=base, base=base.slug)
    return linked


def turn_off(*, actor: Actor, base: KnowledgeBase) -> None:
    """No question follows them any more, and what was read is forgotten."""
    actor.require(SWITCH, base=base.slug)
    with tenancy.scope(actor.organisation_id):
        KnowledgeBase.objects.select_for_update().get(pk=base.pk)
        if not LinkedBase.objects.filter(base=base).delete()[0]:
            return
        for table in (Name, Place, Link, Mention):
            table.objects.filter(base=base).delete()
        audit.record(actor=actor, verb="graph.turned_off", subject=base, base=base.slug)


def summary(*, actor: Actor, base: KnowledgeBase) -> dict[str, Any]:
    """What a base's references are, for whoever may see the base; inside the actor's scope."""
    actor.require("knowledge.base.read", base=base.slug)
    return state(base)


def state(base: KnowledgeBase) -> dict[str, Any]:
    linked = LinkedBase.objects.filter(base=base).first()
    return {
        "active": linked is not None,
        "complete": linked is not None and linked.complete,
        **_counts(base.pk),
    }


def _counts(base: UUID) -> dict[str, int]:
    mentions = Mention.objects.filter(base=base)
    return {
        "references": Link.objects.filter(base=base).count(),
        "entities": mentions.values("kind", "key").distinct().count(),
    }


def is_on(base: KnowledgeBase) -> bool:
    return LinkedBase.objects.filter(base=base).exists()


def link_base(lease: Lease) -> dict[str, Any]:
    """The job `graph.link`: its subject is the base. A document is read in one transaction, so that a killed
    worker leaves whole ones; reading one again replaces what it had."""
    base_id = reference(lease.subject_id)
    with tenancy.scope(lease.organisation_id):
        # Removed ones as well: a base that goes back to an earlier version has them again.
        known = Document.objects.filter(base=base_id).select_related("current")
        documents = list(known.order_by("pk"))
    for done, document in enumerate(documents):
        lease.progress(done, len(documents))
        with tenancy.scope(lease.organisation_id):
            base = KnowledgeBase.objects.select_for_update().get(pk=base_id)
            if is_on(base):
                _again(base, document)
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        LinkedBase.objects.filter(base=base_id).update(complete=True)
        result = {
            "documents": len(documents),
            **_counts(base_id),
        }
        lease.succeed(result)
    return result


def _again(base: KnowledgeBase, document: Document) -> None:
    passages = list(Passage.objects.filter(document=document).order_by("born", "ordinal"))
    for table in (Name, Place, Link):
        table.objects.filter(document=document).delete()
    Mention.objects.filter(passage__in=passages).delete()
    read(base=base, document=document, passages=passages, title=document.title)


@transaction.atomic
def read(*, base: KnowledgeBase, document: Document, passages: Sequence[Passage], title: str) -> None:
    """What new passages refer to, inside the transaction that publishes them; nothing where it is off."""
    if not is_on(base):
        return
    names = {key for one in (document.name, title) if (key := rules.work_key(_bare(one)))}
    Name.objects.bulk_create(
        [Name(base=base, document=document, key=key) for key in sorted(names)], ignore_conflicts=True
    )
    places, links, mentions = [], [], []
    for passage in passages:
        own = rules.place_of(passage.label, passage.heading_path[-1] if passage.heading_path else "")
        if own:
            places.append(Place(base=base, document=document, passage=passage, key=own))
        links += [
            Link(base=base, document=document, passage=passage, **vars(found))
            for found in rules.references(passage.text, own=own)
        ]
        mentions += [
            Mention(
                base=base,
                passage=passage,
                kind=found.kind,
                key=found.key[:100],
                relation=Relation.DEFINES if found.defines else Relation.SPEAKS_OF,
            )
            for found in rules.entities(passage.text)
        ]
    Place.objects.bulk_create(places, batch_size=500)
    Link.objects.bulk_create(links, batch_size=500)
    Mention.objects.bulk_create(mentions, batch_size=500, ignore_conflicts=True)
    _spread(base, sorted({one.key for one in mentions if one.relation == Relation.DEFINES}), passages)


def repeat(*, base: KnowledgeBase, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """New passages (the second of each pair) refer to what the old ones refer to, word for word."""
    if not is_on(base):
        return
    with connection.cursor() as cursor:
        for statement in _REPEAT:
            cursor.execute(statement, {"old": [old for old, _ in pairs], "new": [new for _, new in pairs]})


_REPEAT = tuple(
    f"""
    INSERT INTO {table} (id, passage_id, {columns})
    SELECT gen_random_uuid(), pair.new, {columns}
    FROM unnest(%(old)s::uuid[], %(new)s::uuid[]) AS pair (old, new) JOIN {table} t ON t.passage_id = pair.old
    ON CONFLICT DO NOTHING
    """  # noqa: S608  constants only
    for table, columns in (
        ("graph_place", "organisation_id, base_id, document_id, key"),
        ("graph_link", 'organisation_id, base_id, document_id, work, key, start, "end"'),
        ("graph_mention", "organisation_id, base_id, kind, key, relation"),
    )
)


def _spread(base: KnowledgeBase, fresh: Sequence[str], passages: Sequence[Passage]) -> None:
    """Who speaks of a term: of a new one every passage of the base, of those of before the new passages."""
    defined = Mention.objects.filter(base=base, kind="term", relation=Relation.DEFINES)
    known = list(defined.exclude(key__in=fresh).values_list("key", flat=True).distinct()[:TERMS])
    values = {"base": base.pk, "organisation": base.organisation_id}
    with connection.cursor() as cursor:
        if fresh:
            cursor.execute(_SPEAK, {**values, "terms": list(fresh[:TERMS]), "passages": None})
        if known:
            fresh_ids = [passage.pk for passage in passages]
            cursor.execute(_SPEAK, {**values, "terms": known, "passages": fresh_ids})


_SPEAK = """
    INSERT INTO graph_mention (id, organisation_id, base_id, passage_id, kind, key, relation)
    SELECT gen_random_uuid(), %(organisation)s, %(base)s, p.id, 'term', term, 'speaks_of'
    FROM knowledge_passage p, unnest(%(terms)s::text[]) AS term
    WHERE p.base_id = %(base)s AND (%(passages)s::uuid[] IS NULL OR p.id = ANY(%(passages)s::uuid[]))
      AND position(term IN lower(p.text)) > 0
      AND NOT EXISTS (SELECT 1 FROM graph_mention m
                      WHERE m.passage_id = p.id AND m.kind = 'term' AND m.key = term)
    ON CONFLICT DO NOTHING
"""


def _bare(title: str) -> str:
    """A file's name without its ending."""
    stem, dot, ending = title.rpartition(".")
    return stem if dot and len(ending) <= 5 and ending.isascii() else title
