"""Rating rounds: blind, in an order of one's own, counted when they are closed."""

from __future__ import annotations

import json

import pytest
from django.utils.translation import gettext as _

from sunmao.answering.people.services import erase
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from sunmao.core.resolving import visible
from sunmao.evaluation.judging import presenting, rounds
from sunmao.evaluation.judging.models import Rating, Round
from sunmao.evaluation.judging.selectors import RATE
from sunmao.evaluation.judging.sheets import is_swapped, order_of, sheet
from sunmao.evaluation.models import Case, Suite
from sunmao.evaluation.suites.editing import NewCase, add_cases
from tests.fixtures import Cast, state_of, verbs_of
from tests.sunmao.evaluation.judging.conftest import MakeRun

GOOD, BAD = "A good answer, number {}.", "A bad answer, number {}."


def _answers(text: str) -> list[str]:
    return [text.format(number) for number in range(24)]


@pytest.fixture
def pairwise(cast: Cast, make_run: MakeRun) -> Round:
    first, second = make_run(_answers(GOOD)), make_run(_answers(BAD))
    return rounds.open_round(actor=cast.lin.actor, title="New against old", run=first, other=second, seed=7)


def _rate_all(cast: Cast, actor: Actor, found: Round, *, wants: str = "good") -> None:
    """Prefers the good one, wherever it stands; of grades gives 5 to what is even and 2 to what is odd."""
    with tenancy.scope(cast.hemu.pk):
        items = order_of(found, actor.id)  # type: ignore[arg-type]
    for item in items:
        with tenancy.scope(cast.hemu.pk):
            shown = sheet(actor=actor, round_=found, item=item)
            assert shown is not None
        if len(shown.answers) == 2:
            value: object = "first" if wants in shown.answers[0] else "second"
        else:
            value = 5 if int(shown.question.split()[1].rstrip("?")) % 2 == 0 else 2
        rounds.rate(actor=actor, item=item, value=value)


def test_a_sheet_tells_nothing_of_whose_answers_they_are(cast: Cast, pairwise: Round) -> None:
    with tenancy.scope(cast.hemu.pk):
        shown = presenting.sheet(sheet(actor=cast.zhou.actor, round_=pairwise))
    assert set(shown) == {"item", "number", "of", "done", "question", "answers", "value"}
    assert (shown["number"], shown["of"], shown["done"], shown["value"]) == (1, 24, 0, None)
    for told in (str(pairwise.run_id), str(pairwise.other_id), "release"):
        assert told not in json.dumps(shown)


def test_the_whole_question_is_shown(cast: Cast, suite: Suite, make_run: MakeRun) -> None:
    long = "Is it so, " * 20 + "or not?"
    with tenancy.scope(cast.hemu.pk):
        Case.objects.all().delete()
    checks = [{"kind": "safety"}]
    add_cases(actor=cast.lin.actor, suite=suite, cases=[NewCase(data={"question": long}, checks=checks)])
    found = rounds.open_round(actor=cast.lin.actor, title="Long", run=make_run(["Yes."]))
    with tenancy.scope(cast.hemu.pk):
        shown = sheet(actor=cast.zhou.actor, round_=found)
    assert shown is not None
    assert shown.question == long


def test_everybody_has_an_order_of_their_own_that_stays(cast: Cast, pairwise: Round, ravi: Actor) -> None:
    with tenancy.scope(cast.hemu.pk):
        one = [item.pk for item in order_of(pairwise, cast.zhou.actor.id)]  # type: ignore[arg-type]
        again = [item.pk for item in order_of(pairwise, cast.zhou.actor.id)]  # type: ignore[arg-type]
        other = [item.pk for item in order_of(pairwise, ravi.id)]  # type: ignore[arg-type]
        swaps = [is_swapped(pairwise, ravi.id, pk) for pk in other]  # type: ignore[arg-type]
    assert one == again
    assert sorted(one) == sorted(other)
    assert one != other
    assert 0 < sum(swaps) < 24


def test_what_was_preferred_counts_for_whose_it_was(cast: Cast, pairwise: Round, ravi: Actor) -> None:
    _rate_all(cast, cast.zhou.actor, pairwise)
    _rate_all(cast, ravi, pairwise)
    closed = rounds.close_round(actor=cast.lin.actor, round_=pairwise)
    found = closed.figures
    assert (found["wins"], found["ties"], found["losses"], found["mean"]) == (24, 0, 0, 1.0)
    assert (found["items"], found["raters"], found["ratings"]) == (24, 2, 48)
    assert 0.2 < found["first_place"] < 0.8, "the place of the good one was drawn"
    assert found["slices"]["odd"]["items"] == 12
    with tenancy.scope(cast.hemu.pk):
        closed.run.refresh_from_db()
    human = closed.run.figures["human"]["pairwise"]
    assert (human["mean"], human["against"]) == (1.0, str(pairwise.other_id))
    assert closed.run.figures["cases"] == 24
    assert verbs_of(cast.hemu)[-1] == "rating_round.closed"


