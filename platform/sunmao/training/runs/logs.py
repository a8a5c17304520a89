"""Figures of a training for other programs: TensorBoard's event file and MLflow's folder of a run.

Both formats are small and old, so that they are written here: a record of an event file is its length, a
checksum, the message and a checksum; a message is of three fields. Neither program is needed to write them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.training.runs.models import Figure, State, Training
from sunmao.training.runs.selectors import READ

_POLYNOMIAL = 0x82F63B78


def _table() -> tuple[int, ...]:
    rows = []
    for value in range(256):
        for _bit in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        rows.append(value)
    return tuple(rows)


_TABLE = _table()


def crc32c(data: bytes) -> int:
    """Castagnoli's checksum."""
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


def _masked(data: bytes) -> bytes:
    value = crc32c(data)
    return struct.pack("<I", (((value >> 15) | (value << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def _record(message: bytes) -> bytes:
    length = struct.pack("<Q", len(message))
    return length + _masked(length) + message + _masked(message)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _event(seconds: float, *, step: int = 0, version: str = "", tag: str = "", value: float = 0.0) -> bytes:
    message = b"\x09" + struct.pack("<d", seconds)
    if version:
        return message + _bytes(3, version.encode())
    one = _bytes(1, tag.encode()) + b"\x15" + struct.pack("<f", value)
    return message + b"\x10" + _varint(step) + _bytes(5, _bytes(1, one))


def _scalars(row: Figure) -> Iterator[tuple[str, float]]:
    more: Mapping[str, float | None] = {
        "learning_rate": row.rate, "gradient": row.norm, "tokens_per_second": row.tokens_per_second,
        "memory": float(row.memory),
    }  # fmt: skip
    for name, value in {**row.figures, **more}.items():
        if value is not None and math.isfinite(value):
            yield f"{row.part}/{name.replace(' ', '_')}", float(value)


def tensorboard(training: Training, rows: list[Figure], folder: Path) -> Path:
    began = training.created_at.timestamp()
    path = folder / training.name / f"events.out.tfevents.{int(began)}.{training.pk.hex}"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(_record(_event(began, version="brain.Event:2")))
        for row in rows:
            for tag, value in _scalars(row):
                seconds = row.created_at.timestamp()
                file.write(_record(_event(seconds, step=row.step, tag=tag, value=value)))
    return path


_STATUS = {State.DONE: 3, State.FAILED: 4, State.STOPPED: 5}


def mlflow(training: Training, rows: list[Figure], folder: Path) -> Path:
    """As its file store lays a run out: below the experiment 0, one file for each parameter and metric."""
    experiment, run = folder / "mlruns" / "0", training.pk.hex
    root = experiment / run
    for part in ("metrics", "params", "tags", "artifacts"):
        (root / part).mkdir(parents=True, exist_ok=True)
    began = int(training.created_at.timestamp() * 1000)
    ended = int(training.finished_at.timestamp() * 1000) if training.finished_at else began
    _lines(
        experiment / "meta.yaml",
        artifact_location=f"'{experiment.as_posix()}'", experiment_id="'0'", lifecycle_stage="active",
        name="Default",
    )  # fmt: skip
    _lines(
        root / "meta.yaml",
        artifact_uri=f"'{(root / 'artifacts').as_posix()}'", end_time=ended, entry_point_name="''",
        experiment_id="'0'", lifecycle_stage="active", run_id=run, run_name=training.name, run_uuid=run,
        source_name="''", source_type=4, source_version="''", start_time=began,
        status=_STATUS.get(State(training.state), 1), tags="[]", user_id="sunmao",
    )  # fmt: skip
    for name, value in training.plan.items():
        (root / "params" / name).write_text(str(value), encoding="utf-8")
    (root / "tags" / "mlflow.runName").write_text(training.name, encoding="utf-8")
    written: dict[str, list[str]] = {}
    for row in rows:
        at = int(row.created_at.timestamp() * 1000)
        for tag, value in _scalars(row):
            written.setdefault(tag, []).append(f"{at} {value} {row.step}")
    for tag, lines in written.items():
        place = root / "metrics" / tag
        place.parent.mkdir(exist_ok=True)
        place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def _lines(path: Path, **values: object) -> None:
    path.write_text("".join(f"{name}: {value}\n" for name, value in values.items()), encoding="utf-8")


WRITERS: Mapping[str, Callable[[Training, list[Figure], Path], Path]] = {
    "tensorboard": tensorboard, "mlflow": mlflow,
}  # fmt: skip


def write(*, actor: Actor, training: Training, kind: str, folder: Path) -> Path:
    """Returns the file or folder that was written."""
    actor.require(READ)
    with tenancy.scope(actor.organisation_id):
        rows = list(training.series.order_by("created_at", "step"))
    return WRITERS[kind](training, rows, folder)


__all__ = ["WRITERS", "crc32c", "write"]
