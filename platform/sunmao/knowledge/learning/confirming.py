"""Saying which passage answers a question. It changes what the base finds, so it is a new version of it."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import EmptyInput, NotFound, TooLong
from sunmao.guards.personal import Policy, protect
from sunmao.guards.personal.kinds import NAMES
from sunmao.guards.personal.selectors import policy_for
from sunmao.guards.personal.services import PersonalDataRefused
from sunmao.knowledge.learning.memory import vector_of
from sunmao.knowledge.learning.models import ConfirmedQuestion, Source
from sunmao.knowledge.models import ChangeKind, Document, KnowledgeBase, Passage
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.vectors import sparse_literal
from sunmao.knowledge.versions.history import advance, author_of

LONGEST = 2_000
_SET_VECTORS = """
    UPDATE learning_confirmedquestion q SET lexical = row.lexical::sparsevec
    FROM unnest(%(ids)s::uuid[], %(lexical)s::text[]) AS row (id, lexical) WHERE q.id = row.id
"""


@transaction.atomic
def confirm(
    *,
    actor: Actor,
    base: KnowledgeBase,
    question: str,
    passage: Passage,
    answer: str = "",
    source: str = Source.REVIEW,
    person_key: UUID | None = None,
) -> ConfirmedQuestion:
    """From the base's next version on, this passage comes up sooner for questions like this one, and for
    such as use the words of the `answer`. What is known without that answer is known with it from then on.

    `person_key` is that of whoever asked, where it is known. Personal data is taken out as from any question.
    """
    actor.require("learning.question.confirm", base=base.slug)
    with tenancy.scope(actor.organisation_id):
        policy = _policy(base)
        asked, said = _protected(_checked(question), policy), _protected(_short(answer), policy)
    if passage.base_id != base.pk:
        raise NotFound(code="unknown_passage")
    with tenancy.scope(actor.organisation_id):
        known = ConfirmedQuestion.objects.filter(passage=passage, question=asked, died=None).first()
        if known and said in ("", known.answer):
            return known
        if known:
            ConfirmedQuestion.objects.filter(pk=known.pk).update(died=_next_version(base))
            person_key = person_key or known.person_key
        pairs, answers = [(asked, passage)], {asked: said}
        made = _add(
            actor=actor, base=base, pairs=pairs, answers=answers, source=source, person_key=person_key
        )[0]
        audit.record(
            actor=actor, verb="question.confirmed", subject=made, base=base.slug, passage=str(passage.pk)
        )
    return made


@transaction.atomic
def import_pairs(
    *,
    actor: Actor,
    base: KnowledgeBase,
    pairs: Sequence[tuple[str, Passage]],
    answers: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Many at once, as one version of the base; `answers` by question. Pairs that are known already are left
    out."""
    actor.require("learning.question.confirm", base=base.slug)
    with tenancy.scope(actor.organisation_id):
        policy = _policy(base)
        asked_as = {question: _protected(_checked(question), policy) for question, _ in pairs}
        said = {
            asked_as[question]: _protected(_short(answer), policy)
            for question, answer in answers.items()
            if question in asked_as
        }
    wanted = {(asked_as[question], passage.pk): passage for question, passage in pairs}
    if any(passage.base_id != base.pk for passage in wanted.values()):
        raise NotFound(code="unknown_passage")
    with tenancy.scope(actor.organisation_id):
        living = ConfirmedQuestion.objects.filter(base=base, died=None)
        known = set(living.values_list("question", "passage_id"))
        fresh = [(asked, passage) for (asked, key), passage in wanted.items() if (asked, key) not in known]
        if fresh:
            _add(actor=actor, base=base, pairs=fresh, answers=said, source=Source.IMPORT)
            audit.record(
                actor=actor, verb="questions.imported", subject=base, base=base.slug, questions=len(fresh)
            )
    return len(fresh)


@transaction.atomic
def withdraw(*, actor: Actor, question: ConfirmedQuestion) -> None:
    """Earlier versions of the base still know it; the next one does not."""
    actor.require("learning.question.confirm", base=question.base.slug)
    with tenancy.scope(actor.organisation_id):
        version = _next_version(question.base)
        living = ConfirmedQuestion.objects.filter(pk=question.pk, died=None)
        if not living.update(died=version):
            raise NotFound(code="unknown_question")
        _advance(actor, question.base)
        audit.record(actor=actor, verb="question.withdrawn", subject=question, base=question.base.slug)


