"""The steps from a question to a recorded answer, in DESIGN order. Each is small and takes only the run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import translation

from sunmao.accounts import quotas
from sunmao.answering import adapting, followups, guarding, phrases, privacy, writing
from sunmao.answering.counting import tokens_in
from sunmao.answering.inputs import RELEASE
from sunmao.answering.models import AS_OF, AnswerRecord, Exchange, ExchangeState, Outcome
from sunmao.answering.policies import may_choose, require_model
from sunmao.answering.run import Citation, Run
from sunmao.answering.tooling import turn as tools
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.core.vertical import resolve as load
from sunmao.guards.outbound.links import plain
from sunmao.guards.outbound.stream import through
from sunmao.guards.personal import without_placeholders
from sunmao.guards.screen import screen as screen_text
from sunmao.guards.verify import verify as verify_text
from sunmao.inference import strategies
from sunmao.inference.engine import Finished, GenerationRequest, SourcePassage, Token
from sunmao.inference.registry import engine
from sunmao.knowledge import retrieval
from sunmao.knowledge.pins import LATEST, pinned
from sunmao.knowledge.selectors import unfinished_documents
from sunmao.knowledge.surroundings import texts_around
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.picking import heading_of
from sunmao.knowledge.text.sentences import is_list_item
from sunmao.prompts.services import quote_as_data, rendered, source_of
from sunmao.releases import services as releases
from sunmao.releases.models import Release

NO_CITATION = "G-NOCITE"
"""Is no reproach to an answer that says what a tool gave: its account holds the call."""


def screen(run: Run) -> None:
    run.question = screen_text(text=run.exchange.question, field=run.task.screened, limit=run.task.max_length)
    run.language = language_of(run.question)


def intend(run: Run) -> None:
    """A durable entry before anything is said: without an audit there is no answer."""
    audit.record(actor=run.actor, verb="answer.intended", subject=run.exchange, task=run.exchange.task)


def resolve(run: Run) -> None:
    vertical, task, number = run.vertical.slug, run.task.name, run.exchange.options.get(RELEASE)
    run.release = (
        releases.numbered(actor=run.actor, vertical=vertical, task=task, number=number)
        if number
        else releases.resolve(actor=run.actor, vertical=vertical, task=task)
    )


def retrieve(run: Run) -> None:
    assert run.release is not None  # noqa: S101  resolve() ran
    pins = pinned(
        actor=run.actor,
        bases=_bases(run.actor, run.release, run.exchange.options.get("base")),
        task=run.exchange.task,
        on=run.as_of,
        version=run.exchange.options.get("version"),
    )
    question = followups.standalone(run)
    found = retrieval.retrieve(
        actor=run.actor, question=without_placeholders(question), bases=pins, limit=run.top_k
    )
    run.retrieved = found
    run.guards["retrieval"] = {
        "reason": found.judgement.reason,
        "second_try": found.rewritten,
        "reranker": found.reranked.model,
        "reranker_note": found.reranked.note,
    }
    if found.rewritten:
        followups.tell_of_second_try(run, found.question)
    run.unread = unfinished_documents([pin.base for pin in pins])
    run.relevance = found.judgement.relevance
    run.trusted = found.judgement.accepted
    run.sources = sources_of(found)
    run.emit("step", {"name": "read", "passages": len(found.hits)})


def _bases(actor: Actor, release: Release, chosen: str | None) -> Mapping[str, int | str]:
    """What the release pins, narrowed to the base that was asked for."""
    pins: dict[str, int | str] = release.bases
    if chosen is None:
        return pins
    return {chosen: pins.get(chosen, LATEST)} if may_choose(actor, chosen, release) else {}


def sources_of(found: retrieval.Retrieved) -> list[SourcePassage]:
    """What an engine is given to answer from."""
    wider = texts_around([hit.passage for hit in found.hits])
    return [
        _source(number, hit, score=found.closeness(hit), around=wider.get(hit.passage.pk, ""))
        for number, hit in enumerate(found.hits, start=1)
    ]


def _source(number: int, hit: retrieval.Hit, *, score: float, around: str) -> SourcePassage:
    passage = hit.passage
    heading = heading_of(passage.document.title, *passage.heading_path, passage.label)
    return SourcePassage(
        number=number,
        heading=heading,
        text=passage.text,
        around=around,
        score=score,
        language=passage.language,
        whole=hit.by_reference,
    )


def apply_rules(run: Run) -> None:
    """The vertical's pure rules; the model may write around their findings but never overrule them."""
    if run.task.rules:
        run.findings += load(run.task.rules)(text=run.question, language=run.language)
    for finding in run.findings:
        run.emit("finding", dict(finding))
    run.emit("step", {"name": "checked", "findings": len(run.findings)})


