"""Each queue is somebody's, and a training of hours keeps no document waiting."""

from __future__ import annotations

from collections import Counter

import pytest

from apps.config.supervisor import commands
from sunmao.jobs.registry import kinds


@pytest.fixture
def queues() -> Counter[str]:
    """How many workers read each queue."""
    lines = [program.command for program in commands.programs(0)]
    return Counter(queue for line in lines if "-Q" in line for queue in line[line.index("-Q") + 1].split(","))


def test_the_queue_of_every_kind_of_job_is_read_by_one_worker(queues: Counter[str]) -> None:
    wanted = {kind.queue for kind in kinds().values()}
    assert wanted <= set(queues)
    assert set(queues.values()) == {1}


def test_trainings_have_a_worker_of_their_own() -> None:
    lines = [program.command for program in commands.programs(0) if "gpu" in str(program.command)]
    assert [line[line.index("-Q") + 1] for line in lines] == ["gpu"]
