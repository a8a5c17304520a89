"""What every door shows of hit tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sunmao.core.actor import Actor
from sunmao.core.ids import reference
from sunmao.jobs.selectors import as_dict as job_dict
from sunmao.knowledge.models import Passage
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.presenting import passage as passage_dict
from sunmao.knowledge.text.tokens import query_tokens, stripped, tokens
from sunmao.knowledge.trials.cases import case_of
from sunmao.knowledge.trials.models import Case, Expectation, Result, Run, Trial

WORDS = 8


def trial(*, actor: Actor, found: Trial, pins: Sequence[BaseVersion]) -> dict[str, Any]:
    """A question that was tried, with its passages as far as the actor may read them now."""
    shown = tried(actor=actor, question=str(found.question), result=found.result, pins=pins)
    return {"id": str(found.pk), "state": found.state, "created_at": found.created_at.isoformat(), **shown}


def tried(
    *, actor: Actor, question: str, result: Mapping[str, Any], pins: Sequence[BaseVersion]
) -> dict[str, Any]:
    """`result` is what `trying.look` told. Runs inside the actor's tenancy scope."""
    stages = result.get("stages", [])
    question = question or result.get("read", "")
    expected = _expected_of(question, pins)
    ids = [hit["passage_id"] for hit in result.get("hits", [])] + list(expected)
    passages = _readable(actor, ids)
    return {
        "question": question,
        "by_picture": bool(result.get("by_picture")),
        "versions": {pin.base.slug: pin.version for pin in pins},
        "language": result.get("language", ""),
        "accepted": result.get("accepted"),
        "reason": result.get("reason", ""),
        "relevance": result.get("relevance", 0.0),
        "missing_reference": result.get("missing_reference", ""),
        "milliseconds": result.get("milliseconds", 0.0),
        "stages": [{key: value for key, value in stage.items() if key != "best"} for stage in stages],
        "hits": [
            {
                "rank": rank,
                "seen": None,
                **{key: value for key, value in hit.items() if key != "passage_id"},
                "expected": hit["passage_id"] in expected,
                "words": _words(question, passages[hit["passage_id"]], result.get("idf", {})),
                "places": _places(hit["passage_id"], stages),
                "passage": passage_dict(passages[hit["passage_id"]]),
            }
            for rank, hit in enumerate(result.get("hits", []), 1)
            if hit["passage_id"] in passages
        ],
        "expected": [
            {
                "passage_id": passage_id,
                "document": passages[passage_id].document.title if passage_id in passages else "",
                "label": one.label,
                "rank": _rank(passage_id, result.get("hits", [])),
                "places": _places(passage_id, stages),
            }
            for passage_id, one in expected.items()
        ],
    }


def _expected_of(question: str, pins: Sequence[BaseVersion]) -> dict[str, Expectation]:
    cases = [case for pin in pins if (case := case_of(base=pin.base, question=question))]
    return {str(one.passage_id): one for one in Expectation.objects.filter(case__in=cases)}


def _readable(actor: Actor, ids: Iterable[object]) -> dict[str, Passage]:
    found = Passage.objects.filter(
        pk__in=[reference(one) for one in ids],
        base_id__in=bases_visible_to(actor).values("pk"),
        document__deleted_at=None,
    )
    shown = found.select_related("document__base", "document__current", "revision")
    return {str(one.pk): one for one in shown.defer("revision__text", "document__current__text")}


def _places(passage_id: str, stages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where a passage stood in each stage; a stage that did not know it is left out."""
    return [
        {"stage": stage["name"], "base": stage["base"], "rank": rank, "score": one["score"]}
        for stage in stages
        for rank, one in enumerate(stage["best"], 1)
        if one["passage_id"] == passage_id
    ]


def _rank(passage_id: str, hits: Sequence[Mapping[str, Any]]) -> int | None:
    return next((rank for rank, hit in enumerate(hits, 1) if hit["passage_id"] == passage_id), None)


def _words(question: str, passage: Passage, rarity: Mapping[str, float]) -> list[str]:
    """What the question and the passage have in common: runs of Chinese, and other words, rarest first."""
    said = " ".join([passage.document.title, *passage.heading_path, passage.label, passage.text])
    there = set(tokens(said))
    words = [one for one in dict.fromkeys(query_tokens(question)) if one in there and not _is_chinese(one)]
    return [*_runs(question, said), *sorted(words, key=lambda one: -rarity.get(one, 0.0))][:WORDS]


def _runs(question: str, said: str) -> list[str]:
    """The longest runs of two Chinese characters or more that stand in both, in the question's order."""
    asked, found, start = stripped(question), [], 0
    while start < len(asked):
        end = start
        while end < len(asked) and _is_chinese(asked[end]) and asked[start : end + 1] in said:
            end += 1
        if end - start > 1:
            found.append(asked[start:end])
        start = max(end, start + 1)
    return list(dict.fromkeys(found))


def _is_chinese(said: str) -> bool:
    return said >= "\u3007"


def case(found: Case) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "base": found.base.slug,
        "question": str(found.question),
        "expected": [
            {
                "passage_id": str(one.passage_id),
                "document": one.document.name,
                "label": one.label,
                "serves": one.passage.died is None and one.document.deleted_at is None,
            }
            for one in found.expectations.all()
        ],
        "created_at": found.created_at.isoformat(),
    }


def run(found: Run) -> dict[str, Any]:
    """`figures` are empty until its job has ended; `wrong` are lines that were no question."""
    return {
        "id": str(found.pk),
        "base": found.base.slug,
        "version": found.version,
        "set": found.set_name,
        "state": found.state,
        "questions": found.questions,
        "figures": found.figures,
        "before": found.previous.figures if found.previous else None,
        "wrong": found.wrong,
        "job": job_dict(found.job) if found.job else None,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }


def result(found: Result) -> dict[str, Any]:
    return {
        "line": found.place,
        "question": str(found.question),
        "expected": found.expected,
        "tried": found.tried,
        "rank": found.rank,
        "ranks": found.ranks,
        "refused": found.refused,
        "reason": found.reason,
        "relevance": found.relevance,
        "milliseconds": found.milliseconds,
        "hits": found.hits,
        "change": found.change,
        "before": found.before or None,
    }
