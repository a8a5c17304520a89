from __future__ import annotations

from typing import Any

import pytest

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.sandbox.reading import read_confined

READER = "tests.sunmao.knowledge.sandbox.probing:read"


def probe(name: str = "a", *, checked: Any = dict, **options: Any) -> Any:
    return read_confined(READER, name=name, data=b"abc", checked=checked, **options)


def test_it_reads_and_can_do_nothing_else() -> None:
    assert probe() == {"said": "abc", "could": []}


@pytest.mark.parametrize(("name", "code"), [("refused", "corrupt_file"), ("broken", "reader_crashed")])
def test_its_failure_is_one_of_the_file(name: str, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        probe(name)
    assert refused.value.code == code
    assert probe()["said"] == "abc"


def test_an_answer_that_is_none_is_not_believed() -> None:
    with pytest.raises(UnreadableFile) as refused:
        probe(checked=lambda said: said["nothing of the kind"])
    assert refused.value.code == "reader_crashed"
