from __future__ import annotations

import pytest
from django.test import Client

from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.ids import new_id
from sunmao.evaluation.judging.models import Round
from sunmao.evaluation.models import AdapterCheck, Run, Suite
from sunmao.jobs.models import Job
from sunmao.modelhub import bases
from sunmao.modelhub.models import Adapter, AdapterVersion, BaseModel
from sunmao.releases.models import Release
from sunmao.training.runs import forgetting, presenting, selectors, starting
from sunmao.training.runs.models import State, Training
from sunmao.training.runs.starting import Wanted
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import verbs_of
from tests.fixtures.training import SETTINGS, dataset

pytestmark = pytest.mark.django_db


def trained(cast: Cast, base: BaseModel, *, ability: bool) -> Training:
    given = {**SETTINGS, "epochs": 1, "ability": ability}
    made = starting.start(
        actor=cast.lin.actor,
        wanted=Wanted(name="polite", base=base, version=dataset(cast.lin.actor), settings=given),
    )
    run_waiting_jobs(cast.lin.actor)
    run_waiting_jobs(cast.lin.actor)  # what was queued with the adapter
    with tenancy.scope(cast.hemu.pk):
        return Training.objects.get(pk=made.pk)


@pytest.mark.slow
def test_general_ability_stands_before_and_after(cast: Cast, trained_on: BaseModel) -> None:
    done = trained(cast, trained_on, ability=True)

    with tenancy.scope(cast.hemu.pk):
        check = AdapterCheck.objects.get(version_id=done.adapter_version_id)
        table = {row["measure"]: row for row in selectors.table_of(done)}
        card = str(AdapterVersion.objects.get(pk=done.adapter_version_id).card)
    assert (done.state, check.before["cases"]) == (State.DONE, 72)
    assert table["general_ability"]["before"] == check.before["pass_rate"]
    assert table["general_ability"]["after"] == check.after["pass_rate"]
    assert done.told["ability"]["cases"] == 72
    assert card.count("## General ability") == 1
    assert f"| all | {check.before['pass_rate']:.4g} | {check.after['pass_rate']:.4g} |" in card
    assert "| loss | " in card
    assert done.told["ability"]["drop"] == round(check.before["pass_rate"] - check.after["pass_rate"], 4)
    assert "training.ability_measured" in verbs_of(cast.hemu, subject=done.pk)


def test_it_is_not_measured_where_nobody_wants_it(cast: Cast, trained_on: BaseModel) -> None:
    done = trained(cast, trained_on, ability=False)

    with tenancy.scope(cast.hemu.pk):
        assert not Job.objects.filter(kind=forgetting.KIND).exists()
    assert done.state == State.DONE
    assert "general_ability" not in done.before


def test_a_base_that_is_kept_is_trained_without_its_folder(cast: Cast, trained_on: BaseModel) -> None:
    bases.keep_base(actor=cast.lin.actor, base=trained_on)
    run_waiting_jobs(cast.lin.actor)
    (bases.folders.folder_of("speaking")).unlink()
    with tenancy.scope(cast.hemu.pk):
        trained_on.refresh_from_db()

    done = trained(cast, trained_on, ability=False)

    assert trained_on.kept is True
    assert (done.state, done.told.get("error")) == (State.DONE, None)
    assert done.after["loss"] < done.before["loss"]


def test_people_who_rated_its_answers_give_the_human_score(cast: Cast, trained_on: BaseModel) -> None:
    with tenancy.scope(cast.hemu.pk):
        suite = Suite.objects.create(slug="basics", title="B", vertical="customer_service", task="ask")
        plain = Release.objects.get(vertical="customer_service", task="ask", state="serving")
        version = AdapterVersion.objects.create(
            adapter=Adapter.objects.create(slug="polite", base=trained_on), number=1, name="hemu.polite.v1",
            size=1, rank=1, alpha=1, parameters=1,
        )  # fmt: skip
        tuned = Release.objects.get(pk=plain.pk)
        tuned.pk, tuned._state.adding = new_id(), True
        tuned.number, tuned.state, tuned.adapter = plain.number + 1, "candidate", version.pk
        tuned.save()
        made = Training.objects.create(
            name="polite", base=trained_on, version=dataset(cast.lin.actor), recipe="lora", objective="sft",
            adapter_version=version, human={"before": 2.0, "after": 3.0},
        )  # fmt: skip
        typed = selectors.human_scores(made)
        for release, mean, state in ((plain, 3.25, "closed"), (tuned, 4.5, "closed"), (tuned, 1.0, "open")):
            run = Run.objects.create(suite=suite, version=1, release=release, finished_at=now())
            Round.objects.create(
                title="R", mode="score", run=run, state=state, closed_at=now(), figures={"mean": mean}
            )
        rated = selectors.human_scores(made)
        (row,) = selectors.table_of(made)

    assert typed == {"before": 2.0, "after": 3.0}
    assert rated == {"before": 3.25, "after": 4.5}
    assert (row["measure"], row["before"], row["after"]) == ("human_score", 3.25, 4.5)


def test_who_must_be_trained_anew_says_so(cast: Cast, trained_on: BaseModel, client: Client) -> None:
    version = dataset(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        adapter = AdapterVersion.objects.create(
            adapter=Adapter.objects.create(slug="polite", base=trained_on), number=1, name="hemu.polite.v1",
            size=1, rank=1, alpha=1, parameters=1, dataset_version_id=version.pk,
        )  # fmt: skip
        made = Training.objects.create(
            name="polite", base=trained_on, version=version, recipe="lora", objective="sft",
            adapter_version=adapter,
        )  # fmt: skip
    client.force_login(cast.lin.user)
    pages = [
        f"/console/runs/training/{made.pk}/change/",
        f"/console/modelhub/adapterversion/{adapter.pk}/change/",
    ]

    def warned() -> list[bool]:
        return [
            'role="note"' in client.get(page, headers={"accept-language": "en"}).content.decode()
            for page in pages
        ]

    before = warned()
    with tenancy.scope(cast.hemu.pk):
        type(version).objects.filter(pk=version.pk).update(must_retrain=True)
        shown = presenting.training(selectors.trainings_visible_to(cast.lin.actor).get(pk=made.pk))

    assert (before, warned()) == ([False, False], [True, True])
    assert shown["must_retrain"] is True
