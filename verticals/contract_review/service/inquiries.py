"""Questions about one contract, answered with its clauses cited.

The clauses are the passages. The engine of the release quotes or writes; what it writes is verified as every
answer is: marks of clauses that it was not given are removed, figures that no clause holds are reported.
Where nothing is left that it cites, the clauses are quoted in its place.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import translation

from sunmao.accounts import quotas
from sunmao.answering import phrases
from sunmao.answering.counting import tokens_in
from sunmao.answering.pipeline import detail_of
from sunmao.audit import services as audit
from sunmao.audit.carrying import carried, resume
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import EngineFailure, SunmaoError
from sunmao.guards.label import Kind, label
from sunmao.guards.personal import Policy, protect, restore
from sunmao.guards.personal.selectors import policy_for
from sunmao.guards.screen import screen
from sunmao.guards.verify import verify
from sunmao.inference.engine import Engine, GenerationRequest, SourcePassage, Token, events_of
from sunmao.inference.registry import engine as engine_named
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.knowledge.text.language import Language, language_of
from sunmao.knowledge.text.picking import PATH_MARK
from sunmao.prompts.services import quote_as_data, rendered
from sunmao.releases.services import resolve
from verticals.contract_review.models import Inquiry, Review
from verticals.contract_review.service.errors import NotYetReviewed
from verticals.contract_review.service.finding_clauses import body_of, first_line, ranked, rarity_of, units_of
from verticals.contract_review.service.rights import ASK, RUN, key_of, require

log = structlog.get_logger(__name__)

QUOTING = "extractive"
LONGEST_QUESTION, SHORT = 2_000, 240
CLOSE = 0.9
"""A further clause answers as well with this share of the best one's score."""


def ask(*, actor: Actor, review: Review, question: str) -> Inquiry:
    """Store the question and hand it to a worker."""
    require(actor, RUN)
    text = screen(text=question, field="question", limit=LONGEST_QUESTION)
    if not review.finished_at or review.error:
        raise NotYetReviewed
    with tenancy.scope(actor.organisation_id):
        inquiry = Inquiry.objects.create(
            review=review,
            owner_id=actor.id,
            owner_kind=actor.kind,
            owner_language=actor.language,
            person_key=key_of(actor),
            question=text,
        )
        quotas.reserve(actor=actor, work_id=inquiry.pk)
        inquiry.job = jobs.enqueue(
            actor=actor,
            kind="contract_review.inquiry",
            subject_id=inquiry.pk,
            payload=carried(actor),
        )
        inquiry.save(update_fields=["job"])
        audit.record(actor=actor, verb="answer.intended", subject=inquiry, task=ASK, review=str(review.pk))
    return inquiry


def work(lease: Lease) -> dict[str, Any]:
    """The job `contract_review.inquiry`: its subject is an inquiry."""
    assert lease.subject_id is not None  # noqa: S101  `ask` names it
    resume(lease.payload, organisation_id=lease.organisation_id)
    try:
        return _answer(lease, lease.subject_id)
    except SunmaoError as error:
        with tenancy.scope(lease.organisation_id):
            Inquiry.objects.filter(pk=lease.subject_id).update(error=detail_of(error))
            quotas.give_back(work_id=lease.subject_id)
        raise


@dataclass
class Answer:
    """What is said, and on which clauses it stands."""

    text: str = ""
    cited: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    findings: Sequence[Any] = ()
    prompt: str = ""
    prompt_version: UUID | None = None
    uncited: str = ""
    """What a model wrote without a clause to stand on; nobody reads it, but it was paid for."""


def _answer(lease: Lease, inquiry_id: UUID) -> dict[str, Any]:
    began = time.perf_counter()
    with tenancy.scope(lease.organisation_id):
        inquiry = Inquiry.objects.select_related("review", "review__version").get(pk=inquiry_id)
        release = resolve(actor=lease.worker, vertical="contract_review", task="ask")
    writer = engine_named(release.engine)
    question, text = str(inquiry.question), str(inquiry.review.version.text)
    clauses = inquiry.review.result.get("clauses", [])
    found = ranked(question, text, clauses)
    answer = Answer()
    if found:
        rarity = rarity_of(units_of(text, clauses))
        writer, answer = _said(writer, release, question, found, rarity, lease.organisation_id)
    return _record(lease, inquiry, answer, writer, round(time.perf_counter() - began, 4))


def _said(
    writer: Engine, release: Any, question: str, found: Sequence[Any], rarity: Any, organisation: Any
) -> tuple[Engine, Answer]:
    """Who answers, and what. If the settings say so, the quoting engine stands in for a model that fails."""
    if not writer.generative:
        return writer, _quoted(writer, question, found, rarity)
    try:
        answer = _written(writer, release, question, found, rarity, organisation)
    except EngineFailure as error:
        if QUOTING not in settings.SUNMAO_ENGINE_FALLBACK or error.code == "personal_data_refused":
            raise
        log.warning("contract_question_quoted", engine=writer.name, code=error.code)
        return _quoted_instead(Answer(), question, found, rarity)
    if answer.text.strip() and not answer.cited:
        return _quoted_instead(answer, question, found, rarity)
    return writer, answer


