"""Examples from what happened here: conversations and approved corrections with consent, accepted rewrites.

All of it runs in the caller's scope and only reads; what is in the set already is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from sunmao.answering.models import AnswerRecord, Conversation, Exchange, ExchangeState, Outcome
from sunmao.core.crypto import persons
from sunmao.core.errors import NotFound
from sunmao.core.vertical import find_task
from sunmao.evaluation.models import Case
from sunmao.evaluation.models import Origin as CaseOrigin
from sunmao.training.datasets.content import checked, digest_of
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.keeping import NewExample
from sunmao.training.datasets.models import Consent, DataSet, Origin, Review, Version
from sunmao.training.datasets.selectors import rows_of
from sunmao.training.datasets.sources import Accepted, offered, shaped

_CITED = re.compile(r"[ \t]*\[\d{1,3}\]")
"""A mark names a passage that was read then. Without the passage it would teach to invent marks."""


@dataclass(frozen=True)
class Gathered:
    """`without_consent` counts the conversations or corrections that were left out for want of it."""

    examples: list[NewExample]
    without_consent: int


def gathered(version: Version, source: str) -> Gathered:
    kind = Kind(version.dataset.kind)
    known = set(rows_of(version).values_list("digest", flat=True))
    found: dict[str, NewExample] = {}
    without = Counter[str]()
    for one in SOURCES[source](version.dataset, without):
        data = checked(kind, one.data)
        if isinstance(data, dict) and (digest := digest_of(data)) not in known:
            found.setdefault(digest, one)
    return Gathered(list(found.values()), without.total())


def _conversations(dataset: DataSet, without: Counter[str]) -> Iterator[NewExample]:
    consents = _consents()
    known = Conversation.objects.all()
    if dataset.vertical:
        known = known.filter(vertical=dataset.vertical)
    without["conversations"] = known.exclude(pk__in=consents).count()
    chosen = known.filter(pk__in=consents)
    for conversation in chosen.order_by("created_at", "id"):
        turns = list(_turns(conversation))
        for data in _of_turns(Kind(dataset.kind), turns):
            yield NewExample(
                data=data,
                origin=Origin.CONVERSATION,
                group=_group("conversation", conversation.pk),
                source={"conversation": str(conversation.pk)},
                person_key=conversation.person_key,
            )


def _consents() -> list[UUID]:
    """Locked until what is taken stands: who takes a consent back meanwhile finds it, and takes it along."""
    return list(Consent.objects.select_for_update(no_key=True).values_list("conversation", flat=True))


def _turns(conversation: Conversation) -> Iterator[tuple[str, str, str]]:
    """(question, answer, feedback) of what was answered; of an erased person nothing can be read."""
    done = Exchange.objects.filter(
        conversation=conversation, state=ExchangeState.DONE, record__outcome=Outcome.ANSWERED
    )
    for one in done.select_related("record"):
        question, answer = one.question, one.record.text
        if isinstance(question, persons.Erased) or isinstance(answer, persons.Erased):
            continue
        yield str(question), _CITED.sub("", str(answer)), one.feedback


def _of_turns(kind: Kind, turns: list[tuple[str, str, str]]) -> Iterator[dict[str, Any]]:
    """A conversation in which an answer was disliked teaches nobody to chat; its verdicts are examples."""
    if kind == Kind.CHAT and turns and not any(feedback == "down" for *_said, feedback in turns):
        yield {"messages": [turn for question, answer, _ in turns for turn in _pair(question, answer)]}
    for question, answer, feedback in turns:
        if kind == Kind.JUDGED and feedback:
            yield {"prompt": _pair(question, answer)[:1], "completion": answer, "good": feedback == "up"}
        elif kind == Kind.PROMPTS:
            yield {"prompt": _pair(question, answer)[:1], "answer": None}
        elif kind == Kind.CLASSIFICATION:
            yield {"text": question, "label": ""}


def _pair(question: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def _corrections(dataset: DataSet, without: Counter[str]) -> Iterator[NewExample]:
    """What a reviewer wrote in place of a bad answer, where it stands as a case of a suite. What was asked is
    its asker's, as in any conversation."""
    cases = Case.objects.filter(origin=CaseOrigin.CORRECTION, died__isnull=True).select_related("suite")
    if dataset.vertical:
        cases = cases.filter(suite__vertical=dataset.vertical)
    consented = _consented(cases)
    for case in cases:
        text = next((one["text"] for one in case.checks if one["kind"] == "similar"), "")
        question = _question_of(case)
        if not text or not question:
            continue
        conversation = consented.get(case.record_id)
        if conversation is None:
            without["corrections"] += 1
            continue
        bad = _bad_answer(case.record_id)
        one = Accepted(id=case.pk, prompt=_pair(question, "")[:1], answer=text, rejected=bad)
        data = shaped(Kind(dataset.kind), one)
        if data:
            yield NewExample(
                data=data,
                origin=Origin.CORRECTION,
                group=_group("record", case.record_id),
                source={
                    "case": str(case.pk),
                    "suite": case.suite.slug,
                    "record": str(case.record_id),
                    "conversation": str(conversation),
                },
                person_key=case.person_key,
            )


def _consented(cases: QuerySet[Case]) -> dict[UUID | None, UUID]:
    """Record → its conversation, where that may be trained on."""
    records = AnswerRecord.objects.filter(
        pk__in=cases.values("record_id"), exchange__conversation__in=_consents()
    )
    return dict(records.values_list("pk", "exchange__conversation"))


def _question_of(case: Case) -> str:
    try:
        _vertical, task = find_task(case.suite.task_name)
    except NotFound:
        return ""
    said = case.data.get(task.screened)
    return said if isinstance(said, str) else ""


def _bad_answer(record_id: UUID | None) -> str:
    record = AnswerRecord.objects.filter(pk=record_id).first() if record_id else None
    if record is None or isinstance(record.text, persons.Erased):
        return ""
    return _CITED.sub("", str(record.text))


def _rewrites(dataset: DataSet, without: Counter[str]) -> Iterator[NewExample]:
    """A person with the right to decide has accepted or edited each: that is its review."""
    for one in offered(dataset.vertical):
        data = shaped(Kind(dataset.kind), one)
        if data:
            yield NewExample(
                data=data,
                origin=Origin.REWRITE,
                group=_group("rewrite", one.group or one.id),
                source={**one.source, "example": str(one.id)},
                person_key=one.person_key,
                review=Review.ACCEPTED,
            )


def _group(what: str, which: object) -> str:
    return hashlib.sha256(f"{what}:{which}".encode()).hexdigest()[:32]


SOURCES: Mapping[str, Callable[[DataSet, Counter[str]], Iterator[NewExample]]] = {
    "conversations": _conversations,
    "corrections": _corrections,
    "rewrites": _rewrites,
}

__all__ = ["SOURCES", "Gathered", "gathered"]
