"""One family of errors: a stable code, a status of the class, a message in the language of its reader."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from sunmao.core import errors
from sunmao.core.errors import InvalidInput, NotFound, SunmaoError, Unavailable
from sunmao.knowledge.text.language import language_of

STATUSES = {
    "InvalidInput": 400,
    "EmptyInput": 400,
    "TooLong": 413,
    "Unauthenticated": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "Conflict": 409,
    "UnreadableFile": 422,
    "StorageFull": 507,
    "Unavailable": 503,
    "EngineFailure": 502,
}


@pytest.mark.parametrize("name", list(STATUSES))
def test_each_class_has_its_status_and_both_languages(name: str) -> None:
    error = getattr(errors, name)()
    told = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            told[language] = error.as_dict()
    assert told["en"]["status"] == told["zh-hans"]["status"] == STATUSES[name]
    assert told["en"]["code"] == told["zh-hans"]["code"] != "error"
    assert language_of(told["en"]["message"]) == "en"
    assert language_of(told["zh-hans"]["message"]) == "zh"


def test_the_codes_of_the_family_are_different() -> None:
    codes = [getattr(errors, name).code for name in STATUSES]
    assert len(set(codes)) == len(codes)


def test_a_code_of_its_own_keeps_the_status_of_the_class() -> None:
    error = NotFound(code="unknown_base", fields={"base": gettext_lazy("is empty")})
    assert (error.code, error.status, NotFound.code) == ("unknown_base", 404, "not_found")
    with translation.override("en"):
        assert error.as_dict()["fields"] == {"base": "is empty"}
        assert str(error) == f"unknown_base: {error.message}"


def test_what_may_pass_says_when_to_come_again() -> None:
    assert Unavailable().retry_after == 5
    assert InvalidInput().retry_after is None


def test_a_field_that_cannot_be_sent_is_mended() -> None:
    assert SunmaoError(fields={"\ud800": "\udfff"}).as_dict()["fields"] == {"?": "?"}
