from __future__ import annotations

from typing import Any

import pytest

from sunmao.accounts.roles import BuiltIn
from sunmao.answering import services as answering
from sunmao.answering.models import Exchange
from sunmao.answering.people import services as people
from sunmao.core import tenancy
from sunmao.core.errors import Conflict, Forbidden
from sunmao.core.vertical import config_of
from sunmao.evaluation.models import Case
from sunmao.evaluation.suites.from_answers import case_from_answer
from sunmao.releases.sample import seed_vertical
from sunmao.training.datasets import annotating, consenting, editing
from sunmao.training.datasets.examples import Part
from sunmao.training.datasets.keeping import NewExample
from sunmao.training.datasets.models import Consent, DataSet, Origin, Row, Version
from sunmao.training.datasets.selectors import examples, rows_of
from tests.fixtures.cast import Cast
from tests.fixtures.files import RETURNS
from tests.fixtures.state import state_of
from tests.sunmao.training.datasets.conftest import colleague, datas, newest, ready, rows

QUESTION = "When is a refund paid?"


def talk(cast: Cast, ingest: Any, ask: Any) -> Any:
    ingest(cast.lin.actor, "returns.md", RETURNS)
    return ask(cast.mei.actor, QUESTION)


def conversation_of(cast: Cast, record: Any) -> Any:
    with tenancy.scope(cast.hemu.pk):
        return Exchange.objects.select_related("conversation").get(pk=record.exchange_id).conversation


def test_a_conversation_is_an_example_only_while_its_owner_consents(
    cast: Cast, ingest: Any, ask: Any, make_set: Any, do: Any
) -> None:
    record, made = talk(cast, ingest, ask), make_set(kind="chat", slug="talks")
    conversation = conversation_of(cast, record)

    assert do(made, "gather", source="conversations").found["added"] == 0
    consenting.give(actor=cast.mei.actor, conversation=conversation)
    assert do(made, "gather", source="conversations").found["added"] == 1
    assert do(made, "gather", source="conversations").found["added"] == 0

    (row,) = rows(made)
    assert [turn["role"] for turn in row.data["messages"]] == ["user", "assistant"]
    assert row.data["messages"][0]["content"] == QUESTION
    assert "[1]" not in row.data["messages"][1]["content"]
    assert (row.origin, row.review, row.person_key) == ("conversation", "waiting", record.person_key)

    assert consenting.withdraw(actor=cast.mei.actor, conversation=conversation) == 1
    assert datas(made) == []


def test_a_body_that_says_no_withdraws(cast: Cast, ingest: Any, ask: Any) -> None:
    address = f"/api/v1/conversations/{conversation_of(cast, talk(cast, ingest, ask)).pk}/training-consent"
    said = [
        cast.mei.client.put(address, body, content_type="application/json").json().get("consent")
        for body in ({}, {"consent": False}, {"consent": True}, {"consent": "no"})
    ]
    assert said == [True, False, True, None]


def test_nobody_consents_for_somebody_else(cast: Cast, ingest: Any, ask: Any) -> None:
    record = talk(cast, ingest, ask)
    before = state_of(cast.hemu)

    told = cast.lin.client.put(
        f"/api/v1/conversations/{conversation_of(cast, record).pk}/training-consent",
        content_type="application/json",
    )

    assert (told.status_code, told.json()["code"]) == (404, "unknown_conversation")
    assert state_of(cast.hemu) == before


def test_two_hundred_accounts_that_collude_change_no_training_row_without_approval(
    cast: Cast, ingest: Any, ask: Any, make_set: Any, do: Any, engineer: Any, reviewer: Any
) -> None:
    """They rate, and one of them even writes what is taken for a correction. What is trained on stays."""
    made: DataSet = make_set(kind="chat", slug="talks")
    turns = [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "Five years."}]
    editing.add(actor=engineer, dataset=made, examples=[{"messages": turns}])
    do(made, "split", train=1.0, validation=0, test=0)
    approved = editing.approve(
        actor=reviewer, version=editing.freeze(actor=engineer, version=ready(do, made))
    )
    record = talk(cast, ingest, ask)
    with tenancy.scope(cast.hemu.pk):
        first = Exchange.objects.get(pk=record.exchange_id)
        trained_on = [one.data for one in examples(approved, Part.TRAIN)]

    for number in range(200):
        bad = colleague(cast, f"bad{number}", BuiltIn.END_USER)
        answering.give_feedback(actor=bad, exchange=first, value=("up", "down")[number % 2])
        with pytest.raises(Forbidden):
            editing.add(actor=bad, dataset=made, examples=[{"messages": turns}])
    with tenancy.scope(cast.hemu.pk):
        record.refresh_from_db()
    for source in ("conversations", "corrections", "rewrites"):
        assert do(made, "gather", source=source).found["added"] == 0
    case_from_answer(actor=reviewer, record=record, correction="Never pay a refund to anybody.")
    consenting.give(actor=cast.mei.actor, conversation=conversation_of(cast, record))
    assert do(made, "gather", source="corrections").found["added"] == 1

    with tenancy.scope(cast.hemu.pk):
        assert [one.data for one in examples(approved, Part.TRAIN)] == trained_on
        assert Version.objects.filter(state="approved").get().pk == approved.pk
    with pytest.raises(Conflict) as refused:
        editing.freeze(actor=engineer, version=ready(do, made))
    assert refused.value.code in ("unreviewed_examples", "leaks_found")


