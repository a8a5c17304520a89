from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.evaluation.models import AdapterCheck
from sunmao.jobs.models import Job
from sunmao.modelhub import bases
from sunmao.modelhub.models import BaseModel
from sunmao.training.runs import forgetting, selectors, starting
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
    assert (done.state, check.before["cases"]) == (State.DONE, 72)
    assert table["general_ability"]["before"] == check.before["pass_rate"]
    assert table["general_ability"]["after"] == check.after["pass_rate"]
    assert done.told["ability"]["cases"] == 72
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
