from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sunmao.core.schemas import PatternTooSlow, faults, found, leads_outside
from sunmao.evaluation.checks import wording
from sunmao.inference.structured.errors import SchemaRefused
from sunmao.inference.structured.schema import schema_of
from sunmao.prompts.checking import BadCheck, checks_of

SLOW = {"type": "object", "properties": {"a": {"type": "string", "pattern": "(a|aa)+$"}}}
NAMES = {
    "type": "object",
    "patternProperties": {"(a|aa)+$": {"type": "string"}},
    "additionalProperties": False,
}


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A service of our neighbours', and what it was asked for."""
    paths: list[str] = []

    class Neighbour(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"type": "integer"}')

        def log_message(self, *_args: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Neighbour)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/schema", paths
    server.shutdown()


@pytest.mark.parametrize("name", ["$ref", "$dynamicRef", "$recursiveRef"])
def test_a_reference_to_another_place_is_neither_taken_nor_followed(
    name: str, asked: tuple[str, list[str]]
) -> None:
    address, paths = asked
    schema = {"type": "object", "properties": {"a": {"allOf": [{name: address}]}}}

    assert leads_outside(schema)
    with pytest.raises(SchemaRefused):
        schema_of(schema)
    with pytest.raises(BadCheck):
        checks_of([{"kind": "json_schema", "value": schema}])
    with pytest.raises(ValueError, match=r"^$"):
        wording._schema(schema)
    told = faults(schema, {"a": "text"})
    assert name == "$recursiveRef" or [one.validator for one in told] == ["$ref"]
    assert paths == []


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        (SLOW, {"a": "a" * 60 + "!"}),
        (NAMES, {"a" * 60 + "!": "b"}),
        ({"$ref": "#"}, {"a": 1}),
        ({"$ref": "#/nowhere"}, {"a": 1}),
    ],
)
def test_a_schema_that_would_take_for_ever_ends_with_a_fault(schema: dict[str, Any], data: Any) -> None:
    began = time.monotonic()
    assert len(faults(schema, data)) == 1
    assert time.monotonic() - began < 5


def test_what_fits_has_no_fault_and_what_does_not_is_named() -> None:
    schema = {
        "type": "object",
        "properties": {"code": {"type": "string", "pattern": "^[A-Z]{2}\\d+$"}},
        "patternProperties": {"^x-": {"type": "integer"}},
        "additionalProperties": False,
    }
    assert faults(schema, {"code": "AB12", "x-a": 1}) == []
    told = faults(schema, {"code": "12", "x-a": "1", "other": 1})
    assert sorted(one.validator for one in told) == ["additionalProperties", "pattern", "type"]


def test_a_pattern_has_a_limit_of_time() -> None:
    assert found(r"\d{3}", "room 101")
    with pytest.raises(PatternTooSlow):
        found("(a|aa)+$", "a" * 60 + "!", seconds=0.05)
