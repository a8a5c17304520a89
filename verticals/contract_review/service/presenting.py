"""A review as every door shows it: one dictionary for the API, the shell and the task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from sunmao.core.findings import Finding as Shown
from sunmao.guards.label import of_stored
from verticals.contract_review.models import (
    Batch,
    ClauseTemplate,
    Contract,
    Finding,
    Inquiry,
    Parameter,
    PlaybookVersion,
    Review,
)
from verticals.contract_review.selectors import progress_of
from verticals.contract_review.service import engine, wording
from verticals.contract_review.service.clauses import shipped as shipped_clauses


def words_of(finding: Finding, part: str, language: str = "") -> str:
    """`title`, `risk`, `reason` or `explanation` in the reader's language, else as it was found."""
    content = finding.content
    words = content.get("words", {}).get(language or wording.reader(), {})
    fallback = {"risk": "title", "reason": "explanation"}.get(part, part)
    return str(words.get(part) or content.get(part) or content.get(fallback, ""))


def finding(one: Finding) -> dict[str, Any]:
    """The one shape of a finding, with what a contract adds to it."""
    content = one.content
    spans = content.get("spans", [])
    shown: Shown = {
        "rule_id": one.rule,
        "source": "model" if one.source == "model" else "rule",
        "severity": one.severity,  # type: ignore[typeddict-item]
        "title": words_of(one, "title"),
        "explanation": words_of(one, "explanation"),
        "citations": [cited["short"] for cited in content.get("citations", [])],
        "span": spans[0] if spans else None,
        "computed": content.get("computed", {}),
        "advice": one.rewrite,
        "effect": one.effect,
        "confidence": content.get("confidence", 0.0),
    }
    return {
        **shown,
        "id": str(one.pk),
        "origin": one.source,
        "score": one.score,
        "legality": one.legality,
        "spans": spans,
        "absent": content.get("absent", False),
        "statutes": content.get("citations", []),
        "rewrite": content.get("rewrite", ""),
        "replacement": content.get("replacement"),
        "fallback": content.get("fallback", ""),
        "remark": content.get("remark", ""),
        "decision": one.decision,
        "decided_by": str(one.decided_by) if one.decided_by else None,
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
        "note": str(one.note or ""),
        "edited": str(one.edited or ""),
        "revision": one.revision,
    }


def blocks(review: Review, language: str = "") -> str:
    """The three blocks: legality with its reason, risks by severity, one clause for each."""
    return str(review.result.get("blocks", {}).get(language or review.language, ""))


def reason(review: Review, language: str) -> str:
    """Why a contract is or is not compliant, in one sentence."""
    return str(review.result.get("reasons", {}).get(language, ""))


def review(one: Review, findings: Sequence[Finding] | None = None) -> dict[str, Any]:
    """The account of a review: its pins, its result, what people decided."""
    rows = list(one.findings.all()) if findings is None else list(findings)
    return {
        "id": str(one.pk),
        "contract_id": str(one.contract_id),
        "version_id": str(one.version_id),
        "version": one.version.number,
        "title": str(one.contract.title),
        "state": one.state,
        "error": error(one.error),
        "verdict": one.verdict or None,
        "text": blocks(one),
        "side": engine.SIDES[one.side],  # type: ignore[index]
        "contract_type": {"general": "other"}.get(one.contract_type, one.contract_type),
        "strictness": one.strictness,
        "focus": one.focus,
        "as_of": one.as_of.isoformat(),
        "language": one.language,
        "ruleset_version": one.ruleset_version,
        "playbook_version": str(one.playbook) if one.playbook else None,
        "parameters": one.parameters,
        "engine": one.engine,
        "model": one.model,
        "prompt_version_id": str(one.prompt_version_id) if one.prompt_version_id else None,
        "release_id": str(one.release_id) if one.release_id else None,
        "model_notes": one.model_notes,
        "counts": one.counts,
        "facts": one.result.get("facts", {}),
        "clauses": one.result.get("clauses", []),
        "checklist": one.result.get("checklist", []),
        "notes": [{"code": code, "message": wording.told(wording.NOTES, code)} for code in notes_of(one)],
        "remarks": one.version.remarks,
        "findings": [finding(row) for row in rows],
        "four_eyes": one.four_eyes,
        "signatures": [
            {"name": str(sign.name), "note": str(sign.note), "at": sign.created_at.isoformat()}
            for sign in one.signatures.all()
        ],
        "signed_at": one.signed_at.isoformat() if one.signed_at else None,
        "seconds": one.seconds,
        "created_at": one.created_at.isoformat(),
        **labelled(one),
    }


def notes_of(one: Review) -> list[str]:
    return list(one.result.get("notes", []))


def error(stored: Mapping[str, Any]) -> dict[str, Any] | None:
    if not stored:
        return None
    texts = stored.get("texts", {})
    spoken = {"zh": "zh-hans", "en": "en"}[wording.reader()]
    return {"code": stored["code"], "message": texts.get(spoken) or next(iter(texts.values()), "")}


def labelled(one: Review | Inquiry) -> dict[str, Any]:
    """What goes beside the text; an extract here is one from the contract."""
    told = of_stored(one.label)
    sent = told.sent(wording.reader())
    if isinstance(one, Inquiry) and told.kind == "extract":
        sent["label"] = _("Extract from the contract, word for word; no text was generated")
    return sent


