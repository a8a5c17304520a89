"""Asking, knowledge, jobs, records; the pages of people; what is open to anybody."""

from __future__ import annotations

from collections.abc import Iterator

from sunmao.core.vertical import installed
from tests.security.matrix import MEMBER, OPEN, Row, a_file, delete, get, post, post_json
from tests.security.world import QUESTION

READ_ALL = "answering.record.read_all"
_ASKED = ("answer.intended", "answer.recorded")

API = (
    Row(route="api/v1/qa", method="POST", needs="answering.task.run", gives=200, writes=_ASKED,
        send=post_json("api/v1/qa", lambda _: {"query": QUESTION})),
    Row(route="api/v1/tasks/<str:vertical>/<str:task>", method="POST", needs="answering.task.run", gives=200,
        writes=_ASKED,
        send=post_json("api/v1/tasks/customer_service/ask", lambda _: {"question": QUESTION})),
    Row(route="api/v1/bases", method="GET", needs="knowledge.base.read", gives=200,
        send=get("api/v1/bases")),
    Row(route="api/v1/bases", method="POST", needs="knowledge.base.create", gives=201,
        writes=("base.created",), narrow=404,
        send=post_json("api/v1/bases", lambda _: {"slug": "somewhere-else"})),
    Row(route="api/v1/bases/<str:slug>/documents", method="GET", needs="knowledge.document.read", gives=200,
        names="shelf", send=get("api/v1/bases/{base}/documents")),
    Row(route="api/v1/bases/<str:slug>/documents", method="POST", needs="knowledge.document.upload",
        gives=202, names="shelf", writes=("document.received",),
        send=post("api/v1/bases/{base}/documents", lambda _: {"file": a_file()})),
    Row(route="api/v1/documents/<str:document_id>", method="GET", needs="knowledge.document.read", gives=200,
        names="shelf", send=get("api/v1/documents/{document}")),
    Row(route="api/v1/documents/<str:document_id>", method="DELETE", needs="knowledge.document.delete",
        gives=204, names="shelf", writes=("document.deleted",),
        send=delete("api/v1/documents/{document}")),
    Row(route="api/v1/jobs/<str:job_id>", method="GET", needs="jobs.job.read", gives=200, names="shelf",
        send=get("api/v1/jobs/{failed}")),
    Row(route="api/v1/jobs/<job_id>/<action>", method="POST", needs="jobs.job.cancel",
        gives=200, names="shelf", writes=("job.cancelled",), send=post("api/v1/jobs/{queued}/cancel")),
    Row(route="api/v1/jobs/<job_id>/<action>", method="POST", needs="jobs.job.retry",
        gives=200, names="shelf", writes=("job.retried",), send=post("api/v1/jobs/{failed}/retry")),
    Row(route="api/v1/passages/<str:passage_id>", method="GET", needs="knowledge.passage.read", gives=200,
        names="shelf", send=get("api/v1/passages/{passage}")),
    Row(route="api/v1/records/unanswered", method="GET", needs=READ_ALL, gives=200,
        send=get("api/v1/records/unanswered")),
    Row(route="api/v1/records/<str:record_id>", method="GET", needs=READ_ALL, gives=200, names="house",
        denied=404, send=get("api/v1/records/{record}")),
    Row(route="api/v1/<rest>", method="GET", needs=OPEN, gives=404, send=get("api/v1/nothing/here")),
    Row(route="health", method="GET", needs=OPEN, gives=503, send=get("health")),
    Row(route="metrics", method="GET", needs=OPEN, gives=200, send=get("metrics")),
    Row(route="api/schema", method="GET", needs=OPEN, gives=200, send=get("api/schema")),
)  # fmt: skip

_OWN_TASTE = "a person's own display language; it changes nothing that others see"
SIGNED_OUT = "it ends the session of whoever asks and changes nothing else"
_NO_ROW = "a flag in the broker for the worker; what comes of it is in the entry of the record"

PORTAL = (
    Row(route="", method="GET", needs=MEMBER, gives=200, send=get("")),
    Row(route="favicon.ico", method="GET", needs=OPEN, gives=301, send=get("favicon.ico")),
    Row(route="language/", method="POST", needs=OPEN, gives=302, silent=_OWN_TASTE,
        send=post("language/", lambda _: {"language": "en"})),
    Row(route="sign-in/", method="GET", needs=OPEN, gives=302, anonymous=200, send=get("sign-in/")),
    Row(route="sign-out/", method="POST", needs=OPEN, gives=302, writes=("session.closed",),
        send=post("sign-out/")),
    Row(route="first-run/<str:token>/", method="GET", needs=OPEN, gives=410,
        send=get("first-run/no-such-token/")),
    Row(route="answers/<uuid:exchange_id>/stream/", method="GET", needs=MEMBER, gives=200, names="own",
        send=get("answers/{exchange}/stream/")),
    Row(route="answers/<uuid:exchange_id>/stop/", method="POST", needs=MEMBER, gives=302, names="own",
        silent=_NO_ROW, send=post("answers/{exchange}/stop/")),
    Row(route="answers/<uuid:exchange_id>/feedback/", method="POST", needs=MEMBER, gives=302, names="own",
        writes=("answer.rated",), send=post("answers/{exchange}/feedback/", lambda _: {"verdict": "up"})),
    Row(route="conversations/<uuid:conversation_id>/training-consent/", method="POST",
        needs="answering.task.run", gives=302, names="own", writes=("training_consent.given",),
        send=post("conversations/{conversation}/training-consent/", lambda _: {"consent": "yes"})),
    Row(route="passages/<uuid:passage_id>/", method="GET", needs="knowledge.passage.read", gives=200,
        names="shelf", send=get("passages/{passage}/")),
    Row(route="passages/<uuid:passage_id>/document/", method="GET", needs="knowledge.passage.read", gives=200,
        names="shelf", send=get("passages/{passage}/document/")),
)  # fmt: skip


def work_pages() -> Iterator[Row]:
    """The same for every business line; what was asked in one line is no conversation of another."""
    for vertical in installed():
        path = vertical.slug.replace("_", "-")
        yield Row(route=f"{path}/", method="GET", needs=MEMBER, gives=200, send=get(f"{path}/"))
        yield Row(
            route=f"{path}/conversations/<uuid:conversation_id>/",
            method="GET",
            needs=MEMBER,
            gives=200 if vertical.slug == "customer_service" else 404,
            names="own",
            send=get(f"{path}/conversations/{{conversation}}/"),
        )
        yield Row(
            route=f"{path}/ask/",
            method="POST",
            needs="answering.task.run",
            gives=302,
            writes=_ASKED,
            send=post(f"{path}/ask/", lambda _: {"question": QUESTION}),
        )
