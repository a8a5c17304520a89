from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db.models import Q

from apps.config.supervisor import paths
from sunmao.accounts.models import Organisation
from sunmao.core import files, renewal, tenancy
from sunmao.core.clock import now
from sunmao.core.crypto import keyring, persons
from sunmao.core.crypto.keyring import Key, KeyRing
from sunmao.core.models import PersonKey
from sunmao.jobs import renewal as rotation
from sunmao.jobs import tidying
from sunmao.jobs.lease import claim
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.tasks import run
from tests.fixtures.cast import Cast
from tests.fixtures.committed import Standing
from tests.fixtures.files import RETURNS
from tests.fixtures.knowledge import Ask, Ingest
from tests.fixtures.stage import STAGE
from tests.fixtures.state import state_of, verbs_of

QUESTION = "Within how many days may goods be sent back?"


@pytest.fixture(autouse=True)
def of_this_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files on the disk are sealed anew for good, with keys that go with the test: those of organisations
    that other tests left behind must stay as they are."""
    began = now()
    cast = {STAGE.made().hemu.pk} if STAGE.is_open else set()

    class Mine:
        @property
        def objects(self) -> Any:
            return Organisation.objects.filter(Q(created_at__gte=began) | Q(pk__in=cast))

    monkeypatch.setattr(rotation, "Organisation", Mine())


@pytest.fixture
def ring_file(settings: Any, tmp_path: Path) -> Path:
    """A ring in a file, whose first key is the one that the tests' rows were sealed with."""
    settings.SUNMAO_ENCRYPTION_KEYS = ""
    settings.SUNMAO_ENCRYPTION_KEYS_FILE = tmp_path / "keys"
    keyring.write(KeyRing((Key("tests", bytes(range(32))),)))
    return tmp_path / "keys"


