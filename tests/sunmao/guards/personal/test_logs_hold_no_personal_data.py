"""Web and workers log through one formatter; what it writes names no person."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from apps.config.settings.logs import logging_config
from sunmao.guards.personal import mask_structured

ID_CARD, MOBILE, EMAIL, CARD = "110105199003076515", "13812345678", "mei@example.com", "6222021234567890"


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    written = io.StringIO()
    config = logging_config(debug=False)
    handler = logging.StreamHandler(written)
    made: Any = logging.config.DictConfigurator(config).configure_formatter(config["formatters"]["events"])  # type: ignore[attr-defined]
    handler.setFormatter(made)
    logger = logging.getLogger("sunmao.test_of_logs")
    logger.addHandler(handler)
    logger.propagate = False
    yield written
    logger.removeHandler(handler)
    logger.propagate = True


def _last(said: io.StringIO) -> dict[str, Any]:
    return json.loads(said.getvalue().splitlines()[-1])


def test_a_message_of_any_library_is_masked(said: io.StringIO) -> None:
    logging.getLogger("sunmao.test_of_logs").warning("cannot send to %s or %s", MOBILE, EMAIL)

    assert _last(said)["event"] == "cannot send to <MOBILE> or <EMAIL>"


def test_fields_are_masked_however_deep(said: io.StringIO) -> None:
    log = structlog.stdlib.get_logger("sunmao.test_of_logs")
    log.warning("refused", fields={"question": [f"身份证{ID_CARD}"]}, number=int(MOBILE), port=8000)

    assert _last(said)["fields"] == {"question": ["身份证<ID_CARD>"]}
    assert _last(said)["number"] == "<MOBILE>"
    assert _last(said)["port"] == 8000


def test_the_text_of_an_exception_is_masked(said: io.StringIO) -> None:
    try:
        raise ValueError(f"invalid literal: {ID_CARD}")
    except ValueError:
        logging.getLogger("sunmao.test_of_logs").exception("broken")

    assert ID_CARD not in said.getvalue()
    assert "ValueError: invalid literal: <ID_CARD>" in _last(said)["exception"]


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param("document 01a201c4-2fb2-7fbc-8a20-06d9c22be1ad", id="ids of rows"),
        pytest.param("at 2026-11-22T07:33:00.123456Z", id="times"),
        pytest.param("sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", id="digests"),
        pytest.param("took 0.0123456789 s, 1,234,567 rows", id="measurements"),
    ],
)
def test_what_operators_need_stays(kept: str) -> None:
    assert mask_structured(kept) == kept


def test_an_ordinary_line_costs_microseconds() -> None:
    line = "job 01a201c4-2fb2-7fbc-8a20-06d9c22be1ad finished in 12 ms"
    mask_structured(line)
    began = time.process_time()
    for _ in range(2_000):
        mask_structured(line)

    assert (time.process_time() - began) / 2_000 < 0.0001
