"""What an editor says means the same is found in the same place, from the next version on."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from sunmao.knowledge import retrieval
from sunmao.knowledge.learning import synonyms
from sunmao.knowledge.models import Change, KnowledgeBase
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.retrieval import Retrieved
from sunmao.knowledge.rollback import roll_back
from sunmao.knowledge.text.rewriting import rewritten
from tests.fixtures import Cast, Ingest, state_of, verbs_of

RULES = """# 服务规则

## 换机

屏幕出现坏点，三十天内可以更换新机。

## 延保

购买时可以加购两年延保服务。

## 配送

大件商品由专人配送入户。
"""
WORDS = ["亮斑", "坏点", "屏幕坏点"]


@pytest.fixture
def base(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    return ingest(cast.zhou.actor, "rules.md", RULES).base


def _found(cast: Cast, base: KnowledgeBase, question: str, *, version: int | None = None) -> Retrieved:
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        pin = [BaseVersion(base, base.version if version is None else version)]
        return retrieval.retrieve(actor=cast.mei.actor, question=question, bases=pin, trace=True)


def test_a_word_finds_what_another_word_says(cast: Cast, base: KnowledgeBase) -> None:
    before = base.version
    assert not _found(cast, base, "亮斑怎么办").judgement.accepted
    made = synonyms.add(actor=cast.zhou.actor, base=base, words=WORDS)
    found = _found(cast, base, "亮斑怎么办")
    assert found.hits[0].passage.heading_path[-1] == "换机"
    assert found.judgement.accepted
    assert "坏点" in found.question
    assert not _found(cast, base, "亮斑怎么办", version=made.born - 1).judgement.accepted
    assert verbs_of(cast.hemu)[-1] == "synonyms.added"
    assert base.version == before + 1


def test_withdrawn_words_are_not_known_to_the_next_version(cast: Cast, base: KnowledgeBase) -> None:
    made = synonyms.add(actor=cast.zhou.actor, base=base, words=WORDS)
    with tenancy.scope(cast.hemu.pk):
        synonyms.withdraw(actor=cast.zhou.actor, synonyms=made)
        base.refresh_from_db()
        assert synonyms.known(BaseVersion(base, base.version)) == []
        assert synonyms.known(BaseVersion(base, made.born)) == [WORDS]
        with pytest.raises(NotFound):
            synonyms.withdraw(actor=cast.zhou.actor, synonyms=made)


def test_going_back_takes_the_words_of_then(cast: Cast, base: KnowledgeBase) -> None:
    first = synonyms.add(actor=cast.zhou.actor, base=base, words=WORDS)
    with tenancy.scope(cast.hemu.pk):
        synonyms.withdraw(actor=cast.zhou.actor, synonyms=first)
    synonyms.add(actor=cast.zhou.actor, base=base, words=["延保", "保修"])
    done = roll_back(actor=cast.zhou.actor, base=base, to=first.born)
    assert (done.changed, done.documents) == (True, 0)
    with tenancy.scope(cast.hemu.pk):
        assert synonyms.known(BaseVersion(base, done.version)) == [WORDS]
        assert synonyms.known(BaseVersion(base, done.version - 1)) == [["延保", "保修"]]
    assert roll_back(actor=cast.zhou.actor, base=base, to=first.born).changed is False


def test_the_history_of_the_base_says_who_changed_its_words(cast: Cast, base: KnowledgeBase) -> None:
    made = synonyms.add(actor=cast.zhou.actor, base=base, words=WORDS)
    with tenancy.scope(cast.hemu.pk):
        change = Change.objects.get(base=base, version=made.born)
    assert (change.kind, change.made_by) == ("other", "zhou")
    assert made.added_by == cast.zhou.actor.subject


@pytest.mark.parametrize(
    ("case", "words", "error"),
    [
        ("one word", ["坏点"], InvalidInput),
        ("the same word twice", ["坏点", " 坏点 "], InvalidInput),
        ("an endless word", ["坏点", "坏" * 41], InvalidInput),
        ("a word of another group", ["亮斑", "黑屏"], Conflict),
    ],
)
def test_what_is_no_group_is_refused_and_changes_nothing(
    cast: Cast, base: KnowledgeBase, case: str, words: list[str], error: type[Exception]
) -> None:
    synonyms.add(actor=cast.zhou.actor, base=base, words=WORDS)
    before = state_of(cast.hemu)
    with pytest.raises(error):
        synonyms.add(actor=cast.zhou.actor, base=base, words=words)
    assert state_of(cast.hemu) == before, case


def test_who_only_asks_says_nothing_about_words(cast: Cast, base: KnowledgeBase) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        synonyms.add(actor=cast.mei.actor, base=base, words=WORDS)
    assert state_of(cast.hemu) == before


def test_a_weak_search_is_tried_once_more_and_then_refused(cast: Cast, base: KnowledgeBase) -> None:
    told = "上个月我和爱人路过商场，导购特别热情，孩子也很喜欢那里的滑梯，请问火星上的年会在哪里举行？"
    found = _found(cast, base, told)
    assert found.trace is not None
    assert len(found.trace.named("rewritten")) == 1
    assert len(found.trace.named("judged")) == 2
    assert (found.judgement.accepted, found.rewritten) == (False, False)


def test_what_cannot_be_put_otherwise_is_not_tried_again(cast: Cast, base: KnowledgeBase) -> None:
    found = _found(cast, base, "量子纠缠")
    assert found.trace is not None
    assert found.trace.named("rewritten") == ()


def test_a_story_is_condensed_to_what_it_asks_and_what_the_base_knows() -> None:
    told = "我上周在你们店里买了东西，昨天到的，今天打开屏幕上有坏点，给换新机吗？"
    known = {"屏幕": 3.0, "坏点": 4.0, "新机": 4.0}
    assert rewritten(told, known) == "今天打开屏幕上有坏点 给换新机"
    assert rewritten("坏点", known) == ""
    assert rewritten("坏点", known, ["亮斑"]) == "坏点 亮斑"
