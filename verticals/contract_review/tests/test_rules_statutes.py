"""The statute table agrees with the law texts where we have them, and says it in its own words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from verticals.contract_review.domain import articles, numeral
from verticals.contract_review.domain.statutes import StatuteArticle

LONGEST_SHARED = 24  # characters: terms of art are longer than one would think


def texts_of(folder: Path) -> dict[tuple[str, str], str]:
    rows = (
        json.loads(line)
        for line in (folder / "laws_cn" / "articles_core.jsonl").read_text(encoding="utf-8").splitlines()
    )
    return {(row["law"], row["article"]): row["text"] for row in rows if "law" in row and "article" in row}


@pytest.fixture(scope="module")
def held(reference_data: Path) -> list[tuple[StatuteArticle, str]]:
    texts = texts_of(reference_data)
    laws = {law for law, _ in texts}
    known = [
        one for one in articles().values() if one.law.title["zh"] in laws and one.law.effective_to is None
    ]
    return [(one, texts.get((one.law.title["zh"], f"第{numeral(one.article)}条"), "")) for one in known]


def test_every_cited_article_stands_in_the_law(held: list[tuple[StatuteArticle, str]]) -> None:
    assert len(held) >= 60
    assert [one.key for one, text in held if not text] == []


def test_paraphrases_are_not_copies(held: list[tuple[StatuteArticle, str]]) -> None:
    for one, text in held:
        law = re.sub(r"[，。；、\s]", "", text)
        ours = re.sub(r"[，。；、\s]", "", one.paraphrase["zh"])
        pieces = (ours[at : at + LONGEST_SHARED] for at in range(len(ours) - LONGEST_SHARED + 1))
        assert not any(piece in law for piece in pieces), one.key
