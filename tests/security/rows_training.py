"""Trainings, through the API and in the console."""

from __future__ import annotations

from typing import Any

from sunmao.accounts.models import Organisation
from sunmao.core import tenancy
from sunmao.core.ids import new_id
from sunmao.modelhub.models import AdapterVersion, BaseModel
from sunmao.training.datasets.models import DataSet, Origin, Version, VersionState
from sunmao.training.datasets.models import Row as Example
from sunmao.training.runs.models import Collection, Export, State, Sweep, Training
from tests.security.matrix import Row, Target, get, post, post_json
from tests.security.rows_console import Model

V1 = "api/v1/trainings"
READ, START, CANCEL = "training.run.read", "training.run.start", "training.run.cancel"
SPOKEN_TRAINING = {
    "api/v1/^trainings/(?P<training_id>[^/]+)/(?P<action>cancel|resume)$": (
        "api/v1/trainings/<training_id>/<action>"
    ),
}
TRAINING_TABLES = {
    "runs/training": Model(READ, "{training}", add=START, change=302),
    "runs/sweep": Model(READ, "{sweep}"),
}
_CHAT = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}


def training_of(organisation: Organisation, models: dict[str, Any]) -> dict[str, Any]:
    """An approved data set, a training that waits, one that is done, and a search."""
    with tenancy.scope(organisation.pk):
        base = BaseModel.objects.get(pk=models["base_model"])
        dataset = DataSet.objects.create(slug="style", title="Style", kind="chat")
        version = Version.objects.create(dataset=dataset, number=1, state=VersionState.APPROVED)
        Example.objects.create(
            dataset=dataset, data=_CHAT, digest="0" * 64, group="a", origin=Origin.WRITTEN, born=1
        )
        sweep = Sweep.objects.create(name="search", method="grid", space={"rank": [4]})
        waiting, done = (
            Training.objects.create(
                name=f"style-{state}", base=base, version=version, recipe="lora", objective="sft",
                state=state, sweep=sweep,
            )
            for state in (State.WAITING, State.DONE)
        )  # fmt: skip
        done.adapter_version = AdapterVersion.objects.get(pk=models["adapter_version"])
        done.save()
        Export.objects.create(training=done, form="merged", state=State.DONE)
        asked = DataSet.objects.create(slug="asked", title="Asked", kind="prompts")
        questions = Version.objects.create(dataset=asked, number=1, state=VersionState.APPROVED)
        collection = Collection.objects.create(source="traces", questions=questions, dataset=dataset)
    return {
        "collection": collection.pk, "asked_version": questions.pk, "style_set": dataset.pk,
        "training": waiting.pk, "done_training": done.pk, "sweep": sweep.pk, "approved_version": version.pk,
        "unknown_training": new_id(),
    }  # fmt: skip


def _wanted(target: Target) -> dict[str, Any]:
    others = target.others
    return {
        "name": "polite", "base_model": str(others["base_model"]), "version": str(others["approved_version"]),
    }  # fmt: skip


def _sweep(target: Target) -> dict[str, Any]:
    return {**_wanted(target), "space": {"rank": [2]}}


def _collection(target: Target) -> dict[str, Any]:
    others = target.others
    return {
        "source": "traces", "questions": str(others["asked_version"]), "dataset": str(others["style_set"]),
    }  # fmt: skip


def _form(target: Target) -> dict[str, Any]:
    others = target.others
    return {
        "name": "polite", "base": str(others["base_model"]), "version": str(others["approved_version"]),
        "objective": "sft", "start": "1",
    }  # fmt: skip


TRAINING = (
    Row(route=V1, method="GET", needs=READ, gives=200, send=get(V1)),
    Row(route=V1, method="POST", needs=START, gives=202, names="house", writes=("training.requested",),
        send=post_json(V1, _wanted)),
    Row(route=f"{V1}/proposal", method="POST", needs=START, gives=200, names="house",
        silent="it only says what would be done", send=post_json(f"{V1}/proposal", _wanted)),
    Row(route=f"{V1}/collections", method="GET", needs=READ, gives=200, send=get(f"{V1}/collections")),
    Row(route=f"{V1}/collections", method="POST", needs=START, gives=202, names="house",
        writes=("training.preferences_requested",), send=post_json(f"{V1}/collections", _collection)),
    Row(route=f"{V1}/collections/<str:collection_id>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}/collections/{{collection}}")),
    Row(route=f"{V1}/sweeps", method="GET", needs=READ, gives=200, send=get(f"{V1}/sweeps")),
    Row(route=f"{V1}/sweeps", method="POST", needs=START, gives=202, names="house",
        writes=("training.requested", "training.sweep_requested"), send=post_json(f"{V1}/sweeps", _sweep)),
    Row(route=f"{V1}/sweeps/<str:sweep_id>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}/sweeps/{{sweep}}")),
    Row(route=f"{V1}/<str:training_id>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}/{{training}}")),
    Row(route=f"{V1}/<str:training_id>/figures", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}/{{training}}/figures")),
    Row(route=f"{V1}/<str:training_id>/exports", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}/{{training}}/exports")),
    Row(route=f"{V1}/<str:training_id>/exports", method="POST", needs=START, gives=202, names="house",
        writes=("training.export_requested",),
        send=post_json(f"{V1}/{{done_training}}/exports", lambda _: {"form": "merged"})),
    Row(route=f"{V1}/<training_id>/<action>", method="POST", needs=CANCEL, gives=200, names="house",
        writes=("training.cancelled",), send=post(f"{V1}/{{training}}/cancel")),
    Row(route="console/runs/training/<str:object_id>/live/", method="GET", needs=READ, gives=200,
        names="house", send=get("console/runs/training/{training}/live/")),
    Row(route="console/runs/training/add/", method="POST", needs=START, gives=302, names="house",
        foreign=200, writes=("training.requested",), send=post("console/runs/training/add/", _form)),
)  # fmt: skip
