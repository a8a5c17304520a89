"""Stopped, late, never begun or never sent: every question ends with something that can be told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from sunmao.answering import pipeline, services, steps
from sunmao.answering.models import AnswerRecord, Exchange, ExchangeState
from sunmao.answering.run import Run
from sunmao.core import streams, tenancy
from sunmao.core.clock import now
from sunmao.core.streams import BrokerUnavailable, listen
from sunmao.releases.models import Release
from tests.fixtures import Ask, Cast, verbs_of

QUESTION = "Who pays for return shipping?"
TASK = "customer_service.ask"


def _asked(cast: Cast) -> Exchange:
    return services.ask(actor=cast.mei.actor, task_name=TASK, data={"question": QUESTION})


def _answered(exchange: Exchange) -> Exchange:
    pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)
    return _reread(exchange)


def _reread(exchange: Exchange) -> Exchange:
    with tenancy.scope(exchange.organisation_id):
        return Exchange.objects.get(pk=exchange.pk)


def _put(exchange: Exchange, **fields: Any) -> None:
    with tenancy.scope(exchange.organisation_id):
        Exchange.objects.filter(pk=exchange.pk).update(**fields)


@pytest.mark.usefixtures("policies", "broker")
def test_a_stopped_answer_is_recorded_as_stopped(cast: Cast) -> None:
    exchange = _asked(cast)
    services.stop(exchange=exchange)
    exchange = _answered(exchange)
    record = services.finished(exchange=exchange)
    assert (exchange.state, record.outcome) == (ExchangeState.STOPPED, "stopped")
    assert (record.text, record.citations) == ("", [])
    assert verbs_of(cast.hemu)[-2:] == ["answer.intended", "answer.recorded"]


@pytest.mark.usefixtures("policies", "broker")
def test_stopping_an_answer_that_has_ended_does_nothing(cast: Cast) -> None:
    exchange = _answered(_asked(cast))
    services.stop(exchange=exchange)
    assert not streams.flag_is_up(str(exchange.pk))
    assert _reread(exchange).state == ExchangeState.DONE


@pytest.mark.usefixtures("policies", "broker")
def test_events_tell_what_happens_in_order(cast: Cast) -> None:
    exchange = _answered(_asked(cast))
    events = list(listen(str(exchange.pk), seconds=1))
    kinds = list(dict.fromkeys(event.kind for event in events))
    assert kinds == ["step", "citation", "token", "done"]
    assert [event.data["name"] for event in events if event.kind == "step"] == ["read", "checked", "writing"]
    record = services.finished(exchange=exchange)
    assert "".join(event.data["text"] for event in events if event.kind == "token") == record.text
    assert events[-1].data == {"record_id": str(record.pk)}


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("state", [ExchangeState.PENDING, ExchangeState.RUNNING])
def test_a_late_answer_is_interrupted(cast: Cast, state: ExchangeState) -> None:
    exchange = _asked(cast)
    _put(exchange, state=state, deadline=now() - timedelta(seconds=1))
    assert services.sweep() == 1
    exchange = _reread(exchange)
    assert (exchange.state, exchange.error["code"]) == (ExchangeState.INTERRUPTED, "interrupted")
    with translation.override("en"), pytest.raises(services.AnswerFailed) as caught:
        services.finished(exchange=exchange)
    assert (caught.value.code, caught.value.status) == ("interrupted", 503)
    assert str(caught.value.message) == "The answer was interrupted. Your question was kept; ask it again."
    assert services.sweep() == 0


@pytest.mark.usefixtures("broker")
def test_an_answer_in_time_and_one_that_has_ended_are_left_alone(cast: Cast) -> None:
    in_time, failed = _asked(cast), _asked(cast)
    _put(failed, state=ExchangeState.FAILED, deadline=now() - timedelta(seconds=1))
    assert services.sweep() == 0
    assert (_reread(in_time).state, _reread(failed).state) == (ExchangeState.PENDING, ExchangeState.FAILED)


@pytest.mark.usefixtures("broker")
def test_late_answers_of_every_organisation_are_ended(cast: Cast) -> None:
    theirs = services.ask(actor=cast.omar.actor, task_name=TASK, data={"question": QUESTION})
    for exchange in (_asked(cast), theirs):
        _put(exchange, deadline=now() - timedelta(seconds=1))
    assert services.sweep() == 2
    assert _reread(theirs).state == ExchangeState.INTERRUPTED


@pytest.mark.usefixtures("policies", "broker")
def test_a_worker_that_comes_back_too_late_changes_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = steps.verify

    def verify_too_late(run: Run) -> None:
        verify(run)
        _put(run.exchange, deadline=now() - timedelta(seconds=1))
        assert services.sweep() == 1

    monkeypatch.setattr(steps, "verify", verify_too_late)
    exchange = _answered(_asked(cast))
    assert (exchange.state, exchange.error["code"]) == (ExchangeState.INTERRUPTED, "interrupted")
    with tenancy.scope(cast.hemu.pk):
        assert not AnswerRecord.objects.exists()
    assert "answer.recorded" not in verbs_of(cast.hemu)


@pytest.mark.usefixtures("broker")
def test_the_sweeper_is_the_sign_that_answers_can_be_made(cast: Cast) -> None:
    assert not streams.client().exists(streams.WORKER_ALIVE)
    services.sweep()
    assert streams.client().exists(streams.WORKER_ALIVE)


@pytest.mark.usefixtures("broker")
def test_a_question_that_no_worker_picks_up_is_told_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PICK_UP_SECONDS", 2)
    exchange = _asked(cast)
    with pytest.raises(services.AnswerFailed) as caught:
        services.wait(exchange=exchange)
    assert (caught.value.code, caught.value.status) == ("no_worker", 503)
    assert _reread(exchange).state == ExchangeState.FAILED
    assert _answered(exchange).state == ExchangeState.FAILED


@pytest.mark.usefixtures("no_broker")
def test_a_question_that_cannot_be_sent_fails_with_its_reason(
    cast: Cast, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with pytest.raises(BrokerUnavailable) as caught, django_capture_on_commit_callbacks(execute=True):
        _asked(cast)
    assert (caught.value.code, caught.value.status) == ("broker_unavailable", 503)
    with tenancy.scope(cast.hemu.pk):
        exchange = Exchange.objects.get()
    assert exchange.state == ExchangeState.FAILED
    assert exchange.error["code"] == "broker_unavailable"
    assert sorted(exchange.error["texts"]) == ["en", "zh-hans"]


@pytest.mark.usefixtures("broker")
def test_without_a_serving_release_there_is_no_answer(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        Release.objects.filter(task="ask").update(state="retired")
    exchange = _answered(_asked(cast))
    assert (exchange.state, exchange.error["code"], exchange.error["status"]) == (
        ExchangeState.FAILED,
        "no_release",
        503,
    )


@pytest.mark.usefixtures("policies")
def test_feedback_is_kept_and_told_once(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, QUESTION)
    services.give_feedback(actor=cast.mei.actor, exchange=record.exchange, value="down")
    assert _reread(record.exchange).feedback == "down"
    assert verbs_of(cast.hemu)[-1] == "answer.rated"
