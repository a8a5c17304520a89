"""The job `training.run`: a process learns, this one writes down what it says.

The process has neither database nor key: plan and examples reach it by a pipe. It dies with this one, and a
lock on its folder keeps a successor waiting until it has. Killed in the middle, it is started again and goes
on at its last checkpoint; killed twice at one place, memory has most likely run out.
"""

from __future__ import annotations

import json
import math
import os
import queue
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models.functions import Now

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.errors import SunmaoError
from sunmao.core.ids import reference
from sunmao.jobs.lease import Lease, LostLease, Unfinished
from sunmao.modelhub import keeping as bases
from sunmao.training.datasets.examples import Part
from sunmao.training.datasets.selectors import examples
from sunmao.training.runs import judging, keeping
from sunmao.training.runs.errors import TrainingFailed
from sunmao.training.runs.models import Figure, State, Training

log = structlog.get_logger(__name__)
PATIENCE, LOOKS_EVERY = 90.0, 1.0
"""Seconds that a cancelled training gets to write its checkpoint, and between looks whether it was."""


class Ended(Exception):
    """The process is gone without a word: `code` is what it left."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__()


def folder_of(training: Training) -> Path:
    root: Path = settings.SUNMAO_TRAINING
    return root / str(training.organisation_id) / str(training.pk)


def work(lease: Lease) -> dict[str, Any]:
    """The job's subject is the training."""
    with tenancy.scope(lease.organisation_id):
        training = Training.objects.select_related("base", "version__dataset", "general__dataset").get(
            pk=reference(lease.subject_id)
        )
    try:
        finished = _trained(lease, training)
        return keeping.finish(lease, training, finished, folder_of(training))
    except SunmaoError as error:
        _note_failure(lease, training, error)
        raise


def _trained(lease: Lease, training: Training) -> dict[str, Any]:
    """What the process said at its end. It is started again as long as it gets on."""
    with _base(lease, training) as source:
        return _processes(lease, training, source)


@contextmanager
def _base(lease: Lease, training: Training) -> Iterator[Path]:
    """The folder of the base; that of a kept one is there for this process and its children."""
    with tenancy.scope(lease.organisation_id):
        source = bases.source_of(training.base)
    if bases.print_of(source) != training.base.print:
        raise TrainingFailed(code="training_base_missing", fields={"base_model": training.base.slug})
    with bases.opened(source) as folder:
        yield Path(folder)


def _processes(lease: Lease, training: Training, source: Path) -> dict[str, Any]:
    before = -1
    while True:
        try:
            return _one_process(lease, training, source)
        except Ended as ended:
            with tenancy.scope(lease.organisation_id):
                training.refresh_from_db(fields=["step", "checkpoint"])
            reached = training.checkpoint if training.checkpoint is not None else -1
            log.warning("training_process_ended", training=str(training.pk), code=ended.code, step=reached)
            if reached <= before or ended.code >= 0:
                code = "training_out_of_memory" if ended.code == -9 else "training_failed"
                raise TrainingFailed(code=code, fields={"ended": str(ended.code)}) from ended
            before = reached


def _one_process(lease: Lease, training: Training, source: Path) -> dict[str, Any]:
    folder = folder_of(training)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "trainer.log").open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "sunmao.training.runs.trainer"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=_environment(), text=True,
        )  # fmt: skip
    try:
        _feed(lease, training, source, folder, cast(IO[str], process.stdin))
        return _followed(lease, training, process)
    except LostLease:
        _let_stop(process)
        raise
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close(pipe)


def _close(pipe: IO[str]) -> None:
    with suppress(OSError):  # the other end may be gone
        pipe.close()


def _environment() -> dict[str, str]:
    """What a process needs to find its libraries and devices, and no secret of ours."""
    named = (
        "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES",
        "HF_HOME", "HF_HUB_CACHE", "OMP_NUM_THREADS",
    )  # fmt: skip
    root = Path(settings.BASE_DIR)
    return {
        **{name: os.environ[name] for name in named if name in os.environ},
        "PYTHONPATH": os.pathsep.join([str(root), str(root / "platform")]),
        "PYTHONUNBUFFERED": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
    }


def _feed(lease: Lease, training: Training, source: Path, folder: Path, pipe: IO[str]) -> None:
    plan = {
        **training.plan,
        "source": str(source),
        "folder": str(folder),
        "objective": training.objective,
        "memory_limit": 0 if settings.SUNMAO_TRAINING_ON_GPU else settings.SUNMAO_TRAINING_MEMORY,
    }
    try:
        pipe.write(json.dumps({"plan": plan, "locks": str(settings.SUNMAO_TRAINING)}) + "\n")
        with tenancy.scope(lease.organisation_id):
            for part, data in examples_of(training):
                pipe.write(json.dumps({"part": part, "data": data}) + "\n")
        pipe.write(json.dumps({"end": True}) + "\n")
        pipe.flush()
    except BrokenPipeError:
        return  # it has ended; what it left says why


