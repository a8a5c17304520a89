"""The real interactive worker, a process with threads: questions that come at once share its passes."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from apps.config.supervisor import commands
from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_user
from sunmao.answering import services
from sunmao.answering.models import AnswerRecord, Exchange
from sunmao.core import tenancy
from sunmao.core.ids import new_id
from sunmao.core.vertical import config_of
from sunmao.knowledge import services as knowledge
from sunmao.releases.sample import seed_vertical
from tests.fixtures.committed import Standing
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.worker import end, wait_until

PASSAGE = b"# Refunds\n\nA refund is paid within seven days after the parcel has come back to us.\n"
QUESTIONS = 4


@pytest.mark.stack
@pytest.mark.slow
def test_four_questions_at_once_are_written_together(
    standing: Standing, broker: Any, tiny_base: Path, tmp_path: Path
) -> None:
    actor = standing.actor
    seed_vertical(actor=actor, config=config_of("customer_service"), with_documents=False)
    with tenancy.scope(actor.organisation_id):
        base = knowledge.create_base(actor=actor, slug=config_of("customer_service").vertical.base_slug)
    knowledge.receive(actor=actor, base=base, name="refunds.md", chunks=[PASSAGE])
    run_waiting_jobs(actor)
    asker = actor_of_user(
        accounts.add_member(actor=actor, username=f"mei-{new_id().hex}", role=BuiltIn.END_USER), language="en"
    )
    asked = [
        services.ask(
            actor=asker, task_name="customer_service.ask", data={"question": "When is a refund paid?"}
        )
        for _ in range(QUESTIONS)
    ]
    log = tmp_path / "worker.log"
    process = _interactive(log, tiny_base)
    try:
        wait_until(lambda: _ended(actor, asked) == QUESTIONS, seconds=60)
    finally:
        end(process, signal.SIGKILL)
    with tenancy.scope(actor.organisation_id):
        ended = Exchange.objects.filter(pk__in=[one.pk for one in asked])
        assert [(one.error or {}).get("code") for one in ended if one.state != "done"] == []
        answers = AnswerRecord.objects.filter(exchange__in=[one.pk for one in asked])
        assert {one.engine for one in answers} == {"transformers"}
        assert answers.count() == QUESTIONS
    assert (
        max(int(rows) for rows in re.findall(r'"rows": (\d+), "event": "batch_widened"', log.read_text())) > 1
    )


def _interactive(log: Path, model: Path) -> subprocess.Popen[bytes]:
    program = next(one for one in commands.programs(0) if one.name == "interactive")
    environment = {**program.environment, "SUNMAO_ENGINE": "transformers", "SUNMAO_MODEL": str(model)}
    with log.open("wb") as stream:
        return subprocess.Popen(
            program.command, env=environment, stdout=stream, stderr=stream, start_new_session=True
        )


def _ended(actor: Any, asked: list[Exchange]) -> int:
    with tenancy.scope(actor.organisation_id):
        return (
            Exchange.objects.filter(pk__in=[one.pk for one in asked])
            .exclude(state__in=["pending", "running"])
            .count()
        )
