from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_key, actor_of_user
from sunmao.answering.mining import presenting, selectors, services
from sunmao.answering.mining.models import Cluster, ClusterState, Member
from sunmao.answering.mining.tasks import nightly
from sunmao.answering.people import services as people
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from sunmao.core.resolving import visible
from sunmao.jobs.models import Job
from tests.fixtures import Ask, Cast, Ingest, WorkOff, state_of, verbs_of
from tests.fixtures.files import RETURNS

SOFA = ("沙发可以分期付款吗", "买沙发能不能分期付款", "请问沙发分期付款怎么办理")
LAMP = ("台灯的灯泡是什么型号", "台灯灯泡型号")
INSTALMENTS = "# 分期付款\n\n沙发可以分期付款，分三期、六期或十二期，在收银台办理。\n"
Mine = Callable[[], dict[str, Any]]


@pytest.fixture
def mine(cast: Cast, work_off: WorkOff) -> Mine:
    def run() -> dict[str, Any]:
        job = services.request(actor=cast.zhou.actor)
        work_off(cast.zhou.actor)
        with tenancy.scope(cast.hemu.pk):
            job.refresh_from_db()
        assert job.state == "succeeded", job.error_texts
        return job.result

    return run


@pytest.fixture
def asked(cast: Cast, ingest: Ingest, ask: Ask) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    for question in (*SOFA, *LAMP):
        assert ask(cast.mei.actor, question).outcome == "unanswered"


def _clusters(cast: Cast) -> list[tuple[int, str, set[str]]]:
    with tenancy.scope(cast.hemu.pk):
        found = selectors.page(selectors.clusters_visible_to(cast.zhou.actor), limit=100)
        return [
            (one.size, one.state, {str(each.record.question) for each in selectors.questions_of(one)})
            for one in found
        ]


def _largest(cast: Cast) -> Cluster:
    with tenancy.scope(cast.hemu.pk):
        return Cluster.objects.select_related("medoid").first()  # type: ignore[return-value]


def test_they_are_put_together_by_what_they_ask(cast: Cast, asked: None, mine: Mine) -> None:
    assert mine() == {"questions": 5, "clusters": 2, "gone": 0, "answered": 0}
    assert _clusters(cast) == [(3, "open", set(SOFA)), (2, "open", set(LAMP))]
    with tenancy.scope(cast.hemu.pk):
        shown = presenting.cluster(_largest(cast))
    assert shown["label"] in SOFA
    assert (shown["task"], shown["recent"], shown["before"], shown["bases"]) == (
        "customer_service.ask", 3, 0, ["customer-service"],
    )  # fmt: skip
    assert verbs_of(cast.hemu)[-2:] == ["unanswered.mining_requested", "unanswered.mined"]


def test_no_words_are_copied(cast: Cast, asked: None, mine: Mine) -> None:
    mine()
    from django.db import connection

    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        for table in ("mining_cluster", "mining_member"):
            cursor.execute(f"SELECT string_agg(to_jsonb(t)::text, '') FROM {table} t")  # noqa: S608
            assert not any(question in cursor.fetchone()[0] for question in SOFA[:1])


def test_what_people_decided_survives(cast: Cast, asked: None, ask: Ask, mine: Mine) -> None:
    mine()
    first = _largest(cast)
    services.decide(actor=cast.zhou.actor, found=first, state="planned", note="Ask the till")
    ask(cast.mei.actor, "沙发分期付款要手续费吗")
    ask(cast.mei.actor, "窗帘怎么清洗")
    assert mine()["clusters"] == 3
    again = _largest(cast)
    assert (again.pk, again.state, str(again.note), again.size) == (first.pk, "planned", "Ask the till", 4)
    assert verbs_of(cast.hemu, subject=first.pk) == ["unanswered.decided"]


def test_it_turns_answered_by_itself(cast: Cast, asked: None, ingest: Ingest, ask: Ask, mine: Mine) -> None:
    mine()
    ingest(cast.zhou.actor, "instalments.md", INSTALMENTS)
    assert mine()["answered"] == 1
    assert [(size, state) for size, state, _ in _clusters(cast)] == [(3, "answered"), (2, "open")]
    assert _largest(cast).answered_at is not None
    assert ask(cast.mei.actor, SOFA[0]).outcome == "answered"


def test_a_question_that_comes_again_opens_it(cast: Cast, asked: None, ask: Ask, mine: Mine) -> None:
    mine()
    services.decide(actor=cast.zhou.actor, found=_largest(cast), state="answered")
    mine()
    assert _largest(cast).state == ClusterState.ANSWERED
    ask(cast.mei.actor, SOFA[0])
    mine()
    assert (_largest(cast).state, _largest(cast).answered_at) == (ClusterState.OPEN, None)


