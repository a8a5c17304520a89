"""A model's second look, where an engine that writes serves: ambiguity, unfairness, risks that no rule knows.

What it says is taken apart before anything is believed. A quote must be an exact part of the contract, or
the finding is dropped; articles of statutes are never taken from a model; figures must stand in the contract
or in what the rules computed. Where a rule speaks about the same place, the rule keeps severity, figures and
citations, and the model may only explain. What was dropped is counted in `notes`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog

from sunmao.core import tenancy
from sunmao.core.errors import EngineFailure
from sunmao.guards.outbound.numbers import Known
from sunmao.guards.personal import protect, restore
from sunmao.guards.personal.selectors import policy_for
from sunmao.inference.engine import Engine, GenerationRequest
from sunmao.inference.registry import engine as engine_named
from sunmao.inference.structured import OutputInvalid, OutputTruncated, structured
from sunmao.knowledge.text.language import language_of
from sunmao.prompts.services import quote_as_data, rendered
from sunmao.releases.services import NoRelease, resolve
from verticals.contract_review import domain
from verticals.contract_review.models import Review

log = structlog.get_logger(__name__)

KINDS = ("ambiguity", "unfairness", "other")
SCORES = {"high": 70, "medium": 50, "low": 25, "info": 10}
"""A model alone makes nothing critical: only a rule or a person may keep a contract from being signed."""
WINDOW, MOST_WINDOWS, MOST_TOKENS = 6_000, 12, 1_800
_STATUTE = re.compile(
    r"《[^》]{2,40}》\s*第[^，。；\s]{1,14}条(?:第[^，。；\s]{1,4}款)?|\b(?:Article|Art\.)\s*\d+(?:\(\d+\))?",
    re.IGNORECASE,
)


@dataclass
class Outcome:
    """What the model contributed. `notes` count what was asked, kept, and dropped and why."""

    engine: str = ""
    model: str = ""
    release_id: UUID | None = None
    prompt_version_id: UUID | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    prompts: str = ""
    texts: str = ""

    @property
    def contributed(self) -> bool:
        return bool(self.findings)


def look(
    *,
    text: str,
    review: Review,
    rules: domain.Review,
    still_wanted: Callable[[], bool],
    release: Any = None,
) -> Outcome:
    """Nothing, and a note, where no engine that writes serves or it fails: the rules alone are a review."""
    outcome = Outcome()
    try:
        with tenancy.scope(review.organisation_id):
            release = release or resolve_release(review)
            writer = engine_named(release.engine)
            outcome.engine, outcome.model, outcome.release_id = writer.name, writer.model, release.pk
            version = release.prompts.get(rules.language)
        if not writer.generative or version is None:
            return outcome
        _ask_all(outcome, writer, text, review, rules, version, still_wanted)
    except NoRelease:
        outcome.notes["skipped"] = "no_release"
    except EngineFailure as error:
        log.warning("contract_model_failed", review=str(review.pk), code=error.code)
        outcome.notes["skipped"] = error.code
        outcome.findings = []
    return outcome


def resolve_release(review: Review) -> Any:
    from sunmao.core.actor import Actor

    worker = Actor(
        kind="system", id=None, organisation_id=review.organisation_id, name="worker", language="zh-hans"
    )
    return resolve(actor=worker, vertical="contract_review", task="review")


def _ask_all(
    outcome: Outcome,
    writer: Engine,
    text: str,
    review: Review,
    rules: domain.Review,
    version: str,
    still_wanted: Callable[[], bool],
) -> None:
    dropped: Counter[str] = Counter()
    windows = list(_windows(text, rules.clauses))
    for start, part in windows[:MOST_WINDOWS]:
        if not still_wanted():
            break
        answer, masked = _ask(outcome, writer, part, review, rules, version)
        outcome.findings += _kept(answer, masked, text, (start, start + len(part)), rules, dropped)
    outcome.notes = {
        "windows": min(len(windows), MOST_WINDOWS),
        "not_read": max(0, len(windows) - MOST_WINDOWS),
        "kept": len(outcome.findings),
        "dropped": dict(sorted(dropped.items())),
    }


def _windows(text: str, clauses: Sequence[domain.Clause]) -> Iterator[tuple[int, str]]:
    """The text in parts that end where clauses end, so that no clause is cut where that can be helped."""
    ends = sorted({clause.end for clause in clauses} | {len(text)})
    start = 0
    while start < len(text):
        fitting = [end for end in ends if start < end <= start + WINDOW]
        end = fitting[-1] if fitting else min(len(text), start + WINDOW)
        if text[start:end].strip():
            yield start, text[start:end]
        start = end


def _ask(
    outcome: Outcome, writer: Engine, part: str, review: Review, rules: domain.Review, version: str
) -> tuple[Any, Mapping[str, str]]:
    """Personal data is replaced before the text goes out, and put back in what comes back."""
    with tenancy.scope(review.organisation_id):
        policy = policy_for(place="question", vertical="contract_review")
        masked = protect(part, policy=policy, language=language_of(part))
        if masked.refused:
            raise EngineFailure(code="personal_data_refused")
        values = {
            "contract": quote_as_data([(1, "contract", masked.text)]),
            "findings": "\n".join(f"- {one.rule} {one.title}" for one in rules.findings) or "-",
            "side": rules.side,
            "contract_type": rules.contract_type,
        }
        outcome.prompt_version_id, prompt = rendered(version_id=version, values=values)
    request = GenerationRequest(
        prompt=prompt,
        question="",
        language=rules.language,
        passages=(),
        temperature=0.0,
        max_tokens=MOST_TOKENS,
    )
    answer = _data(writer, request)
    outcome.prompts += prompt
    outcome.texts += json.dumps(answer, ensure_ascii=False) if answer is not None else ""
    return answer, masked.surrogates


def _data(writer: Engine, request: GenerationRequest) -> Any:
    """What the model wrote, told once when it breaks the schema; rows in order count all the same."""
    try:
        return structured(writer, request, SCHEMA, repairs=1)
    except OutputInvalid as error:
        return error.data
    except OutputTruncated:
        return None


def rows_of(answer: Any) -> list[Any] | None:
    """The list of findings in an answer; None when there is no such object."""
    rows = answer.get("findings") if isinstance(answer, dict) else None
    return rows if isinstance(rows, list) else None


_FIELDS = {"kind": 20, "quote": 2_000, "title": 120, "explanation": 1_200, "severity": 10, "rewrite": 2_000}


SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["findings"],
    "additionalProperties": False,
    "properties": {
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": [*_FIELDS, "rule"],
                "additionalProperties": False,
                "properties": {
                    **{name: {"type": "string", "maxLength": most} for name, most in _FIELDS.items()},
                    "rule": {"type": "string", "maxLength": 40},
                    "kind": {"enum": list(KINDS)},
                    "severity": {"enum": list(SCORES)},
                },
            },
        }
    },
}


def well_formed(row: object) -> bool:
    """One finding of the schema that the prompt asks for."""
    return (
        isinstance(row, dict)
        and all(isinstance(row.get(name, ""), str) for name in (*_FIELDS, "rule"))
        and all(len(row.get(name, "")) <= most for name, most in _FIELDS.items())
        and row.get("kind") in KINDS
        and row.get("severity") in SCORES
        and bool(row.get("quote", "").strip())
        and bool(row.get("title", "").strip())
    )


def _kept(
    answer: Any,
    surrogates: Mapping[str, str],
    text: str,
    window: tuple[int, int],
    rules: domain.Review,
    dropped: Counter[str],
) -> list[dict[str, Any]]:
    rows = rows_of(answer)
    if rows is None:
        dropped["not_json"] += 1
        return []
    known = Known(texts=[text], computed=[one.computed for one in rules.findings])
    kept = []
    for given in rows:
        if not well_formed(given):
            dropped["schema"] += 1
            continue
        row = _without_articles(_restored(given, surrogates), dropped)
        place = text.find(row["quote"], *window)
        if place < 0:
            dropped["quote"] += 1
        elif known.unknown_in(f"{row['title']} {row['explanation']}"):
            dropped["figures"] += 1
        else:
            kept.append({**row, "start": place, "end": place + len(row["quote"])})
    return kept


def _without_articles(row: dict[str, Any], dropped: Counter[str]) -> dict[str, Any]:
    """Articles come from the statute table alone; the rest of the sentence may stand."""
    clean = {name: _STATUTE.sub("", row.get(name, "")) for name in ("title", "explanation")}
    if any(clean[name] != row.get(name, "") for name in clean):
        dropped["citation_rejected"] += 1
    return {**row, **clean}


def _restored(row: Mapping[str, Any], surrogates: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: restore(value, surrogates) if isinstance(value, str) else value for name, value in row.items()
    }


def merged(rows: Sequence[dict[str, Any]], second: Outcome) -> list[dict[str, Any]]:
    """The rules' findings, those that a model explained better, and those that only the model has."""
    all_rows = [dict(row) for row in rows]
    for one in second.findings:
        same = _same_place(all_rows, one)
        if same is None:
            all_rows.append(_row(one))
        elif same["source"] in ("rule", "learnt"):
            same["source"] = "both"
            same["content"] = {**same["content"], "remark": one["explanation"]}
    return all_rows