def render(run: Run) -> None:
    assert run.release is not None  # noqa: S101
    run.engine = engine(run.release.engine)
    adapting.choose(run)
    require_model(actor=run.actor, task=run.exchange.task, engine=run.engine)
    tools.offer(run)
    guarding.guard_output(run)
    version_id = run.release.prompts.get(run.language)
    if version_id is None or not (run.trusted or run.toolbox):
        return
    first = not run.prompt
    findings = "\n".join(f"- {f['title']}: {f['explanation']}" for f in run.findings if f["source"] == "rule")
    passages = quote_as_data((source.number, source.heading, source.read) for source in run.sources)
    values = {"question": run.question, "passages": passages, "findings": findings}
    run.prompt_version_id, prompt = rendered(version_id=version_id, values=values)
    guarding.keep_secret(run, rendered(version_id=version_id, values=dict.fromkeys(values, ""))[1])
    run.prompt = guarding.with_canary(run, prompt)
    run.source = source_of(version_id)
    if run.engine.generative and first and not run.rehearsed:
        calls = strategies.calls_of(run.source.strategy)
        quotas.reserve_more(actor=run.actor, work_id=run.exchange.pk, times=calls)


def generate(run: Run) -> None:
    assert run.engine is not None  # noqa: S101
    assert run.retrieved is not None  # noqa: S101
    if not (run.trusted or run.toolbox):
        return
    run.emit("step", {"name": "writing", "model": adapting.model_of(run), **guarding.early_label(run)})
    for event in writing.events(run, ask=lambda: _request(run), render_again=lambda: _render_again(run)):
        adapting.note(run, event)
        if isinstance(event, Token):
            _append(run, event)
        elif not isinstance(event, Finished):
            guarding.refuse_call(run, event)
        elif event.reason == "cancelled":
            run.outcome = Outcome.STOPPED
    if run.told.notes:
        run.guards["strategy"] = run.told.notes
    _say(run, through(run.stages, last=True))
    guarding.settle(run)


def _request(run: Run) -> GenerationRequest:
    assert run.retrieved is not None  # noqa: S101
    return GenerationRequest(
        prompt=run.prompt,
        question=run.retrieved.question,
        language=run.language,
        passages=run.sources,
        temperature=run.temperature,
        idf=run.retrieved.idf,
        adapter=adapting.name_of(run),
        stopped=run.stopped,
    )


def _render_again(run: Run) -> None:
    with tenancy.scope(run.actor.organisation_id):
        render(run)


def _append(run: Run, token: Token) -> None:
    if token.passage is None:
        _say(run, through(run.stages, token.text))
        return
    if not _is_quoted(run, token):
        guarding.refuse_call(run, token)
        return
    citation = _cite(run, source=token.passage)
    citation.spans.append((token.start, token.end))
    if len(citation.spans) == 1:
        run.emit("citation", describe(citation))
    guarding.tell_of_extract(run, token.text)
    words = plain(token.text, allowed=[citation.hit.passage.text]).text
    _say(run, f"{_gap(run, token)}{words}[{citation.number}]")


