"""The commands of docs/guides/first-adapter.md, in their order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.core import tenancy
from sunmao.modelhub.models import AdapterVersion, BaseModel
from sunmao.training.runs.models import State, Training
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.training import SETTINGS, question, right

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_its_commands_lead_from_a_file_to_an_adapter(
    cast: Cast, trained_on: BaseModel, tmp_path: Path
) -> None:
    file = tmp_path / "service.jsonl"
    turns = [[*question(at), {"role": "assistant", "content": right(at)}] for at in range(60)]
    file.write_text("\n".join(json.dumps({"messages": one}) for one in turns), encoding="utf-8")

    def manage(command: str, *arguments: str, by: str = "lin") -> None:
        call_command(*command.split(), *arguments, "--org", cast.hemu.slug, "--as", by)
        run_waiting_jobs(cast.lin.actor)

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
