"""Where a cross-encoder is configured it reads question and passage together; nobody waits for it in vain."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.knowledge import reranking, retrieval
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.retrieval import Retrieved
from tests.fixtures import Cast, Ingest

RULES = """# 售后

## 退货运费

退货的运费由顾客承担。

## 换货运费

换货的运费由商家承担。

## 安装费

安装的费用由商家承担。
"""
QUESTION = "退货运费谁承担"


@pytest.fixture
def base(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    return ingest(cast.zhou.actor, "rules.md", RULES).base


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of two small layers with weights that nobody trained, as transformers stores one."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer, set_seed

    folder = tmp_path_factory.mktemp("tiny")
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *sorted({c for c in RULES + QUESTION if c.strip()}),
    ]
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    set_seed(3)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=1,
        initializer_range=0.5,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def _found(cast: Cast, base: KnowledgeBase) -> Retrieved:
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        pin = [BaseVersion(base, base.version)]
        return retrieval.retrieve(actor=cast.mei.actor, question=QUESTION, bases=pin, trace=True)


def _z(values: Sequence[float]) -> list[float]:
    return [(value - statistics.fmean(values)) / statistics.pstdev(values) for value in values]


@pytest.mark.slow
def test_its_scores_are_added_to_those_that_brought_the_passages_up(
    cast: Cast, base: KnowledgeBase, tiny: Path, settings: Any
) -> None:
    before = _found(cast, base)
    settings.SUNMAO_RERANKER, settings.SUNMAO_RERANK_MILLISECONDS = str(tiny), 60_000
    model = reranking.load()
    assert model is not None
    texts = [
        f"{' · '.join(('售后', hit.passage.heading_path[-1]))}\n{hit.passage.text}" for hit in before.hits
    ]
    both = zip(_z([hit.score for hit in before.hits]), _z(model.scores(QUESTION, texts)), strict=True)
    sums = [old + new for old, new in both]
    expected = [before.hits[place].passage.pk for place in sorted(range(3), key=lambda place: -sums[place])]
    found = _found(cast, base)
    assert [hit.passage.pk for hit in found.hits] == expected
    assert sorted(hit.score for hit in found.hits) == sorted(hit.score for hit in before.hits)
    assert (found.reranked.model, found.reranked.note) == (str(tiny), "")
    assert found.trace is not None
    assert found.trace.named("reranked")[0].details == {"model": str(tiny), "note": ""}


class _Slow:
    name = "slow"

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        time.sleep(0.6)
        return [0.0 for _ in texts]


def test_one_that_is_too_slow_is_not_waited_for(
    cast: Cast, base: KnowledgeBase, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [hit.passage.pk for hit in _found(cast, base).hits]
    settings.SUNMAO_RERANKER, settings.SUNMAO_RERANK_MILLISECONDS = "slow", 50
    monkeypatch.setitem(reranking._loaded, "slow", _Slow())
    late = _found(cast, base)
    assert ([hit.passage.pk for hit in late.hits], late.reranked.note) == (before, "timeout")
    assert _found(cast, base).reranked.note == "busy"
    time.sleep(0.8)


def test_one_that_is_still_loading_is_not_waited_for(
    cast: Cast, base: KnowledgeBase, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SUNMAO_RERANKER = "not there yet"
    monkeypatch.setattr(reranking, "warm_up", lambda: None)
    found = _found(cast, base)
    assert (found.reranked.note, len(found.hits)) == ("loading", 3)


def test_without_one_nothing_is_told_of_it(cast: Cast, base: KnowledgeBase) -> None:
    found = _found(cast, base)
    assert found.reranked == reranking.Reranked()
    assert found.trace is not None
    assert found.trace.named("reranked") == ()