def _keys(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("keys", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def _work_off(*jobs: Job) -> None:
    for job in jobs:
        run(str(job.organisation_id), str(job.pk))
        with tenancy.scope(job.organisation_id):
            job.refresh_from_db()
        assert (job.state, job.error_code) == (JobState.SUCCEEDED, "")


def test_a_key_is_added_made_current_and_the_old_one_retired(
    ring_file: Path, cast: Cast, ingest: Ingest, ask: Ask, no_broker: None
) -> None:
    ingest(cast.lin.actor, "returns.md", RETURNS)
    record = ask(cast.mei.actor, QUESTION)
    before = renewal.used_keys(cast.hemu.pk)
    assert set(before) == {"tests"}

    new = _keys("add")["key"]
    assert [key["current"] for key in _keys("list")["keys"]] == [True, False]
    listed = _keys("rotate")["jobs"]
    with tenancy.scope(cast.hemu.pk):
        assert type(record).objects.get(pk=record.pk).question == QUESTION
    with pytest.raises(CommandError, match="key_in_use"):
        call_command("keys", "retire", "tests")
    _work_off(*(_job(one["id"]) for one in listed))

    after = renewal.used_keys(cast.hemu.pk)
    assert (set(after), after[new] >= before["tests"]) == ({new}, True)
    assert _keys("retire", "tests") == {"retired": "tests"}
    persons.forget()
    with tenancy.scope(cast.hemu.pk):
        fresh = type(record).objects.get(pk=record.pk)
        assert (fresh.question, fresh.text) == (QUESTION, record.text)
        assert persons.destroy(cast.mei.actor.subject) == 1  # the index was made anew as well
    [name] = files.stored(cast.hemu.pk)
    assert files.read(organisation_id=cast.hemu.pk, sha256=name) == RETURNS.encode()
    assert [verb for verb in verbs_of(cast.hemu) if verb.startswith("encryption")] == [
        "encryption_key.added",
        "encryption_key.made_current",
        "encryption.renewal_started",
        "encryption.renewed",
        "encryption_key.retired",
    ]


def _job(job_id: str) -> Job:
    for organisation in Organisation.objects.all():
        with tenancy.scope(organisation.pk):
            found = Job.objects.filter(pk=job_id).first()
        if found:
            return found
    raise AssertionError(job_id)


def test_second_factors_follow_the_current_key(ring_file: Path, cast: Cast, no_broker: None) -> None:
    adapter = get_adapter()
    others = sum(renewal.keys_used_elsewhere().values())  # of other tests: factors have no organisation
    secret = {"secret": adapter.encrypt("TOTP"), "codes": [adapter.encrypt("one")], "used_mask": 3}
    factor = Authenticator.objects.create(user=cast.mei.user, type="totp", data=secret)
    rotation.add_key()

    _work_off(*rotation.rotate())

    new = keyring.ring().current.id
    assert renewal.keys_used_elsewhere() == {new: others + 2}
    _keys("retire", "tests")
    factor.refresh_from_db()
    assert adapter.decrypt(factor.data["secret"]) == "TOTP"
    assert (adapter.decrypt(factor.data["codes"][0]), factor.data["used_mask"]) == ("one", 3)


def test_append_only_rows_are_not_touched(ring_file: Path, cast: Cast, ask: Ask, no_broker: None) -> None:
    ask(cast.mei.actor, QUESTION)
    before = state_of(cast.hemu)["answering_answerrecord"]
    rotation.add_key()

    _work_off(*rotation.rotate())

    assert state_of(cast.hemu)["answering_answerrecord"] == before


def test_a_second_worker_goes_on_where_the_first_was_killed(
    ring_file: Path, cast: Cast, no_broker: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(renewal, "BATCH", 3)
    with tenancy.scope(cast.hemu.pk):
        tokens = {name: persons.seal_for(name, "text", context="t.c:1") for name in "abcdefgh"}
    rotation.add_key()
    [job] = [job for job in rotation.rotate() if job.organisation_id == cast.hemu.pk]
    settings.SUNMAO_JOB_LEASE_SECONDS = 0
    lease = claim(organisation_id=cast.hemu.pk, job_id=job.pk)
    assert lease is not None
    steps = renewal.renew(cast.hemu.pk)
    assert next(steps) == 3
    steps.close()  # what a kill leaves: some rows done, the job still running

    _work_off(job)

    assert job.attempts == 2
    new = keyring.ring().current.id
    assert set(renewal.used_keys(cast.hemu.pk)) == {new}
    persons.forget()
    with tenancy.scope(cast.hemu.pk):
        assert {persons.open_for(name, token, context="t.c:1") for name, token in tokens.items()} == {"text"}


def test_a_worker_killed_in_the_middle_leaves_every_row_readable(standing: Standing, settings: Any) -> None:
    """A real process, a real SIGKILL, and rows that other connections see."""
    organisation = standing.organisation.pk
    with tenancy.scope(organisation):
        tokens = {name: persons.seal_for(name, "text", context="t.c:1") for name in map(str, range(400))}
    new = Key("next", bytes([7]) * 32)
    settings.SUNMAO_ENCRYPTION_KEYS = f"{new.line()},{settings.SUNMAO_ENCRYPTION_KEYS}"
    worker = subprocess.Popen(
        [sys.executable, "-c", _SLOW_WORKER, str(organisation)],
        cwd=paths.REPOSITORY,
        env=os.environ
        | {
            "SUNMAO_ENCRYPTION_KEYS": settings.SUNMAO_ENCRYPTION_KEYS,
            "DJANGO_SETTINGS_MODULE": "apps.config.settings",
            "PYTHONPATH": f"{paths.REPOSITORY}:{paths.REPOSITORY / 'platform'}",
        },
        stdout=subprocess.PIPE,
    )
    assert worker.stdout is not None
    assert [worker.stdout.readline() for _ in range(3)] == [b"20\n"] * 3
    worker.kill()
    worker.wait()

    used = renewal.used_keys(organisation)
    assert used["next"] >= 60
    assert used["tests"] > 0
    persons.forget()
    with tenancy.scope(organisation):
        assert {persons.open_for(name, token, context="t.c:1") for name, token in tokens.items()} == {"text"}
    assert sum(renewal.renew(organisation)) == used["tests"]
    assert set(renewal.used_keys(organisation)) == {"next"}


_SLOW_WORKER = """
import sys, time, uuid, django
django.setup()
from sunmao.core import renewal
renewal.BATCH = 20
for done in renewal.renew(uuid.UUID(sys.argv[1])):
    print(done, flush=True)
    time.sleep(0.05)
"""


def test_the_current_key_cannot_be_retired(ring_file: Path, cast: Cast) -> None:
    before = ring_file.read_text()

    with pytest.raises(CommandError, match="key_is_current"):
        call_command("keys", "retire", "tests")

    assert ring_file.read_text() == before


def test_keys_of_the_environment_are_shown_to_be_put_there(cast: Cast) -> None:
    told = _keys("add")

    assert keyring.parse(told["line"]).current.id == told["key"]
    assert [key["id"] for key in _keys("list")["keys"]] == ["tests"]
    assert verbs_of(cast.hemu).count("encryption_key.added") == 0


def test_a_missing_key_is_named_with_what_it_locks(ring_file: Path, cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        persons.key_of("user:mei")
        expected = 2 * PersonKey.objects.count()
    keyring.write(KeyRing((Key("other", base64.b64decode("AQ==") * 32),)))

    found = _keys("list")

    assert found["lost"]["tests"] >= expected
    assert found["keys"] == [{"id": "other", "current": True, "uses": 0}]


def test_only_files_that_no_revision_names_are_tidied_away(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.lin.actor, "returns.md", RETURNS)
    lost = files.store(organisation_id=cast.hemu.pk, chunks=[b"its row never came"], limit=100)
    week_ago = time.time() - 7 * 86_400
    for name in files.stored(cast.hemu.pk):
        os.utime(files.path_of(organisation_id=cast.hemu.pk, sha256=name), (week_ago, week_ago))
    kept = [name for name in files.stored(cast.hemu.pk) if name != lost.sha256]

    assert tidying.tidy_files() >= 1

    assert list(files.stored(cast.hemu.pk)) == kept