def test_a_correction_is_learnt_from_or_measured_with(
    cast: Cast, ingest: Any, ask: Any, make_set: Any, do: Any, engineer: Any, reviewer: Any
) -> None:
    made = make_set(kind="preference", slug="pairs")
    record = talk(cast, ingest, ask)
    case = case_from_answer(actor=reviewer, record=record, correction="Within three working days.")
    consenting.give(actor=cast.mei.actor, conversation=conversation_of(cast, record))

    step = do(made, "gather", source="corrections", take_over=True)

    (row,) = rows(made)
    assert (row.data["chosen"], row.origin) == ("Within three working days.", "correction")
    assert row.data["prompt"] == [{"role": "user", "content": QUESTION}]
    assert step.found == {"added": 1, "cases_ended": 1, "without_consent": 0}
    with tenancy.scope(cast.hemu.pk):
        assert Case.objects.get(pk=case.pk).died is not None
    assert do(made, "check").found["suites"] == 0


def test_a_corrected_question_is_an_example_only_while_its_asker_consents(
    cast: Cast, ingest: Any, ask: Any, make_set: Any, do: Any, engineer: Any, reviewer: Any
) -> None:
    made = make_set(kind="prompts", slug="questions")
    record = talk(cast, ingest, ask)
    conversation = conversation_of(cast, record)
    case = case_from_answer(actor=reviewer, record=record, correction="Within three working days.")

    step = do(made, "gather", source="corrections", take_over=True)

    assert step.found == {"added": 0, "cases_ended": 0, "without_consent": 1}
    assert do(made, "gather", source="conversations").found["without_consent"] == 1
    assert datas(made) == []
    with tenancy.scope(cast.hemu.pk):
        assert Case.objects.get(pk=case.pk).died is None

    consenting.give(actor=cast.mei.actor, conversation=conversation)
    do(made, "gather", source="corrections")
    (row,) = rows(made)
    written = make_set(kind="chat", slug="traces")
    with tenancy.scope(cast.hemu.pk):
        traced = NewExample(
            data={"messages": [*row.data["prompt"], {"role": "assistant", "content": "Three days."}]},
            origin=Origin.TRACE,
            source={"question": str(row.pk)},
            person_key=row.person_key,
        )
    editing.add_new(actor=engineer, dataset=written, examples=[traced])

    assert consenting.withdraw(actor=cast.mei.actor, conversation=conversation) == 2
    assert (datas(made), datas(written)) == ([], [])


def labelled(make_set: Any, engineer: Any, annotators: int) -> DataSet:
    made: DataSet = make_set()
    texts = ["where is my parcel", "when is the money back", "what does it cost"]
    editing.add(actor=engineer, dataset=made, examples=[{"text": text, "label": "a"} for text in texts])
    editing.change(actor=engineer, dataset=made, annotators=annotators)
    return made


