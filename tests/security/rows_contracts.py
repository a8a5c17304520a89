"""Contracts: their addresses in the API and in the portal, and one of each thing that these name."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.core import tenancy
from tests.fixtures.knowledge import run_waiting_jobs
from tests.security.matrix import MEMBER, NOBODY_MAY, Row, Target, delete, get, post, post_json
from verticals.contract_review.models import Finding, Review
from verticals.contract_review.service import batches, deciding, inquiries, playbooks, receiving

CLAUSE = "若甲方逾期支付，每逾期1日，按逾期金额的5%支付违约金。若乙方逾期交付，无需承担任何违约责任。"
READ, WRITE = "contract_review.contract.read", "contract_review.contract.write"
RUN, DECIDE = "contract_review.review.run", "contract_review.review.decide"
SIGN, EDIT = "contract_review.review.sign", "contract_review.playbook.edit"
BEGUN = ("contract.received", "contract_review.begun")


def contracts_of(organisation: Organisation) -> dict[str, object]:
    """A contract whose review could be signed, with a finding, a batch, a clause and a question about it."""
    system = accounts.system_actor(organisation)
    received = receiving.receive_text(actor=system, text=CLAUSE, wish=receiving.wish({"side": "甲方"}))
    run_waiting_jobs(system)
    with tenancy.scope(organisation.pk):
        review = Review.objects.get(pk=received.review.pk)
        critical = list(Finding.objects.filter(review=review, severity="critical"))
    for one in critical:
        deciding.decide(actor=system, finding=one, decision="accepted")
    with tenancy.scope(organisation.pk):
        finding = Finding.objects.filter(review=review).last()
    assert finding is not None
    batch = batches.receive(
        actor=system,
        name=organisation.slug,
        given=[batches.Given("one.txt", [CLAUSE.encode()])],
        wish=receiving.wish({}),
    ).batch
    run_waiting_jobs(system)
    return {
        "contract": review.contract_id,
        "review": review.pk,
        "finding": finding.pk,
        "contract_batch": batch.pk,
        "clause": playbooks.save_clause(actor=system, title="Penalty", preferred="0.03 % a day").pk,
        "playbook_version": playbooks.save_playbook(
            actor=system, contract_type="loan", side="", settings={"disabled": ["CN-G-05"]}
        ).pk,
        "parameter": playbooks.enter_parameter(actor=system, **{**_FIGURE, "valid_from": "2026-09-20"}).pk,
        "inquiry": inquiries.ask(actor=system, review=review, question="Which penalty?").pk,
    }


def _text(_: Target) -> dict[str, object]:
    return {"text": CLAUSE + "另外，乙方应按期交付。", "side": "乙方"}


def _files(_: Target) -> dict[str, object]:
    return {"file": [SimpleUploadedFile("two.txt", CLAUSE.encode())]}


_FIGURE = {"name": "lpr_1y", "value": "3.1", "valid_from": "2026-10-20", "source": "PBoC"}
_PLAYBOOK = {"contract_type": "", "side": "", "note": "", "four_eyes": True}
_CLAUSE = {"title": "Term", "preferred": "One year."}
_BOTH = "before={review}&after={review}"
_EXPORTED = ("contract_review.exported",)
_ENDED = "nothing of the batch waits; a test of batches stops one and goes on with it"

API = (
    Row(route="api/v1/contracts", method="GET", needs=RUN, gives=200, send=get("api/v1/contracts")),
    Row(route="api/v1/contracts", method="POST", needs=WRITE, gives=202, writes=BEGUN,
        send=post_json("api/v1/contracts", _text)),
    Row(route="api/v1/contracts/<str:contract_id>", method="GET", needs=READ, gives=200, names="house",
        denied=404, send=get("api/v1/contracts/{contract}")),
    Row(route="api/v1/contracts/<str:contract_id>", method="DELETE", needs=READ, gives=204, names="house",
        denied=404, writes=("contract.removed",), send=delete("api/v1/contracts/{contract}")),
    Row(route="api/v1/contracts/<str:contract_id>/versions", method="POST", needs=READ, gives=202,
        names="house", denied=404, writes=BEGUN,
        send=post_json("api/v1/contracts/{contract}/versions", _text)),
    Row(route="api/v1/contracts/<str:contract_id>/comparison", method="GET", needs=READ, gives=200,
        names="house", denied=404, send=get(f"api/v1/contracts/{{contract}}/comparison?{_BOTH}")),
    Row(route="api/v1/contract-reviews/<str:review_id>", method="GET", needs=READ, gives=200, names="house",
        denied=404, send=get("api/v1/contract-reviews/{review}")),
    Row(route="api/v1/contract-reviews/<str:review_id>/again", method="POST", needs=READ, gives=202,
        names="house", denied=404, writes=("contract_review.begun",),
        send=post_json("api/v1/contract-reviews/{review}/again", lambda _: {})),
    Row(route="api/v1/contract-reviews/<str:review_id>/signature", method="POST", needs=SIGN, gives=200,
        names="house", writes=("contract_review.signed",),
        send=post_json("api/v1/contract-reviews/{review}/signature", lambda _: {"note": ""})),
    Row(route="api/v1/contract-reviews/<str:review_id>/export/<str:kind>", method="GET", needs=READ,
        gives=200, names="house", denied=404, writes=_EXPORTED,
        send=get("api/v1/contract-reviews/{review}/export/report.docx")),
    Row(route="api/v1/contract-findings/<str:finding_id>/decision", method="POST", needs=DECIDE, gives=200,
        names="house", writes=("contract_finding.decided",),
        send=post_json("api/v1/contract-findings/{finding}/decision", lambda _: {"decision": "accepted"})),
    Row(route="api/v1/contract-batches", method="POST", needs=WRITE, gives=202,
        writes=(*BEGUN, "contract_batch.received"), send=post("api/v1/contract-batches", _files)),
    Row(route="api/v1/contract-batches/<str:batch_id>", method="GET", needs=READ, gives=200, names="house",
        denied=404, send=get("api/v1/contract-batches/{contract_batch}")),
    Row(route="api/v1/contract-batches/<str:batch_id>/grid/<str:ending>", method="GET", needs=READ, gives=200,
        names="house", denied=404, writes=("contract_batch.exported",),
        send=get("api/v1/contract-batches/{contract_batch}/grid/csv")),
    Row(route="api/v1/contract-batches/<str:batch_id>/stop", method="POST", needs=READ, gives=200,
        names="house", denied=404, silent=_ENDED,
        send=post_json("api/v1/contract-batches/{contract_batch}/stop", lambda _: {})),
    Row(route="api/v1/contract-batches/<str:batch_id>/go-on", method="POST", needs=READ, gives=200,
        names="house", denied=404, silent=_ENDED,
        send=post_json("api/v1/contract-batches/{contract_batch}/go-on", lambda _: {})),
    Row(route="api/v1/contract-clauses", method="GET", needs=RUN, gives=200,
        send=get("api/v1/contract-clauses")),
    Row(route="api/v1/contract-clauses", method="POST", needs=EDIT, gives=201,
        writes=("contract_clause.changed",), send=post_json("api/v1/contract-clauses", lambda _: _CLAUSE)),
    Row(route="api/v1/contract-clauses/<str:clause_id>", method="DELETE", needs=EDIT, gives=204,
        names="house", writes=("contract_clause.changed",), send=delete("api/v1/contract-clauses/{clause}")),
    Row(route="api/v1/contract-playbooks", method="GET", needs=RUN, gives=200,
        send=get("api/v1/contract-playbooks")),
    Row(route="api/v1/contract-playbooks", method="POST", needs=EDIT, gives=200,
        writes=("contract_playbook.changed",),
        send=post_json("api/v1/contract-playbooks", lambda _: _PLAYBOOK)),
    Row(route="api/v1/contract-parameters", method="GET", needs=RUN, gives=200,
        send=get("api/v1/contract-parameters")),
    Row(route="api/v1/contract-parameters", method="POST", needs=EDIT, gives=200,
        writes=("contract_parameter.entered",),
        send=post_json("api/v1/contract-parameters", lambda _: _FIGURE)),
)  # fmt: skip

_P = "contract-review"
_R, _C, _B = (
    f"{_P}/reviews/<uuid:review_id>/",
    f"{_P}/contracts/<uuid:contract_id>/",
    f"{_P}/batches/<uuid:batch_id>/",
)
_REVIEW, _CONTRACT, _BATCH = (
    f"{_P}/reviews/{{review}}/",
    f"{_P}/contracts/{{contract}}/",
    f"{_P}/batches/{{contract_batch}}/",
)

PORTAL = (
    Row(route=f"{_P}/handbook/", method="GET", needs=MEMBER, gives=200, send=get(f"{_P}/handbook/")),
    Row(route=f"{_P}/submit/", method="POST", needs=WRITE, gives=302, writes=BEGUN,
        send=post(f"{_P}/submit/", _text)),
    Row(route=f"{_P}/contracts/", method="GET", needs=RUN, gives=200, send=get(f"{_P}/contracts/")),
    Row(route=_R, method="GET", needs=READ, gives=200, names="house", denied=404, send=get(_REVIEW)),
    Row(route=f"{_R}status/", method="GET", needs=READ, gives=200, names="house", denied=404,
        send=get(f"{_REVIEW}status/")),
    Row(route=f"{_R}again/", method="POST", needs=READ, gives=302, names="house", denied=404,
        writes=("contract_review.begun",), send=post(f"{_REVIEW}again/")),
    Row(route=f"{_R}sign/", method="POST", needs=SIGN, gives=302, names="house",
        writes=("contract_review.signed",), send=post(f"{_REVIEW}sign/")),
    Row(route=f"{_R}questions/", method="POST", needs=READ, gives=302, names="house", denied=404,
        writes=("answer.intended",), send=post(f"{_REVIEW}questions/", lambda _: {"question": "What?"})),
    Row(route=f"{_R}export/<str:kind>/", method="GET", needs=READ, gives=200, names="house", denied=404,
        writes=_EXPORTED, send=get(f"{_REVIEW}export/redline/")),
    Row(route=f"{_P}/findings/<uuid:finding_id>/decision/", method="POST", needs=DECIDE, gives=302,
        names="house", writes=("contract_finding.decided",),
        send=post(f"{_P}/findings/{{finding}}/decision/", lambda _: {"decision": "deferred"})),
    Row(route=f"{_P}/inquiries/<uuid:inquiry_id>/", method="GET", needs=NOBODY_MAY, gives=404, names="house",
        denied=404, send=get(f"{_P}/inquiries/{{inquiry}}/")),
    Row(route=f"{_C}versions/", method="POST", needs=READ, gives=302, names="house", denied=404, writes=BEGUN,
        send=post(f"{_CONTRACT}versions/", _text)),
    Row(route=f"{_C}remove/", method="POST", needs=READ, gives=302, names="house", denied=404,
        writes=("contract.removed",), send=post(f"{_CONTRACT}remove/")),
    Row(route=f"{_C}compare/", method="GET", needs=READ, gives=200, names="house", denied=404,
        send=get(f"{_CONTRACT}compare/?{_BOTH}")),
    Row(route=f"{_C}compare/docx/", method="GET", needs=READ, gives=200, names="house", denied=404,
        writes=_EXPORTED, send=get(f"{_CONTRACT}compare/docx/?{_BOTH}")),
    Row(route=_B, method="GET", needs=READ, gives=200, names="house", denied=404, send=get(_BATCH)),
    Row(route=f"{_B}status/", method="GET", needs=READ, gives=200, names="house", denied=404,
        send=get(f"{_BATCH}status/")),
    Row(route=f"{_B}grid/<str:ending>/", method="GET", needs=READ, gives=200, names="house", denied=404,
        writes=("contract_batch.exported",), send=get(f"{_BATCH}grid/xlsx/")),
    Row(route=f"{_B}stop/", method="POST", needs=READ, gives=302, names="house", denied=404,
        silent=_ENDED, send=post(f"{_BATCH}stop/")),
    Row(route=f"{_B}go-on/", method="POST", needs=READ, gives=302, names="house", denied=404,
        silent=_ENDED, send=post(f"{_BATCH}go-on/")),
    Row(route=f"{_P}/library/", method="GET", needs=RUN, gives=200, send=get(f"{_P}/library/")),
    Row(route=f"{_P}/library/save/", method="POST", needs=EDIT, gives=302,
        writes=("contract_clause.changed",),
        send=post(f"{_P}/library/save/", lambda _: {**_CLAUSE, "language": "en"})),
    Row(route=f"{_P}/library/<uuid:clause_id>/archive/", method="POST", needs=EDIT, gives=302, names="house",
        writes=("contract_clause.changed",), send=post(f"{_P}/library/{{clause}}/archive/")),
    Row(route=f"{_P}/rules/", method="GET", needs=RUN, gives=200, send=get(f"{_P}/rules/")),
    Row(route=f"{_P}/rules/save/", method="POST", needs=EDIT, gives=302,
        writes=("contract_playbook.changed",), send=post(f"{_P}/rules/save/", lambda _: {"four_eyes": "on"})),
    Row(route=f"{_P}/rules/parameters/", method="POST", needs=EDIT, gives=302,
        writes=("contract_parameter.entered",), send=post(f"{_P}/rules/parameters/", lambda _: _FIGURE)),
)  # fmt: skip

CONSOLE = (
    Row(route="console/contract_review/playbookversion/add/", method="POST", needs=EDIT, gives=302,
        writes=("contract_playbook.changed",),
        send=post("console/contract_review/playbookversion/add/", lambda _: {"four_eyes": "on"})),
)  # fmt: skip
CONTRACTS = (*CONSOLE, *API, *PORTAL)
