"""Releases and the suites that they have to pass, through the API and in the console."""

from __future__ import annotations

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.core import tenancy
from sunmao.core.ids import new_id
from sunmao.evaluation.gates import promoting
from sunmao.evaluation.live.tripwires import change_rules
from sunmao.evaluation.models import Run
from sunmao.evaluation.suites.editing import NewCase, add_cases, create_suite
from sunmao.releases.composing import compose
from sunmao.releases.judging import keep_report
from sunmao.releases.models import Release
from sunmao.releases.selectors import serving
from tests.security.matrix import Row, delete, get, post, post_json, send_json

V1 = "api/v1/"
READ, COMPOSE, APPROVE, PROMOTE, RULES = (
    f"releases.{what}"
    for what in ("release.read", "release.compose", "release.approve", "release.promote", "rules.edit")
)
SUITE_READ, EDIT, RUN = "evaluation.suite.read", "evaluation.suite.edit", "evaluation.run.start"
TASK = "customer_service.ask"
TOLD = {
    "candidate": {"cases": 1, "pass_rate": 1.0},
    "baseline": None,
    "limits": {"pass_rate": 0.9},
    "run": str(new_id()),
    "worse": [],
    "better": [],
}


def releases_of(organisation: Organisation) -> dict[str, object]:
    """A suite with a case and a run, a release that passed, one that is being tried, one to go back from."""
    system, slug = accounts.system_actor(organisation), f"basics-{organisation.slug}"
    suite = create_suite(actor=system, slug=slug, title="Basics", task_name=TASK)
    checks = [{"kind": "contains", "all": ["three working days"]}]
    (case,) = add_cases(
        actor=system,
        suite=suite,
        cases=[NewCase(data={"question": "When is a refund paid?"}, checks=checks)],
    )
    with tenancy.scope(organisation.pk):
        suite.refresh_from_db()
    made = {
        task: _passed(organisation, task, suite.slug if task == TASK else "", suite.version)
        for task in (TASK, "medical.ask", "investment_advisory.ask")
    }
    split = promoting.start_split(actor=system, release=made["medical.ask"], mode="ab", share=1)
    promoting.promote(actor=system, release=made["investment_advisory.ask"])
    with tenancy.scope(organisation.pk):
        run = Run.objects.create(suite=suite, version=suite.version, release=made[TASK])
    return {
        "suite": suite.slug,
        "suite_id": suite.pk,
        "suite_case": case.pk,
        "evaluation": run.pk,
        "ready": made[TASK].pk,
        "split": split.pk,
    }


def _passed(organisation: Organisation, task: str, suite: str, version: int) -> Release:
    system = accounts.system_actor(organisation)
    change_rules(actor=system, task_name=task, four_eyes=False)
    release = compose(actor=system, task_name=task, changes={"retrieval": {"top_k": 3}})
    told = [{**TOLD, "suite": suite, "title": suite, "version": version}] if suite else []
    with tenancy.scope(organisation.pk):
        keep_report(
            actor=system,
            release=release,
            baseline=serving(vertical=release.vertical, task=release.task),
            reasons=[],
            suites=told,
        )
        release.refresh_from_db()
    return release


