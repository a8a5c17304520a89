"""The pages of contract review: bring a contract, decide about its findings, sign, take it away."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from sunmao.accounts.decorators import member_required
from sunmao.answering.pages import portal_urls
from verticals.contract_review import service
from verticals.contract_review.portal import desk, files, home, library, rules


def _get(view: object) -> object:
    return require_GET(member_required(view))  # type: ignore[arg-type]


def _post(view: object) -> object:
    return require_POST(member_required(view))  # type: ignore[arg-type]


REVIEW, CONTRACT, BATCH = (
    "reviews/<uuid:review_id>/",
    "contracts/<uuid:contract_id>/",
    "batches/<uuid:batch_id>/",
)

urlpatterns = [
    path("", _get(home.page), name="work"),
    path("submit/", _post(home.submit), name="submit"),
    path("contracts/", _get(home.contracts), name="contracts"),
    path(f"{REVIEW}", _get(desk.page), name="review"),
    path(f"{REVIEW}status/", _get(desk.status), name="status"),
    path(f"{REVIEW}again/", _post(desk.again), name="again"),
    path(f"{REVIEW}sign/", _post(desk.sign), name="sign"),
    path(f"{REVIEW}questions/", _post(desk.ask), name="question"),
    path(f"{REVIEW}export/<str:kind>/", _get(files.export), name="export"),
    path("findings/<uuid:finding_id>/decision/", _post(desk.decide), name="decide"),
    path("inquiries/<uuid:inquiry_id>/", _get(desk.inquiry), name="inquiry"),
    path(f"{CONTRACT}versions/", _post(home.add_version), name="add_version"),
    path(f"{CONTRACT}remove/", _post(home.remove), name="remove"),
    path(f"{CONTRACT}compare/", _get(desk.compare), name="compare"),
    path(f"{CONTRACT}compare/docx/", _get(files.comparison), name="compare_docx"),
    path(BATCH, _get(home.batch), name="batch"),
    path(f"{BATCH}status/", _get(home.batch_status), name="batch_status"),
    path(f"{BATCH}grid/<str:ending>/", _get(files.grid), name="grid"),
    path("library/", _get(library.page), name="library"),
    path("library/save/", _post(library.save), name="save_clause"),
    path("library/<uuid:clause_id>/archive/", _post(library.archive), name="archive_clause"),
    path("rules/", _get(rules.page), name="rules"),
    path("rules/save/", _post(rules.save), name="save_rules"),
    path("rules/parameters/", _post(rules.enter), name="enter_parameter"),
    *portal_urls(slug="contract_review", ask=service.ask, name="handbook"),
]