def examples_of(training: Training) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(part, example), replayed ones among those that are learnt. The caller stands in the scope."""
    count = 0
    for part in Part:
        for one in examples(training.version, part):
            count += part == Part.TRAIN
            yield part.value, one.data
    if training.general is None:
        return
    measured = 0
    for part in (Part.TEST, Part.VALIDATION):
        for one in examples(training.general, part):
            measured += 1
            yield "general", one.data
    learnt = [one.data for one in examples(training.general, Part.TRAIN)]
    if not measured:
        held = max(1, len(learnt) // 10)
        for data in learnt[:held]:
            yield "general", data
        learnt = learnt[held:]
    if training.replay and learnt:
        wanted = round(count * training.replay / (1 - training.replay))
        chance = random.Random(int(training.plan.get("seed", 0)))  # noqa: S311  repeatable, no secret
        for data in chance.sample(learnt, min(wanted, len(learnt))):
            yield Part.TRAIN.value, data


def _followed(lease: Lease, training: Training, process: subprocess.Popen[str]) -> dict[str, Any]:
    """Writes down every event. Raises what the process ended with."""
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
    step, steps, looked = 0, 1, 0.0
    while True:
        try:
            line = lines.get(timeout=LOOKS_EVERY)
        except queue.Empty:
            line = ""
        if line is None:
            raise Ended(process.wait())
        if line:
            said = json.loads(line)
            step, steps = int(said.get("step", step)), int(said.get("steps", steps))
            if said["event"] == "finished":
                return dict(said)
            _written_down(lease, training, said, process)
        if time.monotonic() - looked >= LOOKS_EVERY:
            looked = time.monotonic()
            lease.progress(step, max(steps, 1))


def _read(pipe: IO[str] | None, lines: queue.Queue[str | None]) -> None:
    with suppress(ValueError):  # it may be closed under us
        for line in pipe or ():
            lines.put(line)
    lines.put(None)


def _written_down(
    lease: Lease, training: Training, said: Mapping[str, Any], process: subprocess.Popen[str]
) -> None:
    event = said["event"]
    if event == "busy":
        raise Unfinished(lease.payload)
    if event == "failed":
        raise TrainingFailed(code=_known(said["code"]), fields=said["told"])
    if event == "stopped":
        raise Unfinished(lease.payload)  # the worker is being ended; another goes on
    if event == "ask":
        answer = judging.worth_of(said["reward"], said["answers"], organisation_id=lease.organisation_id)
        pipe = cast(IO[str], process.stdin)
        pipe.write(json.dumps({"worth": answer}) + "\n")
        pipe.flush()
        return
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        mine = Training.objects.filter(pk=training.pk)
        if event == "started":
            mine.update(
                state=State.RUNNING,
                steps=said["steps"],
                step=said["from_step"],
                device=said["device"],
                told={
                    name: said[name]
                    for name in ("trainable", "parameters", "examples", "cut", "skipped", "from_step")
                },
            )
        elif event == "figures":
            mine.update(step=said["step"])
            _keep_figures(training.pk, said)
        elif event == "checkpoint":
            mine.update(checkpoint=said["step"], best_step=said["best_step"])
        elif event == "early":
            found = mine.get()
            mine.update(told={**found.told, "early": said["step"]})


def _known(code: str) -> str:
    return code if code in TrainingFailed.messages else TrainingFailed.code


def _keep_figures(training_id: UUID, said: Mapping[str, Any]) -> None:
    Figure.objects.update_or_create(
        training_id=training_id,
        part=said["part"],
        step=said["step"],
        defaults={
            "epoch": said["epoch"],
            # The database has no place for a figure that is no number, and the trainer says so by itself.
            "figures": {name: value for name, value in said["figures"].items() if math.isfinite(value)},
            "rate": said.get("rate"),
            "norm": said.get("norm"),
            "tokens_per_second": said["tokens_per_second"],
            "memory": said["memory"],
        },
    )


def _let_stop(process: subprocess.Popen[str]) -> None:
    """It writes its checkpoint and ends; nobody listens to it any more."""
    if process.poll() is not None or process.stdin is None:
        return
    try:
        process.stdin.write(json.dumps({"stop": True}) + "\n")
        process.stdin.flush()
        process.wait(PATIENCE)
    except (BrokenPipeError, subprocess.TimeoutExpired):
        return


def _note_failure(lease: Lease, training: Training, error: SunmaoError) -> None:
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        Training.objects.filter(pk=training.pk).update(
            state=State.FAILED,
            error_code=error.code,
            told={**_told(training.pk), "error": {name: str(one) for name, one in error.fields.items()}},
            finished_at=Now(),
        )
        audit.record(
            actor=lease.worker, verb="training.failed", subject=training, name=training.name, code=error.code
        )


def _told(training_id: UUID) -> dict[str, Any]:
    return dict(Training.objects.values_list("told", flat=True).get(pk=training_id))


def forget_files(training: Training) -> None:
    shutil.rmtree(folder_of(training), ignore_errors=True)


__all__ = ["examples_of", "folder_of", "forget_files", "work"]
