from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from django.conf import settings

from sunmao.training.runs.trainer import checkpoints
from sunmao.training.runs.trainer.loop import train
from tests.fixtures.training import Remembers, examples, plan


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return dict(load_file(folder / "result" / "adapter_model.safetensors"))


def test_stopped_at_a_random_step_it_ends_as_if_it_had_not_been(speaking_base: Path, tmp_path: Path) -> None:
    """With dropout, so that chance must go on where it was, too."""
    whole, halted = tmp_path / "whole", tmp_path / "halted"
    step = random.Random(5).randint(2, 9)  # noqa: S311
    train(plan(speaking_base, whole, dropout=0.1), examples("chat"), Remembers())

    first = Remembers(stop_at=step)
    train(plan(speaking_base, halted, dropout=0.1), examples("chat"), first)
    second = Remembers()
    train(plan(speaking_base, halted, dropout=0.1), examples("chat"), second)

    assert first.one("stopped")["step"] == step
    assert second.one("started")["from_step"] == step
    expected, found = weights(whole), weights(halted)
    assert expected.keys() == found.keys()
    assert max(float((expected[name] - found[name]).abs().max()) for name in expected) <= 1e-6


def test_half_a_checkpoint_is_none(tmp_path: Path) -> None:
    good = checkpoints.save(tmp_path, 3, tensors={"learnt": {"a": torch.ones(3)}}, state={"step": 3})
    bad = checkpoints.save(tmp_path, 6, tensors={"learnt": {"a": torch.ones(3)}}, state={"step": 6})
    (bad.folder / "learnt.safetensors").write_bytes(b"half")
    (tmp_path / "writing-00000009").mkdir()

    found = checkpoints.newest(tmp_path)

    assert found == good
    assert not (tmp_path / "writing-00000009").exists()


def process(
    folder: Path, source: Path, given: dict[str, Any] | None = None, **more: Any
) -> subprocess.Popen[str]:
    root = Path(settings.BASE_DIR)
    made = subprocess.Popen(
        [sys.executable, "-m", "sunmao.training.runs.trainer"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PYTHONPATH": os.pathsep.join([str(root), str(root / "platform")]), "OMP_NUM_THREADS": "1",
        },
    )  # fmt: skip
    assert made.stdin is not None
    made.stdin.write(
        json.dumps({"plan": plan(source, folder, **more).as_json(), "locks": str(folder.parent)}) + "\n"
    )
    for part, rows in (given or examples("chat")).items():
        for data in rows:
            made.stdin.write(json.dumps({"part": part, "data": data}) + "\n")
    made.stdin.write('{"end": true}\n')
    made.stdin.flush()
    return made


def said_by(running: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """All its events; its input stays open meanwhile, since its end would mean that we are gone."""
    assert running.stdout is not None
    found = [json.loads(line) for line in running.stdout]
    running.wait(20)
    return found


def test_whoever_started_it_is_gone_and_so_is_it(speaking_base: Path, tmp_path: Path) -> None:
    running = process(tmp_path / "run", speaking_base, epochs=4_000.0, patience=0)
    assert running.stdout is not None
    assert running.stdin is not None
    running.stdout.readline()

    running.stdin.close()

    assert running.wait(30) == 3


def killed_rounds(folder: Path, source: Path, rounds: int, *, seed: int) -> list[tuple[int, int]]:
    """(the last step that was told, the step it went on from) of each round: killed at some event."""
    chance, lost, told = random.Random(seed), [], 0  # noqa: S311
    for _round in range(rounds):
        running = process(folder, source, epochs=400.0, patience=0)
        assert running.stdout is not None
        began, left = None, chance.randint(2, 14)
        for line in running.stdout:
            said = json.loads(line)
            if said["event"] == "started":
                began = said["from_step"]
                lost.append((told, began))
            if said["event"] == "failed":
                raise AssertionError(said)
            told = max(told, said.get("step", 0)) if said["event"] == "figures" else told
            left -= began is not None
            if left <= 0:
                break
        running.send_signal(signal.SIGKILL)
        running.wait(20)
        assert running.stdin is not None
        running.stdout.close()
        found = checkpoints.newest(folder)
        assert found is None or checkpoints.is_whole(found.folder)
        assert not (folder / "result").exists()
    return lost


def test_three_kills_lose_at_most_one_interval(speaking_base: Path, tmp_path: Path) -> None:
    for told, began in killed_rounds(tmp_path / "run", speaking_base, 3, seed=1):
        assert told - began <= 5


@pytest.mark.slow
@pytest.mark.timeout(1_500)
def test_fifty_kills_lose_at_most_one_interval_each(speaking_base: Path, tmp_path: Path) -> None:
    rounds = killed_rounds(tmp_path / "run", speaking_base, 50, seed=2)

    assert len(rounds) == 50
    assert max(told - began for told, began in rounds) <= 5


def test_two_at_once_do_not_share_a_device(speaking_base: Path, tmp_path: Path) -> None:
    first = process(tmp_path / "first", speaking_base, epochs=400.0, patience=0)
    try:
        assert first.stdout is not None
        assert json.loads(first.stdout.readline())["event"] == "started"
        second = process(tmp_path / "second", speaking_base)
        assert [one["event"] for one in said_by(second)] == ["busy"]
    finally:
        first.kill()
        first.wait()


@pytest.mark.parametrize(
    "error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError(
        "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes.")],
)  # fmt: skip
def test_memory_that_runs_out_is_told_as_such(error: Exception) -> None:
    from sunmao.training.runs.trainer.problems import problem_of

    found = problem_of(error)
    assert found is not None
    assert found.code == "training_out_of_memory"


def test_a_process_that_gets_too_little_memory_says_so(speaking_base: Path, tmp_path: Path) -> None:
    long = [
        {"messages": [{"role": "user", "content": "wba"}, {"role": "assistant", "content": "wbb " * 400}]}
    ]
    given = {**examples("chat", 12), "train": long * 400}
    small = process(
        tmp_path / "run", speaking_base, given, memory_limit=900 * 2**20, batch=400, max_length=512
    )

    last = said_by(small)[-1]
    assert (last["event"], last["code"]) == ("failed", "training_out_of_memory")


def test_a_full_disk_is_told_and_the_last_checkpoint_is_kept(
    speaking_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from sunmao.training.runs.trainer.problems import problem_of

    real, written = checkpoints._write, []

    def full(path: Path, content: bytes) -> str:
        written.append(path)
        if len(written) > 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(checkpoints, "_write", full)
    with pytest.raises(OSError, match="No space left") as stopped:
        train(plan(speaking_base, tmp_path), examples("chat"), Remembers())

    found = problem_of(stopped.value)
    assert found is not None
    assert found.code == "training_disk_full"
    kept = checkpoints.newest(tmp_path)
    assert kept is not None
    assert kept.step == 0
    assert list(tmp_path.glob("writing-*")) == []
