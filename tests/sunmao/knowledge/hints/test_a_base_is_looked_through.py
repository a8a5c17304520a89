"""The job that looks a base through writes hints, each once, and changes nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.utils import translation

from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, Forbidden
from sunmao.jobs.models import Job
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.hints import services
from sunmao.knowledge.hints.models import Hint
from sunmao.knowledge.hints.selectors import hints_visible_to, why
from sunmao.knowledge.models import Document, KnowledgeBase, Revision
from sunmao.knowledge.versions.dates import Dates
from tests.fixtures import Cast, Ingest, WorkOff, state_of, verbs_of


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


BASE = "customer-service"
Looked = Callable[[], list[Hint]]


@pytest.fixture
def look(cast: Cast, work_off: WorkOff) -> Looked:
    def through() -> list[Hint]:
        with tenancy.scope(cast.hemu.pk):
            base = KnowledgeBase.objects.get(slug=BASE)
        services.request(actor=cast.zhou.actor, base=base)
        work_off(cast.zhou.actor)
        with tenancy.scope(cast.hemu.pk):
            assert Job.objects.filter(kind="hints.look").latest("created_at").error_code == ""
            return list(hints_visible_to(cast.zhou.actor).exclude(state="gone").order_by("kind", "rule"))

    return through


def _told(hints: list[Hint]) -> list[tuple[str, str, str]]:
    return [(hint.kind, hint.rule, hint.state) for hint in hints]


def test_what_is_said_twice_and_what_differs_is_told(cast: Cast, ingest: Ingest, look: Looked) -> None:
    delivery = "Furniture is delivered on weekdays between nine and six. The carrier calls an hour before."
    goods = "Goods may be sent back within {} days of delivery."
    shop = f"# Shop\n\n## Delivery\n\n{delivery}\n\n## Returns\n\n{goods.format('seven')}\n"
    desk = f"# Desk\n\n## Delivery\n\n{delivery} Ask him.\n\n## Returns\n\n{goods.format(30)}\n"
    ingest(cast.zhou.actor, "a.md", shop)
    ingest(cast.zhou.actor, "b.md", desk)
    hints = look()
    assert _told(hints) == [("contradiction", "number", "open"), ("near_duplicate", "alike", "open")]
    assert str(why(hints[0])) == "Two statements on one subject give different figures: 7 and 30."
    assert {one.document.name for one in (hints[0].passage, hints[0].other) if one} == {"a.md", "b.md"}
    assert str(why(hints[1])).startswith("Two documents hold nearly the same text:")


def test_looking_again_finds_the_same_rows_and_leaves_what_was_dismissed(
    cast: Cast, ingest: Ingest, look: Looked
) -> None:
    ingest(cast.zhou.actor, "a.md", "# A\n\nGoods may be sent back within seven days of delivery.\n")
    ingest(cast.zhou.actor, "b.md", "# B\n\nGoods may be sent back within nine days of delivery.\n")
    (found,) = look()
    services.dismiss(actor=cast.zhou.actor, hint=found)
    (again,) = look()
    assert (again.pk, again.state) == (found.pk, "dismissed")
    with pytest.raises(Conflict):
        services.dismiss(actor=cast.zhou.actor, hint=again)
    services.reopen(actor=cast.zhou.actor, hint=again)
    ingest(cast.zhou.actor, "b.md", "# B\n\nGoods may be sent back within seven days of delivery!\n")
    assert [hint for hint in look() if hint.kind == "contradiction"] == []
    assert {"hint.dismissed", "hint.reopened", "hints.requested"} <= set(verbs_of(cast.hemu))


def test_what_has_grown_old_is_told(cast: Cast, ingest: Ingest, look: Looked, work_off: WorkOff) -> None:
    base = ingest(cast.zhou.actor, "old.md", "# Old\n\nThe winter sale is on the ground floor.\n").base
    knowledge.receive(
        actor=cast.zhou.actor, base=base, name="sale.md", chunks=[b"# Sale\n\nThe spring sale lasts long.\n"],
        dates=Dates(date(2024, 3, 1), date(2024, 4, 30)),
    )  # fmt: skip
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        Revision.objects.filter(document__name="old.md").update(created_at=now() - timedelta(days=400))
    ended, unreviewed = look()
    assert (ended.rule, ended.document.name) == ("past_last_day", "sale.md")
    assert str(why(ended)) == "It was in force through 2024-04-30; questions of today do not find it."
    assert (unreviewed.rule, unreviewed.document.name) == ("not_reviewed", "old.md")
    assert unreviewed.values["days"] == "400"
    with tenancy.scope(cast.hemu.pk):
        document = Document.objects.select_related("base").get(name="old.md")
    services.mark_reviewed(actor=cast.zhou.actor, document=document)
    assert _told(look()) == [("ended", "past_last_day", "open")]


def _law(*articles: str) -> bytes:
    numbers = "一二三四五六七八"
    text = "\n\n".join(f"第{numbers[place]}条　{article}" for place, article in enumerate(articles))
    return f"门店管理条例\n\n{text}\n".encode()


def test_references_to_what_is_no_longer_in_force_are_told(
    cast: Cast, ingest: Ingest, look: Looked, work_off: WorkOff
) -> None:
    """A rule book loses its last article, another ends; a manual still refers to both."""
    base = ingest(
        cast.zhou.actor,
        "手册.md",
        "# 员工手册\n\n## 营业\n\n依照《门店管理条例》第六条办理。另见《门店管理条例》第二条。\n\n"
        "## 促销\n\n促销依照《促销暂行办法》执行。\n",
    ).base
    articles = [
        "门店每日营业。",
        "门店应当公示价格。",
        "门店应当开具发票。",
        "门店应当验货。",
        "门店应当消防。",
        "门店六点关门。",
    ]
    for name, content, dates in (
        ("门店管理条例.txt", _law(*articles), Dates(date(2020, 1, 1))),
        ("门店管理条例.txt", _law(*articles[:5]), Dates(date(2025, 1, 1))),
        ("促销暂行办法.txt", "促销以季度为限。".encode(), Dates(date(2020, 1, 1), date(2023, 12, 31))),
    ):
        knowledge.receive(actor=cast.zhou.actor, base=base, name=name, chunks=[content], dates=dates)
        work_off(cast.zhou.actor)
    told = {str(why(hint)) for hint in look() if hint.kind == "repealed"}
    assert told == {
        "It refers to 第六条 of 门店管理条例; the text in force has no such article.",
        "It refers to 促销暂行办法, which was in force through 2023-12-31.",
    }


def test_one_look_at_a_time_and_only_by_whom_it_is_for(cast: Cast, ingest: Ingest) -> None:
    base = ingest(cast.zhou.actor, "a.md", "# A\n\nGoods may be sent back.\n").base
    before = state_of(cast.hemu)
    for actor in (cast.mei.actor, cast.ann.actor):
        with pytest.raises(Forbidden):
            services.request(actor=actor, base=base)
    assert state_of(cast.hemu) == before
    services.request(actor=cast.zhou.actor, base=base)
    with pytest.raises(services.UnderWay):
        services.request(actor=cast.zhou.actor, base=base)
