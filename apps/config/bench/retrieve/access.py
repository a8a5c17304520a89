"""The adversary: an end user who names a base that is for staff only, and gets nothing from it.

Two things are tried: whether the policy hands the base over, and whether the statement returns a row when it
is run for that person all the same. Staff ask too, since an empty base would also return nothing.
"""

from __future__ import annotations

from apps.config.bench.corpus.questions import ON, Corpus, Question
from apps.config.bench.corpus.truth import K, mean_rows
from apps.config.bench.options import Options
from apps.config.bench.race import Contender, Timing, race
from apps.config.bench.report import Ratio, Report
from apps.config.bench.retrieve.load import Loaded
from apps.config.bench.retrieve.ours import Ours
from apps.config.bench.session import Session
from apps.config.bench.verdict import at_least, at_most, judge
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.knowledge.pins import pinned
from sunmao.knowledge.policies import sees_internal

SECONDS = 1.0


def measure_access(
    *,
    report: Report,
    options: Options,
    session: Session,
    corpus: Corpus,
    secret: Loaded,
    people: dict[str, Actor],
) -> None:
    """`people` are an end user and somebody of the staff."""
    questions = corpus.questions(secret.plan, ON, options.questions)
    timings = race(
        [_asking(name, actor, session, secret, questions) for name, actor in people.items()],
        questions=len(questions),
        rounds=options.rounds,
        seconds=min(options.seconds, SECONDS),
    )
    handed_over = _handed_over(people["end_user"], secret)
    report.add(ratios=[_none("access.forbidden_bases", "bases handed over", handed_over)])
    _refused(report, timings["end_user"])
    _allowed(report, timings["staff"], expected=min(K, secret.plan.size))


def _refused(report: Report, timing: Timing) -> None:
    answers = timing.answers
    refused = sum(not answer for answer in answers) / len(answers)
    report.add(
        cases=[timing.case("access.end_user", recall=refused, nret=mean_rows(answers))],
        ratios=[_none("access.forbidden_rows", "forbidden rows", sum(map(len, answers)) / len(answers))],
    )


def _allowed(report: Report, timing: Timing, *, expected: int) -> None:
    rows = mean_rows(timing.answers)
    share = rows / expected
    report.add(
        cases=[timing.case("access.staff", recall=share, nret=rows)],
        ratios=[judge("access.allowed_rows", num="rows", den="wanted", values=[share], goal=at_least(1))],
    )


def _asking(name: str, actor: Actor, session: Session, base: Loaded, questions: list[Question]) -> Contender:
    ours = Ours(session, base, questions, internal=sees_internal(actor))
    return Contender(name, ours.dense, session.cpu)


def _handed_over(actor: Actor, base: Loaded) -> float:
    with tenancy.scope(actor.organisation_id):
        return float(len(pinned(actor=actor, bases={base.plan.slug: "latest"})))


def _none(name: str, num: str, value: float) -> Ratio:
    return judge(name, num=num, den="questions", values=[value], goal=at_most(0))
