"""What is told about a job, and to whom."""

from __future__ import annotations

import pytest
from django.utils import translation

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, NotFound
from sunmao.jobs.lease import claim
from sunmao.jobs.selectors import as_dict, visible_job
from sunmao.jobs.tasks import run
from tests.fixtures import Cast, MakeJob
from tests.fixtures.jobs import reread

UNKNOWN = "01a202f1-418f-7f8d-a4bd-8e02ba10984a"


def test_its_own_organisation_sees_it(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        assert visible_job(actor=cast.ann.actor, job_id=job.pk) == job
        assert visible_job(actor=cast.ann.actor, job_id=str(job.pk)) == job


def test_for_another_organisation_it_does_not_exist(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    with tenancy.scope(cast.qinghe.pk), pytest.raises(NotFound):
        visible_job(actor=cast.omar.actor, job_id=job.pk)


@pytest.mark.parametrize(
    ("case", "job_id"),
    [("an unknown id", UNKNOWN), ("no id", "job-7"), ("nothing", None)],
)
def test_what_names_no_job_does_not_exist(cast: Cast, case: str, job_id: object) -> None:
    with tenancy.scope(cast.hemu.pk), pytest.raises(NotFound):
        visible_job(actor=cast.lin.actor, job_id=job_id)


def test_an_end_user_sees_no_jobs(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk), pytest.raises(Forbidden):
        visible_job(actor=cast.mei.actor, job_id=job.pk)


def test_progress_is_shown_while_it_runs(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    lease = claim(organisation_id=job.organisation_id, job_id=job.pk)
    assert lease is not None
    assert as_dict(reread(job))["progress"] == {"done": 0, "total": 0, "percent": 0}
    lease.progress(25, 200)
    assert as_dict(reread(job))["progress"] == {"done": 25, "total": 200, "percent": 12}


def test_a_failure_is_shown_with_code_and_reason(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor, "refuse")
    run(str(job.organisation_id), str(job.pk))
    with translation.override("en"):
        shown = as_dict(reread(job))
    assert shown["state"] == "failed"
    assert shown["error"] == {"code": "binary_file", "message": "The file could not be read."}
    assert shown["result"] == {}


def test_a_success_is_shown_with_its_result(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    run(str(job.organisation_id), str(job.pk))
    shown = as_dict(reread(job))
    assert (shown["state"], shown["error"], shown["result"]) == ("succeeded", None, {"pages": 3})
    assert shown["progress"]["percent"] == 100
    assert shown["finished_at"] is not None
