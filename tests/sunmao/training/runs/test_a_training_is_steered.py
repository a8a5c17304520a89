from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, InvalidInput, NotFound, SunmaoError
from sunmao.jobs import services as jobs
from sunmao.jobs.models import Job, JobState
from sunmao.modelhub.models import BaseModel
from sunmao.training.datasets.models import VersionState
from sunmao.training.runs import exporting, logs, presenting, selectors, starting, sweeping
from sunmao.training.runs.errors import TrainingConflict
from sunmao.training.runs.models import Export, Figure, State, Training
from sunmao.training.runs.starting import Wanted
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import state_of
from tests.fixtures.training import SETTINGS, dataset

pytestmark = pytest.mark.django_db


def started(cast: Cast, base: BaseModel, **more: Any) -> Training:
    settings = {**SETTINGS, "epochs": 1, **more.pop("settings", {})}
    version = more.pop("version", None) or dataset(cast.lin.actor)
    verb: Any = more.pop("verb", starting.start)
    return verb(
        actor=cast.lin.actor,
        wanted=Wanted(name="polite", base=base, version=version, settings=settings, **more),
    )


def reread(training: Training) -> Training:
    with tenancy.scope(training.organisation_id):
        return Training.objects.select_related("job", "adapter_version", "base").get(pk=training.pk)


def refused(cast: Cast, base: BaseModel, code: str, **more: Any) -> None:
    before = state_of(cast.hemu)
    for verb in (starting.start, starting.propose):
        with pytest.raises(SunmaoError) as found:
            started(cast, base, verb=verb, **more)
        assert found.value.code == code
    assert state_of(cast.hemu) == before


def test_only_approved_examples_of_the_right_kind_are_learnt(cast: Cast, trained_on: BaseModel) -> None:
    frozen = dataset(cast.lin.actor, slug="frozen", state=VersionState.FROZEN)
    pairs = dataset(cast.lin.actor, "preference")
    empty = dataset(cast.lin.actor, slug="empty", count=0)

    refused(cast, trained_on, "dataset_not_approved", version=frozen)
    refused(cast, trained_on, "dataset_wrong_kind", version=pairs)
    refused(cast, trained_on, "training_no_examples", version=empty)


def test_what_cannot_fit_is_refused_before_it_starts_and_shown_by_a_proposal(
    cast: Cast, trained_on: BaseModel, settings: Any
) -> None:
    version = dataset(cast.lin.actor)
    settings.SUNMAO_TRAINING_MEMORY = 100_000
    before = state_of(cast.hemu)

    with pytest.raises(TrainingConflict) as found:
        started(cast, trained_on, version=version)
    assert (found.value.code, state_of(cast.hemu)) == ("training_too_big", before)
    assert not started(cast, trained_on, version=version, verb=starting.propose).estimate.fits


@pytest.mark.parametrize("reference", ["tiny-chat", "tiny-chat@1", "tiny-chat.v1"])
def test_a_version_is_named_as_data_sets_name_it_or_as_adapters_do(reference: str, cast: Cast) -> None:
    version = dataset(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        assert selectors.resolve_version(actor=cast.lin.actor, reference=reference) == version
        with pytest.raises(NotFound):
            selectors.resolve_version(actor=cast.lin.actor, reference=reference + "2")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"epochs": "many"}, "epochs"),
        ({"rank": 0}, "rank"),
        ({"recipe": "magic"}, "recipe"),
        ({"source": "/etc"}, "source"),
        ({"targets": ["a b"]}, "targets"),
        ({"targets": ["q_proj", "qproj"]}, "targets"),
        ({"max_length": 100_000}, "max_length"),
        ({"options": {"unknown": 1}}, "options"),
    ],
)
def test_settings_outside_their_bounds_are_named(
    wrong: dict[str, Any], field: str, cast: Cast, trained_on: BaseModel
) -> None:
    version = dataset(cast.lin.actor)
    with pytest.raises(InvalidInput) as found:
        started(cast, trained_on, version=version, settings=wrong)

    assert set(found.value.fields) == {field}


def test_two_trainings_wait_with_their_places(cast: Cast, trained_on: BaseModel) -> None:
    version = dataset(cast.lin.actor)
    first, second = (started(cast, trained_on, version=version) for _ in range(2))

    with tenancy.scope(cast.hemu.pk):
        places = [presenting.training(reread(one))["job"]["position"] for one in (first, second)]
    assert places == [1, 2]


def test_who_may_not_start_changes_nothing(cast: Cast, trained_on: BaseModel) -> None:
    version = dataset(cast.lin.actor)
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        starting.start(actor=cast.zhou.actor, wanted=Wanted(name="polite", base=trained_on, version=version))
    assert state_of(cast.hemu) == before


def test_a_cancelled_training_goes_on_when_it_is_resumed(cast: Cast, trained_on: BaseModel) -> None:
    made = started(cast, trained_on)

    starting.cancel(actor=cast.lin.actor, training=made)
    stopped = reread(made)
    with pytest.raises(TrainingConflict):
        starting.cancel(actor=cast.lin.actor, training=made)
    starting.resume(actor=cast.lin.actor, training=made)
    run_waiting_jobs(cast.lin.actor)

    assert (stopped.state, stopped.job.state if stopped.job else "") == (State.STOPPED, JobState.CANCELLED)
    assert reread(made).state == State.DONE


def test_a_job_that_was_ended_elsewhere_shows(cast: Cast, trained_on: BaseModel) -> None:
    made = started(cast, trained_on)
    with tenancy.scope(cast.hemu.pk):
        job = Job.objects.get(pk=made.job_id)
    jobs.cancel(actor=cast.lin.actor, job=job)

    assert reread(made).shown_state == State.STOPPED


