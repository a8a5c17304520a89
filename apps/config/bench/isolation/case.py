"""The case `isolation`: a million pairs of asker and question, and the same with row-level security alone."""

from __future__ import annotations

import random

import numpy as np

from apps.config.bench.isolation.attack import Attack, Tally
from apps.config.bench.isolation.world import world
from apps.config.bench.options import Options
from apps.config.bench.people import People
from apps.config.bench.report import Case, Report
from apps.config.bench.stack import Stack
from apps.config.bench.verdict import at_least, at_most, judge

PAIRS, ORGANISATIONS, THROUGH_RETRIEVE = 1_000_000, 40, 100
QUICK_PAIRS, QUICK_ORGANISATIONS = 20_000, 6


def isolation(stack: Stack, people: People, options: Options, report: Report) -> None:
    pairs = QUICK_PAIRS if options.quick else PAIRS
    organisations = QUICK_ORGANISATIONS if options.quick else ORGANISATIONS
    options.say(f"{organisations} organisations that look alike")
    made = world(organisations=organisations, seed=options.seed, say=options.say)
    attack = Attack(made, random.Random(options.seed))  # noqa: S311  reproducible, not secret
    options.say(f"{pairs:,} pairs with the product's filter")
    _report(report, "filtered", attack.filtered(pairs=pairs), reads=True)
    options.say(f"{pairs:,} pairs with row-level security alone")
    _report(report, "unfiltered", attack.unfiltered(pairs=pairs), reads=False)
    options.say(f"{pairs // THROUGH_RETRIEVE:,} pairs through the pipeline's search")
    _report(report, "asked", attack.asked(pairs=pairs // THROUGH_RETRIEVE), reads=True)


def _report(report: Report, name: str, tally: Tally, *, reads: bool) -> None:
    """`reads`: the asker has something of their own to find, so that finding nothing would be a fault too."""
    walls = np.array(tally.batches) * 1000
    p50, p95, p99 = (round(float(np.percentile(walls, share)), 4) for share in (50, 95, 99))
    report.add(
        cases=[
            Case(
                id=f"isolation.{name}",
                params={"pairs": tally.pairs},
                n=tally.pairs,
                recall=1.0 if bool(tally.own) is reads else 0.0,
                nret=round((tally.own + tally.foreign) / tally.pairs, 3),
                p50=p50,
                p95=p95,
                p99=p99,
                qps=round(1000 / float(walls.mean()), 1),
                cpu_us=0.0,
            )
        ],
        ratios=[
            judge(
                f"isolation.{name}.foreign",
                num="foreign passages",
                den="pairs",
                values=[float(tally.foreign)],
                goal=at_most(0),
            )
        ],
    )
    if reads:
        own = judge(
            f"isolation.{name}.own",
            num="own passages",
            den="pairs",
            values=[tally.own / tally.pairs],
            goal=at_least(1),
        )
        report.add(ratios=[own])
