"""What changes something is shown, confirmed by the person who asked, and done once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing

from sunmao.answering.tooling import confirming, presenting
from sunmao.answering.tooling.confirming import ActionFailed, ActionSettled, ConfirmationStale
from sunmao.answering.tooling.models import ToolUse
from sunmao.answering.tooling.selectors import resolve_action
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Forbidden, InvalidInput, NotFound
from tests.fixtures.state import state_of, verbs_of
from tests.fixtures.tool_engine import ToolEngine, call
from tests.sunmao.answering.tooling.conftest import Shop


@pytest.fixture
def proposed(shop: Shop, tool_engine: ToolEngine, shop_tools: dict[str, Any]) -> ToolUse:
    tool_engine.rounds = [[call("title", text="Chairs")], "Please confirm it."]
    shop.ask("Call this conversation Chairs")
    (use,) = shop.uses()
    return use


def token(use: ToolUse) -> str:
    with tenancy.scope(use.organisation_id):
        return str(presenting.action(ToolUse.objects.get(pk=use.pk))["token"])


def test_a_proposal_changes_nothing_and_tells_the_model_nothing_to_confirm_with(
    shop: Shop, tool_engine: ToolEngine, proposed: ToolUse, shop_tools: dict[str, Any]
) -> None:
    assert proposed.state == "proposed"
    assert proposed.preview == {"title": "Change the title", "values": {"title": "Chairs"}}
    assert shop_tools["calls"] == []
    assert shop.titles() == ["Call this conversation Chairs"]
    assert tool_engine.told(1)[0]["error"]["code"] == "needs_confirmation"
    assert token(proposed) not in str(tool_engine.asked)
    assert "tool.proposed" in verbs_of(shop.organisation)


def test_the_answer_names_what_waits(shop: Shop, proposed: ToolUse) -> None:
    assert shop.exchanges()[0].record.guards["actions"] == [str(proposed.pk)]


def test_confirmed_it_is_done(shop: Shop, proposed: ToolUse) -> None:
    done = confirming.confirm(actor=shop.mei, use=proposed, token=token(proposed))

    assert done.state == "executed"
    assert done.result == {"ok": True, "data": {"title": "Chairs"}, "error": None}
    assert shop.titles() == ["Chairs"]
    assert verbs_of(shop.organisation)[-1] == "tool.confirmed"


def test_confirmed_twice_it_is_done_once(shop: Shop, proposed: ToolUse, shop_tools: dict[str, Any]) -> None:
    said = token(proposed)

    first = confirming.confirm(actor=shop.mei, use=proposed, token=said)
    second = confirming.confirm(actor=shop.mei, use=proposed, token=said)

    assert second.result == first.result
    assert shop_tools["calls"] == [("title", "Chairs")]


def test_what_fails_is_taken_back(shop: Shop, tool_engine: ToolEngine, shop_tools: dict[str, Any]) -> None:
    tool_engine.rounds = [[call("title", text="break")], "Please confirm it."]
    shop.ask("Call this conversation break")
    (use,) = shop.uses()

    with pytest.raises(ActionFailed):
        confirming.confirm(actor=shop.mei, use=use, token=token(use))

    assert shop_tools["calls"] == [("title", "break")]
    assert shop.titles() == ["Call this conversation break"]
    assert [one.state for one in shop.uses()] == ["failed"]
    assert verbs_of(shop.organisation)[-1] == "tool.confirmation_failed"


def test_cancelled_it_can_no_longer_be_confirmed(shop: Shop, proposed: ToolUse) -> None:
    said = token(proposed)
    confirming.cancel(actor=shop.mei, use=proposed)

    with pytest.raises(ActionSettled):
        confirming.confirm(actor=shop.mei, use=proposed, token=said)

    assert shop.titles() == ["Call this conversation Chairs"]
    assert [one.state for one in shop.uses()] == ["cancelled"]


def _someone_else(shop: Shop, use: ToolUse) -> Actor:
    return shop.zhou


def _her_channel(shop: Shop, use: ToolUse) -> Actor:
    return replace(shop.mei, on_behalf_of="a customer of a channel")


@pytest.mark.parametrize("who", [_someone_else, _her_channel])
def test_nobody_else_confirms_it(shop: Shop, proposed: ToolUse, who: Any) -> None:
    said, before = token(proposed), state_of(shop.organisation)

    with pytest.raises(ConfirmationStale):
        confirming.confirm(actor=who(shop, proposed), use=proposed, token=said)

    assert state_of(shop.organisation) == before


def test_nobody_else_finds_it(shop: Shop, proposed: ToolUse) -> None:
    with tenancy.scope(shop.organisation.pk), pytest.raises(NotFound):
        resolve_action(actor=shop.zhou, reference=proposed.pk)


def _of_another(use: ToolUse) -> str:
    bound = signing.loads(token(use), salt=confirming.SALT)
    return signing.dumps({**bound, "digest": "0" * 64}, salt=confirming.SALT)


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(lambda use: "x" * 40, id="no signature"),
        pytest.param(
            lambda use: token(use)[:-1] + ("A" if token(use)[-1] != "A" else "B"), id="a changed sign"
        ),
        pytest.param(_of_another, id="of other arguments"),
        pytest.param(
            lambda use: signing.dumps({"use": str(use.pk)}, salt="another"), id="of another purpose"
        ),
    ],
)
def test_a_confirmation_that_is_not_ours_does_nothing(shop: Shop, proposed: ToolUse, forged: Any) -> None:
    said, before = forged(proposed), state_of(shop.organisation)

    with pytest.raises(ConfirmationStale):
        confirming.confirm(actor=shop.mei, use=proposed, token=said)

    assert state_of(shop.organisation) == before


def test_without_a_confirmation_nothing_is_done(shop: Shop, proposed: ToolUse) -> None:
    before = state_of(shop.organisation)

    with pytest.raises(InvalidInput):
        confirming.confirm(actor=shop.mei, use=proposed, token="")

    assert state_of(shop.organisation) == before


def test_arguments_that_changed_since_are_not_what_was_confirmed(shop: Shop, proposed: ToolUse) -> None:
    said = token(proposed)
    with tenancy.scope(shop.organisation.pk):
        row = ToolUse.objects.get(pk=proposed.pk)
        row.arguments = {"text": "Tables"}
        row.save(update_fields=["arguments"])

    with pytest.raises(ConfirmationStale):
        confirming.confirm(actor=shop.mei, use=row, token=said)

    assert shop.titles() == ["Call this conversation Chairs"]


def test_too_late_is_too_late(shop: Shop, proposed: ToolUse) -> None:
    with tenancy.scope(shop.organisation.pk):
        ToolUse.objects.filter(pk=proposed.pk).update(expires_at=now() - timedelta(seconds=1))
        late = ToolUse.objects.get(pk=proposed.pk)
        said = confirming.token_of(late)
        assert presenting.action(late)["token"] is None

    with pytest.raises(ConfirmationStale):
        confirming.confirm(actor=shop.mei, use=late, token=said)

    assert [one.state for one in shop.uses()] == ["expired"]
    assert shop.titles() == ["Call this conversation Chairs"]


def test_rights_that_were_taken_away_meanwhile_count(shop: Shop, proposed: ToolUse) -> None:
    said, before = token(proposed), state_of(shop.organisation)

    with pytest.raises(Forbidden):
        confirming.confirm(actor=replace(shop.mei, permissions=frozenset()), use=proposed, token=said)

    assert state_of(shop.organisation) == before


def test_arguments_and_results_are_sealed_with_the_persons_key(shop: Shop, proposed: ToolUse) -> None:
    from django.db import connection

    with tenancy.scope(shop.organisation.pk), connection.cursor() as cursor:
        cursor.execute("SELECT arguments::text || preview::text || result::text FROM tooling_tooluse")
        assert "Chairs" not in cursor.fetchone()[0]
