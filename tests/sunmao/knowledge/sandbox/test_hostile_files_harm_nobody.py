"""Files built for harm: each has its reason, in time and within memory, and the next file is read."""

from __future__ import annotations

import time

import pytest
from django.utils import translation

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.sandbox import client
from sunmao.knowledge.sandbox.reading import parse_safely
from sunmao.knowledge.text.language import language_of
from tests.sunmao.knowledge.sandbox.hostile import ALL, Hostile, word

MOST_MEMORY = int(1.2 * (1 << 30))


@pytest.mark.parametrize("hostile", ALL, ids=lambda hostile: hostile.case)
def test_a_hostile_file_has_its_reason_and_the_next_one_is_read(hostile: Hostile) -> None:
    data = hostile.make()
    parse_safely(name="warm.docx", data=word())
    began = time.monotonic()
    code = _code_of(hostile.name, data)
    took = time.monotonic() - began
    zygote = client.current()
    assert code in hostile.codes
    assert took < hostile.seconds
    assert zygote.peak < MOST_MEMORY
    assert parse_safely(name="next.docx", data=word("下一份。")).text == "下一份。"
    assert client.current() is zygote


def _code_of(name: str, data: bytes) -> str:
    try:
        parse_safely(name=name, data=data)
    except UnreadableFile as refused:
        error = refused
    else:
        return ""
    for language in ("zh-hans", "en"):
        with translation.override(language):
            assert str(error.message).strip()
    return error.code


def test_there_are_at_least_sixty() -> None:
    assert len({hostile.case for hostile in ALL}) == len(ALL) >= 60


def test_a_reason_is_said_in_the_language_of_whoever_reads_it() -> None:
    with pytest.raises(UnreadableFile) as refused:
        parse_safely(name="a.docx", data=b"PK\x03\x04" + b"x" * 99)
    with translation.override("en"):
        assert str(refused.value.message).startswith("The file is damaged or incomplete.")
    with translation.override("zh-hans"):
        assert language_of(str(refused.value.message)) == "zh"