def follow(
    *,
    base: KnowledgeBase,
    document: Document,
    passages: Sequence[Passage],
    version: int,
    copies: Mapping[uuid.UUID, Passage] | None = None,
) -> int:
    """A revision of a document was published, or its dates changed: confirmed questions go on to the new
    `passages` that say the same, or that carry the same label, and to the `copies` of their own. Returns how
    many found no successor and ended.

    Runs in the transaction that publishes, with the base locked and the old passages ended.
    """
    living = list(ConfirmedQuestion.objects.filter(document=document, died=None).select_related("base"))
    if not living:
        return 0
    by_text = {text_hash(passage.text): passage for passage in passages}
    by_label = _unique_labels(passages)
    over = ConfirmedQuestion.objects.filter(document=document, died=None, passage__died=version)
    ended = set(over.values_list("pk", flat=True))
    ConfirmedQuestion.objects.filter(pk__in=ended).update(died=version)
    made: dict[tuple[uuid.UUID, str], ConfirmedQuestion] = {}
    lost = 0
    for one in living:
        heirs = [by_text.get(one.text_hash) or by_label.get(one.label), (copies or {}).get(one.passage_id)]
        lost += one.pk in ended and not any(heirs)
        made |= {(heir.pk, one.question): _copy(one, heir, version) for heir in heirs if heir}
    _write(list(made.values()))
    return lost


def restore(*, base: KnowledgeBase, to: int, copies: Mapping[uuid.UUID, uuid.UUID], version: int) -> int:
    """From `version` on the base knows the confirmed questions that it knew at version `to`. `copies` has the
    passages that stand for earlier ones now. Returns how many changed.

    Runs in the transaction that rolls back, with the base locked.
    """
    of_base = ConfirmedQuestion.objects.filter(base=base).select_related("base")
    then = of_base.filter(born__lte=to).filter(Q(died=None) | Q(died__gt=to))
    wanted = {(copies.get(one.passage_id, one.passage_id), one.question, one.answer): one for one in then}
    known = {(one.passage_id, one.question, one.answer): one for one in of_base.filter(died=None)}
    over = [one.pk for place, one in known.items() if place not in wanted]
    ConfirmedQuestion.objects.filter(pk__in=over).update(died=version)
    missing = {place: one for place, one in wanted.items() if place not in known}
    passages = Passage.objects.filter(died=None).in_bulk([passage for passage, *_ in missing])
    made = [_copy(one, passages[place[0]], version) for place, one in missing.items() if place[0] in passages]
    _write(made)
    return len(over) + len(made)


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _checked(question: str) -> str:
    asked = " ".join(question.split())
    if not asked:
        raise EmptyInput(fields={"question": _("is empty")})
    if len(asked) > LONGEST:
        raise TooLong(fields={"question": _("is too long")})
    return asked


def _short(answer: str) -> str:
    """What is said first of a long answer is what it says."""
    return " ".join(answer.split())[:LONGEST]


def _policy(base: KnowledgeBase) -> Policy:
    return policy_for(place="question", bases=[base.slug])


def _protected(question: str, policy: Policy) -> str:
    found = protect(question, policy=policy, language=language_of(question))
    if found.refused:
        raise PersonalDataRefused(fields={"question": ", ".join(str(NAMES[kind]) for kind in found.refused)})
    return found.text


def _next_version(base: KnowledgeBase) -> int:
    return KnowledgeBase.objects.select_for_update().get(pk=base.pk).version + 1


def _add(
    *,
    actor: Actor,
    base: KnowledgeBase,
    pairs: Sequence[tuple[str, Passage]],
    answers: Mapping[str, str],
    source: str,
    person_key: UUID | None = None,
) -> list[ConfirmedQuestion]:
    version = _next_version(base)
    made = [
        ConfirmedQuestion(
            base=base,
            document_id=passage.document_id,
            passage=passage,
            label=passage.label,
            text_hash=text_hash(passage.text),
            question=asked,
            answer=answers.get(asked, ""),
            source=source,
            confirmed_by=actor.subject,
            person_key=person_key,
            born=version,
        )
        for asked, passage in pairs
    ]
    _write(made)
    _advance(actor, base)
    return made


def _advance(actor: Actor, base: KnowledgeBase) -> None:
    advance(base=base, kind=ChangeKind.LEARNED, by=author_of(actor))


def _write(made: Sequence[ConfirmedQuestion]) -> None:
    ConfirmedQuestion.objects.bulk_create(made, batch_size=500)
    vectors = [sparse_literal(vector_of(one.question, one.answer)) for one in made]
    with connection.cursor() as cursor:
        cursor.execute(_SET_VECTORS, {"ids": [one.pk for one in made], "lexical": vectors})


def _copy(one: ConfirmedQuestion, passage: Passage, version: int) -> ConfirmedQuestion:
    return ConfirmedQuestion(
        base=one.base,
        document_id=one.document_id,
        passage=passage,
        label=passage.label,
        text_hash=text_hash(passage.text),
        question=one.question,
        answer=one.answer,
        source=one.source,
        confirmed_by=one.confirmed_by,
        person_key=one.person_key,
        born=version,
    )


def _unique_labels(passages: Sequence[Passage]) -> Mapping[str, Passage]:
    """A label that several passages carry says nothing about which of them."""
    often = Counter(passage.label for passage in passages)
    return {passage.label: passage for passage in passages if passage.label and often[passage.label] == 1}


__all__ = ["confirm", "follow", "import_pairs", "restore", "text_hash", "withdraw"]
