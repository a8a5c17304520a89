"""The sample knowledge is complete: every file is declared, exists in both languages and says something."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

VERTICAL = Path(__file__).parents[1]
FOLDER = VERTICAL / "knowledge"
LANGUAGES = ("zh", "en")
SOURCES = tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))["source"]
QUESTIONS = [
    json.loads(line) for line in (FOLDER / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
EXAMPLES = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))
HEADING = re.compile(r"^(#{1,3}) (.+)$", re.MULTILINE)


def documents(language: str) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in sorted((FOLDER / language).glob("*.md"))}


def headings(text: str) -> list[tuple[int, str, str]]:
    """Level, heading and the text below it, up to the next heading."""
    found = list(HEADING.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        (len(one[1]), one[2], text[one.end() : end].strip()) for one, end in zip(found, ends, strict=True)
    ]


def test_every_file_is_declared_once_with_its_title() -> None:
    declared = {row["file"]: (row["title"], row["language"]) for row in SOURCES}
    present = {
        f"{language}/{name}": (text.splitlines()[0].removeprefix("# "), language)
        for language in LANGUAGES
        for name, text in documents(language).items()
    }
    assert declared == present
    assert len(SOURCES) == len(declared)


@pytest.mark.parametrize("row", SOURCES, ids=lambda row: row["file"])
def test_every_file_says_where_it_comes_from(row: dict[str, object]) -> None:
    assert (row["origin"], row["licence"]) == ("written for Sunmao", "CC0-1.0")
    assert str(row["date"]) == "2026-11-01"


def test_each_document_exists_in_both_languages() -> None:
    assert list(documents("zh")) == list(documents("en"))
    assert 4 <= len(documents("zh")) <= 6


@pytest.mark.parametrize("name", list(documents("zh")))
def test_both_languages_have_the_same_outline(name: str) -> None:
    outlines = [[level for level, _, _ in headings(documents(language)[name])] for language in LANGUAGES]
    assert outlines[0] == outlines[1]
    assert outlines[0].count(1) == 1


@pytest.mark.parametrize(
    ("language", "name"), [(tongue, name) for tongue in LANGUAGES for name in documents(tongue)]
)
def test_no_section_is_empty(language: str, name: str) -> None:
    sections = headings(documents(language)[name])
    for (level, heading, body), following in zip(sections, [*sections[1:], (0, "", "")], strict=True):
        assert body or following[0] > level, heading


@pytest.mark.parametrize(
    ("language", "name"), [(tongue, name) for tongue in LANGUAGES for name in documents(tongue)]
)
def test_headings_are_unique_within_a_document(language: str, name: str) -> None:
    names = [heading for _, heading, _ in headings(documents(language)[name])]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_questions(language: str) -> None:
    assert sum(row["language"] == language for row in QUESTIONS) >= 10


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row["question"])
def test_the_answer_to_each_question_is_in_its_document(row: dict[str, str]) -> None:
    text = (FOLDER / row["document"]).read_text(encoding="utf-8")
    assert row["document"].startswith(f"{row['language']}/")
    assert row["phrase"] in text
    assert row["question"] not in {heading for _, heading, _ in headings(text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_four_examples(language: str) -> None:
    assert len(EXAMPLES[language]) == len(set(EXAMPLES[language])) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_prompt_uses_what_it_declares(language: str) -> None:
    source = (VERTICAL / "prompts" / f"answer.{language}.md").read_text(encoding="utf-8")
    _, front, body = source.split("---\n", 2)
    declared = re.search(r"^variables: \[(.+)\]$", front, re.MULTILINE)
    assert declared is not None
    assert set(declared[1].split(", ")) == set(re.findall(r"\{\{ (\w+) \}\}", body))
    assert f"language: {language}\n" in front
