from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, InvalidInput
from sunmao.guards.models import PersonalDataPolicy, SurrogateMap
from sunmao.guards.personal import services
from sunmao.guards.personal.policy import DEFAULTS, Policy, strictest
from sunmao.guards.personal.selectors import policy_for
from tests.fixtures.cast import Cast
from tests.fixtures.state import state_of, verbs_of


def test_without_a_row_the_defaults_hold(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        assert policy_for(place="question").modes == DEFAULTS["question"].modes
        assert policy_for(place="knowledge").mode("id_card") == "mask"
        assert policy_for(place="knowledge").mode("landline") == "off"


def test_the_organisations_own_row_takes_the_place_of_the_default(cast: Cast) -> None:
    services.set_policy(actor=cast.lin.actor, place="knowledge", modes={"email": "mask"})

    with tenancy.scope(cast.hemu.pk):
        assert policy_for(place="knowledge").modes == {"email": "mask"}


def test_the_strictest_of_organisation_line_and_base_wins(cast: Cast) -> None:
    actor = cast.lin.actor
    services.set_policy(actor=actor, place="question", modes={"mobile": "mask", "email": "surrogate"})
    services.set_policy(
        actor=actor,
        place="question",
        scope_kind="vertical",
        scope="medical",
        modes={"mobile": "off", "email": "mask"},
    )
    services.set_policy(
        actor=actor, place="question", scope_kind="base", scope="ward", modes={"plate": "refuse"}
    )

    with tenancy.scope(cast.hemu.pk):
        assert policy_for(place="question", vertical="medical", bases=["ward"]).modes == {
            "mobile": "mask",
            "email": "mask",
            "plate": "refuse",
        }
        assert policy_for(place="question", vertical="customer_service").modes == {
            "mobile": "mask",
            "email": "surrogate",
        }


def test_a_base_of_a_business_line_follows_that_lines_policy(cast: Cast) -> None:
    services.set_policy(
        actor=cast.lin.actor,
        place="knowledge",
        scope_kind="vertical",
        scope="medical",
        modes={"person": "refuse"},
    )

    with tenancy.scope(cast.hemu.pk):
        assert policy_for(place="knowledge", bases=["medical"]).mode("person") == "refuse"
        assert policy_for(place="knowledge", bases=["customer-service"]).mode("person") == "off"


def test_strictness_goes_from_off_to_refuse() -> None:
    modes: list[Any] = ["off", "surrogate", "mask", "refuse"]
    for place, mode in enumerate(modes):
        for milder in modes[: place + 1]:
            assert strictest([Policy({"email": milder}), Policy({"email": mode})]).mode("email") == mode


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"place": "cellar"}, "place", id="a place that does not exist"),
        pytest.param({"modes": {"shoe_size": "mask"}}, "modes", id="a kind that does not exist"),
        pytest.param({"modes": {"email": "whisper"}}, "modes", id="a mode that does not exist"),
        pytest.param(
            {"place": "answer", "modes": {"email": "surrogate"}}, "modes", id="an answer turned back"
        ),
        pytest.param({"scope_kind": "vertical", "scope": "astrology"}, "scope", id="a line not installed"),
        pytest.param({"scope": "medical"}, "scope", id="an organisation with a scope"),
        pytest.param({"images": "burn"}, "images", id="images burnt"),
        pytest.param({"allowed": [""]}, "allowed", id="an empty exception"),
        pytest.param({"allowed": ["x"] * 501}, "allowed", id="too many exceptions"),
    ],
)
def test_a_wrong_policy_is_refused_and_changes_nothing(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    before = state_of(cast.hemu)

    with pytest.raises(InvalidInput) as refused:
        services.set_policy(actor=cast.lin.actor, **{"place": "question", "modes": {}, **wrong})

    assert set(refused.value.fields) == {field}
    assert state_of(cast.hemu) == before


def test_only_those_who_may_decide_do(cast: Cast) -> None:
    services.set_policy(actor=cast.lin.actor, place="question", modes={})
    with tenancy.scope(cast.hemu.pk):
        row = PersonalDataPolicy.objects.get()
    before = state_of(cast.hemu)

    for somebody in (cast.zhou, cast.ann, cast.mei):
        with pytest.raises(Forbidden):
            services.set_policy(actor=somebody.actor, place="question", modes={"email": "off"})
        with pytest.raises(Forbidden):
            services.remove_policy(actor=somebody.actor, policy=row)

    assert state_of(cast.hemu) == before


def test_each_change_is_one_audit_entry(cast: Cast) -> None:
    row = services.set_policy(actor=cast.lin.actor, place="question", modes={"email": "mask"})
    services.set_policy(actor=cast.lin.actor, place="question", modes={"email": "refuse"})
    services.remove_policy(actor=cast.lin.actor, policy=row)

    assert verbs_of(cast.hemu)[-3:] == [
        "personal_data_policy.changed",
        "personal_data_policy.changed",
        "personal_data_policy.removed",
    ]


def test_rows_of_another_organisation_are_out_of_sight_without_any_filter(cast: Cast) -> None:
    services.set_policy(actor=cast.lin.actor, place="question", modes={"email": "mask"})

    with tenancy.scope(cast.qinghe.pk), connection.cursor() as cursor:
        for table in ("guards_personaldatapolicy", "guards_surrogatemap"):
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            assert cursor.fetchone() == (0,), table


def test_the_api_sets_lists_and_removes(cast: Cast) -> None:
    client, address = cast.lin.client, "/api/v1/policies/personal-data"
    wanted = {"place": "knowledge", "modes": {"person": "mask"}, "allowed": ["400-000-6680"]}

    made = client.put(address, wanted, content_type="application/json")
    assert made.status_code == 200, made.json()
    listed = client.get(address).json()
    assert [row["id"] for row in listed["policies"]] == [made.json()["id"]]
    assert {"place": "knowledge", "modes": {"person": "mask"}, "images": "off"} in listed["effective"]
    assert client.delete(f"{address}/{made.json()['id']}").status_code == 204
    assert client.get(address).json()["policies"] == []


def test_the_api_tells_of_a_foreign_policy_nothing(cast: Cast) -> None:
    row = services.set_policy(actor=cast.lin.actor, place="question", modes={"email": "mask"})
    before = state_of(cast.hemu)

    told = cast.omar.client.delete(f"/api/v1/policies/personal-data/{row.pk}")

    assert (told.status_code, told.json()["code"]) == (404, "not_found")
    assert state_of(cast.hemu) == before


def test_the_api_refuses_a_base_that_is_not_there(cast: Cast) -> None:
    before = state_of(cast.hemu)
    wanted = {"place": "knowledge", "scope_kind": "base", "scope": "nowhere", "modes": {}}

    told = cast.lin.client.put("/api/v1/policies/personal-data", wanted, content_type="application/json")

    assert (told.status_code, told.json()["code"]) == (404, "unknown_base")
    assert state_of(cast.hemu) == before


CONSOLE = "/console/guards/personaldatapolicy/"


def test_the_console_makes_and_changes_a_policy(cast: Cast) -> None:
    form = cast.lin.client.get(f"{CONSOLE}add/")
    assert form.status_code == 200
    given = {
        name: field.initial or "off"
        for name, field in form.context["adminform"].form.fields.items()
        if name.startswith("mode_")
    }
    given |= {"place": "question", "target": "vertical:medical", "images": "off", "mode_id_card": "refuse"}

    done = cast.lin.client.post(f"{CONSOLE}add/", {**given, "allowed_values": "400-000-6680\n"})

    assert done.status_code == 302, done.context["adminform"].form.errors
    with tenancy.scope(cast.hemu.pk):
        row = PersonalDataPolicy.objects.get()
    assert (row.scope_kind, row.scope, row.modes["id_card"]) == ("vertical", "medical", "refuse")
    assert row.allowed == ["400-000-6680"]
    assert verbs_of(cast.hemu)[-1] == "personal_data_policy.changed"


def test_the_console_says_what_answers_cannot_do(cast: Cast) -> None:
    before = state_of(cast.hemu)
    given: dict[str, str] = {f"mode_{kind}": "off" for kind in DEFAULTS["question"].modes}
    form = cast.lin.client.get(f"{CONSOLE}add/").context["adminform"].form
    given = {name: "off" for name in form.fields if name.startswith("mode_")}
    given |= {"place": "answer", "target": "organisation:", "images": "off", "mode_email": "surrogate"}

    told = cast.lin.client.post(f"{CONSOLE}add/", given)

    assert told.status_code == 200
    assert "cannot be turned back" in told.content.decode()
    assert state_of(cast.hemu) == before


def test_the_console_is_closed_to_editors(cast: Cast) -> None:
    assert cast.zhou.client.get(CONSOLE).status_code in (302, 403)
    assert cast.zhou.client.get("/console/guards/surrogatemap/").status_code in (302, 403)
    assert cast.lin.client.get("/console/guards/surrogatemap/").status_code in (302, 403)


@pytest.fixture
def owner(cast: Cast) -> Client:
    user = accounts.add_member(actor=accounts.system_actor(cast.hemu), username="wu", role=BuiltIn.OWNER)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_the_console_turns_back_for_a_reason(cast: Cast, owner: Client, ask: Any) -> None:
    answered = ask(cast.mei.actor, "我的手机13812345678收不到验证码")
    with tenancy.scope(cast.hemu.pk):
        row = SurrogateMap.objects.get(about=answered.exchange_id)
    address = f"/console/guards/surrogatemap/{row.pk}/change/"

    assert "13812345678" not in owner.get(address).content.decode()
    seen = owner.post(address, {"reason": "complaint 17"})

    assert "13812345678" in seen.content.decode()
    assert verbs_of(cast.hemu)[-1] == "surrogates.reversed"


def test_the_api_turns_back_for_a_reason(cast: Cast, owner: Client, ask: Any) -> None:
    answered = ask(cast.mei.actor, "我的手机13812345678收不到验证码")
    address = f"/api/v1/records/{answered.pk}/reversal"
    refused = cast.lin.client.post(address, {"reason": "curious"}, content_type="application/json")
    assert refused.status_code == 403

    seen = owner.post(address, {"reason": "complaint 17"}, content_type="application/json")

    assert seen.status_code == 200, seen.json()
    assert seen.json()["surrogates"] == {"<MOBILE_1>": "13812345678"}
    assert seen.json()["question"] == "我的手机13812345678收不到验证码"
    shown = owner.get(f"/api/v1/records/{answered.pk}").json()
    assert shown["question"] == "我的手机<MOBILE_1>收不到验证码"


def test_an_actor_without_the_permission_is_told_so(cast: Cast) -> None:
    nobody = replace(cast.lin.actor, permissions=frozenset())
    with pytest.raises(Forbidden):
        services.reverse(actor=nobody, about=cast.hemu.pk, reason="x")
