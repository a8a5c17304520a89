from __future__ import annotations

import pytest

from sunmao.core import files, tenancy
from sunmao.modelhub.models import AdapterVersion, BaseModel, VersionState
from sunmao.training.runs import selectors, starting
from sunmao.training.runs.models import State, Training
from sunmao.training.runs.starting import Wanted
from sunmao.training.runs.working import folder_of
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import verbs_of
from tests.fixtures.training import SETTINGS, dataset

pytestmark = pytest.mark.django_db


def reread(training: Training) -> Training:
    with tenancy.scope(training.organisation_id):
        return Training.objects.select_related("job", "adapter_version", "made_base").get(pk=training.pk)


def test_it_is_registered_with_its_lineage_and_checked(cast: Cast, trained_on: BaseModel) -> None:
    version = dataset(cast.lin.actor)

    made = starting.start(
        actor=cast.lin.actor,
        wanted=Wanted(name="polite", base=trained_on, version=version, settings=SETTINGS),
    )
    run_waiting_jobs(cast.lin.actor)
    run_waiting_jobs(cast.lin.actor)  # the parity check

    done = reread(made)
    assert (done.state, done.error_code, done.told.get("error")) == (State.DONE, "", None)
    adapter = done.adapter_version
    assert adapter is not None
    assert adapter.name == "hemu.polite.v1"
    assert (adapter.dataset_version_id, adapter.run_id, adapter.seed) == (version.pk, made.pk, 7)
    assert adapter.state == VersionState.READY  # its parity check was queued with it and has passed
    assert adapter.metrics["loss"] == done.best
    assert "tiny-chat, version 1" in str(adapter.card)
    assert done.after["loss"] < done.before["loss"]
    assert done.told["reload_apart"] <= 1e-6
    with tenancy.scope(cast.hemu.pk):
        parts = set(done.series.values_list("part", flat=True))
        table = {row["measure"]: row for row in selectors.table_of(done)}
    assert parts == {"train", "validation"}
    assert {"loss", "perplexity", "rouge_1", "rouge_2", "rouge_l", "tokens_per_second"} <= set(table)
    assert not folder_of(made).exists()
    assert {"training.requested", "training.finished", "adapter.registered"} <= set(verbs_of(cast.hemu))


def test_what_no_hub_serves_is_kept_by_its_hash(cast: Cast, trained_on: BaseModel) -> None:
    made = starting.start(
        actor=cast.lin.actor,
        wanted=Wanted(
            name="prefixed",
            base=trained_on,
            version=dataset(cast.lin.actor),
            settings={**SETTINGS, "recipe": "prefix", "epochs": 1},
        ),
    )
    run_waiting_jobs(cast.lin.actor)

    done = reread(made)
    assert (done.state, done.adapter_version) == (State.DONE, None)
    stored = done.files["parts.safetensors"]
    assert len(files.read(organisation_id=cast.hemu.pk, sha256=stored["sha256"])) == stored["size"]


def test_a_model_of_which_every_weight_learnt_is_a_base_of_its_own(cast: Cast, trained_on: BaseModel) -> None:
    made = starting.start(
        actor=cast.lin.actor,
        wanted=Wanted(
            name="whole",
            base=trained_on,
            version=dataset(cast.lin.actor),
            settings={**SETTINGS, "recipe": "full", "epochs": 1, "learning_rate": 1e-3},
        ),
    )
    run_waiting_jobs(cast.lin.actor)
    run_waiting_jobs(cast.lin.actor)  # the new base is read

    done = reread(made)
    with tenancy.scope(cast.hemu.pk):
        assert AdapterVersion.objects.count() == 0
        assert done.made_base is not None
        done.made_base.refresh_from_db()
    assert done.made_base.state == "ready"
    assert done.made_base.sha256 != trained_on.sha256
    assert done.made_base.parameters == trained_on.parameters
