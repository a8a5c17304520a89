"""A tool that takes long is accepted at once; its job ends the turn's waiting with a turn of its own."""

from __future__ import annotations

from typing import Any

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Membership
from sunmao.answering import pipeline
from sunmao.core import tenancy
from sunmao.jobs.models import Job
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import verbs_of
from tests.fixtures.tool_engine import ToolEngine, call
from tests.sunmao.answering.tooling.conftest import Shop


def test_the_conversation_goes_on_when_it_has_ended(
    shop: Shop, tool_engine: ToolEngine, shop_tools: dict[str, Any]
) -> None:
    tool_engine.rounds = [[call("report", month="2026-10")], "The report is being made."]
    first = shop.ask("How many orders were there in October?")
    assert first.text == "The report is being made."
    assert shop_tools["calls"] == []
    (use,) = shop.uses()
    assert tool_engine.told(1)[0]["data"] == {"status": "accepted", "job_id": str(use.job_id)}

    tool_engine.rounds = ["There were 4711 orders."]
    run_waiting_jobs(shop.mei)
    following = shop.exchanges()[-1]
    pipeline.answer(organisation_id=following.organisation_id, exchange_id=following.pk)

    answered = shop.exchanges()[-1]
    assert shop_tools["calls"] == [("report", "2026-10")]
    assert answered.conversation_id == first.exchange.conversation_id
    assert answered.record.text == "There were 4711 orders."
    assert tool_engine.told(2)[0]["data"] == {"month": "2026-10", "orders": 4711}
    assert "report" not in [one.name for one in tool_engine.asked[2].tools]
    assert "tool.finished" in verbs_of(shop.organisation)


def test_rights_that_were_lost_meanwhile_count(
    shop: Shop, tool_engine: ToolEngine, shop_tools: dict[str, Any]
) -> None:
    tool_engine.rounds = [[call("report", month="2026-10")], "The report is being made."]
    shop.ask("How many orders were there in October?")
    with tenancy.scope(shop.organisation.pk):
        member = Membership.objects.get(user=shop.mei.id)
    accounts.remove_member(actor=shop.system, membership=member)

    run_waiting_jobs(shop.system)

    with tenancy.scope(shop.organisation.pk):
        job = Job.objects.get(kind="tooling.call")
    assert (job.state, job.error_code) == ("failed", "unauthenticated")
    assert shop_tools["calls"] == []
    assert len(shop.exchanges()) == 1
