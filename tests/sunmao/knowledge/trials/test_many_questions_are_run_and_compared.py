from __future__ import annotations

import json

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, InvalidInput, TooLong
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge.models import Document
from sunmao.knowledge.trials import cases, lines, running, selectors
from sunmao.knowledge.trials.models import Result, Run
from tests.fixtures import Cast, Ingest, WorkOff, state_of, verbs_of
from tests.sunmao.knowledge.trials.shelf import (
    OUTSIDE,
    PETS,
    POLICY,
    SEVEN,
    WITHOUT_PETS,
    newest,
    passage_of,
)

CSV = f"""question,document,label
{PETS},returns.md,Wear
"{SEVEN}",returns,Cooling-off
{OUTSIDE},,
,returns.md,Wear
Where is it?,nowhere.md,
Which one?,returns.md,No such label
"""


@pytest.fixture
def policy(cast: Cast, ingest: Ingest) -> Document:
    return ingest(cast.zhou.actor, "returns.md", POLICY)


def _run(cast: Cast, policy: Document, work_off: WorkOff, text: str = CSV, name: str = "set.csv") -> Run:
    made = running.run_lines(
        actor=cast.zhou.actor, pin=newest(policy.base), name=name, given=lines.read(text)
    )
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        return Run.objects.select_related("job", "previous").get(pk=made.pk)


def _results(run: Run) -> list[tuple[int, int | None, bool, str]]:
    with tenancy.scope(run.organisation_id):
        return [(one.place, one.rank, one.refused, one.change) for one in selectors.worst_first(run)]


def test_every_line_is_tried_or_told(cast: Cast, policy: Document, work_off: WorkOff) -> None:
    run = _run(cast, policy, work_off)
    assert run.state == JobState.SUCCEEDED
    assert run.wrong == [
        {"line": 5, "code": "no_question"},
        {"line": 6, "code": "unknown_document"},
        {"line": 7, "code": "unknown_label"},
    ]
    assert _results(run) == [(4, None, True, "new"), (2, 1, False, "new"), (3, 1, False, "new")]
    figures = dict(run.figures)
    assert 0 < figures.pop("p50_ms") <= figures.pop("p95_ms")
    assert figures == {
        "questions": 3, "judged": 2, "recall@1": 1.0, "recall@5": 1.0, "recall@10": 1.0, "mrr": 1.0,
        "refused": 1, "wrong_lines": 3, "worse": 0, "same": 0, "better": 0, "new": 3, "left_out": 0,
    }  # fmt: skip
    assert verbs_of(cast.hemu)[-2:] == ["trial_run.requested", "trial_run.finished"]


def test_json_lines_are_read_in_the_shapes_of_evaluation(
    cast: Cast, policy: Document, work_off: WorkOff
) -> None:
    text = "\n".join(
        [
            json.dumps({"query": PETS, "relevant": ["returns.md"]}),
            json.dumps({"question": SEVEN, "document": "Returns", "label": ["Wear", "Cooling-off"]}),
            "no json",
            json.dumps({"question": 7}),
        ]
    )
    run = _run(cast, policy, work_off, text)
    assert run.wrong == [{"line": 3, "code": "not_json"}, {"line": 4, "code": "no_question"}]
    with tenancy.scope(cast.hemu.pk):
        second = Result.objects.get(run=run, place=2)
    assert (second.rank, len(second.ranks)) == (1, 2)


def test_a_run_is_compared_with_the_last_of_its_set(
    cast: Cast, policy: Document, ingest: Ingest, work_off: WorkOff
) -> None:
    _run(cast, policy, work_off, name="another.csv")
    first = _run(cast, policy, work_off)
    ingest(cast.zhou.actor, "returns.md", WITHOUT_PETS)
    text = CSV.replace("Wear", "Light")
    second = _run(cast, policy, work_off, text)
    assert second.previous_id == first.pk
    assert [one for one in _results(second) if one[3] == "worse"][0][0] == 2
    assert {key: second.figures[key] for key in ("worse", "same", "better", "new", "left_out")} == {
        "worse": 1, "same": 2, "better": 0, "new": 0, "left_out": 0,
    }  # fmt: skip
    ingest(cast.zhou.actor, "returns.md", POLICY)
    third = _run(cast, policy, work_off, "\n".join(CSV.split("\n")[:3]))
    assert [(place, change) for place, _, _, change in _results(third)] == [(3, "same"), (2, "better")]
    assert third.figures["left_out"] == 1


