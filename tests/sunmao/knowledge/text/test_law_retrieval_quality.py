"""Law questions against all articles of the core collection, in memory, with the vectors that are stored."""

from __future__ import annotations

from collections import defaultdict
from time import process_time

from sunmao.knowledge.text.indexing import fields_of
from sunmao.knowledge.text.lexical import document_vector, query_dimensions, query_vector
from sunmao.knowledge.text.parsing import parse
from sunmao.knowledge.text.splitting import split
from tests.sunmao.knowledge.text import reference


def test_lay_questions_find_their_articles_and_indexing_is_quick() -> None:
    started = process_time()
    names: list[str] = []
    postings: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for file in sorted(reference.path("laws_cn/docs").glob("*.md")):
        parsed = parse(name=file.name, data=file.read_bytes())
        for unit in split(parsed).units:
            for place, value in document_vector(fields_of(unit, title=parsed.title)).items():
                postings[place].append((len(names), value))
            names.append(parsed.title.replace("中华人民共和国", "") + unit.label)
    assert process_time() - started < 12
    known = set(names)
    asked = [
        q for q in reference.records("lecoqa_zh_law/train_dev.jsonl") if known.issuperset(q["relevant"])
    ][::4]
    recalls = [
        _recall(question["question"], set(question["relevant"]), names, postings) for question in asked
    ]
    assert len(recalls) > 80
    assert sum(recalls) / len(recalls) >= 0.58


def _recall(
    question: str, gold: set[str], names: list[str], postings: dict[int, list[tuple[int, float]]]
) -> float:
    terms = query_dimensions(question)
    asked = query_vector(terms, {place: len(postings.get(place, ())) for place in terms}, len(names))
    scores: dict[int, float] = defaultdict(float)
    for place, weight in asked.items():
        for number, value in postings[place]:
            scores[number] += weight * value
    best = sorted(scores, key=lambda number: -scores[number])[:10]
    return len(gold & {names[number] for number in best}) / len(gold)