def _is_quoted(run: Run, token: Token) -> bool:
    """An engine that quotes is taken at its word only when the passage was read and says so."""
    assert run.retrieved is not None  # noqa: S101
    known = 1 <= (token.passage or 0) <= len(run.retrieved.hits)
    return known and token.text in _hit(run, token.passage or 0).passage.text


def _say(run: Run, piece: str) -> None:
    """What goes out; where a service outside has to agree to an answer first, it is told as a whole."""
    run.text += piece
    if piece and not guarding.waits_for_moderation():
        run.emit("token", {"text": piece})


def _gap(run: Run, token: Token) -> str:
    """Sentences of one passage run on; another passage, or a line of a list, begins a new line."""
    if not run.text:
        return ""
    last = max(run.citations.values(), key=lambda citation: citation.number)
    same = last.hit is _hit(run, token.passage or 0) and len(last.spans) > 1
    if not same or is_list_item(token.text):
        return "\n\n"
    return " " if run.language == "en" else ""


def _hit(run: Run, source: int) -> retrieval.Hit:
    assert run.retrieved is not None  # noqa: S101
    return run.retrieved.hits[source - 1]


def _cite(run: Run, *, source: int) -> Citation:
    """The citation of a source; quoted sources are numbered in the order in which they are first quoted."""
    hit = _hit(run, source)
    known = next((citation for citation in run.citations.values() if citation.hit is hit), None)
    if known is None:
        known = Citation(number=len(run.citations) + 1, hit=hit)
        run.citations[known.number] = known
    return known


def verify(run: Run) -> None:
    assert run.engine is not None  # noqa: S101
    if run.guards.get("withheld"):
        guarding.tell_withheld(run)
        return
    if not run.text and run.outcome != Outcome.STOPPED:
        _not_found(run)
        return
    if run.engine.generative:
        _verify_generated(run)
    guarding.moderate_answer(run)
    if not run.guards.get("withheld"):
        guarding.set_label(run, "generated" if run.engine.generative else "extract")


def _verify_generated(run: Run) -> None:
    sources = {source.number: source.read for source in run.sources}
    with translation.override(phrases.UI_LANGUAGE[run.language]):
        verified = verify_text(
            text=run.text, sources=sources, question=run.question, known=guarding.known_figures(run)
        )
    run.text = verified.text
    run.findings += [
        one for one in verified.findings if not (run.supported and one["rule_id"] == NO_CITATION)
    ]
    for number in verified.cited:
        run.citations[number] = Citation(number=number, hit=_hit(run, number))
        run.emit("citation", describe(run.citations[number]))
    if phrases.said(phrases.NOT_FOUND, run.language) in run.text and not verified.cited:
        run.outcome = Outcome.UNANSWERED


def _not_found(run: Run) -> None:
    """Say so rather than guess, and keep the question for those who mend the knowledge.

    What a rule found and is urgent is said all the same: a channel may show nothing but the text.
    """
    missing = run.retrieved.missing_reference if run.retrieved else ""
    urgent = [
        finding
        for finding in run.findings
        if finding["source"] == "rule" and finding["severity"] in ("critical", "high")
    ]
    advice = [f"{finding['title']}: {finding.get('advice') or finding['explanation']}" for finding in urgent]
    run.text = "\n\n".join([*advice, phrases.said(phrases.NOT_FOUND, run.language)])
    if missing:
        run.text += "\n\n" + phrases.said(phrases.NO_SUCH_ARTICLE, run.language) % {"reference": missing}
    if run.unread:
        run.text += "\n\n" + phrases.said(phrases.STILL_READING, run.language) % {"count": run.unread}
    run.outcome = Outcome.UNANSWERED
    guarding.set_label(run, "rules" if urgent else "none")
    run.emit("token", {"text": run.text})


