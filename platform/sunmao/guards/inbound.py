"""What is done with a question: let it through, report it, answer it without tools, or refuse it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sunmao.core.errors import Forbidden
from sunmao.core.findings import Finding
from sunmao.guards.injection import detect as injection
from sunmao.guards.misuse import detect as misuse
from sunmao.guards.policy import policy

Action = Literal["allow", "without_tools", "refuse"]


class QuestionRefused(Forbidden):
    code = "question_refused"
    default_message = gettext_lazy(
        "This question was not answered: it asks for something that this service does not do. "
        "Put it differently, or ask a person."
    )


@dataclass(frozen=True)
class Judgement:
    """`findings` say why; `care` when the person may be in danger."""

    action: Action
    score: float
    carriers: tuple[str, ...]
    findings: tuple[Finding, ...]
    care: bool = False

    def as_dict(self) -> dict[str, Any]:
        rules = [finding["rule_id"] for finding in self.findings]
        return {
            "action": self.action,
            "score": self.score,
            "rules": rules,
            "carriers": list(self.carriers),
        }


def judge(text: str) -> Judgement:
    """Titles are in the language that is active."""
    found = injection.inspect(text, origin="question")
    asked = misuse.inspect(text)
    care = any(one.care for one in asked)
    refused = _injection_refused(found) or any(_misuse_refused(one) for one in asked)
    suspicious = found.score >= policy().flag
    action: Action = "refuse" if refused and not care else "without_tools" if suspicious or asked else "allow"
    return Judgement(
        action=action,
        score=found.score,
        carriers=found.carriers if suspicious else (),
        findings=(
            *(_of_injection(text, found) if suspicious else ()),
            *(_of_misuse(text, one) for one in asked),
        ),
        care=care,
    )


def _injection_refused(found: injection.Inspection) -> bool:
    return bool(settings.SUNMAO_REFUSE_INJECTIONS) and found.score >= policy().refuse


def _misuse_refused(one: misuse.Misuse) -> bool:
    return bool(settings.SUNMAO_REFUSE_MISUSE) and policy().misuse[one.severity] == "refuse"


def _of_injection(text: str, found: injection.Inspection) -> Iterator[Finding]:
    """One finding: the gravest signal names it, its place is that of all."""
    worst = max(found.signals, key=lambda signal: signal.weight)
    start, end = min(s.start for s in found.signals), max(s.end for s in found.signals)
    yield Finding(
        rule_id=worst.rule_id,
        source="guard",
        severity="high" if found.score >= policy().refuse else "medium",
        title=_("The question tries to give the system orders"),
        explanation=_("Orders to the system are not followed; the question is answered without tools."),
        citations=[],
        span={"start": start, "end": end, "quote": text[start:end][:200]},
        confidence=found.score,
    )


def _of_misuse(text: str, one: misuse.Misuse) -> Finding:
    return Finding(
        rule_id=one.rule_id,
        source="guard",
        severity="info" if one.care else one.severity,
        title=_("Somebody may be in danger") if one.care else _("The question asks for help with harm"),
        explanation=_("Help comes first: the question is answered.")
        if one.care
        else _("Only what approved sources say may be answered."),
        citations=[],
        span={"start": one.start, "end": one.end, "quote": text[one.start : one.end][:200]},
    )
