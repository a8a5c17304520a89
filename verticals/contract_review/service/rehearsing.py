"""A contract reviewed with a given release, and nothing kept: what the gate judges a release by."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sunmao.answering.counting import tokens_in
from sunmao.answering.rehearsing import Rehearsed
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.findings import Finding
from sunmao.core.ids import new_id
from verticals.contract_review import selectors
from verticals.contract_review.models import Review
from verticals.contract_review.service import engine, model_findings, receiving, reviewing
from verticals.contract_review.service.rights import RUN, TASK


def rehearse(*, actor: Actor, release: Any, data: Mapping[str, Any]) -> Rehearsed:
    """The rules, then the release's model, as a review does it. `text` is what the review says, `findings`
    carry the rules' ids."""
    actor.require(RUN, task=TASK)
    began = time.perf_counter()
    wish, text = receiving.wish(data), str(data["text"])
    with tenancy.scope(actor.organisation_id):
        review = Review(
            organisation_id=actor.organisation_id,
            owner_id=actor.id,
            owner_kind=actor.kind,
            owner_language=actor.language,
            person_key=new_id(),
            side=wish.side,
            contract_type=wish.contract_type,
            strictness=wish.strictness,
            focus=list(wish.focus),
            as_of=wish.as_of,
            playbook=selectors.playbook_for(contract_type=wish.contract_type, side=wish.side),
            parameters=engine.snapshot_of(selectors.parameters(), wish.as_of),
        )
    rules = reviewing.examine(text=text, review=review)
    second = model_findings.look(
        text=text, review=review, rules=rules, still_wanted=lambda: True, release=release
    )
    contents = [reviewing.row_of(one, text) for one in rules.findings]
    rows = model_findings.merged(contents, second)
    return Rehearsed(
        outcome="answered",
        text=engine.result_of(rules)["blocks"].get(rules.language, ""),
        language=rules.language,
        findings=[_finding(row) for row in rows],
        engine=second.engine,
        model=second.model,
        seconds=round(time.perf_counter() - began, 3),
        tokens=tokens_in(second.prompts, second.texts) if second.prompts else 0,
    )


def _finding(row: Mapping[str, Any]) -> Finding:
    content = row["content"]
    return {
        "rule_id": row["rule"],
        "source": "model" if row["source"] == "model" else "rule",
        "severity": row["severity"],
        "title": content["title"],
        "explanation": content["explanation"],
        "citations": [],
    }


__all__ = ["rehearse"]
