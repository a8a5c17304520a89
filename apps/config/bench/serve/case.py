"""The case `serve`: one base with many adapters in one batch, against the ways that libraries offer.

Contenders answer the same prompts with the same adapters: our engine, peft with a name for each row
(`adapter_names`), and peft with one adapter after the other (`set_adapter`).
On a CPU what counts is CPU time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.config.bench.options import Options
from apps.config.bench.race import Contender, Metric, Timing, race
from apps.config.bench.report import Report
from apps.config.bench.serve import tiny
from apps.config.bench.serve.arena import Arena
from apps.config.bench.verdict import Goal, at_least, at_most, compare, judge

TOKENS, WORDS = 32, 24
MIXED, ONE, BASE, LOOP, PEFT, PLAIN = (
    "mixed batch", "one adapter", "base alone", "set_adapter, one by one", "peft adapter_names",
    "plain generate",
)  # fmt: skip
FITS, TWICE = "adapters that fit", "twice as many"


def serve(options: Options, report: Report) -> None:
    device = options.device or _found()
    size = _size(options, device)
    options.say(f"serve: {options.adapters} adapters on {device}, {size.layers} layers of {size.hidden}")
    arena = Arena(
        size, device=device, adapters=options.adapters, words=WORDS, tokens=TOKENS, seed=options.seed
    )
    params = {**arena.told, "tokens": TOKENS, "prompt_words": WORDS}
    try:
        timed = _race(options, arena)
        _tell(report, timed, params, device=device, adapters=options.adapters)
        _bandwidth(report, arena, timed, device)
        options.say("serve: a working set of twice the places")
        _working_set(options, arena, report, params, device)
    finally:
        arena.close()


def _race(options: Options, arena: Arena) -> dict[str, Timing]:
    ways = {
        MIXED: lambda _: arena.ours(arena.names),
        ONE: lambda _: arena.ours([arena.names[0]] * len(arena.names)),
        BASE: lambda _: arena.ours([""] * len(arena.names)),
        LOOP: lambda _: arena.one_by_one(),
        PEFT: lambda _: arena.peft_mixed(),
        PLAIN: lambda _: arena.plain(),
    }
    return race(
        [Contender(name, ask) for name, ask in ways.items()],
        questions=1,
        rounds=options.rounds,
        seconds=options.seconds,
    )


def _tell(
    report: Report, timed: dict[str, Timing], params: dict[str, Any], *, device: str, adapters: int
) -> None:
    """Goals for a GPU are told on a CPU and judged on a GPU."""
    gpu, metric = device.startswith("cuda"), _metric(device)
    alone = timed[LOOP].answers[0]
    report.add(
        cases=[
            timing.case(_id(name), recall=_same(timing.answers[0], alone), nret=adapters, params=params)
            if name in (MIXED, LOOP, PEFT)
            else timing.case(_id(name), recall=1.0, nret=adapters, params=params)
            for name, timing in timed.items()
        ],
        ratios=[
            judge(
                "serve.same_tokens",
                num=MIXED,
                den="each adapter alone, by peft",
                values=[_same(timed[MIXED].answers[0], alone)],
                goal=at_least(1.0) if not gpu else None,
            ),
            compare(
                "serve.loop_over_mixed", timed[LOOP], timed[MIXED], goal=_loop(adapters, gpu), metric=metric
            ),
            compare("serve.peft_over_mixed", timed[PEFT], timed[MIXED], metric=metric),
            compare(
                "serve.one_over_mixed",
                timed[ONE],
                timed[MIXED],
                goal=at_least(0.8) if gpu else None,
                metric=metric,
            ),
            compare(
                "serve.adapter_overhead",
                timed[ONE],
                timed[BASE],
                goal=at_most(1.1) if gpu else None,
                metric=metric,
            ),
            compare("serve.plain_over_base", timed[PLAIN], timed[BASE], metric=metric),
        ],
    )


def _loop(adapters: int, gpu: bool) -> Goal | None:
    if gpu and adapters >= 32:
        return at_least(4.0)
    return at_least(2.0) if adapters >= 8 else None


def _metric(device: str) -> Metric:
    return "wall" if device.startswith("cuda") else "cpu"


def _same(given: Sequence[object], wanted: Sequence[object]) -> float:
    """The share of rows that say exactly the same."""
    return sum(one == two for one, two in zip(given, wanted, strict=True)) / len(wanted)


def _bandwidth(report: Report, arena: Arena, timed: dict[str, Timing], device: str) -> None:
    """Tokens a second, and which share of what memory can deliver the weights alone ask for."""
    passes = TOKENS
    delivered = arena.bytes_per_second()
    for name in (MIXED, ONE, BASE, PLAIN):
        seconds = timed[name].medians("wall")
        report.add(
            ratios=[
                judge(
                    _id(f"tokens_per_second.{name}"),
                    num="tokens",
                    den="second",
                    values=[len(arena.names) * TOKENS / one for one in seconds],
                ),
                judge(
                    _id(f"share_of_bandwidth.{name}"),
                    num=f"{arena.weight_bytes} bytes of weights a pass",
                    den=f"{delivered / 1e9:.1f} GB/s, measured by copying",
                    values=[arena.weight_bytes * passes / one / delivered for one in seconds],
                ),
            ]
        )


def _id(name: str) -> str:
    return "serve." + name.replace(",", "").replace(" ", "_")


def _working_set(options: Options, arena: Arena, report: Report, params: dict[str, Any], device: str) -> None:
    """Places and memory for half of the adapters: all that are asked for fit, or twice as many do not."""
    half = len(arena.names) // 2
    if not half:
        report.skip("serve.working_set", "needs at least two adapters")
        return
    small = arena.with_room_for(half)
    fits, twice = (arena.names[:half] * 2)[: 2 * half], arena.names[: 2 * half]
    try:
        timed = race(
            [
                Contender(FITS, lambda _: arena.ours(fits, engine=small)),
                Contender(TWICE, lambda _: arena.ours(twice, engine=small)),
            ],
            questions=1,
            rounds=options.rounds,
            seconds=options.seconds,
        )
    finally:
        small.batch.close()
    report.add(
        cases=[
            timing.case(_id(name), recall=1.0, nret=2 * half, params={**params, "places": half})
            for name, timing in timed.items()
        ],
        ratios=[
            compare("serve.working_set", timed[TWICE], timed[FITS], goal=at_most(3.0), metric=_metric(device))
        ],
    )


def _found() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _size(options: Options, device: str) -> tiny.Size:
    if device.startswith("cuda"):
        return tiny.SMALL if options.quick else tiny.EIGHT_BILLION
    return tiny.TINY if options.quick else tiny.SMALL


__all__ = ["serve"]
