"""Whatever keeps the log from being written keeps the change from being made, and the asker is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.test.utils import override_settings

from sunmao.audit import sinks
from sunmao.audit.delivering import deliver_all
from sunmao.audit.errors import AuditUnavailable
from sunmao.audit.models import Delivery
from sunmao.audit.sealing import seal
from sunmao.audit.selectors import status
from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.crypto import persons
from tests.fixtures import Cast, Standing, StopAuditing, state_of
from tests.sunmao.audit.chains import note

FAULTS = {
    "the disk is full": "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'",
    "a trigger fails": "RAISE EXCEPTION 'broken'",
    "the row is too large": "RAISE EXCEPTION 'too large' USING ERRCODE = 'program_limit_exceeded'",
}


@contextmanager
def _failing(statement: str) -> Iterator[None]:
    """Every new entry fails in the database."""
    owner = settings.DATABASES["owner"]
    with psycopg.connect(
        host=owner["HOST"], user=owner["USER"], dbname=owner["NAME"], autocommit=True
    ) as session:
        session.execute(
            "CREATE FUNCTION audit_test_fault() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {statement}; END $$"
        )
        session.execute(
            "CREATE TRIGGER aaa_fault BEFORE INSERT ON audit_entry"
            " FOR EACH ROW EXECUTE FUNCTION audit_test_fault()"
        )
        try:
            yield
        finally:
            session.execute("DROP TRIGGER aaa_fault ON audit_entry; DROP FUNCTION audit_test_fault()")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_change_is_taken_back(standing: Standing, fault: str) -> None:
    from sunmao.knowledge import services as knowledge

    before = state_of(standing.organisation)
    with _failing(fault), pytest.raises(AuditUnavailable) as caught:
        knowledge.create_base(actor=standing.actor, slug="unseen")
    assert (caught.value.code, caught.value.status, caught.value.retry_after) == ("audit_unavailable", 503, 5)
    assert state_of(standing.organisation) == before
    note(standing, "afterwards")  # and it goes on when the trouble is over


def test_the_api_says_when_to_come_back(cast: Cast, stop_auditing: StopAuditing) -> None:
    before = state_of(cast.hemu)
    stop_auditing()
    response = cast.zhou.client.post("/api/v1/bases", {"slug": "unseen"}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (503, "audit_unavailable")
    assert response["Retry-After"] == "5"
    assert state_of(cast.hemu) == before


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Path]:
    """A second place whose being away blocks changes after five seconds."""
    file = tmp_path / "second" / "audit.jsonl"
    audit = replace(settings.SUNMAO_AUDIT, sink=f"file://{file}", sink_blocks=True, sink_lag=5)
    sinks._asked.clear()
    with override_settings(SUNMAO_AUDIT=audit):
        yield file
    sinks._asked.clear()


def _delivered(standing: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sunmao.audit.delivering.organisations", lambda: [standing.organisation.pk])
    deliver_all()


def _mark(standing: Standing) -> Delivery:
    with tenancy.scope(standing.organisation.pk):
        return Delivery.objects.get()


def test_a_blocked_sink_blocks_changes_until_it_is_back(
    standing: Standing, sink: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(standing, "one")
    seal(standing.organisation.pk)
    _delivered(standing, monkeypatch)  # its folder is not there
    assert (_mark(standing).number, "FileNotFoundError" in _mark(standing).error) == (0, True)
    note(standing, "within the five seconds")
    late = now()
    monkeypatch.setattr(sinks, "now", lambda: late.replace(year=late.year + 1))
    sinks._asked.clear()
    before = state_of(standing.organisation)
    with pytest.raises(AuditUnavailable):
        note(standing, "too late")
    assert state_of(standing.organisation) == before
    with tenancy.scope(standing.organisation.pk):
        stands = status(standing.actor).sink
    assert (stands.blocks, stands.delivered_at) == (True, None) if stands else pytest.fail("no sink")

    sink.parent.mkdir()
    _delivered(standing, monkeypatch)
    sinks._asked.clear()
    note(standing, "again")
    assert (_mark(standing).number, _mark(standing).error) == (1, "")
    assert '"name": "one"' in sink.read_text(encoding="utf-8")


def test_a_sink_that_does_not_block_lets_changes_through(
    standing: Standing, sink: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lenient = replace(settings.SUNMAO_AUDIT, sink_blocks=False, sink_lag=0)
    note(standing, "one")
    seal(standing.organisation.pk)
    with override_settings(SUNMAO_AUDIT=lenient):
        _delivered(standing, monkeypatch)
        note(standing, "two")
    assert _mark(standing).number == 0


def test_without_encryption_keys_nothing_is_said_in_the_clear(standing: Standing) -> None:
    lin = replace(standing.actor, kind="user", id=standing.organisation.pk, name="Lin")
    before = state_of(standing.organisation)
    persons.forget()
    with (
        override_settings(SUNMAO_ENCRYPTION_KEYS="", SUNMAO_ENCRYPTION_KEYS_FILE="/nonexistent/keys"),
        pytest.raises(Exception, match="encryption_keys_missing"),
    ):
        note(replace(standing, actor=lin), "one")
    assert state_of(standing.organisation) == before
