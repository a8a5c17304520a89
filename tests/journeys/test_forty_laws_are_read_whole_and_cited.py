"""The main job on real input: 40 laws, 4,304 articles, and questions that lay people asked about them.

They are read into an organisation of their own, so that the sample's answers stay what they are.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.stack import Member, Stack, sign_up
from tests.journeys.shell import json_of

pytestmark = pytest.mark.stack

ORGANISATION, BASE, TASK = "law-firm", "contract-review", "contract_review.ask"
AS_LAWYER = ("--org", ORGANISATION, "--as", "lawyer")
LAWS, ARTICLES, OF_THE_CIVIL_CODE, QUESTIONS = 40, 4304, 1260, 10
LABELS = f"""
import json
from sunmao.accounts.models import Organisation
from sunmao.core import tenancy
from sunmao.knowledge.models import Passage
with tenancy.scope(Organisation.objects.get(slug={ORGANISATION!r}).pk):
    found = Passage.objects.filter(kind="article").order_by("document__name", "ordinal")
    print(json.dumps(list(found.values_list("document__name", "label"))))
"""


@dataclass
class Library:
    """The laws as they were read."""

    lawyer: Member
    told: dict[str, Any]
    law_names: dict[str, str]  # the title in a citation → the name in the data set


@pytest.fixture(scope="module")
def library(stack: Stack, laws: Path) -> Library:
    stack.found(ORGANISATION, "contract_review")
    lawyer = sign_up(stack, stack.invite("lawyer", "owner", ORGANISATION), "lawyer")
    told = json_of(stack.manage("ingest", BASE, str(laws), *AS_LAWYER, "--json"))
    return Library(lawyer, told, {record["law"]: _name(record) for record in _records(laws)})


def _records(laws: Path) -> list[dict[str, Any]]:
    """One record for each article, in order, as the data set has them."""
    lines = (laws.parent / "articles_core.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _name(record: dict[str, Any]) -> str:
    return str(record["doc_id"]).removesuffix(record["article"])


def test_every_law_is_ready_and_no_article_is_lost(library: Library) -> None:
    files = library.told["files"]
    assert [file["state"] for file in files] == ["ready"] * LAWS
    found = {file["file"]: file["units"]["article"] for file in files}
    assert found["民法典.md"] == OF_THE_CIVIL_CODE
    assert sum(found.values()) == ARTICLES


def test_the_articles_stand_in_their_order(library: Library, stack: Stack, laws: Path) -> None:
    wanted: dict[str, list[str]] = defaultdict(list)
    for record in _records(laws):
        wanted[_name(record)].append(record["article"])
    read: dict[str, list[str]] = defaultdict(list)
    for file, label in json.loads(stack.run(LABELS)):
        name = Path(file).stem.replace("《", "").replace("》", "")
        if read[name][-1:] != [label]:  # a long article is several passages
            read[name].append(label)
    assert read == wanted


def test_reading_them_again_changes_nothing(library: Library, stack: Stack, laws: Path) -> None:
    again = json_of(stack.manage("ingest", BASE, str(laws), *AS_LAWYER, "--json"))
    assert [file["state"] for file in again["files"]] == ["unchanged"] * LAWS


def test_lay_questions_are_answered_from_the_right_articles(
    library: Library, stack: Stack, laws: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {record["doc_id"] for record in _records(laws)}
    lines = (laws.parents[1] / "lecoqa_zh_law" / "train_dev.jsonl").read_text("utf-8").splitlines()
    asked = islice((one for line in lines if set((one := json.loads(line))["relevant"]) <= known), QUESTIONS)
    questions = {one["question"]: set(one["relevant"]) for one in asked}
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    inputs = [json.dumps({"question": question}, ensure_ascii=False) for question in questions]
    given.write_text("\n".join(inputs), "utf-8")
    ran = stack.manage("task", TASK, "--batch", str(given), "--out", str(out), *AS_LAWYER)
    assert ran.returncode == 0, ran.stderr
    results = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    cited = [_cited(result, library.law_names) for result in results]
    right = [bool(gold & found) for gold, found in zip(questions.values(), cited, strict=True)]
    answered = sum(bool(found) for found in cited)
    seconds = sorted(result["timings"]["seconds"] for result in results)
    with capsys.disabled():
        told = f"{sum(right)} of {QUESTIONS} lay questions cite a right article, {answered} have any answer"
        print(f"\n{told}; median {seconds[QUESTIONS // 2] * 1000:.0f} ms")  # noqa: T201
    assert any(right)
    for result in results:
        for citation in result["citations"]:
            page = library.lawyer.client.get(citation["url"])
            assert page.status_code == 200
            assert "<mark>" in page.text


def _cited(result: dict[str, Any], law_names: dict[str, str]) -> set[str]:
    return {law_names.get(one["document"], "") + one["label"] for one in result["citations"]}
