"""What the words of a question do not find, the references of what they find do."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden
from sunmao.jobs.models import Job
from sunmao.knowledge import retrieval
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.graph import extraction, walking
from sunmao.knowledge.graph.models import Link, LinkedBase, Mention, Name, Place
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.pins import BaseVersion
from tests.fixtures import Cast, Ingest, WorkOff, state_of, verbs_of

SHELF = "rules"
QUESTION = "预付定金超过比例的部分如何处理"
LAW = """# 家具买卖办法

第一条　为了规范家具交易，制定本办法。

第二条　预付定金超过比例的部分，依照本办法第五条处理。

第三条　送货上门的费用由卖方承担。

第四条　安装应当在三日内完成。

第五条　前述情形，适用《价款返还细则》第三条。

第六条　本办法自公布之日起施行。
"""
DETAIL = """# 价款返还细则

第一条　本细则适用于门店。

第二条　返还原路进行。

第三条　多收金额在十个工作日内退回原账户。

第四条　逾期每日加付万分之五。

第五条　本细则由总部解释。
"""
OTHER = """# 定金须知

第一条　定金的比例由双方约定。

第二条　预付的部分计入总价。

第三条　超过期限的订单另行处理。

第四条　定金如何退还，由门店说明。
"""
ANSWER = "多收金额在十个工作日内退回原账户"


@pytest.fixture
def base(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    """Other rules share some words with the question, so that the answer is not found by being alone."""
    ingest(cast.zhou.actor, "家具买卖办法.md", LAW, base=SHELF)
    ingest(cast.zhou.actor, "价款返还细则.md", DETAIL, base=SHELF)
    ingest(cast.zhou.actor, "定金须知.md", OTHER, base=SHELF)
    with tenancy.scope(cast.hemu.pk):
        return KnowledgeBase.objects.get(slug=SHELF)


def _texts(cast: Cast, base: KnowledgeBase, *, version: int | None = None) -> list[str]:
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        pin = BaseVersion(base, version if version is not None else base.version)
        found = retrieval.retrieve(actor=cast.mei.actor, question=QUESTION, bases=[pin], limit=4)
        return [hit.passage.text for hit in found.hits]


def _passage(text: str) -> Passage:
    return Passage.objects.filter(text__contains=text).order_by("-born")[0]


def test_only_references_lead_to_the_answer(cast: Cast, base: KnowledgeBase, work_off: WorkOff) -> None:
    assert not any(ANSWER in text for text in _texts(cast, base))
    extraction.turn_on(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    found = _texts(cast, base)
    assert "第二条" in found[0]
    assert any(ANSWER in text for text in found)
    with tenancy.scope(cast.hemu.pk):
        pin = BaseVersion(base, base.version)
        reached = walking.expand(actor=cast.mei.actor, pin=pin, seeds=[_passage("预付定金").pk])
        traced = retrieval.retrieve(actor=cast.mei.actor, question=QUESTION, bases=[pin], trace=True).trace
        assert traced is not None
        (stage,) = traced.named("linked")
        assert _passage(ANSWER).pk in {one.passage_id for one in stage.best}
        assert [(one.depth, one.passage) for one in reached] == [
            (1, _passage("前述情形").pk),
            (2, _passage(ANSWER).pk),
        ]
        assert reached[1].path == (_passage("预付定金").pk, _passage("前述情形").pk, _passage(ANSWER).pk)
        assert Job.objects.get(kind="graph.link").result == {"documents": 3, "references": 2, "entities": 0}
        assert LinkedBase.objects.get().complete
    assert verbs_of(cast.hemu)[-1] == "graph.turned_on"


def test_depth_and_width_have_bounds(cast: Cast, ingest: Ingest, work_off: WorkOff) -> None:
    """A circle of references and a passage that refers to thirty: the walk ends."""
    many = "、".join(f"第{number}条" for number in range(2, 32))
    circle = "\n\n".join(f"第{number}条　适用第{number % 31 + 1}条。" for number in range(2, 32))
    base = ingest(
        cast.zhou.actor, "圆规定.md", f"# 圆规定\n\n第1条　参见{many}。\n\n{circle}", base=SHELF
    ).base
    extraction.turn_on(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        pin, first = BaseVersion(base, base.version), Place.objects.get(key="article:1").passage_id
        reached = walking.expand(actor=cast.mei.actor, pin=pin, seeds=[first], depth=99, width=99)
        assert max(one.depth for one in reached) == walking.DEPTH
        assert sum(one.depth == 1 for one in reached) == walking.WIDTH
        assert len(reached) <= walking.MOST
        one_step = walking.expand(actor=cast.mei.actor, pin=pin, seeds=[first], depth=1, width=3)
        assert [(one.depth, len(one.path)) for one in one_step] == [(1, 2)] * 3


def test_an_edge_lives_as_long_as_its_passage(
    cast: Cast, base: KnowledgeBase, ingest: Ingest, work_off: WorkOff
) -> None:
    extraction.turn_on(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        before = base.version
    ingest(
        cast.zhou.actor,
        "家具买卖办法.md",
        LAW.replace("，适用《价款返还细则》第三条", "不予处理"),
        base=SHELF,
    )
    assert not any(ANSWER in text for text in _texts(cast, base))
    assert any(ANSWER in text for text in _texts(cast, base, version=before))


def test_a_law_that_comes_later_is_a_target_at_once(cast: Cast, ingest: Ingest, work_off: WorkOff) -> None:
    base = ingest(cast.zhou.actor, "家具买卖办法.md", LAW, base=SHELF).base
    extraction.turn_on(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    ingest(cast.zhou.actor, "价款返还细则.md", DETAIL, base=SHELF)
    assert any(ANSWER in text for text in _texts(cast, base))


def test_a_removed_law_is_no_target(cast: Cast, base: KnowledgeBase, work_off: WorkOff) -> None:
    extraction.turn_on(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        law = Document.objects.get(name="价款返还细则.md")
    knowledge.delete_document(actor=cast.zhou.actor, document=law)
    assert not any(ANSWER in text for text in _texts(cast, base))


def test_a_term_leads_to_its_definition(cast: Cast, ingest: Ingest, work_off: WorkOff) -> None:
    filler = "\n\n".join(f"# Part {n}\n\nThe sofa of model {n} is blue." for n in range(12))
    contract = (
        '# Meaning\n\n"Grace Period" means fourteen days after arrival.\n\n'
        f"# Returns\n\nA parcel may be sent back within the Grace Period.\n\n{filler}"
    )
    base = ingest(cast.zhou.actor, "contract.md", contract, base=SHELF).base
    extraction.turn_on(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        pin, parcel = BaseVersion(base, base.version), _passage("A parcel may be sent back")
        found = walking.neighbours(actor=cast.mei.actor, pin=pin, passage=parcel)
        assert [(one.relation, one.outgoing, "fourteen days" in one.passage.text) for one in found] == [
            ("defined_in", True, True)
        ]


def test_neighbours_are_told_both_ways(cast: Cast, base: KnowledgeBase, work_off: WorkOff) -> None:
    extraction.turn_on(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        pin = BaseVersion(base, base.version)
        found = walking.neighbours(actor=cast.mei.actor, pin=pin, passage=_passage("前述情形"))
        assert [(one.relation, one.passage.label, one.passage.document.title) for one in found] == [
            ("refers_to", "第三条", "价款返还细则"),
            ("referred_to_by", "第二条", "家具买卖办法"),
        ]


def test_a_base_for_staff_leads_customers_nowhere(cast: Cast, base: KnowledgeBase, work_off: WorkOff) -> None:
    extraction.turn_on(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        KnowledgeBase.objects.filter(pk=base.pk).update(audience="staff")
        base.refresh_from_db()
        pin, seeds = BaseVersion(base, base.version), [_passage("预付定金").pk]
        assert walking.expand(actor=cast.mei.actor, pin=pin, seeds=seeds) == []
        assert len(walking.expand(actor=cast.zhou.actor, pin=pin, seeds=seeds)) == 2
    with tenancy.scope(cast.qinghe.pk):
        assert walking.expand(actor=cast.omar.actor, pin=pin, seeds=seeds) == []


def test_turning_it_off_forgets_what_was_read(cast: Cast, base: KnowledgeBase, work_off: WorkOff) -> None:
    extraction.turn_on(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    extraction.turn_off(actor=cast.zhou.actor, base=base)
    assert not any(ANSWER in text for text in _texts(cast, base))
    with tenancy.scope(cast.hemu.pk):
        assert [table.objects.count() for table in (LinkedBase, Name, Place, Link, Mention)] == [0] * 5
    assert verbs_of(cast.hemu)[-1] == "graph.turned_off"


def test_whoever_may_not_turns_nothing_on(cast: Cast, base: KnowledgeBase) -> None:
    before = state_of(cast.hemu)
    for person in (cast.mei, cast.ann):
        with pytest.raises(Forbidden):
            extraction.turn_on(actor=person.actor, base=base)
        with pytest.raises(Forbidden):
            extraction.turn_off(actor=person.actor, base=base)
    assert state_of(cast.hemu) == before


def test_reading_again_changes_nothing(cast: Cast, base: KnowledgeBase, work_off: WorkOff) -> None:
    extraction.turn_on(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        before = set(Link.objects.values_list("passage_id", "work", "key", "start"))
        for document in Document.objects.select_related("current"):
            extraction._again(base, document)
        assert set(Link.objects.values_list("passage_id", "work", "key", "start")) == before
