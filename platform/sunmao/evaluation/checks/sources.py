"""Checks of what an answer was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.evaluation.checks.kind import Answered, Checked, Kind
from sunmao.evaluation.checks.reading import text, texts, truth, whole

DEPTH = 5


def _retrieval(answered: Answered, given: Mapping[str, Any]) -> Checked:
    """The score is the share of the documents that stand among the first `within` passages."""
    read = answered.read[: given.get("within", DEPTH)]
    missing = [one for one in given["documents"] if one not in read]
    found = 1 - len(missing) / len(given["documents"])
    return Checked(not missing, "; ".join(missing), round(found, 4))


def _citation(answered: Answered, given: Mapping[str, Any]) -> Checked:
    """Every one of the documents is cited; with `only`, no other is."""
    wrong = [f"- {one}" for one in given["documents"] if one not in answered.cited]
    if given.get("only", False):
        wrong += [f"+ {one}" for one in dict.fromkeys(answered.cited) if one not in given["documents"]]
    return Checked(not wrong, "; ".join(wrong))


def _rule(answered: Answered, given: Mapping[str, Any]) -> Checked:
    there = any(finding.get("rule_id") == given["rule_id"] for finding in answered.findings)
    return Checked(there == given.get("present", True))


KINDS = {
    "retrieval": Kind(
        title=_("finds documents"),
        check=_retrieval,
        required={"documents": texts},
        optional={"within": whole(1, 20)},
    ),
    "citation": Kind(
        title=_("cites documents"), check=_citation, required={"documents": texts}, optional={"only": truth}
    ),
    "rule": Kind(
        title=_("a rule speaks"), check=_rule, required={"rule_id": text}, optional={"present": truth}
    ),
}
__all__ = ["KINDS"]
