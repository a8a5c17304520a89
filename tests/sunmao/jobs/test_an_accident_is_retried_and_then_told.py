"""An error that nobody foresaw is tried again; when nothing helps, the row says so in both languages."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext

from sunmao.jobs.models import JobState
from sunmao.jobs.services import InternalError, TooManyAttempts
from sunmao.jobs.tasks import run, sweep
from tests.fixtures import Cast, MakeJob, verbs_of
from tests.fixtures.jobs import change, done_by, let_lease_expire, reread, resend_what_others_left

INTERNAL = "An unexpected error occurred. Nothing was changed. The operator's log has the details."
LANGUAGES = ["zh-hans", "en"]


def test_three_attempts_then_failed_with_a_reason(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor, "break_down")
    states = []
    for _ in range(4):
        run(str(job.organisation_id), str(job.pk))
        states.append(reread(job).state)
    assert states == [JobState.QUEUED, JobState.QUEUED, JobState.FAILED, JobState.FAILED]
    assert done_by == [1, 2, 3]
    job = reread(job)
    assert (job.attempts, job.error_code) == (3, "internal_error")
    assert job.finished_at is not None
    assert verbs_of(cast.hemu, subject=job.pk) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reason_is_kept_in_every_language(cast: Cast, make_job: MakeJob, language: str) -> None:
    job = make_job(cast.lin.actor, "break_down")
    for _ in range(3):
        run(str(job.organisation_id), str(job.pk))
    job = reread(job)
    assert sorted(job.error_texts) == ["en", "zh-hans"]
    with translation.override(language):
        assert job.error_text == gettext(INTERNAL) == str(InternalError.default_message)


def test_a_kind_of_work_that_an_upgrade_took_away_is_told(cast: Cast, make_job: MakeJob) -> None:
    job = change(make_job(cast.lin.actor), kind="tests.gone")
    for _ in range(3):
        run(str(job.organisation_id), str(job.pk))
    assert (reread(job).state, reread(job).error_code) == (JobState.FAILED, "internal_error")


def test_an_error_with_a_name_is_not_tried_again(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor, "refuse")
    for _ in range(2):
        run(str(job.organisation_id), str(job.pk))
    assert done_by == [1]
    assert (reread(job).state, reread(job).error_code) == (JobState.FAILED, "binary_file")
    with translation.override("en"):
        assert reread(job).error_text == "The file could not be read."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_job_that_ends_every_worker_fails_with_too_many_attempts(
    cast: Cast, make_job: MakeJob, broker: object, language: str
) -> None:
    resend_what_others_left()
    job = change(make_job(cast.lin.actor), state=JobState.RUNNING, attempts=3, fence=3)
    let_lease_expire(job)
    assert sweep() == 1
    job = reread(job)
    assert (job.state, job.error_code, job.lease_until) == (JobState.FAILED, "too_many_attempts", None)
    with translation.override(language):
        assert job.error_text == str(TooManyAttempts.default_message)
        assert job.error_text != ""
