"""Contracts, their reviews, findings and signatures; batches, the clause library, playbooks and figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import contract_shapes as shapes
from apps.api.views.base import DoorView
from apps.api.views.given import object_of, said_of, texts_of
from apps.api.views.schemas import operation, path_id
from apps.api.views.tasks import fields_of
from sunmao.core.errors import EmptyInput, InvalidInput
from verticals.contract_review import selectors
from verticals.contract_review.service import (
    batches,
    deciding,
    engine,
    exporting,
    playbooks,
    presenting,
    receiving,
    reviewing,
)
from verticals.contract_review.service.rights import DECIDE, EDIT, RUN, SIGN, WRITE, require

PAGE = 100
CONTRACT = path_id("contract_id", "A contract's id.")
REVIEW = path_id("review_id", "A review's id.")
FINDING = path_id("finding_id", "A finding's id.")
BATCH = path_id("batch_id", "A batch's id.")
CLAUSE = path_id("clause_id", "A clause's id.")
KIND = OpenApiParameter("kind", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(exporting.EXPORTS))
ENDING = OpenApiParameter("ending", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["csv", "xlsx"])
INCLUDE = OpenApiParameter(
    "include", OpenApiTypes.STR, enum=["decided", "all"], description="Of a redline: which findings."
)
UNKNOWN = {404: ("unknown_contract",)}
FILE = {
    400: ("empty_input", "no_file", "invalid_file_name"),
    413: ("file_too_large", "too_long"),
    422: ("empty_file", "unreadable_file"),
    507: ("storage_full",),
}
EXPORTED = {
    (200, kind): OpenApiTypes.BINARY
    for kind in ("application/octet-stream", exporting.DOCX, "application/pdf", "text/calendar", "text/plain")
}
GRID = {(200, kind): OpenApiTypes.BINARY for kind in ("text/csv", exporting.XLSX)}


def download(made: exporting.Download) -> HttpResponse:
    response = HttpResponse(made.data, content_type=made.content_type)
    response["Content-Disposition"] = content_disposition_header(True, made.name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


class ContractsView(DoorView):
    parser_classes = [MultiPartParser, JSONParser]

    @operation("list_contracts", gives={200: shapes.ContractsSerializer})
    def get(self, request: Request) -> Response:
        """The newest hundred, each with its newest review: one's own, or all for those who may see them."""
        require(self.actor, RUN)
        with self.scope():
            found = selectors.newest_reviews(self.actor)[:PAGE]
            return Response({"contracts": [presenting.summary(one) for one in found]})

    @operation(
        "upload_contract",
        takes=shapes.NEW_CONTRACT,
        gives={202: shapes.ContractReceivedSerializer},
        refuses=FILE,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Keep a file or a pasted text and queue its review. The same content twice gives the same review."""
        require(self.actor, WRITE)
        data = fields_of(request)
        if not isinstance(data, Mapping):
            raise InvalidInput(_("The input must be a JSON object."))
        wish = receiving.wish(data)
        file = request.FILES.get("file") if request.FILES else None
        if file is not None:
            received = receiving.receive_file(
                actor=self.actor, name=file.name or "", chunks=file.chunks(), wish=wish
            )
        else:
            received = receiving.receive_text(actor=self.actor, text=data.get("text", ""), wish=wish)
        return _received(received, self)


def _received(received: receiving.Received, view: DoorView) -> Response:
    with view.scope():
        told = presenting.summary(received.review)
        job = received.review.job_id
    return Response({**told, "outcome": received.outcome, "job_id": str(job) if job else None}, status=202)


class ContractView(DoorView):
    @operation(
        "show_contract", gives={200: shapes.ContractSerializer}, refuses=UNKNOWN, parameters=[CONTRACT]
    )
    def get(self, request: Request, contract_id: str) -> Response:
        require(self.actor, RUN)
        with self.scope():
            return Response(presenting.contract(self.find("contract", contract_id)))

    @operation("remove_contract", gives={204: None}, refuses=UNKNOWN, parameters=[CONTRACT], writes=True)
    def delete(self, request: Request, contract_id: str) -> Response:
        """From now on nobody finds it; its rows stay as long as the law wants them kept."""
        require(self.actor, WRITE)
        receiving.remove(actor=self.actor, contract=self.find("contract", contract_id))
        return Response(status=204)


class ContractVersionsView(DoorView):
    parser_classes = [MultiPartParser, JSONParser]

    @operation(
        "upload_contract_version",
        takes=shapes.NEW_VERSION,
        gives={202: shapes.ContractReceivedSerializer},
        refuses={**FILE, **UNKNOWN},
        parameters=[CONTRACT],
        writes=True,
    )
    def post(self, request: Request, contract_id: str) -> Response:
        """A later text of the contract; the open review of the one before is superseded."""
        require(self.actor, WRITE)
        data = fields_of(request)
        text = data.get("text", "") if isinstance(data, Mapping) else ""
        file = request.FILES.get("file") if request.FILES else None
        received = receiving.add_version(
            actor=self.actor,
            contract=self.find("contract", contract_id),
            text=text,
            name=(file.name or "") if file else "",
            chunks=file.chunks() if file else (),
        )
        return _received(received, self)


class ComparisonView(DoorView):
    @operation(
        "compare_contract_reviews",
        gives={200: shapes.ContractComparisonSerializer},
        refuses={**UNKNOWN, 409: ("review_not_finished",)},
        parameters=[
            CONTRACT,
            OpenApiParameter("before", OpenApiTypes.UUID, required=True, description="The earlier review."),
            OpenApiParameter("after", OpenApiTypes.UUID, required=True, description="The later review."),
        ],
    )
    def get(self, request: Request, contract_id: str) -> Response:
        """What became of each clause between two versions."""
        require(self.actor, RUN)
        with self.scope():
            contract = self.find("contract", contract_id)
            before, after = (
                self.find("contract_review", request.query_params.get(name, ""))
                for name in ("before", "after")
            )
            return Response(presenting.comparison(contract=contract, before=before, after=after))


class ReviewView(DoorView):
    @operation(
        "show_contract_review",
        gives={200: shapes.ContractReviewSerializer},
        refuses=UNKNOWN,
        parameters=[REVIEW],
    )
    def get(self, request: Request, review_id: str) -> Response:
        require(self.actor, RUN)
        with self.scope():
            return Response(presenting.review(self.find("contract_review", review_id)))


class ReviewAgainView(DoorView):
    @operation(
        "review_contract_again",
        gives={202: shapes.ContractReviewSummarySerializer},
        refuses=UNKNOWN,
        parameters=[REVIEW],
        writes=True,
    )
    def post(self, request: Request, review_id: str) -> Response:
        """The same text with today's rules and figures."""
        require(self.actor, WRITE)
        made = reviewing.again(actor=self.actor, review=self.find("contract_review", review_id))
        with self.scope():
            return Response(presenting.summary(made), status=202)


class SignatureView(DoorView):
    @operation(
        "sign_contract_review",
        takes=shapes.ContractNoteSerializer,
        gives={200: shapes.ContractReviewSerializer},
        refuses={
            400: ("invalid_decision",),
            **UNKNOWN,
            409: ("review_closed", "critical_findings_open", "already_signed"),
        },
        parameters=[REVIEW],
        writes=True,
    )
    def post(self, request: Request, review_id: str) -> Response:
        """Not while a critical finding is open or deferred. With four eyes the second one makes it final."""
        require(self.actor, SIGN)
        review = self.find("contract_review", review_id)
        given = texts_of(object_of(request.data), "note")
        signed = deciding.sign(actor=self.actor, review=review, note=given["note"])
        with self.scope():
            return Response(presenting.review(self.find("contract_review", signed.pk)))


class ReviewExportView(DoorView):
    @operation(
        "export_contract_review",
        gives=EXPORTED,
        refuses={**UNKNOWN, 409: ("review_not_finished",), 422: ("unreadable_file",)},
        parameters=[REVIEW, KIND, INCLUDE],
        writes=True,
    )
    def get(self, request: Request, review_id: str, kind: str) -> HttpResponse:
        """`redline`, `report.docx`, `report.pdf`, `calendar` or `original`; every download is noted."""
        require(self.actor, RUN)
        review = self.find("contract_review", review_id)
        with self.scope():
            return download(
                exporting.export(
                    actor=self.actor,
                    review=review,
                    kind=kind,
                    include=request.query_params.get("include", "decided"),
                )
            )


class DecisionView(DoorView):
    @operation(
        "decide_contract_finding",
        takes=shapes.ContractDecisionSerializer,
        gives={200: shapes.ContractFindingSerializer},
        refuses={400: ("invalid_decision",), **UNKNOWN, 409: ("review_closed", "decided_meanwhile")},
        parameters=[FINDING],
        writes=True,
    )
    def post(self, request: Request, finding_id: str) -> Response:
        """Accept, edit, reject with a reason, defer, or open again.

        `revision` is the one of the finding that the decision was made from; without it, a finding that
        somebody else decided is left as it is.
        """
        require(self.actor, DECIDE)
        finding = self.find("contract_finding", finding_id)
        body = object_of(request.data)
        given = texts_of(body, "decision", "note", "rewrite")
        revision = said_of(body, {"revision": int}).get("revision")
        decided = deciding.decide(actor=self.actor, finding=finding, revision=revision, **given)
        with self.scope():
            return Response(presenting.finding(decided))


class BatchesView(DoorView):
    parser_classes = [MultiPartParser]

    @operation(
        "upload_contract_batch",
        takes=shapes.NEW_BATCH,
        gives={202: shapes.ContractBatchReceivedSerializer},
        refuses=FILE,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Up to a thousand files. They are reviewed one after the other, with others' work in between."""
        require(self.actor, WRITE)
        wish = receiving.wish(fields_of(request))
        given = request.FILES.getlist("file") if request.FILES else []
        if not given:
            raise EmptyInput(code="no_file", fields={"file": "multipart/form-data"})
        taken = batches.receive(
            actor=self.actor,
            name=wish.title,
            given=[batches.Given(one.name or "", one.chunks()) for one in given],
            wish=wish,
        )
        refused = [{"name": name, "error": error.as_dict()} for name, error in taken.refused]
        with self.scope():
            return Response({**presenting.batch(taken.batch), "refused": refused}, status=202)


class BatchView(DoorView):
    @operation(
        "show_contract_batch",
        gives={200: shapes.ContractBatchSerializer},
        refuses=UNKNOWN,
        parameters=[BATCH],
    )
    def get(self, request: Request, batch_id: str) -> Response:
        require(self.actor, RUN)
        with self.scope():
            batch = self.find("contract_batch", batch_id)
            rows = selectors.newest_reviews(self.actor).filter(contract__batch=batch)
            contracts = [presenting.summary(one) for one in rows.order_by("created_at", "id")]
            return Response({**presenting.batch(batch), "contracts": contracts})


class BatchStopView(DoorView):
    @operation(
        "stop_contract_batch",
        gives={200: shapes.ContractBatchStateSerializer},
        refuses=UNKNOWN,
        parameters=[BATCH],
        writes=True,
    )
    def post(self, request: Request, batch_id: str) -> Response:
        """What waits stays waiting; what is reviewed stays. A batch that has ended stays as it is."""
        require(self.actor, WRITE)
        batches.stop(actor=self.actor, batch=self.find("contract_batch", batch_id))
        return _state_of(self, batch_id)


class BatchGoOnView(DoorView):
    @operation(
        "go_on_with_contract_batch",
        gives={200: shapes.ContractBatchStateSerializer},
        refuses=UNKNOWN,
        parameters=[BATCH],
        writes=True,
    )
    def post(self, request: Request, batch_id: str) -> Response:
        """Review what a stopped batch left waiting. One that was not stopped stays as it is."""
        require(self.actor, WRITE)
        batches.go_on(actor=self.actor, batch=self.find("contract_batch", batch_id))
        return _state_of(self, batch_id)


def _state_of(view: DoorView, batch_id: str) -> Response:
    with view.scope():
        return Response(presenting.batch(view.find("contract_batch", batch_id)))


class GridView(DoorView):
    @operation("export_contract_grid", gives=GRID, refuses=UNKNOWN, parameters=[BATCH, ENDING], writes=True)
    def get(self, request: Request, batch_id: str, ending: str) -> HttpResponse:
        """Fields × contracts."""
        require(self.actor, RUN)
        batch = self.find("contract_batch", batch_id)
        with self.scope():
            rows = selectors.newest_reviews(self.actor).filter(contract__batch=batch)
            return download(
                exporting.export_grid(
                    actor=self.actor,
                    reviews=list(rows.order_by("created_at", "id")),
                    title=str(batch.name),
                    ending=ending,
                    batch=batch,
                )
            )


class ClausesView(DoorView):
    @operation("list_contract_clauses", gives={200: shapes.ContractClausesSerializer})
    def get(self, request: Request) -> Response:
        """The organisation's own clauses and those that are shipped."""
        require(self.actor, RUN)
        with self.scope():
            return Response({"clauses": presenting.clauses()})

    @operation(
        "save_contract_clause",
        takes=shapes.ContractNewClauseSerializer,
        gives={201: shapes.ContractClauseSerializer},
        refuses={400: ("invalid_clause",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        require(self.actor, EDIT)
        given: dict[str, Any] = texts_of(
            object_of(request.data),
            *("title", "preferred", "acceptable", "walk_away", "contract_type", "side", "language", "rule"),
        )
        given["language"] = given["language"] or "zh"
        made = playbooks.save_clause(actor=self.actor, **given)
        with self.scope():
            return Response(presenting.clause(made), status=201)


class ClauseView(DoorView):
    @operation(
        "remove_contract_clause",
        gives={204: None},
        refuses={**UNKNOWN, 409: ("clause_archived",)},
        parameters=[CLAUSE],
        writes=True,
    )
    def delete(self, request: Request, clause_id: str) -> Response:
        require(self.actor, EDIT)
        playbooks.archive_clause(actor=self.actor, clause=self.find("contract_clause", clause_id))
        return Response(status=204)


class PlaybooksView(DoorView):
    @operation("list_contract_playbooks", gives={200: shapes.ContractPlaybooksSerializer})
    def get(self, request: Request) -> Response:
        """Every rule with its thresholds, and the playbooks that change them, newest version first."""
        require(self.actor, RUN)
        with self.scope():
            return Response(
                {
                    "rules": [presenting.rule(one) for one in engine.rules()],
                    "versions": [presenting.playbook(one) for one in selectors.playbook_versions()[:PAGE]],
                }
            )

    @operation(
        "save_contract_playbook",
        takes=shapes.ContractNewPlaybookSerializer,
        gives={200: shapes.ContractPlaybookSerializer},
        refuses={400: ("invalid_playbook",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """A new version with these settings, or the newest one when nothing has changed."""
        require(self.actor, EDIT)
        given = texts_of(object_of(request.data), "contract_type", "side", "note")
        body: Any = request.data
        settings, four_eyes = body.get("settings", {}), body.get("four_eyes", False)
        if not isinstance(settings, dict) or not isinstance(four_eyes, bool) or len(given["note"]) > 300:
            raise InvalidInput(fields={"settings": _("are not of the right kind")})
        version = playbooks.save_playbook(actor=self.actor, settings=settings, four_eyes=four_eyes, **given)
        with self.scope():
            return Response(presenting.playbook(version))


class ParametersView(DoorView):
    @operation("list_contract_parameters", gives={200: shapes.ContractParametersSerializer})
    def get(self, request: Request) -> Response:
        """The figures that move with time, as the organisation entered them."""
        require(self.actor, RUN)
        with self.scope():
            return Response({"parameters": presenting.parameters()})

    @operation(
        "enter_contract_parameter",
        takes=shapes.ContractNewParameterSerializer,
        gives={200: shapes.ContractParameterSerializer},
        refuses={400: ("invalid_parameter",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        require(self.actor, EDIT)
        given = texts_of(object_of(request.data), "name", "value", "valid_from", "source", "region")
        made = playbooks.enter_parameter(actor=self.actor, **given)
        with self.scope():
            return Response(presenting.parameter(made))