def test_a_dismissed_one_stays_dismissed(cast: Cast, asked: None, ask: Ask, mine: Mine) -> None:
    mine()
    services.decide(actor=cast.zhou.actor, found=_largest(cast), state="dismissed")
    ask(cast.mei.actor, SOFA[0])
    mine()
    assert _largest(cast).state == ClusterState.DISMISSED


def test_a_base_for_staff_answers_no_customer(cast: Cast, asked: None, ingest: Ingest, mine: Mine) -> None:
    from sunmao.knowledge import services as knowledge
    from sunmao.knowledge.models import Audience

    mine()
    knowledge.create_base(actor=cast.zhou.actor, slug="till", audience=Audience.STAFF)
    ingest(cast.zhou.actor, "instalments.md", INSTALMENTS, base="till")
    assert mine()["answered"] == 0


def test_an_erased_person_is_in_no_cluster(cast: Cast, asked: None, ask: Ask, mine: Mine) -> None:
    system = accounts.system_actor(cast.hemu)
    other = actor_of_user(
        accounts.add_member(actor=system, username="wei", role=BuiltIn.END_USER), language="zh-hans"
    )
    ask(other, SOFA[0])
    mine()
    assert [size for size, _, _ in _clusters(cast)] == [4, 2]
    report = people.erase(actor=cast.lin.actor, subject="mei")
    with translation.override("en"):
        told = [(str(one.what), one.count) for one in report.erased]
    assert ("Unanswered questions in clusters", 5) in told
    assert _clusters(cast) == [(1, "open", {SOFA[0]})]
    mine()
    assert _clusters(cast) == [(1, "open", {SOFA[0]})]
    with tenancy.scope(cast.hemu.pk):
        assert Member.objects.filter(cluster=None).count() == 5


def test_a_rehearsal_of_erasing_leaves_them(cast: Cast, asked: None, mine: Mine) -> None:
    mine()
    before = state_of(cast.hemu)
    people.erase(actor=cast.lin.actor, subject="mei", dry_run=True)
    assert state_of(cast.hemu) == before


def test_masked_data_stays_masked(cast: Cast, ingest: Ingest, ask: Ask, mine: Mine) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    ask(cast.mei.actor, "台灯灯泡是什么型号？我的手机是13800138000。")
    mine()
    ((_size, _state, questions),) = _clusters(cast)
    assert "13800138000" not in "".join(questions)


def _narrow(cast: Cast, **scope: list[str]) -> Actor:
    role = accounts.create_role(
        actor=cast.lin.actor, slug="sorter", name="Sorter", permissions=["answering.unanswered.manage"]
    )
    key = accounts.create_api_key(actor=cast.lin.actor, name="k", role=role.slug, **scope)
    return actor_of_key(key.secret, language="en")


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ({"bases": ["customer-service"]}, 2),
        ({"bases": ["elsewhere"]}, 0),
        ({"tasks": ["customer_service"]}, 2),
        ({"tasks": ["medical"]}, 0),
    ],
)
def test_a_narrow_right_sees_its_part(
    cast: Cast, asked: None, mine: Mine, ingest: Ingest, scope: dict[str, list[str]], seen: int
) -> None:
    ingest(cast.zhou.actor, "x.md", RETURNS, base="elsewhere")
    mine()
    actor = _narrow(cast, **scope)
    with tenancy.scope(cast.hemu.pk):
        assert selectors.clusters_visible_to(actor).count() == seen
    with pytest.raises(Forbidden):
        services.request(actor=actor)


def test_others_see_and_decide_nothing(cast: Cast, asked: None, mine: Mine) -> None:
    mine()
    found, before = _largest(cast), state_of(cast.hemu)
    for actor in (cast.mei.actor, cast.ann.actor):
        with pytest.raises(Forbidden):
            services.decide(actor=actor, found=found, state="dismissed")
        with pytest.raises(Forbidden):
            services.request(actor=actor)
    with pytest.raises(InvalidInput):
        services.decide(actor=cast.zhou.actor, found=found, state="burnt")
    with tenancy.scope(cast.qinghe.pk), pytest.raises(NotFound):
        visible(cast.omar.actor, "unanswered", found.pk)
    assert state_of(cast.hemu) == before


def test_two_at_once_make_no_sense(cast: Cast, asked: None) -> None:
    services.request(actor=cast.zhou.actor)
    with pytest.raises(Conflict) as refused:
        services.request(actor=cast.zhou.actor)
    assert refused.value.code == "mining_under_way"


def test_every_night_where_something_was_not_answered(cast: Cast, asked: None) -> None:
    nightly()  # for every organisation that is there, those of other tests too
    assert nightly() == 0
    with tenancy.scope(cast.hemu.pk):
        assert Job.objects.filter(kind=services.KIND).count() == 1
    with tenancy.scope(cast.qinghe.pk):
        assert not Job.objects.filter(kind=services.KIND).exists()
