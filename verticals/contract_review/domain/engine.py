"""From a text to a review: copy, segments, facts, rules, order, verdict."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from verticals.contract_review.domain import checks as _checks  # noqa: F401  enters the functions
from verticals.contract_review.domain.case import CHECKS, Case, Hit
from verticals.contract_review.domain.checklist import checklist
from verticals.contract_review.domain.facts import extract, moved
from verticals.contract_review.domain.kinds import languages_of, side_of, suggest_type, whole_contract
from verticals.contract_review.domain.normal import normal
from verticals.contract_review.domain.opinion import CONFIDENCE, opinions, takes_part
from verticals.contract_review.domain.parameters import Parameters
from verticals.contract_review.domain.playbook import DEFAULT, Outcome, Playbook, Rule, rules
from verticals.contract_review.domain.segments import clauses
from verticals.contract_review.domain.shapes import (
    CONTRACT_TYPES,
    ContractType,
    Effect,
    Finding,
    Language,
    Legality,
    Replacement,
    Review,
    Span,
    Verdict,
    Words,
    severity_of,
)
from verticals.contract_review.domain.statutes import cite

BREAKING: frozenset[Effect] = frozenset(
    ("void", "partly_void", "revocable", "not_incorporated", "unenforceable_excess", "regulatory")
)
_NAME = re.compile(r"\{(\w+)\}")
SHOWN = {"strict": 0, "normal": 15, "lenient": 40}


def review(
    text: str,
    *,
    side: str = "neutral",
    contract_type: str = "",
    as_of: date,
    parameters: Parameters,
    playbook: Playbook = DEFAULT,
    language: str = "",
    whole: bool | None = None,
    second: bool = True,
) -> Review:
    """Review a contract or a pasted clause. The same arguments give the same review.

    `language` is that of the reader, by default that of the text. `whole` says whether absences count;
    None leaves it to the look of the text.
    `second` lets what was learnt speak where no pattern does.
    """
    if contract_type and contract_type not in CONTRACT_TYPES:
        raise ValueError(f"There is no contract type {contract_type}.")
    copy = normal(text)
    tongues = languages_of(copy.text)
    reader: Language = "en" if (language or tongues[0]).lower().startswith("en") else "zh"
    parts = clauses(text)
    kind: ContractType = contract_type or suggest_type(copy.text)
    facts = extract(copy.text)
    case = Case(
        copy=copy,
        clauses=parts,
        facts=facts,
        side=side_of(side),
        contract_type=kind,
        whole=whole_contract(copy.text, parts) if whole is None else whole,
        as_of=as_of,
        parameters=parameters,
        playbook=playbook,
    )
    found = _findings(case, tongues, reader, second=second)
    return Review(
        contract_type=kind,
        side=case.side,
        language=reader,
        clauses=parts,
        facts=moved(facts, copy),
        findings=found,
        verdict=verdict_of(found),
        checklist=checklist(case, found, tongues, reader),
        ruleset_version=playbook.version(),
        as_of=as_of,
        whole=case.whole,
        notes=_notes(case, found),
    )


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Commercial points and gaps that a statute fills do not make a contract non-compliant."""
    return "non_compliant" if any(one.legality == "non_compliant" for one in findings) else "compliant"


