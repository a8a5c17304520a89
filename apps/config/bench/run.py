"""One run: a stack, the cases that were asked for, each in an organisation of its own, and the report."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from apps.config.bench.audit.case import audited
from apps.config.bench.containment.case import containment
from apps.config.bench.contracts.case import contracts
from apps.config.bench.door.case import door
from apps.config.bench.environment import Watch, stack_versions
from apps.config.bench.ingest.case import ingest
from apps.config.bench.isolation.case import isolation
from apps.config.bench.laws.case import laws
from apps.config.bench.options import Options
from apps.config.bench.people import People, people
from apps.config.bench.report import Report
from apps.config.bench.retrieve.case import retrieve
from apps.config.bench.retrieve.whole import whole
from apps.config.bench.serve.case import serve
from apps.config.bench.stack import Stack, scratch_stack
from apps.config.bench.stream.case import stream

DURABLE = ("audit", "contracts", "ingest")
"""Cases whose database waits for the disk: the others measure what the disk would hide."""

Step = Callable[[Stack, People, Options, Report], None]
CASES: dict[str, Sequence[Step]] = {
    "retrieve": (retrieve, whole, laws),
    "whole": (whole,),
    "api": (door,),
    "ingest": (ingest,),
    "contracts": (contracts,),
    "audit": (audited,),
    "isolation": (isolation,),
    "containment": (containment,),
    "stream": (stream,),
    "all": (retrieve, whole, laws, door),
}


Alone = Callable[[Options, Report], None]
WITHOUT_STACK: dict[str, Alone] = {"serve": serve}


def run(case: str, options: Options) -> Report:
    report, watch = Report(run_id=uuid.uuid4().hex), Watch()
    if case in WITHOUT_STACK:
        WITHOUT_STACK[case](options, report)
        report.env = watch.env(options, versions={})
        return report
    options.say("starting PostgreSQL and Redis")
    with scratch_stack(durable=case in DURABLE) as stack:
        for step in CASES[case]:
            step(stack, people(f"bench-{step.__name__}"), options, report)
        report.env = watch.env(options, versions=stack_versions())
    return report
