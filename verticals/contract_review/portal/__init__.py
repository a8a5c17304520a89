"""The pages of contract review: bring a contract, decide about its findings, sign, take it away."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from sunmao.accounts.decorators import member_required
from sunmao.answering.pages import portal_urls
from verticals.contract_review import service
from verticals.contract_review.portal import desk, files, home, library, rules
from verticals.contract_review.portal.shell import actor_of
from verticals.contract_review.service.rights import DECIDE, EDIT, RUN, SIGN, WRITE, require

View = Callable[..., HttpResponse]


def _get(view: View) -> View:
    return require_GET(member_required(view))


def _post(view: View, right: str) -> View:
    """Who may not do it is told so, whatever it would be done to."""

    @wraps(view)
    def asked(request: HttpRequest, **named: Any) -> HttpResponse:
        require(actor_of(request), right)
        return view(request, **named)

    return require_POST(member_required(asked))


REVIEW, CONTRACT, BATCH = (
    "reviews/<uuid:review_id>/",
    "contracts/<uuid:contract_id>/",
    "batches/<uuid:batch_id>/",
)

urlpatterns = [
    path("", _get(home.page), name="work"),
    path("submit/", _post(home.submit, WRITE), name="submit"),
    path("contracts/", _get(home.contracts), name="contracts"),
    path(f"{REVIEW}", _get(desk.page), name="review"),
    path(f"{REVIEW}status/", _get(desk.status), name="status"),
    path(f"{REVIEW}again/", _post(desk.again, WRITE), name="again"),
    path(f"{REVIEW}sign/", _post(desk.sign, SIGN), name="sign"),
    path(f"{REVIEW}questions/", _post(desk.ask, RUN), name="question"),
    path(f"{REVIEW}export/<str:kind>/", _get(files.export), name="export"),
    path("findings/<uuid:finding_id>/decision/", _post(desk.decide, DECIDE), name="decide"),
    path("inquiries/<uuid:inquiry_id>/", _get(desk.inquiry), name="inquiry"),
    path(f"{CONTRACT}versions/", _post(home.add_version, WRITE), name="add_version"),
    path(f"{CONTRACT}remove/", _post(home.remove, WRITE), name="remove"),
    path(f"{CONTRACT}compare/", _get(desk.compare), name="compare"),
    path(f"{CONTRACT}compare/docx/", _get(files.comparison), name="compare_docx"),
    path(BATCH, _get(home.batch), name="batch"),
    path(f"{BATCH}status/", _get(home.batch_status), name="batch_status"),
    path(f"{BATCH}stop/", _post(home.stop_batch, WRITE), name="stop_batch"),
    path(f"{BATCH}go-on/", _post(home.go_on_with_batch, WRITE), name="go_on_with_batch"),
    path(f"{BATCH}grid/<str:ending>/", _get(files.grid), name="grid"),
    path("library/", _get(library.page), name="library"),
    path("library/save/", _post(library.save, EDIT), name="save_clause"),
    path("library/<uuid:clause_id>/archive/", _post(library.archive, EDIT), name="archive_clause"),
    path("rules/", _get(rules.page), name="rules"),
    path("rules/save/", _post(rules.save, EDIT), name="save_rules"),
    path("rules/parameters/", _post(rules.enter, EDIT), name="enter_parameter"),
    *portal_urls(slug="contract_review", ask=service.ask, name="handbook"),
]