def _same_place(rows: Sequence[dict[str, Any]], one: Mapping[str, Any]) -> dict[str, Any] | None:
    """About the same words: the finding of the rule that the model names, or one of its own of that kind."""
    for row in rows:
        touches = any(
            span["start"] < one["end"] and one["start"] < span["end"] for span in row["content"]["spans"]
        )
        named = bool(row["rule"]) and row["rule"] == one.get("rule")
        repeated = row["source"] == "model" and row["content"].get("kind") == one["kind"]
        if touches and (named or repeated):
            return row
    return None


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    words = {"title": one["title"].strip(), "explanation": one["explanation"].strip()}
    return {
        "rule": "",
        "source": "model",
        "severity": one["severity"],
        "score": SCORES[one["severity"]],
        "effect": "commercial",
        "legality": "unclear",
        "content": {
            **words,
            "kind": one["kind"],
            "spans": [{"start": one["start"], "end": one["end"], "quote": one["quote"]}],
            "absent": False,
            "computed": {},
            "citations": [],
            "rewrite": one.get("rewrite", "").strip(),
            "replacement": {"start": one["start"], "end": one["end"], "text": one["rewrite"].strip()}
            if one.get("rewrite", "").strip()
            else None,
            "fallback": "",
            "confidence": 0.5,
        },
    }


__all__ = ["Outcome", "look", "merged", "rows_of", "well_formed"]