def _quoted(writer: Engine, question: str, found: Sequence[Any], rarity: Any) -> Answer:
    """The engine quotes sentences of the clauses, each with its number."""
    language = language_of(question)
    request = GenerationRequest(
        prompt="", question=question, language=language, passages=_sources(found, language), idf=rarity
    )
    answer, last = Answer(cited={}), None
    cited: dict[int, Any] = {}
    for event in events_of(writer, request):
        if isinstance(event, Token) and event.passage and event.passage <= len(found):
            cited[event.passage] = found[event.passage - 1]
            gap = "\n\n" if answer.text and last != event.passage else ""
            answer.text += f"{gap}{event.text}[{event.passage}]"
            last = event.passage
    answer.cited = cited
    return answer


def _written(
    writer: Engine, release: Any, question: str, found: Sequence[Any], rarity: Any, organisation: Any
) -> Answer:
    """Personal data is replaced before anything goes out, and what comes back is verified."""
    language = language_of(question)
    with tenancy.scope(organisation):
        policy = policy_for(place="question", vertical="contract_review")
        texts, surrogates = _masked([question, *(one["text"] for one in found)], policy, language)
        numbered = [
            (number, _heading(one), text)
            for number, (one, text) in enumerate(zip(found, texts[1:], strict=True), start=1)
        ]
        values = {"question": texts[0], "passages": quote_as_data(numbered), "findings": "-"}
        version, prompt = rendered(version_id=release.prompts[language], values=values)
    request = GenerationRequest(prompt=prompt, question=texts[0], language=language, passages=(), idf=rarity)
    said = "".join(event.text for event in events_of(writer, request) if isinstance(event, Token))
    sources = {number: one["text"] for number, one in enumerate(found, start=1)}
    with translation.override(phrases.UI_LANGUAGE[language]):
        verified = verify(text=restore(said, surrogates), sources=sources, question=question)
    return Answer(
        text=verified.text,
        cited={number: found[number - 1] for number in verified.cited},
        findings=verified.findings,
        prompt=prompt,
        prompt_version=version,
    )


def _quoted_instead(
    answer: Answer, question: str, found: Sequence[Any], rarity: Any
) -> tuple[Engine, Answer]:
    """The clauses themselves, where a model failed or wrote about none of them."""
    quoting = engine_named(QUOTING)
    quoted = _quoted(quoting, question, found, rarity)
    quoted.prompt, quoted.prompt_version, quoted.uncited = answer.prompt, answer.prompt_version, answer.text
    return quoting, quoted


def _record(lease: Lease, inquiry: Inquiry, answer: Answer, writer: Engine, seconds: float) -> dict[str, Any]:
    language = language_of(str(inquiry.question))
    kind: Kind = ("generated" if writer.generative else "extract") if answer.text.strip() else "none"
    outcome = "answered" if answer.text.strip() else "unanswered"
    citations = [_citation(number, one) for number, one in sorted(answer.cited.items())]
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        inquiry.answer = {
            "text": answer.text.strip() or phrases.said(phrases.NOT_FOUND, language),
            "citations": citations,
            "findings": list(answer.findings),
            "language": language,
        }
        inquiry.outcome, inquiry.engine, inquiry.model = outcome, writer.name, writer.model
        inquiry.label = label(kind=kind, produce_id=str(inquiry.pk), text=answer.text).stored()
        inquiry.seconds, inquiry.error = seconds, {}
        inquiry.save()
        quotas.settle(work_id=inquiry.pk, tokens=tokens_in(answer.prompt, answer.text, answer.uncited))
        audit.record(
            actor=lease.worker,
            verb="contract_inquiry.answered",
            subject=inquiry,
            task=ASK,
            review=str(inquiry.review_id),
            outcome=outcome,
            engine=writer.name,
            model=writer.model,
            prompt_version=str(answer.prompt_version) if answer.prompt_version else None,
            clauses=[one["clause"] for one in citations],
            left_out="uncited" if answer.uncited else None,
        )
        result = {"inquiry_id": str(inquiry.pk), "outcome": outcome}
        lease.succeed(result)
    return result


def _heading(one: Mapping[str, Any]) -> str:
    """The clause's place, and its own first line where that is a heading: it answers nothing by itself."""
    first = first_line(one)
    return PATH_MARK.join(dict.fromkeys([*one["path"], one["heading"], *([first] if first else [])]))


def _sources(found: Sequence[Mapping[str, Any]], language: str) -> list[SourcePassage]:
    """A short clause is quoted whole: half of it may say the opposite."""
    return [
        SourcePassage(
            number=number,
            heading=_heading(one),
            text=body_of(one) if (short := _is_quoted_whole(one, found)) else one["text"],
            score=one["score"],
            language=language,
            whole=short,
        )
        for number, one in enumerate(found, start=1)
    ]


def _is_quoted_whole(one: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> bool:
    return len(one["text"]) <= SHORT and one["score"] >= CLOSE * found[0]["score"]


def _masked(texts: Sequence[str], policy: Policy, language: Language) -> tuple[list[str], dict[str, str]]:
    """Personal data leaves neither with the question nor with the clauses."""
    surrogates: dict[str, str] = {}
    masked = []
    for text in texts:
        done = protect(text, policy=policy, language=language, surrogates=surrogates)
        if done.refused:
            raise EngineFailure(code="personal_data_refused")
        surrogates.update(done.surrogates)
        masked.append(done.text)
    return masked, surrogates


def _citation(number: int, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": number,
        "clause": one["id"],
        "heading": one["heading"],
        "start": one["start"],
        "end": one["end"],
        "quote": one["text"].strip()[:400],
    }


__all__ = ["ask", "work"]
