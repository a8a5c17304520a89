"""Requests made from the schema, sent to the application in this process, and what was wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import Status, events, from_schema

from apps.config.wsgi import application

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
)
# What is no fault of an answer: which refusal comes first, and data that the schema cannot describe wholly.
LEFT_OUT = ("positive_data_acceptance", "missing_required_header", "ensure_resource_availability",
            "object_level_authorization")  # fmt: skip
REFUSALS = (400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429)


@dataclass
class Fuzzed:
    """How many requests were answered, with which statuses, and every finding once."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    findings: dict[str, str] = field(default_factory=dict)


SCHEMA = "/api/schema?format=json"


def fuzz(*, headers: Mapping[str, str], examples: int, seed: int, edges: bool = True) -> Fuzzed:
    """Every operation with right and wrong data, and walks along the links; `edges`: of each field, too."""
    config = _config(headers, examples, seed, edges)
    schema = schemathesis.openapi.from_wsgi(SCHEMA, _with_cookies(headers.get("Cookie", "")), config=config)
    found = Fuzzed()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _take(found, event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            found.findings[f"{type(event).__name__}: {event}"] = ""
    return found


def _with_cookies(cookies: str) -> Any:
    """The client of the library empties the header of cookies, so that they are put in behind it."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        return application({**environ, "HTTP_COOKIE": cookies} if cookies else environ, start_response)

    return answer


def _config(headers: Mapping[str, str], examples: int, seed: int, edges: bool) -> SchemathesisConfig:
    """`ignored_auth` looks at callers without credentials only: its probes of the others are for networks."""
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": dict(headers),
            "continue-on-failure": True,
            "generation": {
                "max-examples": examples,
                "no-shrink": True,
                "database": "none",
                # Made-up credentials would take the place of the caller's own.
                "with-security-parameters": not headers,
            },
            "checks": {name: {"enabled": True} for name in CHECKS}
            | {name: {"enabled": False} for name in LEFT_OUT}
            | {
                "ignored_auth": {"enabled": not headers},
                "negative_data_rejection": {"expected-statuses": [*REFUSALS]},
            },
            # Its 503 says that no worker is there, which is so.
            "operations": [{"include-path": "/health", "checks": {"not_a_server_error": {"enabled": False}}}],
            "phases": {
                "coverage": {"enabled": edges},
                "stateful": {"generation": {"max-examples": examples}},
            },
        }
    )


def _take(found: Fuzzed, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    found.operations.add(recorder.label)
    for interaction in recorder.interactions.values():
        found.cases += 1
        found.statuses[interaction.response.status_code if interaction.response else 0] += 1
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.status is Status.FAILURE and check.failure_info:
                _keep(found, recorder, case_id, check.name, check.failure_info.failure)


def _keep(found: Fuzzed, recorder: Any, case_id: str, name: str, failure: Failure) -> None:
    case, sent = recorder.cases[case_id].value, recorder.interactions.get(case_id)
    if _of_a_form(case, name, failure):
        return
    status = sent.response.status_code if sent and sent.response else 0
    key = f"{name} · {case.operation.label} · {status} · {failure.title}"
    answer = sent.response.content[:400] if sent and sent.response and sent.response.content else b""
    request = f"{sent.request.method} {sent.request.uri} {(sent.request.body or b'')[:300]!r}" if sent else ""
    found.findings.setdefault(key, f"{failure.message}\n    {request}\n    {answer!r}")


def _of_a_form(case: Any, name: str, failure: Failure) -> bool:
    """Whatever a form sends is text, so that a field of it cannot be of a wrong type."""
    form = str(case.media_type or "").startswith("multipart/")
    return form and name == "negative_data_rejection" and "violates `type`" in failure.message
