"""Sources of documents, and many readings at once."""

from __future__ import annotations

from typing import Any

from tests.security.matrix import Row, Target, delete, get, post, post_json, send_json

READ, MANAGE, JOBS = "sources.source.read", "sources.source.manage", "jobs.job.read"
SPOKEN_SOURCES = {
    "api/v1/^sources/(?P<source_id>[^/]+)/(?P<action>refresh|pause|resume)$": (
        "api/v1/sources/<source_id>/<action>"
    ),
    "api/v1/^batches/(?P<batch_id>[^/]+)/(?P<action>cancel|retry)$": "api/v1/batches/<batch_id>/<action>",
    "api/v1/^bases/(?P<slug>[^/]+)/progress/(?P<action>cancel|retry)$": (
        "api/v1/bases/<slug>/progress/<action>"
    ),
}


def _new(target: Target) -> dict[str, Any]:
    return {"base": target.shelf.base, "kind": "url", "address": "https://example.com/another"}


SOURCES = (
    Row(route="api/v1/sources", method="GET", needs=READ, gives=200, send=get("api/v1/sources")),
    Row(route="api/v1/sources", method="POST", needs=MANAGE, gives=201, names="shelf",
        writes=("source.added",), send=post_json("api/v1/sources", _new)),
    Row(route="api/v1/sources/<str:source_id>", method="GET", needs=READ, gives=200, names="shelf",
        send=get("api/v1/sources/{source}")),
    Row(route="api/v1/sources/<str:source_id>", method="PATCH", needs=MANAGE, gives=200, names="shelf",
        writes=("source.changed",),
        send=send_json("PATCH", "api/v1/sources/{source}", lambda _: {"limit": 7})),
    Row(route="api/v1/sources/<str:source_id>", method="DELETE", needs=MANAGE, gives=204, names="shelf",
        writes=("source.removed",), send=delete("api/v1/sources/{source}")),
    Row(route="api/v1/sources/<str:source_id>/entries", method="GET", needs=READ, gives=200, names="shelf",
        send=get("api/v1/sources/{source}/entries")),
    Row(route="api/v1/sources/<source_id>/<action>", method="POST", needs=MANAGE, gives=200, names="shelf",
        writes=("source.paused",), send=post("api/v1/sources/{source}/pause")),
    Row(route="api/v1/batches/<str:batch_id>", method="GET", needs=JOBS, gives=200, names="shelf",
        send=get("api/v1/batches/{batch}")),
    Row(route="api/v1/batches/<batch_id>/<action>", method="POST", needs="jobs.job.cancel", gives=200,
        names="shelf", writes=("jobs.cancelled",), send=post("api/v1/batches/{batch}/cancel")),
    Row(route="api/v1/bases/<str:slug>/progress", method="GET", needs=JOBS, gives=200, names="shelf",
        send=get("api/v1/bases/{base}/progress")),
    Row(route="api/v1/bases/<slug>/progress/<action>", method="POST", needs="jobs.job.retry", gives=200,
        names="shelf", writes=("jobs.retried",), send=post("api/v1/bases/{base}/progress/retry")),
)  # fmt: skip