def test_the_cases_of_a_base_are_a_set(
    cast: Cast, policy: Document, ingest: Ingest, work_off: WorkOff
) -> None:
    for question, words in ((PETS, "a cat or a dog"), (SEVEN, "seven days")):
        cases.save_case(
            actor=cast.zhou.actor, base=policy.base, question=question, passages=[passage_of(policy, words)]
        )
    first = running.run_cases(actor=cast.zhou.actor, pin=newest(policy.base))
    work_off(cast.zhou.actor)
    ingest(cast.zhou.actor, "returns.md", WITHOUT_PETS)
    second = running.run_cases(actor=cast.zhou.actor, pin=newest(policy.base))
    old = running.run_cases(actor=cast.zhou.actor, pin=type(newest(policy.base))(policy.base, first.version))
    work_off(cast.zhou.actor)
    assert [(place, rank) for place, rank, _, _ in _results(first)] == [(1, 1), (2, 1)]
    assert [(place, rank, change) for place, rank, _, change in _results(second)] == [
        (1, None, "worse"),
        (2, 1, "same"),
    ]
    assert [rank for _, rank, _, _ in _results(old)] == [1, 1]


def test_a_worker_that_died_is_followed_by_one_that_goes_on(
    cast: Cast, policy: Document, monkeypatch: pytest.MonkeyPatch, work_off: WorkOff
) -> None:
    text = "question\n" + "\n".join(f"Who pays for scratch number {number}?" for number in range(45))
    made = running.run_lines(
        actor=cast.zhou.actor, pin=newest(policy.base), name="many.csv", given=lines.read(text)
    )
    real, tried = running._try, []

    def dying(worker: object, pin: object, one: Result, known: object) -> None:
        tried.append(one.place)
        if len(tried) == 30:
            raise MemoryError
        real(worker, pin, one, known)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "_try", dying)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        assert Result.objects.filter(run=made, tried=True).count() == 20
    work_off(cast.zhou.actor)
    assert len(tried) == 30 + 25
    with tenancy.scope(cast.hemu.pk):
        made.refresh_from_db()
        assert (made.figures["questions"], Result.objects.filter(run=made, tried=False).count()) == (45, 0)


@pytest.mark.parametrize(
    ("told", "text", "code"),
    [
        ("nothing", "", "no_questions"),
        ("only a header", "question,document", "no_questions"),
        ("only wrong lines", '{"question": ""}\n{"query": []}', "no_questions"),
        ("an unknown document", "question,document\nWhy?,x.md", "no_questions"),
    ],
)
def test_a_file_without_a_question_starts_nothing(
    cast: Cast, policy: Document, told: str, text: str, code: str
) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as refused:
        running.run_lines(actor=cast.zhou.actor, pin=newest(policy.base), name="x", given=lines.read(text))
    assert refused.value.code == code
    assert state_of(cast.hemu) == before


def test_too_many_and_who_may_not(cast: Cast, policy: Document) -> None:
    before, pin = state_of(cast.hemu), newest(policy.base)
    many = lines.read("question\n" + "Why?\n" * 5_001)
    with pytest.raises(TooLong) as refused:
        running.run_lines(actor=cast.zhou.actor, pin=pin, name="x", given=many)
    assert refused.value.code == "too_many_questions"
    for person in (cast.ann, cast.mei):
        with pytest.raises(Forbidden):
            running.run_lines(actor=person.actor, pin=pin, name="x", given=lines.read("Why?"))
        with pytest.raises(Forbidden):
            running.run_cases(actor=person.actor, pin=pin)
    assert state_of(cast.hemu) == before
    with tenancy.scope(cast.hemu.pk):
        assert not Job.objects.filter(kind=running.KIND).exists()