def test_grades_become_a_mean_with_agreement(cast: Cast, make_run: MakeRun, ravi: Actor) -> None:
    found = rounds.open_round(actor=cast.lin.actor, title="Grades", run=make_run(_answers(GOOD)), seed=1)
    for rater in (cast.zhou.actor, ravi):
        _rate_all(cast, rater, found)
    figures = rounds.close_round(actor=cast.lin.actor, round_=found).figures
    assert (figures["mean"], figures["alpha"], figures["kappa"]) == (3.5, 1.0, 1.0)
    assert figures["grades"] == {"1": 0, "2": 24, "3": 0, "4": 0, "5": 24}
    assert (figures["slices"]["even"]["mean"], figures["slices"]["odd"]["mean"]) == (5.0, 2.0)


def test_a_rater_may_think_again_until_it_is_closed(cast: Cast, pairwise: Round) -> None:
    zhou = cast.zhou.actor
    with tenancy.scope(cast.hemu.pk):
        item = order_of(pairwise, zhou.id)[0]  # type: ignore[arg-type]
    rounds.rate(actor=zhou, item=item, value="tie", note="hard to say")
    rounds.rate(actor=zhou, item=item, value="first")
    with tenancy.scope(cast.hemu.pk):
        assert Rating.objects.count() == 1
        shown = sheet(actor=zhou, round_=pairwise, item=item)
        assert shown is not None
        assert (shown.value, shown.done) == ("first", 1)
    rounds.close_round(actor=cast.lin.actor, round_=pairwise)
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as refused:
        rounds.rate(actor=zhou, item=item, value="second")
    assert refused.value.code == "rating_round_closed"
    assert state_of(cast.hemu) == before


def test_who_is_not_named_sees_nothing(cast: Cast, pairwise: Round, ravi: Actor) -> None:
    rounds.assign(actor=cast.lin.actor, round_=pairwise, usernames=["ravi"])
    with tenancy.scope(cast.hemu.pk):
        assert visible(ravi, "rating_round", pairwise.pk, permission=RATE).pk == pairwise.pk
        with pytest.raises(NotFound):
            visible(cast.zhou.actor, "rating_round", pairwise.pk, permission=RATE)
        item = pairwise.items.first()
        assert item is not None
        with pytest.raises(NotFound):
            visible(cast.zhou.actor, "rating_item", item.pk, permission=RATE)
    with tenancy.scope(cast.qinghe.pk), pytest.raises(NotFound):
        visible(cast.omar.actor, "rating_round", pairwise.pk)


@pytest.mark.parametrize(
    ("named", "code"),
    [("an end user who may not rate", "mei"), ("a person of another house", "omar"), ("nobody", "nobody")],
)
def test_only_members_who_may_rate_can_be_named(named: str, code: str, cast: Cast, pairwise: Round) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as refused:
        rounds.assign(actor=cast.lin.actor, round_=pairwise, usernames=[code])
    assert refused.value.code == "unknown_rater"
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("value", [0, 6, 3.5, True, "4", None, "first"])
def test_what_is_no_grade_is_refused(value: object, cast: Cast, make_run: MakeRun) -> None:
    found = rounds.open_round(actor=cast.lin.actor, title="Grades", run=make_run(_answers(GOOD)))
    with tenancy.scope(cast.hemu.pk):
        item = order_of(found, cast.zhou.actor.id)[0]  # type: ignore[arg-type]
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput):
        rounds.rate(actor=cast.zhou.actor, item=item, value=value)
    assert state_of(cast.hemu) == before


def test_rights_are_asked_for(cast: Cast, make_run: MakeRun, pairwise: Round) -> None:
    with tenancy.scope(cast.hemu.pk):
        item = order_of(pairwise, cast.zhou.actor.id)[0]  # type: ignore[arg-type]
    run = make_run(_answers(GOOD))
    before = state_of(cast.hemu)
    mei, zhou = cast.mei.actor, cast.zhou.actor
    for attempt in (
        lambda: rounds.rate(actor=mei, item=item, value="tie"),
        lambda: rounds.open_round(actor=zhou, title="Mine", run=run),
        lambda: rounds.assign(actor=zhou, round_=pairwise, usernames=["zhou"]),
        lambda: rounds.close_round(actor=zhou, round_=pairwise),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert state_of(cast.hemu) == before


def test_a_round_without_answers_or_ratings_is_none(cast: Cast, make_run: MakeRun, pairwise: Round) -> None:
    with pytest.raises(Conflict) as empty:
        rounds.open_round(actor=cast.lin.actor, title="Empty", run=make_run([""] * 24))
    assert empty.value.code == "no_answers"
    with pytest.raises(Conflict) as silent:
        rounds.close_round(actor=cast.lin.actor, round_=pairwise)
    assert silent.value.code == "no_ratings"


def test_an_erased_raters_notes_go_and_their_ratings_stay(cast: Cast, pairwise: Round, ravi: Actor) -> None:
    with tenancy.scope(cast.hemu.pk):
        first, second = order_of(pairwise, ravi.id)[:2]  # type: ignore[arg-type]
    rounds.rate(actor=ravi, item=first, value="tie", note="as my neighbour in Lane 5 says")
    rounds.rate(actor=ravi, item=second, value="first")
    with tenancy.scope(cast.hemu.pk):
        values = sorted(Rating.objects.values_list("value", flat=True))
    report = erase(actor=cast.lin.actor, subject=ravi.subject)
    assert {str(one.what): one.count for one in report.erased}[str(_("Notes on rated answers"))] == 1
    with tenancy.scope(cast.hemu.pk):
        assert sorted((one.value, one.note) for one in Rating.objects.all()) == [(one, "") for one in values]