def summary(one: Review) -> dict[str, Any]:
    """One line of a list."""
    return {
        "id": str(one.pk),
        "contract_id": str(one.contract_id),
        "title": str(one.contract.title),
        "state": one.state,
        "verdict": one.verdict or None,
        "side": engine.SIDES[one.side],  # type: ignore[index]
        "contract_type": {"general": "other"}.get(one.contract_type, one.contract_type),
        "counts": one.counts,
        "error": error(one.error),
        "created_at": one.created_at.isoformat(),
        "signed_at": one.signed_at.isoformat() if one.signed_at else None,
    }


def contract(one: Contract) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "title": str(one.title),
        "contract_type": one.contract_type,
        "side": engine.SIDES[one.side],  # type: ignore[index]
        "training_consent": one.training_consent,
        "versions": [
            {
                "id": str(version.pk),
                "number": version.number,
                "name": str(version.name),
                "sha256": version.sha256,
                "size": version.size,
                "kind": version.kind,
                "created_at": version.created_at.isoformat(),
            }
            for version in one.versions.all()
        ],
        "created_at": one.created_at.isoformat(),
    }


def batch(one: Batch) -> dict[str, Any]:
    progress = progress_of(one)
    return {
        "id": str(one.pk),
        "name": str(one.name),
        "progress": progress,
        "stopped": bool(progress["waiting"]) and one.is_stopped,
        "created_at": one.created_at.isoformat(),
    }


def inquiry(one: Inquiry) -> dict[str, Any]:
    """The result of `contract_review.ask` about a review, in the shape of every answer."""
    answer = one.answer
    return {
        "record_id": str(one.pk),
        "review_id": str(one.review_id),
        "outcome": one.outcome or None,
        "output": {"text": answer.get("text", ""), "language": answer.get("language", "")},
        "findings": answer.get("findings", []),
        "citations": answer.get("citations", []),
        **labelled(one),
        "timings": {"seconds": one.seconds, "spans": []},
    }


def task_result(one: Review) -> dict[str, Any]:
    """The result of the task `contract_review.review`."""
    rows = list(one.findings.all())
    shown = [finding(row) for row in rows]
    return {
        "record_id": str(one.pk),
        "review_id": str(one.pk),
        "contract_id": str(one.contract_id),
        "outcome": "answered",
        "verdict": one.verdict,
        "verdict_text": _("【%(verdict)s】") % {"verdict": wording.told(wording.VERDICTS, one.verdict)},
        "side": engine.SIDES[one.side],  # type: ignore[index]
        "contract_type": {"general": "other"}.get(one.contract_type, one.contract_type),
        "output": {
            "text": blocks(one),
            "language": one.language,
            "facts": one.result.get("facts", {}),
            "clauses": one.result.get("clauses", []),
            "checklist": one.result.get("checklist", []),
            "notes": notes_of(one),
        },
        "findings": shown,
        "citations": _cited(rows),
        "ruleset_version": one.ruleset_version,
        "as_of": one.as_of.isoformat(),
        "model_notes": one.model_notes,
        **labelled(one),
        "timings": {"seconds": one.seconds, "spans": []},
    }


def _cited(rows: Iterable[Finding]) -> list[dict[str, Any]]:
    """Each article once, with its full title."""
    found = {one["full"]: one for row in rows for one in row.content.get("citations", [])}
    return list(found.values())


statutes = _cited


def comparison(*, contract: Contract, before: Review, after: Review) -> dict[str, Any]:
    """What became of the clauses and of the risks. Raises `NotYetReviewed`, `UnknownContract`."""
    from verticals.contract_review.service import comparing

    return comparing.told(contract=contract, before=before, after=after)


def clause(one: ClauseTemplate) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        **{name: getattr(one, name) for name in _CLAUSE},
    }


_CLAUSE = ("title", "contract_type", "side", "language", "rule", "preferred", "acceptable", "walk_away")


def clauses() -> list[dict[str, Any]]:
    own = [clause(one) for one in ClauseTemplate.objects.filter(archived_at=None)]
    shipped = [
        {"id": None, **{name: getattr(one, name) for name in _CLAUSE}}
        for language in ("zh", "en")
        for one in shipped_clauses(language)
    ]
    return own + shipped


def rule(one: engine.RuleRow) -> dict[str, Any]:
    return {
        "code": one.code,
        "titles": dict(one.titles),
        "scope": one.scope,
        "types": list(one.types),
        "score": one.score,
        "effect": one.effect,
        "thresholds": dict(one.thresholds),
    }


def playbook(one: PlaybookVersion) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "contract_type": one.playbook.contract_type,
        "side": one.playbook.side,
        "number": one.number,
        "settings": one.settings,
        "four_eyes": one.four_eyes,
        "ruleset_version": engine.playbook_of(one.settings).version(),
        "note": one.note,
        "created_at": one.created_at.isoformat(),
    }


def parameter(one: Parameter) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "name": one.name,
        "region": one.region,
        "value": str(one.value),
        "valid_from": one.valid_from.isoformat(),
        "source": one.source,
        "entered_by": str(one.entered_by),
    }


def parameters() -> list[dict[str, Any]]:
    return [parameter(one) for one in Parameter.objects.all()]


__all__ = [
    "batch",
    "blocks",
    "contract",
    "finding",
    "inquiry",
    "review",
    "statutes",
    "summary",
    "task_result",
    "words_of",
]
