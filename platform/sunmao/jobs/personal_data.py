"""What jobs hold about the person who started them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.jobs.models import ENDED, Job
from sunmao.jobs.selectors import as_dict


class Jobs:
    def export(self, person: Person) -> Iterator[Part]:
        rows = [{**as_dict(job), "input": job.payload} for job in _of(person).order_by("created_at")]
        yield Part(name="jobs", title=_("Jobs"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        """The rows stay for the documents that name them; a job that still runs needs its input."""
        ended = _of(person).filter(state__in=ENDED).exclude(payload={}, result={}, error_texts={})
        count = ended.update(payload={}, result={}, error_texts={})
        yield Erased(what=_("Inputs and results of jobs"), count=count)

    def kept(self, person: Person) -> Iterator[Kept]:
        return iter(())


def _of(person: Person) -> Any:
    return Job.objects.filter(person_key__in=person.key_ids)
