"""The commands of docs/guides/first-adapter.md, in their order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.core import tenancy
from sunmao.modelhub.heads.models import HeadVersion
from sunmao.modelhub.models import AdapterVersion, BaseModel
from sunmao.training.runs.models import State, Training
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.training import SETTINGS, question, right, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


Manage = Callable[..., None]


def _shell(cast: Cast) -> Manage:
    def manage(command: str, *arguments: str, by: str = "lin") -> None:
        call_command(*command.split(), *arguments, "--org", cast.hemu.slug, "--as", by)
        run_waiting_jobs(cast.lin.actor)

    return manage


def test_its_commands_lead_from_a_file_to_an_adapter(
    cast: Cast, trained_on: BaseModel, tmp_path: Path
) -> None:
    file = tmp_path / "service.jsonl"
    turns = [[*question(at), {"role": "assistant", "content": right(at)}] for at in range(60)]
    file.write_text("\n".join(json.dumps({"messages": one}) for one in turns), encoding="utf-8")

    manage = _shell(cast)
    accounts.add_member(actor=accounts.system_actor(cast.hemu), username="rita", role=BuiltIn.REVIEWER)
    manage("dataset create service --kind chat --title Service")
    manage("dataset import service", str(file))
    for step in ("mask service", "split service --seed 1", "check service", "freeze service"):
        manage(f"dataset {step}")
    manage("dataset approve service@1", by="rita")
    manage("train propose polite --base speaking --data service")
    manage("train run polite --base speaking --data service", "--with", json.dumps(SETTINGS))
    run_waiting_jobs(cast.lin.actor)

    with tenancy.scope(cast.hemu.pk):
        done, adapter = Training.objects.get(), AdapterVersion.objects.get()
    assert (done.state, adapter.name, adapter.state) == (State.DONE, "hemu.polite.v1", "ready")
    assert done.after["loss"] < done.before["loss"]


def test_its_commands_teach_which_of_two_answers_is_better(
    cast: Cast, trained_on: BaseModel, tmp_path: Path
) -> None:
    file, manage = tmp_path / "pairs.jsonl", _shell(cast)
    pairs = [{"prompt": question(at), "chosen": right(at), "rejected": wrong(at)} for at in range(60)]
    file.write_text("\n".join(map(json.dumps, pairs)), encoding="utf-8")
    accounts.add_member(actor=accounts.system_actor(cast.hemu), username="rita", role=BuiltIn.REVIEWER)
    manage("dataset create better --kind preference --title Better")
    manage("dataset import better", str(file), "--here")
    for step in (
        "mask better --here",
        "split better --seed 1 --here",
        "check better --here",
        "freeze better",
    ):
        manage(f"dataset {step}")
    manage("dataset approve better@1", by="rita")
    manage("train run kinder --base speaking --data better --objective dpo", "--with", json.dumps(SETTINGS))
    run_waiting_jobs(cast.lin.actor)

    with tenancy.scope(cast.hemu.pk):
        done = Training.objects.get()
    assert (done.state, done.metric) == (State.DONE, "loss")
    assert done.after["preference_accuracy"] > max(0.5, done.before["preference_accuracy"])


def test_its_commands_keep_a_head(cast: Cast, tmp_path: Path) -> None:
    for name, first in (("train", 0), ("test", 20)):
        rows = [
            {"text": f"{ask} {thing} number {at}", "label": thing}
            for at in range(first, first + 6)
            for ask, thing in (
                ("where is my", "parcel"),
                ("give me a", "refund"),
                ("please send the", "invoice"),
            )
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    files = [word for name in ("train", "test") for word in (f"--{name}", str(tmp_path / f"{name}.jsonl"))]
    _shell(cast)("train intents", *files, "--encoder", "none", "--keep", "intents")
    with tenancy.scope(cast.hemu.pk):
        assert HeadVersion.objects.get().figures["accuracy"] == 1.0
