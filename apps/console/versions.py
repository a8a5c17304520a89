"""A base's history in the console: its versions, what differs between two, going back, days in force."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.console.base import ReadOnlyAdmin, actor_of
from sunmao.core.errors import InvalidInput, Message
from sunmao.core.ids import reference
from sunmao.knowledge.dating import DATE, set_dates
from sunmao.knowledge.graph import extraction
from sunmao.knowledge.hints.selectors import SETTLE
from sunmao.knowledge.hints.services import mark_reviewed
from sunmao.knowledge.hints.services import request as request_look
from sunmao.knowledge.models import Change, ChangeKind, Document, Edition, KnowledgeBase
from sunmao.knowledge.pins import existing_version
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.rollback import ROLL_BACK, RolledBack, roll_back
from sunmao.knowledge.selectors import DOCUMENT, changes_of, editions_of
from sunmao.knowledge.versions.dates import parse_dates
from sunmao.knowledge.versions.difference import DocumentDifference, changed_documents, compare
from sunmao.knowledge.versions.presenting import passage_difference

PAGE = 30
DOCUMENTS = 20
PASSAGES = 60
KINDS: dict[str, Message] = dict(ChangeKind.choices)
STATES: dict[str, Message] = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}


class VersionPages(ReadOnlyAdmin):
    """The pages below a base's own."""

    change_form_outer_before_template = "console/base_actions.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                "<uuid:object_id>/versions/",
                wrap(self.versions_view),
                name="knowledge_knowledgebase_versions",
            ),
            path(
                "<uuid:object_id>/versions/<int:before>/<int:after>/",
                wrap(self.difference_view),
                name="knowledge_knowledgebase_difference",
            ),
            path(
                "<uuid:object_id>/versions/<int:version>/restore/",
                wrap(self.restore_view),
                name="knowledge_knowledgebase_restore",
            ),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        base = bases_visible_to(actor_of(request), DOCUMENT).filter(pk=reference(object_id)).first()
        if request.method == "POST" and "look" in request.POST and base:
            done = gettext("The base is being looked through; what is found stands under Hints.")
            self.attempt(request, done, request_look, base=base)
            return redirect(request.path)
        if request.method == "POST" and {"follow", "forget"} & set(request.POST) and base:
            self._switch(request, base)
            return redirect(request.path)
        links: dict[str, Any] = {"versions_url": _url("versions", base)} if base else {}
        links["may_look"] = base is not None and actor_of(request).can(SETTLE, base=base.slug)
        links["references"] = extraction.state(base) if base else None
        links["may_switch"] = base is not None and actor_of(request).can(extraction.SWITCH, base=base.slug)
        context = {**(extra_context or {}), **links}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def _switch(self, request: HttpRequest, base: KnowledgeBase) -> None:
        if "follow" in request.POST:
            told = gettext("The passages are being read for references. New documents are read as they come.")
            self.attempt(request, told, extraction.turn_on, base=base)
        else:
            told = gettext("No question follows references any more.")
            self.attempt(request, told, extraction.turn_off, base=base)

    def versions_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Every version, newest first; two of them may be compared."""
        base = self._base(request, object_id, DOCUMENT)
        chosen = request.GET.get("before", ""), request.GET.get("after", "")
        if all(one.isascii() and one.isdigit() and len(one) < 10 for one in chosen):
            return redirect(_url("difference", base, before=int(chosen[0]), after=int(chosen[1])))
        page = Paginator(changes_of(base), PAGE).get_page(request.GET.get("page"))
        rows = [_row(base, change) for change in page]
        context = {"base": base, "rows": rows, "page": page, "may_restore": self._may(request, base)}
        return self._page(request, "console/versions.html", gettext("Versions"), context)

    def difference_view(self, request: HttpRequest, object_id: Any, before: int, after: int) -> HttpResponse:
        base = self._base(request, object_id, DOCUMENT)
        self._known(base, before, after)
        context = {"base": base, "before": before, "after": after, "may_restore": self._may(request, base)}
        context |= _differences(request, base, before, after)
        return self._page(request, "console/difference.html", gettext("What differs"), context)

    def restore_view(self, request: HttpRequest, object_id: Any, version: int) -> HttpResponse:
        """What going back would change, and the button that does it."""
        base = self._base(request, object_id, ROLL_BACK)
        self._known(base, version)
        if request.method == "POST":
            if self.attempt(request, "", self._roll_back(request), base=base, to=version):
                return redirect(_url("versions", base))
            return redirect(request.path)
        context = {"base": base, "version": version, **_differences(request, base, base.version, version)}
        return self._page(request, "console/restore.html", gettext("Go back to a version"), context)

    def _roll_back(self, request: HttpRequest) -> Any:
        def verb(**given: Any) -> RolledBack:
            done = roll_back(**given)
            self.message_user(request, _told(done))
            return done

        return verb

    def _may(self, request: HttpRequest, base: KnowledgeBase) -> bool:
        return actor_of(request).can(ROLL_BACK, base=base.slug)

    def _base(self, request: HttpRequest, object_id: Any, permission: str) -> KnowledgeBase:
        actor = actor_of(request)
        if not actor.can(permission):
            raise PermissionDenied
        base = bases_visible_to(actor, permission).filter(pk=object_id).first()
        if base is None:
            raise Http404
        return base

    def _known(self, base: KnowledgeBase, *versions: int) -> None:
        try:
            for version in versions:
                existing_version(base, version)
        except InvalidInput as error:
            raise Http404 from error

    def _page(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        page = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return render(request, template, {**page, **context})


def _told(done: RolledBack) -> str:
    if not done.changed:
        return gettext("The contents are those of version %(version)d already.") % {"version": done.restored}
    return gettext("Version %(new)d now holds what version %(old)d held.") % {
        "new": done.version,
        "old": done.restored,
    }


def _url(page: str, base: KnowledgeBase, **place: int) -> str:
    return reverse(f"admin:knowledge_knowledgebase_{page}", kwargs={"object_id": base.pk, **place})


def _row(base: KnowledgeBase, change: Change) -> dict[str, Any]:
    return {
        "change": change,
        "kind": KINDS[change.kind],
        "counts": change.counts,
        "difference_url": _url("difference", base, before=max(change.version - 1, 0), after=change.version),
        "restore_url": ""
        if change.version == base.version
        else _url("restore", base, version=change.version),
    }


def _differences(request: HttpRequest, base: KnowledgeBase, before: int, after: int) -> dict[str, Any]:
    documents = changed_documents(base=base, before=before, after=after)
    page = Paginator(documents, DOCUMENTS).get_page(request.GET.get("page"))
    found = compare(base=base, documents=list(page), before=before, after=after)
    return {"differences": [_difference(one) for one in found], "page": page, "total": page.paginator.count}


def _difference(found: DocumentDifference) -> dict[str, Any]:
    shown = found.passages[:PASSAGES]
    return {
        "name": found.document.name,
        "state": found.state,
        "state_name": STATES[found.state],
        "counts": found.counts,
        "dates_changed": found.dates_changed,
        "before": [one for one in found.before if one.window],
        "after": [one for one in found.after if one.window],
        "passages": [{**passage_difference(pair), "state_name": STATES[pair.state]} for pair in shown],
        "more": len(found.passages) - len(shown),
    }


class EditionForms(ReadOnlyAdmin):
    """On a document's page: its revisions and the days on which each is in force."""

    change_form_outer_after_template = "console/editions.html"

    def editions(self, request: HttpRequest, document: Document) -> dict[str, Any]:
        rows = list(editions_of(document))
        may = actor_of(request).can(DATE, base=document.base.slug)
        may_review = actor_of(request).can(SETTLE, base=document.base.slug)
        shown = [_edition(one) for one in rows]
        return {
            "editions": shown,
            "may_date": may,
            "may_review": may_review,
            "reviewed": document.reviewed_at,
        }

    def review(self, request: HttpRequest, document: Document) -> None:
        self.attempt(request, gettext("Noted as reviewed."), mark_reviewed, document=document)

    def change_dates(self, request: HttpRequest, document: Document) -> None:
        number = request.POST.get("revision", "")
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            return
        self.attempt(
            request, gettext("The days were changed."), _dated, document=document, given=request.POST
        )


def _dated(*, actor: Any, document: Document, given: Any) -> None:
    dates = parse_dates(given.get("effective_from"), given.get("effective_until"))
    set_dates(actor=actor, document=document, revision=int(given["revision"]), dates=dates)


def _edition(found: Edition) -> dict[str, Any]:
    revision = found.revision
    return {
        "number": revision.number,
        "title": revision.title or found.document.name,
        "received": revision.created_at,
        "effective_from": found.effective_from.isoformat() if found.effective_from else "",
        "effective_until": found.effective_until.isoformat() if found.effective_until else "",
        "applies": found.applies,
        "applies_from": found.applies_from,
        "applies_until": found.applies_until,
    }


__all__ = ["EditionForms", "VersionPages"]
