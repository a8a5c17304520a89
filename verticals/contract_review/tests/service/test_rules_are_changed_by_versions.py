"""Playbooks, figures and clauses: every change is a version, and old reviews keep theirs."""

from __future__ import annotations

from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, InvalidInput
from tests.fixtures.state import state_of, verbs_of
from verticals.contract_review.models import ClauseTemplate, PlaybookVersion
from verticals.contract_review.service import playbooks, reviewing
from verticals.contract_review.service.errors import InvalidPlaybook
from verticals.contract_review.tests.service.conftest import findings_of, reread, run_waiting_jobs


def save(actor: Any, contract_type: str = "", side: str = "", **settings: Any) -> PlaybookVersion:
    return playbooks.save_playbook(actor=actor, contract_type=contract_type, side=side, settings=settings)


def test_a_changed_threshold_is_a_new_ruleset_and_old_reviews_stay(cast: Any, review_text: Any) -> None:
    old = review_text(cast.lin.actor)
    save(cast.lin.actor, thresholds={"CN-G-01": {"high_daily": 6}})
    new = reviewing.again(actor=cast.lin.actor, review=reread(old))
    run_waiting_jobs(cast.lin.actor)
    new = reread(new)

    assert new.ruleset_version != old.ruleset_version
    assert reread(old).ruleset_version == old.ruleset_version
    assert {one.rule: one.severity for one in findings_of(reread(old))}["CN-G-01"] == "critical"
    assert {one.rule: one.severity for one in findings_of(new)}["CN-G-01"] != "critical"


def test_a_rule_that_is_off_finds_nothing(cast: Any, review_text: Any) -> None:
    save(cast.lin.actor, disabled=["CN-G-02"])
    assert "CN-G-02" not in {one.rule for one in findings_of(review_text(cast.lin.actor))}


def test_the_playbook_that_fits_best_holds(cast: Any, review_text: Any) -> None:
    save(cast.lin.actor, disabled=["CN-G-01"])
    save(cast.lin.actor, contract_type="service", disabled=["CN-G-02"])
    found = {one.rule for one in findings_of(review_text(cast.lin.actor))}
    assert "CN-G-01" in found
    assert "CN-G-02" not in found


def test_saving_the_same_twice_is_one_version(cast: Any) -> None:
    first = save(cast.lin.actor, disabled=["CN-G-02"])
    before = state_of(cast.hemu)
    assert save(cast.lin.actor, disabled=["CN-G-02"]).pk == first.pk
    assert state_of(cast.hemu) == before
    assert save(cast.lin.actor, disabled=[]).number == 2


@pytest.mark.parametrize(
    ("_case", "settings"),
    [
        ("a rule that there is not", {"disabled": ["CN-X-99"]}),
        ("a threshold that the rule has not", {"thresholds": {"CN-G-01": {"mercy": 1}}}),
        ("a threshold that is no number", {"thresholds": {"CN-G-01": {"high_daily": "much"}}}),
        ("a weight above a hundred", {"scores": {"CN-G-01": 101}}),
        ("a setting that there is not", {"colour": "red"}),
    ],
)
def test_a_wrong_setting_changes_nothing(cast: Any, _case: str, settings: dict[str, Any]) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidPlaybook):
        save(cast.lin.actor, **settings)
    assert state_of(cast.hemu) == before


def test_a_figure_holds_from_its_day_on(cast: Any, review_text: Any) -> None:
    playbooks.enter_parameter(
        actor=cast.lin.actor, name="lpr_1y", value="2.9", valid_from="2026-10-20", source="PBoC"
    )
    after = review_text(cast.lin.actor, as_of="2026-11-22")
    before = review_text(cast.lin.actor, as_of="2026-10-19")
    assert after.parameters["in_force"]["lpr_1y"]["value"] in ("2.9000", "2.9")
    assert before.parameters["in_force"]["lpr_1y"]["value"] == "3.0"
    assert "contract_parameter.entered" in verbs_of(cast.hemu)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("name", {"name": "weather"}),
        ("value", {"value": "-1"}),
        ("value", {"value": "NaN"}),
        ("valid_from", {"valid_from": "soon"}),
        ("source", {"source": ""}),
        ("region", {"name": "minimum_wage"}),
    ],
)
def test_a_wrong_figure_is_refused(cast: Any, field: str, changed: dict[str, str]) -> None:
    given = {"name": "lpr_1y", "value": "3.1", "valid_from": "2026-10-20", "source": "PBoC", **changed}
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as told:
        playbooks.enter_parameter(actor=cast.lin.actor, **given)
    assert field in told.value.fields
    assert state_of(cast.hemu) == before


def test_a_changed_clause_takes_the_place_of_the_one_before(cast: Any) -> None:
    first = playbooks.save_clause(actor=cast.lin.actor, title="Penalty", preferred="0.03 % a day")
    second = playbooks.save_clause(
        actor=cast.lin.actor, title="Penalty", preferred="0.02 % a day", replaces=first
    )
    with tenancy.scope(cast.hemu.pk):
        assert list(ClauseTemplate.objects.filter(archived_at=None)) == [second]


def test_who_may_not_edit_changes_nothing(cast: Any) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        save(cast.mei.actor, disabled=["CN-G-01"])
    with pytest.raises(Forbidden):
        playbooks.save_clause(actor=cast.mei.actor, title="x", preferred="y")
    with pytest.raises(Forbidden):
        playbooks.enter_parameter(
            actor=cast.zhou.actor, name="lpr_1y", value="1", valid_from="2026-01-01", source="me"
        )
    assert state_of(cast.hemu) == before