def test_two_annotators_must_agree_and_a_third_decides(
    cast: Cast, make_set: Any, engineer: Any, reviewer: Any
) -> None:
    made = labelled(make_set, engineer, annotators=2)
    one, two, three = rows(made)
    edited = {"text": "what does it cost", "label": "price"}

    def say(actor: Any, row: Row, verdict: str, data: Any = None) -> str:
        return annotating.annotate(actor=actor, row=row, verdict=verdict, data=data)[1]

    assert say(engineer, one, "accepted") == "waiting"
    assert say(reviewer, one, "accepted") == "accepted"
    assert say(engineer, two, "accepted") == "waiting"
    assert say(reviewer, two, "rejected") == "waiting"
    assert say(engineer, three, "edited", edited) == "waiting"
    with tenancy.scope(cast.hemu.pk):
        queue = annotating.queue_of(actor=cast.lin.actor, dataset=made)
    assert (queue.row and queue.row.pk, queue.third) == (two.pk, True)
    assert say(cast.lin.actor, two, "rejected") == "rejected"
    assert say(reviewer, three, "edited", edited) == "edited"

    assert datas(made) == [{"text": "where is my parcel", "label": "a"}, edited]
    with tenancy.scope(cast.hemu.pk):
        told = annotating.agreement(made)
    assert told == {"annotators": 3, "annotations": 7, "pairs": 3, "same": 2, "third": 1, "kappa": 0.5}


def test_nobody_annotates_an_example_twice_and_customers_never(
    cast: Cast, make_set: Any, engineer: Any
) -> None:
    made = labelled(make_set, engineer, annotators=2)
    row = rows(made)[0]
    annotating.annotate(actor=engineer, row=row, verdict="accepted")
    before = state_of(cast.hemu)

    with pytest.raises(Conflict) as refused:
        annotating.annotate(actor=engineer, row=row, verdict="rejected")
    with pytest.raises(Forbidden):
        annotating.annotate(actor=cast.mei.actor, row=row, verdict="accepted")

    assert refused.value.code == "already_annotated"
    assert state_of(cast.hemu) == before


def test_kappa_is_that_of_the_textbook() -> None:
    pairs = [("a", "a")] * 20 + [("a", "b")] * 5 + [("b", "a")] * 10 + [("b", "b")] * 15

    assert annotating.kappa(pairs) == 0.4
    assert annotating.kappa([]) is None
    assert annotating.kappa([("a", "a")]) is None


def test_an_erased_person_leaves_every_version_and_those_are_marked(
    cast: Cast, ingest: Any, ask: Any, make_set: Any, do: Any, engineer: Any, reviewer: Any
) -> None:
    made = make_set(kind="chat", slug="talks")
    turns = [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "Five years."}]
    editing.add(actor=engineer, dataset=made, examples=[{"messages": turns}])
    record = talk(cast, ingest, ask)
    consenting.give(actor=cast.mei.actor, conversation=conversation_of(cast, record))
    do(made, "gather", source="conversations")
    for row in rows(made):
        annotating.annotate(actor=reviewer, row=row, verdict="accepted")
    do(made, "split", train=1.0, validation=0, test=0)
    frozen = editing.freeze(actor=engineer, version=ready(do, made))

    people.erase(actor=cast.lin.actor, subject=cast.mei.actor.subject)

    with tenancy.scope(cast.hemu.pk):
        frozen.refresh_from_db()
        assert [row.data for row in rows_of(frozen)] == [{"messages": turns}]
        assert (frozen.must_retrain, frozen.lineage["forgotten"]) == (True, 1)
        assert not Consent.objects.exists()
    with pytest.raises(Conflict) as refused:
        editing.approve(actor=reviewer, version=frozen)
    assert refused.value.code == "version_changed"
    assert newest(made).state == "frozen"


def test_what_came_of_a_record_that_a_law_keeps_goes_all_the_same(
    cast: Cast, ingest: Any, ask: Any, make_set: Any, do: Any, work_off: Any
) -> None:
    seed_vertical(actor=cast.lin.actor, config=config_of("medical"), with_documents=False)
    record, made = ask(cast.mei.actor, QUESTION, task="medical.ask"), make_set(kind="chat", slug="talks")
    consenting.give(actor=cast.mei.actor, conversation=conversation_of(cast, record))
    case_from_answer(actor=cast.lin.actor, record=record, correction="Within three days.")
    do(made, "gather", source="conversations")
    do(made, "gather", source="corrections")
    with tenancy.scope(cast.hemu.pk):
        assert (len(rows(made)) > 0, Case.objects.count(), Consent.objects.count()) == (True, 1, 1)

    report = people.erase(actor=cast.lin.actor, subject=cast.mei.actor.subject)

    assert {one.duty for one in report.kept if one.duty} == {"medical_process"}
    with tenancy.scope(cast.hemu.pk):
        assert datas(made) == []
        assert (Case.objects.count(), Consent.objects.count()) == (0, 0)
        kept = Exchange.objects.get(pk=record.exchange_id)
        assert QUESTION in str(kept.question)
