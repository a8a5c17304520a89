"""A second opinion on sentences that no pattern knows: linear weights over pieces of text, one row a rule.

It speaks only where the rule's own function says nothing about the whole text, and only for rules that
stand on words and not on a computation. `manage.py train_contracts` learns the weights; MODEL_CARD.md in the
folder of rules says from what, and what it is worth.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

from verticals.contract_review.domain.case import Case, Hit
from verticals.contract_review.domain.facts.people import LABEL
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.segments import Sentence
from verticals.contract_review.domain.words import compiled, families
from verticals.contract_review.figures import RULES_FOLDER

WEIGHTS = RULES_FOLDER / "opinion.json.gz"
CHECKS_OF_WORDS = frozenset(
    (
        "wording",
        "exempt_party",
        "exclusion",
        "force_majeure",
        "guarantee",
        "personal_data",
        "renewal",
        "sublease",
        "resignation",
        "working_time",
        "severance",
        "non_compete",
        "nda_term",
        "lease_repairs",
        "sme_payment",
        "prepayment",
    )
)
# A pasted clause is short and stands alone: its pieces weigh more, and nothing beside it explains it.
LEAST, LEAST_ALONE = -0.3, 0.8
SHORTEST, LONGEST, LONGEST_PIECE = 8, 700, 3
CONFIDENCE = 0.6
_PARTY = re.compile(rf"(?:{LABEL})(?![一-鿿]{{0,4}}(?:公司|平台))")
_FIGURE = re.compile(r"\d[\d,.]*")
_SPACE = re.compile(r"\s+")
_ASKS = re.compile(r"[?]\s*$|吗\s*$|是否合法|怎么办")
_SIGNED = re.compile(r"[(](?:盖章|签章|签字|签名|公章|章)[)]|盖章\s?:|签[字名]\s?:|法定代表人\s?:|信用代码")


@dataclass(frozen=True)
class Weights:
    """`pieces` gives for each piece how rare it is, and what it weighs for the rules for which it weighs
    anything, by their place in `codes`."""

    codes: tuple[str, ...]
    bias: tuple[float, ...]
    pieces: Mapping[str, tuple[float, tuple[tuple[int, float], ...]]]

    @classmethod
    def read(cls, path: Path) -> Weights:
        """From JSON: `pieces` as `[rarity, place, weight, place, weight, …]`, weights as multiples of
        `scale`, which each rule has its own of."""
        stored = json.loads(gzip.decompress(path.read_bytes()))
        scale = stored["scale"]
        return cls(
            codes=tuple(stored["codes"]),
            bias=tuple(stored["bias"]),
            pieces={
                piece: (
                    rarity,
                    tuple((at, many * scale[at]) for at, many in zip(own[::2], own[1::2], strict=True)),
                )
                for piece, (rarity, *own) in stored["pieces"].items()
            },
        )


def takes_part(rule: Rule) -> bool:
    """A rule that another sentence cures is not decided by one."""
    of_words = rule.scope == "clause" and rule.check in CHECKS_OF_WORDS
    return rule.language == "zh" and of_words and rule.edit != "after"


def folded(text: str) -> str:
    """Without names of parties, figures and blanks: what is left is what is agreed."""
    return _FIGURE.sub("0", _PARTY.sub("@", _SPACE.sub("", text)))


def pieces(text: str) -> set[str]:
    """Characters, twos and threes; and the families of words that stand there, alone and in pairs."""
    plain = folded(text)
    found = {
        plain[at : at + size] for size in range(1, LONGEST_PIECE + 1) for at in range(len(plain) - size + 1)
    }
    there = [name for name in families() if compiled(f"{{{name}}}").search(text)]
    found.update(f"F:{name}" for name in there)
    found.update(f"F:{one}+{other}" for one, other in combinations(there, 2))
    return found


def units(case: Case) -> Iterator[Sentence]:
    """What is read at one go: an article, or, where that is long, each clause of it."""
    for start, end in sorted({case.section_at(one.start) for one in case.sentences}):
        if end - start <= LONGEST:
            yield Sentence(start, end, case.text[start:end])
            continue
        inside = {case.clause_at(one.start) for one in case.sentences if start <= one.start < end}
        for first, last in sorted(inside):
            if last - first <= LONGEST:
                yield Sentence(first, last, case.text[first:last])


@cache
def learnt() -> Weights | None:
    """The weights that are shipped; none where the file is absent."""
    return Weights.read(WEIGHTS) if WEIGHTS.exists() else None


def scores(text: str, weights: Weights) -> list[float]:
    """What each rule makes of a text: above zero it reads like the clauses that break the rule."""
    known = [weights.pieces[one] for one in pieces(text) if one in weights.pieces]
    length = math.sqrt(sum(rarity * rarity for rarity, _ in known)) or 1.0
    found = [0.0] * len(weights.codes)
    for rarity, own in known:
        for at, weight in own:
            found[at] += rarity * weight
    return [one / length + bias for one, bias in zip(found, weights.bias, strict=True)]


def opinions(case: Case, wanted: Mapping[str, Rule]) -> Iterator[tuple[Rule, Hit]]:
    """For each rule that is asked about, the sentence that reads most like a breach of it, if any does."""
    weights = learnt() if wanted else None
    if weights is None:
        return
    open_still = {code: rule for code, rule in wanted.items() if not _settled(rule, case)}
    least = LEAST if case.whole else LEAST_ALONE
    best: dict[str, tuple[float, Sentence]] = {}
    for unit in units(case):
        words = unit.text.strip()
        if len(words) < SHORTEST or _ASKS.search(words) or _SIGNED.search(words):
            continue
        for code, score in zip(weights.codes, scores(unit.text, weights), strict=True):
            if (
                code in open_still
                and score > best.get(code, (least, unit))[0]
                and _is_about(open_still[code], unit.text)
            ):
                best[code] = (score, unit)
    for code, (_, unit) in best.items():
        yield wanted[code], _hit(unit)


def _is_about(rule: Rule, text: str) -> bool:
    """Whether a text has any word of the rule's matter, and none that takes it out of it: likeness alone may
    come from what stands around."""
    named = "about" not in rule.signals or rule.find("about", text)
    return bool(named) and not ("beyond" in rule.signals and rule.find("beyond", text))


def _settled(rule: Rule, case: Case) -> bool:
    """Whether the contract says elsewhere what the rule asks for."""
    return "settled" in rule.signals and bool(rule.find("settled", case.text))


def _hit(unit: Sentence) -> Hit:
    start = unit.start + len(unit.text) - len(unit.text.lstrip())
    end = unit.start + len(unit.text.rstrip().rstrip("。;"))
    return Hit(spans=((start, end),), fill=filled(unit.text), learnt=True)


def filled(text: str) -> dict[str, str]:
    """What the words of a rule leave open, as far as a sentence tells."""
    named = re.search(r"[甲乙]方", text)
    party = named[0] if named else "一方"
    return {
        "party": party,
        "other": {"甲方": "乙方", "乙方": "甲方"}.get(party, "另一方"),
        "lapse": "违约",
        "asymmetry_zh": "",
        "asymmetry_en": "",
        "detail_zh": "措辞与违反此项规定的条款相近，请核对",
        "detail_en": "it reads like clauses that break this rule, please check",
        "missing_zh": "法律要求的事项",
        "missing_en": "what the law asks for",
    }
