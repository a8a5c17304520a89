"""A row from what a clock said."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from django.conf import settings

from apps.config.bench.report import Case


def timed(verb: Callable[[], None]) -> float:
    began = time.perf_counter()
    verb()
    return time.perf_counter() - began


def case(
    name: str,
    walls: Sequence[float],
    *,
    recall: float,
    nret: float,
    params: dict[str, Any] | None = None,
    cpu: float = 0.0,
) -> Case:
    times = np.array(walls)
    p50, p95, p99 = (round(float(value) * 1e3, 4) for value in np.percentile(times, [50, 95, 99]))
    return Case(
        id=name, params={"engine": settings.SUNMAO_ENGINE, **(params or {})}, n=len(walls),
        recall=round(recall, 4), nret=round(nret, 2), p50=p50, p95=p95, p99=p99,
        qps=round(len(walls) / float(times.sum()), 2), cpu_us=round(cpu * 1e6, 1),
    )  # fmt: skip