def test_a_base_that_is_gone_is_told_and_the_training_can_go_on(
    cast: Cast, trained_on: BaseModel, settings: Any
) -> None:
    made = started(cast, trained_on)
    place = settings.SUNMAO_MODELS / "speaking"
    target = place.readlink()
    place.unlink()
    run_waiting_jobs(cast.lin.actor)
    failed = reread(made)

    place.symlink_to(target)
    starting.resume(actor=cast.lin.actor, training=made)
    run_waiting_jobs(cast.lin.actor)

    assert (failed.state, failed.error_code) == (State.FAILED, "model_unreadable")
    assert reread(made).state == State.DONE


def test_a_grid_is_whole_and_a_draw_repeats_itself() -> None:
    space = {"rank": [2, 4], "learning_rate": [0.001, 0.01, 0.1]}

    grid = sweeping.trials(space, method="grid", count=1, seed=0)
    drawn = [sweeping.trials(space, method="random", count=3, seed=seed) for seed in (5, 5, 6)]

    assert len(grid) == 6
    assert grid[0] == {"learning_rate": 0.001, "rank": 2}
    assert drawn[0] == drawn[1] != drawn[2]
    assert len({json.dumps(one) for one in drawn[0]}) == 3


def test_a_search_names_the_best_of_its_trainings(cast: Cast, trained_on: BaseModel) -> None:
    made = sweeping.sweep(
        actor=cast.lin.actor,
        wanted=Wanted(
            name="search",
            base=trained_on,
            version=dataset(cast.lin.actor),
            settings={**SETTINGS, "epochs": 1},
        ),
        space={"learning_rate": [1e-5, 1e-2]},
    )
    run_waiting_jobs(cast.lin.actor)

    with tenancy.scope(cast.hemu.pk):
        best = selectors.best_of(made)
        found = {one.plan["learning_rate"]: one.best for one in made.trainings.all()}
    assert best is not None
    assert best.plan["learning_rate"] == 1e-2
    assert found[1e-2] < found[1e-5]
    (listed,) = cast.lin.client.get("/api/v1/trainings/sweeps").json()["sweeps"]
    assert (listed["id"], listed["best"], len(listed["trainings"])) == (str(made.pk), str(best.pk), 2)


def test_each_form_is_measured_beside_the_merged_one(
    cast: Cast, trained_on: BaseModel, settings: Any
) -> None:
    made = started(cast, trained_on)
    run_waiting_jobs(cast.lin.actor)
    exports = {form: _exported(cast, made, form) for form in ("merged", "nf4", "pruned")}

    for form, done in exports.items():
        assert (form, done.state, done.error_code) == (form, State.DONE, "")
        assert (settings.SUNMAO_MODELS / done.place / "config.json").is_file()
        merged, own = done.figures["merged"], done.figures[form]
        assert {"bytes", "parameters", "perplexity", "tokens_per_second"} <= set(merged)
        if form != "merged":
            assert own["bytes"] < merged["bytes"]
            assert 0.0 <= own["agreement"] <= 1.0
    pruned = exports["pruned"]
    config = json.loads((settings.SUNMAO_MODELS / pruned.place / "config.json").read_text())
    assert (config["num_attention_heads"], config["intermediate_size"]) == (2, 96)
    assert pruned.figures["pruned"]["parameters"] < pruned.figures["merged"]["parameters"]
    assert len({done.place for done in exports.values()}) == len(exports)


def _exported(cast: Cast, training: Training, form: str) -> Export:
    export = exporting.export(
        actor=cast.lin.actor, training=reread(training), form=form, heads=0.5, units=0.25
    )
    run_waiting_jobs(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        return Export.objects.get(pk=export.pk)


def test_figures_leave_for_tensorboard_and_mlflow(cast: Cast, trained_on: BaseModel, tmp_path: Path) -> None:
    made = started(cast, trained_on)
    with tenancy.scope(cast.hemu.pk):
        Figure.objects.create(
            training=made, part="train", step=3, epoch=0.5, figures={"loss": 1.5}, rate=0.001
        )
    events = logs.write(actor=cast.lin.actor, training=made, kind="tensorboard", folder=tmp_path)
    run = logs.write(actor=cast.lin.actor, training=made, kind="mlflow", folder=tmp_path)

    records = list(_records(events.read_bytes()))
    assert b"brain.Event:2" in records[0]
    assert any(b"train/loss" in one and struct.pack("<f", 1.5) in one for one in records)
    assert (run / "metrics" / "train" / "loss").read_text().split()[1:] == ["1.5", "3"]
    assert (run / "params" / "rank").read_text() == "4"


def test_the_checksum_is_castagnolis() -> None:
    assert logs.crc32c(b"123456789") == 0xE3069283


def _records(data: bytes) -> Any:
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        assert logs._masked(data[:8]) == data[8:12]
        assert logs._masked(data[12 : 12 + length]) == data[12 + length : 16 + length]
        yield data[12 : 12 + length]
        data = data[16 + length :]


def test_the_shell_starts_and_shows(cast: Cast, trained_on: BaseModel) -> None:
    dataset(cast.lin.actor)
    out = io.StringIO()
    call_command(
        "train", "run", "polite", "--org", cast.hemu.slug, "--as", "lin", "--json", "--base", "speaking",
        "--data", "tiny-chat", "--with", json.dumps({**SETTINGS, "epochs": 1}), "--here", stdout=out,
    )  # fmt: skip

    shown = json.loads(out.getvalue())
    assert (shown["state"], shown["adapter_version"]) == ("done", "hemu.polite.v1")
    assert {"loss", "perplexity"} <= {row["measure"] for row in shown["table"]}
    assert shown["figures"][0]["step"] == 1
