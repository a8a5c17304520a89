"""On a document's page: where it came from, and what is inside it with the state of each."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from apps.console.base import ReadOnlyAdmin, actor_of
from sunmao.core.errors import SunmaoError
from sunmao.jobs import services as jobs
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge.models import Document
from sunmao.knowledge.origins import origin_of
from sunmao.knowledge.reading import about
from sunmao.knowledge.selectors import members_of
from sunmao.knowledge.services import inside_of

PAGE = 50


class InsidePage(ReadOnlyAdmin):
    """The files inside an archive or a mail, those with a problem first."""

    def inside(self, request: HttpRequest, document: Document) -> dict[str, Any]:
        members = members_of(document)
        page = Paginator(members.order_by("-job__error_code", "name", "pk"), PAGE).get_page(
            request.GET.get("inside")
        )
        actor, failed = actor_of(request), _failed(document).count() if page.paginator.count else 0
        return {
            "members": [_row(one) for one in page.object_list],
            "members_page": page,
            "members_failed": failed,
            "can_retry_inside": bool(failed) and actor.can("jobs.job.retry", base=document.base.slug),
        }

    def retry_inside(self, request: HttpRequest, documents: QuerySet[Document]) -> None:
        for document in documents.select_related("base"):
            actor = actor_of(request)
            try:
                actor.require("jobs.job.retry", base=document.base.slug)
                count = jobs.retry_all(actor=actor, jobs=_failed(document), subject=about(document.pk))
            except SunmaoError as error:
                self.message_user(request, str(error.message), "error")
                continue
            told = ngettext(
                "%(count)d file is being read again.", "%(count)d files are being read again.", count
            )
            self.message_user(request, told % {"count": count})


def _failed(document: Document) -> QuerySet[Job]:
    return Job.objects.filter(document__in=inside_of(document), state=JobState.FAILED)


def _row(member: Document) -> dict[str, Any]:
    job = member.job
    return {
        "id": member.pk,
        "name": member.name.removeprefix(f"{member.member_of}/"),
        "full_name": member.name,
        "state": member.state,
        "state_name": _state_name(member),
        "reason": job.error_text if job and job.error_code else "",
        "code": job.error_code if job else "",
        "is_problem": member.state in (JobState.FAILED, JobState.CANCELLED),
    }


def _state_name(member: Document) -> str:
    return gettext("Ready") if member.state == JobState.SUCCEEDED else str(JobState(member.state).label)


def origin_shown(document: Document) -> SafeString:
    """With a link to the page or the document that it comes from."""
    told = origin_of(document)
    if told["url"]:
        page = told["url"]
        link = format_html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', page, page)
    elif told["document"]:
        address = reverse("admin:knowledge_document_change", args=[told["document"]["id"]])
        link = format_html('<a href="{}">{}</a>', address, told["document"]["name"])
    else:
        link = format_html("{}", told["source"])
    return format_html("{} {}", told["text"], link)


__all__ = ["InsidePage", "origin_shown"]
