"""Questions about one contract, answered with its clauses cited.

The clauses are the passages. The engine of the release quotes or writes; what it writes is verified as every
answer is: marks of clauses that it was not given are removed, figures that no clause holds are reported.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

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
from sunmao.guards.label import label
from sunmao.guards.personal import protect, restore
from sunmao.guards.personal.selectors import policy_for
from sunmao.guards.screen import screen
from sunmao.guards.verify import verify
from sunmao.inference.engine import GenerationRequest, SourcePassage, Token
from sunmao.inference.registry import engine as engine_named
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.tokens import query_tokens, tokens
from sunmao.prompts.services import quote_as_data, rendered
from sunmao.releases.services import resolve
from verticals.contract_review.models import UNDER_WAY, Inquiry, Review, ReviewState
from verticals.contract_review.service.errors import NotYetReviewed
from verticals.contract_review.service.rights import ASK, RUN, key_of, require

LONGEST_QUESTION, CITED = 2_000, 5
ENOUGH = 0.2
"""A question shares at least this part of its weight with the clause that answers it, or it is not answered."""


def ask(*, actor: Actor, review: Review, question: str) -> Inquiry:
    """Store the question and hand it to a worker."""
    require(actor, RUN)
    text = screen(text=question, field="question", limit=LONGEST_QUESTION)
    if review.state in UNDER_WAY or review.state == ReviewState.FAILED:
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
    """The job `contract_review.inquiry`."""
    resume(lease.payload, organisation_id=lease.organisation_id)
    try:
        return _answer(lease)
    except SunmaoError as error:
        with tenancy.scope(lease.organisation_id):
            Inquiry.objects.filter(pk=lease.subject_id).update(error=detail_of(error))
            quotas.give_back(work_id=lease.subject_id)
        raise


def _answer(lease: Lease) -> dict[str, Any]:
    began = time.perf_counter()
    with tenancy.scope(lease.organisation_id):
        inquiry = Inquiry.objects.select_related("review", "review__version").get(pk=lease.subject_id)
        review = inquiry.review
        release = resolve(actor=lease.worker, vertical="contract_review", task="ask")
        policy = policy_for(place="question", vertical="contract_review")
    question, text = str(inquiry.question), str(review.version.text)
    found = ranked(question, text, review.result.get("clauses", []))
    writer = engine_named(release.engine)
    language = language_of(question)
    prompt, prompt_version, surrogates = "", None, {}
    answer, cited, findings = "", {}, []
    if found:
        sources = {number: one for number, one in enumerate(found, start=1)}
        passages = [_source(number, one, language) for number, one in sources.items()]
        if writer.generative:
            with tenancy.scope(lease.organisation_id):
                masked, surrogates = _masked(passages, question, policy, language)
                values = {"question": masked[0], "passages": quote_as_data(masked[1]), "findings": "-"}
                prompt_version, prompt = rendered(version_id=release.prompts[language], values=values)
        request = GenerationRequest(
            prompt=prompt, question=question, language=language, passages=passages, idf=_rarity(text, review)
        )
        answer, cited = _generated(writer, request, sources)
        answer = restore(answer, surrogates)
        if writer.generative:
            with translation.override(phrases.UI_LANGUAGE[language]):
                verified = verify(
                    text=answer,
                    sources={number: one["text"] for number, one in sources.items()},
                    question=question,
                )
            answer, findings = verified.text, list(verified.findings)
            cited = {number: sources[number] for number in verified.cited}
    outcome = "answered" if answer.strip() else "unanswered"
    kind = ("generated" if writer.generative else "extract") if answer else "none"
    told = {
        "text": answer.strip() or phrases.said(phrases.NOT_FOUND, language),
        "citations": [_citation(number, one) for number, one in sorted(cited.items())],
        "findings": findings,
        "language": language,
    }
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        inquiry.answer, inquiry.outcome = told, outcome
        inquiry.engine, inquiry.model = writer.name, writer.model
        inquiry.label = label(kind=kind, produce_id=str(inquiry.pk), text=answer).stored()  # type: ignore[arg-type]
        inquiry.seconds, inquiry.error = round(time.perf_counter() - began, 4), {}
        inquiry.save()
        quotas.settle(work_id=inquiry.pk, tokens=tokens_in(prompt, answer))
        audit.record(
            actor=lease.worker,
            verb="contract_inquiry.answered",
            subject=inquiry,
            task=ASK,
            review=str(review.pk),
            outcome=outcome,
            engine=writer.name,
            model=writer.model,
            prompt_version=str(prompt_version) if prompt_version else None,
            clauses=[one["clause"] for one in told["citations"]],
        )
        result = {"inquiry_id": str(inquiry.pk), "outcome": outcome}
        lease.succeed(result)
    return result


def ranked(question: str, text: str, clauses: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The clauses that share most with the question, weighed by how rare each word is among the clauses."""
    units = [
        {"id": one["id"], "heading": one["heading"], "path": one["path"], **_cut(text, one)}
        for one in clauses
        if text[one["start"] : one["end"]].strip()
    ] or [{"id": "", "heading": "", "path": [], "start": 0, "end": len(text), "text": text}]
    words = [Counter(tokens(one["text"] + " " + " ".join(one["path"]))) for one in units]
    rarity = _idf(words)
    asked = {token: rarity.get(token, 0.0) for token in set(query_tokens(question))}
    whole = sum(asked.values())
    scored = [
        {**unit, "score": sum(weight for token, weight in asked.items() if token in own) / whole}
        for unit, own in zip(units, words, strict=True)
        if whole
    ]
    best = sorted(scored, key=lambda one: (-one["score"], one["start"]))[:CITED]
    return [one for one in best if one["score"] >= ENOUGH]


