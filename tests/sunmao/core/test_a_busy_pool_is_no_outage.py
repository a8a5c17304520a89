"""A pool without a free connection is told as trouble; only one whose database is away is thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import OperationalError, connections

from sunmao.core import outages


@pytest.fixture
def two(
    django_db_setup: None, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Any]]:
    """Two who share a pool of one connection; the second is who notices."""
    with django_db_blocker.unblock():
        kind, told = type(connections["default"]), deepcopy(connections["default"].settings_dict)
        told["OPTIONS"] = {**told["OPTIONS"], "pool": {"min_size": 1, "max_size": 1, "timeout": 0.2}}
        told["CONN_MAX_AGE"] = 0
        both = [kind(told, alias="small") for _ in range(2)]
        monkeypatch.setattr(outages, "connections", {"default": both[1]})
        yield both
        for one in both:
            one.close()
        both[0].close_pool()


def _refused(who: Any) -> OperationalError:
    with pytest.raises(OperationalError) as raised:
        who.ensure_connection()
    return raised.value


def test_a_busy_pool_stays(two: list[Any]) -> None:
    first, second = two
    first.ensure_connection()
    pool = first.pool

    told = outages.outage(_refused(second))

    assert told is not None
    assert (told.code, told.status) == ("database_unavailable", 503)
    assert first.pool is pool
    assert not pool.closed
    first.close()
    second.ensure_connection()


def test_a_pool_of_a_database_that_is_away_goes(two: list[Any]) -> None:
    first, second = two
    first.ensure_connection()
    pool, refused = first.pool, _refused(second)
    second.settings_dict["HOST"] = "/nowhere"

    outages.outage(refused)

    assert pool.closed
