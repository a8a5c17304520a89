"""`python -m sunmao.training.runs.trainer`: one training in a process of its own.

Standard input brings the plan, then the examples, one JSON to a line; nothing of them is written to disk.
It stays open: `stop` asks for an end with a checkpoint, `worth` answers what was asked, its end means that
whoever started this is gone. Events leave on standard output, one JSON to a line.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import queue
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.problems import Problem, problem_of
from sunmao.training.runs.trainer.rewards import Answered

PARENT_DIED = 1  # PR_SET_PDEATHSIG
WAITS = 3.0


class Pipe:
    """The channel of a training that runs as a process."""

    def __init__(self, given: IO[str], out: IO[str]) -> None:
        self._given, self._out = given, out
        self._stop = threading.Event()
        self._worth: queue.Queue[Sequence[float]] = queue.Queue()
        self._writes = threading.Lock()

    def read(self) -> tuple[dict[str, Any], dict[str, list[Mapping[str, Any]]]]:
        begin = json.loads(self._given.readline())
        examples: dict[str, list[Mapping[str, Any]]] = {}
        for line in self._given:
            one = json.loads(line)
            if one.get("end"):
                break
            examples.setdefault(one["part"], []).append(one["data"])
        threading.Thread(target=self._listen, daemon=True).start()
        return begin, examples

    def _listen(self) -> None:
        for line in self._given:
            said = json.loads(line)
            if said.get("stop"):
                self._stop.set()
            elif "worth" in said:
                self._worth.put(said["worth"])
        os._exit(3)  # nobody is left to train for

    def tell(self, event: str, **told: Any) -> None:
        with self._writes:
            self._out.write(json.dumps({"event": event, **told}) + "\n")
            self._out.flush()

    def stop(self) -> None:
        self._stop.set()

    def should_stop(self) -> bool:
        return self._stop.is_set()

    def ask(self, reward: Mapping[str, Any], answers: Sequence[Answered]) -> Sequence[float]:
        asked = [{"prompt": list(one.prompt), "text": one.text, "answer": one.answer} for one in answers]
        self.tell("ask", reward=dict(reward), answers=asked)
        while not self._stop.is_set():
            try:
                return self._worth.get(timeout=1)
            except queue.Empty:
                continue
        return [0.0] * len(answers)


def main() -> int:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no event
    ctypes.CDLL(None).prctl(PARENT_DIED, signal.SIGKILL)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    pipe = Pipe(sys.stdin, out)
    signal.signal(signal.SIGTERM, lambda *_: pipe.stop())
    begin, examples = pipe.read()
    plan = Plan.read(begin["plan"])
    try:
        own = Held(Path(plan.folder), ["training"])
        device = Held(Path(begin["locks"]), [plan.device] if plan.device else _devices())
        with own as mine, device as found:
            if mine is None or found is None:
                pipe.tell("busy")
                return 0
            _limit(plan)
            if found.startswith("cuda:"):
                os.environ["CUDA_VISIBLE_DEVICES"] = _seen(found.removeprefix("cuda:"))
                found = "cuda"
            _train(Plan.read({**plan.as_json(), "device": found}), examples, pipe)
    except BaseException as error:  # noqa: BLE001  whatever a library raises ends in an event
        traceback.print_exc()
        problem = problem_of(error) or Problem("training_failed", error=type(error).__name__)
        pipe.tell("failed", code=problem.code, told=problem.told)
    return 0


def _train(plan: Plan, examples: Mapping[str, Sequence[Mapping[str, Any]]], pipe: Pipe) -> None:
    from sunmao.training.runs.trainer.loop import train

    train(plan, examples, pipe)


def _limit(plan: Plan) -> None:
    if plan.memory_limit:
        resource.setrlimit(resource.RLIMIT_DATA, (plan.memory_limit, plan.memory_limit))


def _devices() -> list[str]:
    """Counting asks the driver and takes no memory of a device."""
    import torch

    return [f"cuda:{number}" for number in range(torch.cuda.device_count())] or ["cpu"]


def _seen(number: str) -> str:
    """The device as the machine calls it, where only some are shown to this process."""
    shown = [one for one in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if one]
    return shown[int(number)] if shown else number


class Held:
    """One of several things for this process alone: the first that nobody has, None when all are taken. The
    lock is of the machine and ends with the process, however that ends."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder, self.names = folder, names
        self._file: IO[str] | None = None

    def __enter__(self) -> str | None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        until = time.monotonic() + WAITS
        while True:
            for name in self.names:
                file = (self.folder / f"{name.replace(':', '-')}.lock").open("w", encoding="utf-8")
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    file.close()
                    continue
                self._file = file
                return name
            if time.monotonic() > until:
                return None
            time.sleep(0.2)

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


if __name__ == "__main__":
    sys.exit(main())
