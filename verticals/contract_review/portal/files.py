"""Downloads. Each is an audited verb of the service; the page only names the file."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from sunmao.core.resolving import visible
from verticals.contract_review import selectors
from verticals.contract_review.portal.shell import actor_of
from verticals.contract_review.service import comparing, exporting


def attachment(made: exporting.Download) -> HttpResponse:
    response = HttpResponse(made.data, content_type=made.content_type)
    response["Content-Disposition"] = content_disposition_header(True, made.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def export(request: HttpRequest, review_id: UUID, kind: str) -> HttpResponse:
    actor = actor_of(request)
    review = visible(actor, "contract_review", review_id)
    include = request.GET.get("include", "decided")
    return attachment(exporting.export(actor=actor, review=review, kind=kind, include=include))


def comparison(request: HttpRequest, contract_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    contract = visible(actor, "contract", contract_id)
    before = visible(actor, "contract_review", request.GET.get("before", ""))
    after = visible(actor, "contract_review", request.GET.get("after", ""))
    comparing.check(contract=contract, before=before, after=after)
    return attachment(exporting.compared_docx(actor=actor, before=before, after=after))


def grid(request: HttpRequest, batch_id: UUID, ending: str) -> HttpResponse:
    actor = actor_of(request)
    batch = visible(actor, "contract_batch", batch_id)
    reviews = selectors.newest_reviews(actor).filter(contract__batch=batch).order_by("created_at", "id")
    made = exporting.export_grid(
        actor=actor, reviews=list(reviews), title=str(batch.name), ending=ending, batch=batch
    )
    return attachment(made)