def _notes(case: Case, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Codes of what a reader has to know: what could not be checked, what was not in the text."""
    notes = [] if case.whole else ["snippet"]
    labels = {party.label for party in case.facts.parties}
    if case.side != "neutral" and labels and case.side not in labels and case.side not in case.text:
        notes.append("side_not_in_text")
    notes += (
        ["minimum_wage_missing"]
        if case.contract_type == "labour" and not case.parameters.minimum_wages
        else []
    )
    notes += ["institutions_missing"] if "仲裁" in case.text and not case.parameters.institutions else []
    lpr = case.parameters.lpr_on(case.as_of)
    notes += ["lpr_older_than_a_quarter"] if (case.as_of - lpr.since).days > 92 else []
    return tuple(notes)


def _findings(
    case: Case, tongues: tuple[Language, ...], reader: Language, *, second: bool
) -> tuple[Finding, ...]:
    asked = [rule for rule in rules() if _applies(rule, case, tongues)]
    pairs = [(rule, hit) for rule in asked for hit in CHECKS[rule.check](rule, case)]
    if second:
        said = {rule.code for rule, _ in pairs}
        silent = {rule.code: rule for rule in asked if takes_part(rule) and rule.code not in said}
        pairs += opinions(case, silent)
    made = [_finding(rule, hit, case, reader) for rule, hit in _unfolded(pairs, case)]
    floor = SHOWN[case.playbook.strictness]
    end = len(case.copy.given)
    return tuple(
        sorted(
            (one for one in made if one.score >= floor),
            key=lambda one: (-one.score, one.spans[0].start if one.spans else end, one.rule),
        )
    )


def _applies(rule: Rule, case: Case, tongues: tuple[Language, ...]) -> bool:
    in_force = rule.effective_from <= case.as_of and (
        rule.effective_to is None or case.as_of < rule.effective_to
    )
    return (
        in_force
        and rule.language in tongues
        and case.playbook.uses(rule)
        and (not rule.types or case.contract_type in rule.types)
        and (rule.scope == "clause" or case.whole)
        and (not rule.sides or case.side == "neutral" or case.side in rule.sides)
    )


def _unfolded(pairs: list[tuple[Rule, Hit]], case: Case) -> list[tuple[Rule, Hit]]:
    """Without the points that a graver one about the same sentence already makes."""
    grave = {
        (rule.code, place)
        for rule, hit in pairs
        if hit.spans and _score(rule, hit, case) >= 15
        for place in _sentences_of(hit, case)
    }
    return [
        (rule, hit)
        for rule, hit in pairs
        if not any(
            (code, place) in grave
            for code in rule.outcomes[hit.outcome].within
            for place in _sentences_of(hit, case)
        )
    ]


def _sentences_of(hit: Hit, case: Case) -> tuple[int, ...]:
    """Where the sentence of a hit starts; what was learnt speaks of a whole article."""
    if not hit.spans:
        return ()
    start, end = hit.spans[0]
    if not hit.learnt:
        return (case.sentence_at(start).start,)
    return tuple(one.start for one in case.lines if start < one.end and one.start < end)


def _score(rule: Rule, hit: Hit, case: Case) -> int:
    own = rule.outcomes[hit.outcome].score
    if hit.outcome == "default" or rule.outcomes["default"].score == own:
        return case.playbook.scores.get(rule.code, own)
    return own


def _finding(rule: Rule, hit: Hit, case: Case, reader: Language) -> Finding:
    outcome, score = rule.outcomes[hit.outcome], _score(rule, hit, case)
    spans = tuple(case.copy.back(*span) for span in hit.spans)
    fill = _filled(hit, case)
    words = {name: _words(outcome, fill, name) for name in ("zh", "en")}
    template = case.playbook.rewrites.get(rule.code, outcome.rewrite)
    rewrite = hit.rewrite or _put(template, fill)
    if hit.learnt:  # no function worked out what the templates ask for
        words = {name: _in_general(one, fill, name) for name, one in words.items()}
        rewrite = next((one for one in (rewrite, outcome.fallback) if not _NAME.search(one)), "")
    return Finding(
        rule=rule.code,
        title=words[reader].title,
        severity=severity_of(score),
        score=score,
        effect=outcome.effect,
        legality=_legality(outcome, score),
        spans=spans,
        absent=not spans,
        explanation=words[reader].explanation,
        computed=dict(hit.computed),
        citations=cite(rule.citations, day=case.as_of, language=reader),
        rewrite=rewrite,
        replacement=_replacement(rule, hit, rewrite, case),
        fallback="" if hit.learnt and _NAME.search(outcome.fallback) else _put(outcome.fallback, fill),
        confidence=min(rule.confidence, CONFIDENCE) if hit.learnt else rule.confidence,
        words=words,
        source="learnt" if hit.learnt else "rule",
    )


def _put(template: str, fill: Mapping[str, str]) -> str:
    """The template with its names replaced; a name without a value stays, so that it is seen."""
    return _NAME.sub(lambda match: fill.get(match[1], match[0]), template)


def _filled(hit: Hit, case: Case) -> dict[str, str]:
    quote = "；".join(
        case.copy.given[span.start : span.end] for span in (case.copy.back(*one) for one in hit.spans)
    )
    shown = {name: show(value) for name, value in hit.computed.items()}
    return {"quote": re.sub(r"\s+", " ", quote), **shown, **hit.fill}


def show(value: object) -> str:
    """A number as people write it: 1825, 18.25, 0.05."""
    if isinstance(value, list | tuple):
        return "、".join(show(one) for one in value)
    if isinstance(value, int | str):
        return str(value)
    text = f"{value:.4f}" if hasattr(value, "__round__") else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _words(outcome: Outcome, fill: Mapping[str, str], language: str) -> Words:
    parts: dict[str, Any] = {
        part: _put(getattr(outcome, part)[language], fill)
        for part in ("title", "risk", "reason", "explanation")
    }
    return Words(**parts)


_GENERAL = {
    "zh": "“{quote}”：措辞与违反此项规定的条款相近，请核对。",
    "en": '"{quote}": it reads like clauses that break this rule, please check.',
}


def _in_general(words: Words, fill: Mapping[str, str], language: str) -> Words:
    """The same words, and a general sentence where a template asks for what nobody worked out."""
    general = _put(_GENERAL[language], fill)
    parts = {part: getattr(words, part) for part in ("title", "risk", "reason", "explanation")}
    return Words(**{part: general if _NAME.search(text) else text for part, text in parts.items()})


def _legality(outcome: Outcome, score: int) -> Legality:
    if score < 15 or outcome.effect == "commercial":
        return "compliant"
    if outcome.effect in BREAKING or (outcome.effect == "adjustable" and score >= 65):
        return "non_compliant"
    return "unclear"


def _replacement(rule: Rule, hit: Hit, rewrite: str, case: Case) -> Replacement | None:
    if hit.edit:
        start, end, new = hit.edit
        span = case.copy.back(start, end)
        return Replacement(start=span.start, end=span.end, text=new)
    if rule.edit == "none" or (not rewrite and rule.edit != "delete"):
        return None
    if not hit.spans:
        place = _before_signatures(case)
        return Replacement(start=place, end=place, text=f"\n{rewrite}")
    sentence = case.sentence_at(hit.spans[0][0])
    last = case.sentence_at(max(hit.spans)[0]) if rule.edit == "all" else sentence
    if case.clause_at(last.start) != case.clause_at(sentence.start):
        last = sentence  # what stands between two clauses is not ours to take out
    span = case.copy.back(sentence.start, last.end)
    if rule.edit == "delete":
        return Replacement(start=span.start, end=span.end, text="")
    if rule.edit == "part":
        part = case.copy.back(*case.part_at(*hit.spans[0]))
        old = case.copy.given[part.start : part.end]
        return Replacement(start=part.start, end=part.end, text=_with_sum(rewrite.rstrip("。"), old))
    if rule.edit in ("replace", "all"):
        return _smallest(case.copy.given, span, rewrite)
    return Replacement(start=span.end, end=span.end, text=rewrite)


def _with_sum(new: str, old: str) -> str:
    """The new part keeps the price that the old one states."""
    stated = re.findall(r"(?:人民币)?[\d,.零一二三四五六七八九十百千万亿]+\s?万?元", old)
    alone = len(stated) == 1 and "元" not in new
    return new.replace("合同总价", f"合同总价（{stated[0]}）", 1) if alone else new


def _before_signatures(case: Case) -> int:
    """The end of the last clause that is not about signing."""
    body = [one for one in case.clauses if one.kind != "sign"]
    return body[-1].end if body else len(case.copy.given)


def _smallest(given: str, span: Span, new: str) -> Replacement:
    """Without what is the same at both ends."""
    old = given[span.start : span.end]
    head = next(
        (i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    rest_old, rest_new = old[head:], new[head:]
    tail = 0
    while tail < min(len(rest_old), len(rest_new)) and rest_old[-1 - tail] == rest_new[-1 - tail]:
        tail += 1
    return Replacement(start=span.start + head, end=span.end - tail, text=rest_new[: len(rest_new) - tail])
