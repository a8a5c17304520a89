"""Judges, rating rounds, and evaluations as files."""

from __future__ import annotations

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.ids import new_id
from sunmao.evaluation.judging.judges import create_judge
from sunmao.evaluation.judging.models import Rating, Round
from sunmao.evaluation.judging.rounds import close_round, open_round
from sunmao.evaluation.models import Result, Run
from tests.security.matrix import Row, Target, delete, get, post, post_json, send_json

V1 = "api/v1/"
JUDGES, MANAGE, RATE = "judging.judge.manage", "judging.round.manage", "judging.rating.give"
READ, RUN = "evaluation.suite.read", "evaluation.run.start"


def judging_of(organisation: Organisation, evaluation: object) -> dict[str, object]:
    """A judge, a finished evaluation, a round that is open to all who may rate, and one that is closed."""
    system = accounts.system_actor(organisation)
    judge = create_judge(actor=system, slug=f"judge-{organisation.slug}", engine="openai")
    with tenancy.scope(organisation.pk):
        like = Run.objects.get(pk=evaluation)
        run = Run.objects.create(
            suite=like.suite, version=like.version, release=like.release, finished_at=now(),
            figures={"cases": 1, "pass_rate": 1.0, "interval": [0.05, 1.0]},
        )  # fmt: skip
        case = like.suite.cases.get()
        Result.objects.create(run=run, case=case, passed=True, answer="In three days.", outcome="answered")
    rounds: list[Round] = []
    for title in ("Open", "Closed"):
        made = open_round(actor=system, title=title, run=run, seed=1)
        with tenancy.scope(organisation.pk):
            item = made.items.get()
            Rating.objects.create(item=item, rater_id=new_id(), value=4)
        rounds.append(made if title == "Open" else close_round(actor=system, round_=made))
    with tenancy.scope(organisation.pk):
        item = rounds[0].items.get()
    return {
        "judge": judge.slug,
        "judge_id": judge.pk,
        "finished": run.pk,
        "round": rounds[0].pk,
        "closed_round": rounds[1].pk,
        "rating_item": item.pk,
    }


def _round_of(target: Target) -> str:
    return str(target.others["closed_round"])


JUDGING = (
    Row(route=f"{V1}judges", method="GET", needs=READ, gives=200, send=get(f"{V1}judges")),
    Row(route=f"{V1}judges", method="POST", needs=JUDGES, gives=201, writes=("judge.created",),
        send=post_json(f"{V1}judges", lambda _: {"slug": "another"})),
    Row(route=f"{V1}judges/<str:slug>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}judges/{{judge}}")),
    Row(route=f"{V1}judges/<str:slug>", method="PATCH", needs=JUDGES, gives=200, names="house",
        writes=("judge.changed",),
        send=send_json("PATCH", f"{V1}judges/{{judge}}", lambda _: {"bound": 0.7})),
    Row(route=f"{V1}judges/<str:slug>", method="DELETE", needs=JUDGES, gives=204, names="house",
        writes=("judge.removed",), send=delete(f"{V1}judges/{{judge}}")),
    Row(route=f"{V1}judges/<str:slug>/calibrations", method="POST", needs=JUDGES, gives=202, names="house",
        writes=("judge.calibration_requested",),
        send=post_json(f"{V1}judges/{{judge}}/calibrations", lambda target: {"round": _round_of(target)})),
    Row(route=f"{V1}rating-rounds", method="GET", needs=READ, gives=200, send=get(f"{V1}rating-rounds")),
    Row(route=f"{V1}rating-rounds", method="POST", needs=MANAGE, gives=201, names="house",
        writes=("rating_round.opened",),
        send=post_json(f"{V1}rating-rounds", lambda target: {
            "title": "Another", "evaluation": str(target.others["finished"])})),
    Row(route=f"{V1}waiting-rating-rounds", method="GET", needs=RATE, gives=200, narrow=403,
        send=get(f"{V1}waiting-rating-rounds")),
    Row(route=f"{V1}rating-rounds/<str:round_id>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}rating-rounds/{{round}}")),
    Row(route=f"{V1}rating-rounds/<str:round_id>/raters", method="POST", needs=MANAGE, gives=400,
        names="house", silent="nobody of the house has this name; naming people is tried where it is built",
        send=post_json(f"{V1}rating-rounds/{{round}}/raters", lambda _: {"raters": ["nobody at all"]})),
    Row(route=f"{V1}rating-rounds/<str:round_id>/close", method="POST", needs=MANAGE, gives=200,
        names="house", writes=("rating_round.closed",), send=post(f"{V1}rating-rounds/{{round}}/close")),
    Row(route=f"{V1}rating-rounds/<str:round_id>/sheet", method="GET", needs=RATE, gives=200, names="house",
        narrow=403, send=get(f"{V1}rating-rounds/{{round}}/sheet")),
    Row(route=f"{V1}rating-items/<str:item_id>", method="PUT", needs=RATE, gives=200, names="house",
        writes=("rating.given",), narrow=403,
        send=send_json("PUT", f"{V1}rating-items/{{rating_item}}", lambda _: {"value": 4})),
    Row(route=f"{V1}evaluations/<str:run_id>/export", method="POST", needs=READ, gives=200, names="house",
        writes=("evaluation.exported",),
        send=post_json(f"{V1}evaluations/{{finished}}/export", lambda _: {"format": "json"})),
    Row(route=f"{V1}evaluations/<str:run_id>/comparison", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}evaluations/{{finished}}/comparison")),
    Row(route=f"{V1}question-batches", method="POST", needs=RUN, gives=400,
        silent="a file without a question is refused; many are asked where it is built",
        send=post_json(f"{V1}question-batches", lambda _: {"task": "customer_service.ask", "text": ""})),
)  # fmt: skip
