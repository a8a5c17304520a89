"""Above the list of documents: how far their reading is, and one button for all that failed or wait."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext

from apps.console.base import ReadOnlyAdmin, actor_of
from sunmao.core.errors import SunmaoError
from sunmao.core.ids import parse_id
from sunmao.jobs import services as jobs
from sunmao.jobs.batches import progress_of
from sunmao.jobs.models import Job
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.reading import about

RETRY, CANCEL = "jobs.job.retry", "jobs.job.cancel"
BASE = "base__id__exact"


class ReadingPage(ReadOnlyAdmin):
    """The figures are those of the base that is looked at, or of all of them."""

    list_before_template = "console/reading.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST" and ("retry_all" in request.POST or "cancel_all" in request.POST):
            self._steer(request)
            return redirect(request.get_full_path())
        context = {**(extra_context or {}), "reading": self._reading(request)}
        return cast(HttpResponse, super().changelist_view(request, context))

    def _jobs(self, request: HttpRequest, permission: str) -> Any:
        bases = bases_visible_to(actor_of(request), permission)
        if (base := parse_id(request.GET.get(BASE, ""))) is not None:
            bases = bases.filter(pk=base)
        return Job.objects.filter(document__base__in=bases, document__deleted_at=None)

    def _reading(self, request: HttpRequest) -> dict[str, Any] | None:
        actor = actor_of(request)
        if not actor or not actor.can("jobs.job.read"):
            return None
        told = progress_of(self._jobs(request, "jobs.job.read")).as_dict()
        waiting = told["states"]["queued"] + told["states"]["running"]
        if not waiting and not told["states"]["failed"]:
            return None
        return {
            **told,
            "waiting": waiting,
            "failed": told["states"]["failed"],
            "can_retry": told["states"]["failed"] and actor.can(RETRY),
            "can_cancel": waiting and actor.can(CANCEL),
        }

    def _steer(self, request: HttpRequest) -> None:
        retries = "retry_all" in request.POST
        permission, verb = (RETRY, jobs.retry_all) if retries else (CANCEL, jobs.cancel_all)
        actor = actor_of(request)
        subject = about(parse_id(request.GET.get(BASE, "")) or actor.organisation_id)
        try:
            actor.require(permission)
            count = verb(actor=actor, jobs=self._jobs(request, permission), subject=subject)
        except SunmaoError as error:
            self.message_user(request, str(error.message), "error")
            return
        told = (
            ngettext("%(count)d file is being read again.", "%(count)d files are being read again.", count)
            if retries
            else ngettext("%(count)d file was cancelled.", "%(count)d files were cancelled.", count)
        )
        self.message_user(request, told % {"count": count})