def _cut(text: str, clause: Mapping[str, Any]) -> dict[str, Any]:
    return {"start": clause["start"], "end": clause["end"], "text": text[clause["start"] : clause["end"]]}


def _idf(words: Sequence[Counter[str]]) -> dict[str, float]:
    held = Counter(token for own in words for token in own)
    return {token: math.log(1 + len(words) / count) for token, count in held.items()}


def _rarity(text: str, review: Review) -> dict[str, float]:
    clauses = review.result.get("clauses", [])
    parts = [text[one["start"] : one["end"]] for one in clauses] or [text]
    return _idf([Counter(tokens(part)) for part in parts])


def _source(number: int, one: Mapping[str, Any], language: str) -> SourcePassage:
    return SourcePassage(
        number=number,
        heading=" · ".join(dict.fromkeys([*one["path"], one["heading"]])),
        text=one["text"],
        score=one["score"],
        language=language,
    )


def _masked(passages: Sequence[SourcePassage], question: str, policy: Any, language: Any) -> Any:
    """Personal data leaves neither with the question nor with the clauses."""
    surrogates: dict[str, str] = {}
    texts = []
    for text in (question, *(one.text for one in passages)):
        done = protect(text, policy=policy, language=language, surrogates=surrogates)
        if done.refused:
            raise EngineFailure(code="personal_data_refused")
        surrogates.update(done.surrogates)
        texts.append(done.text)
    sources = [(one.number, one.heading, text) for one, text in zip(passages, texts[1:], strict=True)]
    return (texts[0], sources), surrogates


def _generated(
    writer: Any, request: GenerationRequest, sources: Mapping[int, Any]
) -> tuple[str, dict[int, Any]]:
    text, cited, last = "", {}, None
    for event in writer.generate(request):
        if not isinstance(event, Token):
            continue
        if event.passage is None:
            text += event.text
        elif event.passage in sources:
            cited[event.passage] = sources[event.passage]
            gap = "\n\n" if text and last != event.passage else ""
            text += f"{gap}{event.text}[{event.passage}]"
            last = event.passage
    return text, cited


def _citation(number: int, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": number,
        "clause": one["id"],
        "heading": one["heading"],
        "start": one["start"],
        "end": one["end"],
        "quote": one["text"].strip()[:400],
    }


__all__ = ["ask", "ranked", "work"]
