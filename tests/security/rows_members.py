"""What stands inside an archive or a mail."""

from __future__ import annotations

from tests.security.matrix import Row, get

MEMBERS = (
    Row(route="api/v1/documents/<str:document_id>/members", method="GET", needs="knowledge.document.read",
        gives=200, names="shelf", send=get("api/v1/documents/{document}/members")),
)  # fmt: skip

__all__ = ["MEMBERS"]
