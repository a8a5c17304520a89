"""Versions of a base: reading what they held, going back, saying when a revision is in force; hints on it."""

from __future__ import annotations

from tests.security.matrix import Row, get, post, post_json, send_json

READ, BACK, DATE = "knowledge.document.read", "knowledge.base.rollback", "knowledge.document.date"
SETTLE = "hints.hint.settle"
_BASE = "console/knowledge/knowledgebase/<uuid:object_id>/versions/"
_PAGES = "console/knowledge/knowledgebase/{base_id}/versions/"

VERSIONS = (
    Row(route="api/v1/bases/<str:slug>/versions", method="GET", needs=READ, gives=200, names="shelf",
        send=get("api/v1/bases/{base}/versions")),
    Row(route="api/v1/bases/<str:slug>/difference", method="GET", needs=READ, gives=200, names="shelf",
        send=get("api/v1/bases/{base}/difference?from=0")),
    Row(route="api/v1/bases/<str:slug>/difference/<str:document_id>", method="GET", needs=READ, gives=200,
        names="shelf", send=get("api/v1/bases/{base}/difference/{document}?from=0")),
    Row(route="api/v1/bases/<str:slug>/rollback", method="POST", needs=BACK, gives=200, names="shelf",
        writes=("base.rolled_back",),
        send=post_json("api/v1/bases/{base}/rollback", lambda _: {"version": 0})),
    Row(route="api/v1/documents/<str:document_id>/revisions", method="GET", needs=READ, gives=200,
        names="shelf", send=get("api/v1/documents/{document}/revisions")),
    Row(route="api/v1/documents/<str:document_id>/revisions/<int:number>", method="PUT", needs=DATE,
        gives=200, names="shelf", writes=("revision.dated",),
        send=send_json("PUT", "api/v1/documents/{document}/revisions/1",
                       lambda _: {"effective_from": "2026-01-31", "effective_until": None})),
    Row(route="api/v1/bases/<str:slug>/hints", method="GET", needs="hints.hint.read", gives=200,
        names="shelf", send=get("api/v1/bases/{base}/hints")),
    Row(route="api/v1/bases/<str:slug>/hints", method="POST", needs=SETTLE, gives=202, names="shelf",
        writes=("hints.requested",), send=post("api/v1/bases/{base}/hints")),
    Row(route="api/v1/hints/<hint_id>/<action>", method="POST", needs=SETTLE, gives=200, names="shelf",
        writes=("hint.dismissed",), send=post("api/v1/hints/{hint}/dismiss")),
    Row(route="api/v1/documents/<str:document_id>/review", method="POST", needs=SETTLE, gives=200,
        names="shelf", writes=("document.reviewed",), send=post("api/v1/documents/{document}/review")),
    Row(route=_BASE, method="GET", needs=READ, gives=200, names="shelf", send=get(_PAGES)),
    Row(route=f"{_BASE}<int:before>/<int:after>/", method="GET", needs=READ, gives=200, names="shelf",
        send=get(f"{_PAGES}0/1/")),
    Row(route=f"{_BASE}<int:version>/restore/", method="GET", needs=BACK, gives=200, names="shelf",
        send=get(f"{_PAGES}0/restore/")),
    Row(route=f"{_BASE}<int:version>/restore/", method="POST", needs=BACK, gives=302, names="shelf",
        writes=("base.rolled_back",), send=post(f"{_PAGES}0/restore/")),
)  # fmt: skip