def _quoted(text: str, spans: list[tuple[int, int]]) -> str:
    """The quoted spans as one text; what was left out between two of them is shown by an ellipsis."""
    quote, last = "", 0
    for start, end in sorted(spans):
        gap = text[last:start]
        quote += (gap if not gap.strip() else " … ") if quote else ""
        quote, last = quote + text[start:end], end
    return quote


def describe(citation: Citation) -> dict[str, Any]:
    """A citation as it is stored and sent; drawn from the passage, never from the model's text."""
    passage = citation.hit.passage
    quote = _quoted(passage.text, citation.spans) or passage.text[:200]
    return {
        "number": citation.number,
        "passage_id": str(passage.pk),
        "document_id": str(passage.document_id),
        "document": passage.document.title,
        "base": passage.document.base.slug,
        "revision": passage.revision.number,
        "label": passage.label,
        "heading_path": passage.heading_path,
        "page": passage.page,
        "quote": quote,
        "spans": [list(span) for span in citation.spans],
        "language": passage.language,
        "url": f"/passages/{passage.pk}/",
    }


def record(run: Run) -> AnswerRecord:
    """The account and its audit entry in one transaction; if it fails, the answer is withdrawn.

    An exchange that was ended meanwhile (it took too long) keeps its end.
    """
    assert run.release is not None  # noqa: S101
    assert run.retrieved is not None  # noqa: S101
    assert run.engine is not None  # noqa: S101
    with tenancy.scope(run.actor.organisation_id), transaction.atomic():
        running = Exchange.objects.filter(pk=run.exchange.pk, state=ExchangeState.RUNNING)
        if not running.update(
            state=ExchangeState.STOPPED if run.outcome == Outcome.STOPPED else ExchangeState.DONE
        ):
            raise Conflict(code="exchange_ended")
        quotas.settle(work_id=run.exchange.pk, tokens=tokens_of(run))
        answer = AnswerRecord.objects.create(
            exchange=run.exchange,
            release_id=run.release.pk,
            actor_kind=run.actor.kind,
            actor_id=run.actor.id,
            person_key=run.exchange.person_key,
            task=run.exchange.task,
            question=run.question,
            language=run.language,
            outcome=run.outcome,
            text=run.text,
            citations=[describe(citation) for _, citation in sorted(run.citations.items())],
            findings=run.findings + privacy.told(run),
            read=[_read(hit) for hit in run.retrieved.hits],
            knowledge=_knowledge(run.retrieved, run.as_of),
            prompt_version_id=run.prompt_version_id,
            engine=run.engine.name,
            model=adapting.model_of(run),
            relevance=run.relevance,
            label=run.label,
            guards=run.guards,
            spans=run.spans,
            seconds=run.seconds,
        )
        audit.record(
            actor=run.actor, verb="answer.recorded", subject=answer, task=answer.task, outcome=answer.outcome
        )
    return answer


def tokens_of(run: Run) -> int:
    """All that a model read and wrote for the answer, by however many calls."""
    if run.told.calls > 1:
        return tokens_in(*run.told.read, *run.told.written)
    return tokens_in(run.prompt, run.text)


def _knowledge(retrieved: retrieval.Retrieved, as_of: date | None) -> dict[str, Any]:
    """The versions that were read, and the day that was asked about; no base has a name like its key."""
    return {**retrieved.versions, **({AS_OF: as_of.isoformat()} if as_of else {})}


def _read(hit: retrieval.Hit) -> dict[str, Any]:
    return {
        "passage_id": str(hit.passage.pk),
        "revision": hit.passage.revision.number,
        "lexical": round(hit.lexical, 3),
        "dense": None if hit.dense is None else round(hit.dense, 4),
    }


__all__ = [
    "apply_rules",
    "describe",
    "generate",
    "intend",
    "record",
    "render",
    "resolve",
    "retrieve",
    "screen",
    "sources_of",
    "verify",
]