RELEASES = (
    Row(route=f"{V1}releases", method="GET", needs=READ, gives=200, send=get(f"{V1}releases")),
    Row(route=f"{V1}releases", method="POST", needs=COMPOSE, gives=201, writes=("release.composed",),
        send=post_json(f"{V1}releases",
                       lambda _: {"task": TASK, "changes": {"retrieval": {"top_k": 7}}})),
    Row(route=f"{V1}releases/<str:release_id>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}releases/{{ready}}")),
    Row(route=f"{V1}releases/<str:release_id>/judgement", method="POST", needs=COMPOSE, gives=202,
        names="house", writes=("gate.requested",), send=post(f"{V1}releases/{{ready}}/judgement")),
    Row(route=f"{V1}releases/<str:release_id>/approvals", method="POST", needs=APPROVE, gives=201,
        names="house", writes=("release.approved",),
        send=post_json(f"{V1}releases/{{ready}}/approvals", lambda _: {"verdict": "approved"})),
    Row(route=f"{V1}releases/<str:release_id>/promotion", method="POST", needs=PROMOTE, gives=200,
        names="house", writes=("release.promoted",),
        send=post_json(f"{V1}releases/{{ready}}/promotion", lambda _: {})),
    Row(route=f"{V1}releases/<str:release_id>/comparison", method="GET", needs=READ, gives=200,
        names="house", send=get(f"{V1}releases/{{ready}}/comparison?with={{ready}}")),
    Row(route=f"{V1}releases/<str:release_id>/export", method="POST", needs=READ, gives=200,
        names="house", writes=("release.exported",), send=post(f"{V1}releases/{{ready}}/export")),
    Row(route=f"{V1}releases/import", method="POST", needs=COMPOSE, gives=400,
        silent="what is no release is refused; a whole one is imported in tests of the archive",
        send=post_json(f"{V1}releases/import", lambda _: {"format": "none"})),
    Row(route=f"{V1}releases/rollback", method="POST", needs=PROMOTE, gives=200,
        writes=("release.rolled_back",),
        send=post_json(f"{V1}releases/rollback", lambda _: {"task": "investment_advisory.ask"})),
    Row(route=f"{V1}releases/<str:release_id>/splits", method="POST", needs=PROMOTE, gives=201,
        names="house", writes=("split.started",),
        send=post_json(f"{V1}releases/{{ready}}/splits", lambda _: {"mode": "ab", "share": 10})),
    Row(route=f"{V1}splits/<str:split_id>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}splits/{{split}}")),
    Row(route=f"{V1}splits/<str:split_id>/end", method="POST", needs=PROMOTE, gives=200, names="house",
        writes=("split.ended",), send=post_json(f"{V1}splits/{{split}}/end", lambda _: {})),
    Row(route=f"{V1}release-rules/<str:vertical>/<str:task>", method="GET", needs=READ, gives=200,
        send=get(f"{V1}release-rules/customer_service/ask")),
    Row(route=f"{V1}release-rules/<str:vertical>/<str:task>", method="PUT", needs=RULES, gives=200,
        writes=("release_rules.changed",),
        send=send_json("PUT", f"{V1}release-rules/customer_service/ask", lambda _: {"four_eyes": True})),
    Row(route=f"{V1}suites", method="GET", needs=SUITE_READ, gives=200, send=get(f"{V1}suites")),
    Row(route=f"{V1}suites", method="POST", needs=EDIT, gives=201, writes=("suite.created",),
        send=post_json(f"{V1}suites", lambda _: {"slug": "another", "title": "Another", "task": TASK})),
    Row(route=f"{V1}suites/<str:slug>", method="GET", needs=SUITE_READ, gives=200, names="house",
        send=get(f"{V1}suites/{{suite}}")),
    Row(route=f"{V1}suites/<str:slug>", method="PATCH", needs=EDIT, gives=200, names="house",
        writes=("suite.changed",),
        send=send_json("PATCH", f"{V1}suites/{{suite}}", lambda _: {"title": "Other basics"})),
    Row(route=f"{V1}suites/<str:slug>/cases", method="POST", needs=EDIT, gives=201, names="house",
        writes=("suite_cases.added",),
        send=post_json(f"{V1}suites/{{suite}}/cases", lambda _: {
            "cases": [{"input": {"question": "Why?"}, "checks": [{"kind": "safety"}]}]})),
    Row(route=f"{V1}suites/cases/<str:case_id>", method="DELETE", needs=EDIT, gives=204, names="house",
        writes=("suite_case.ended",), send=delete(f"{V1}suites/cases/{{suite_case}}")),
    Row(route=f"{V1}suites/<str:slug>/evaluations", method="POST", needs=RUN, gives=202, names="house",
        writes=("evaluation.requested",), send=post_json(f"{V1}suites/{{suite}}/evaluations", lambda _: {})),
    Row(route=f"{V1}evaluations/<str:run_id>", method="GET", needs=SUITE_READ, gives=200, names="house",
        send=get(f"{V1}evaluations/{{evaluation}}")),
    Row(route=f"{V1}records/<str:record_id>/case", method="POST", needs=EDIT, gives=201, names="house",
        writes=("suite.created", "suite_cases.added"),
        send=post_json(f"{V1}records/{{record}}/case", lambda _: {})),
)  # fmt: skip
