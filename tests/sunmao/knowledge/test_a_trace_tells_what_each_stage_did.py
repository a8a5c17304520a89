"""Hit testing shows what each stage of a retrieval did, and how long it took."""

from __future__ import annotations

import json

from sunmao.core import tenancy
from sunmao.knowledge import retrieval
from sunmao.knowledge.models import KnowledgeBase, Passage
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.retrieval import Retrieved
from tests.fixtures import Cast, Ingest
from tests.fixtures.files import RETURNS


def _found(cast: Cast, question: str, *, trace: bool = True) -> Retrieved:
    with tenancy.scope(cast.hemu.pk):
        base = KnowledgeBase.objects.get(slug="customer-service")
        pin = [BaseVersion(base, base.version)]
        return retrieval.retrieve(actor=cast.mei.actor, question=question, bases=pin, trace=trace)


def test_stages_are_told_in_the_order_in_which_they_ran(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    trace = _found(cast, "When is a refund paid?").trace
    assert trace is not None
    assert [(stage.name, stage.base) for stage in trace.stages if stage.name != "understood"] == [
        ("lexical", "customer-service"),
        ("fused", ""),
        ("judged", ""),
    ]
    assert all(stage.milliseconds > 0 for stage in trace.stages)
    assert trace.named("judged")[0].details["accepted"] is True


def test_a_passage_has_a_rank_in_each_stage(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    found = _found(cast, "When is a refund paid?")
    assert found.trace is not None
    best = found.hits[0].passage.pk
    with tenancy.scope(cast.hemu.pk):
        other = Passage.objects.exclude(pk=best).get().pk
    lexical = found.trace.named("lexical")[0]
    assert lexical.rank_of(best) == 1
    assert (lexical.rank_of(other), lexical.found) in ((2, 2), (None, 1))
    assert best in found.trace.passages


def test_a_trace_is_json_even_of_what_was_named_outright(cast: Cast, ingest: Ingest) -> None:
    law = "\n\n".join(f"第{number}条　内部规定{number}。" for number in "一二三四五六")
    ingest(cast.zhou.actor, "内部规定.md", law)
    trace = _found(cast, "第三条").trace
    assert trace is not None
    told = json.loads(json.dumps(trace.as_json(limit=1), allow_nan=False))
    assert [stage["found"] for stage in told if stage["name"] == "named"] == [1]
    assert told[-1]["details"] == {"accepted": True, "relevance": 1.0, "reason": "named"}


def test_nothing_is_kept_unless_it_is_asked_for(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    assert _found(cast, "When is a refund paid?", trace=False).trace is None
