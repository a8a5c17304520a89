"""`train_guard --reference DIR --cases DIR`: learn the weights of the injection model anew.

Half of every file, by the digest of its text, is left out and never learnt from (`is_held`). What is read and
what the weights are worth stands in `sunmao/guards/injection/MODEL_CARD.md`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sunmao.core.vertical import configs
from sunmao.guards.injection import detect, model
from sunmao.guards.injection.folding import fold
from sunmao.guards.injection.training import Example, is_held, learn

# (file, fields joined by a line end, at most so many lines)
QUESTIONS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("banking77/train.jsonl", ("text",), 3000),
    ("clinc150/train.jsonl", ("text",), 3000),
    ("fineva_zh/intent_dev.jsonl", ("text",), 1500),
    ("fineva_zh/faq_queries_dev.jsonl", ("query",), 1500),
    ("medical_faq_zh/queries_dev.jsonl", ("query",), 1500),
    ("cmrc2018/trial_questions.jsonl", ("question",), 1500),
    ("lecoqa_zh_law/train_dev.jsonl", ("question",), 1500),
    ("safety_prompts/safetybench_zh_dev.jsonl", ("question",), 1500),
)
DOCUMENTS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("laws_cn/articles_core.jsonl", ("text",), 2000),
    ("medical_faq_zh/kb.jsonl", ("title", "answer"), 1500),
    ("fineva_zh/faq_kb.jsonl", ("answer",), 1500),
    ("cmrc2018/trial_passages.jsonl", ("text",), 1500),
    ("drcd/dev_passages.jsonl", ("text",), 1500),
    ("medquad_en/kb.jsonl", ("text",), 800),
    ("safety_prompts/bipia_email_train.jsonl", ("context",), 1500),
    ("acord/corpus.jsonl", ("text",), 800),
)
SAFETY, INSTRUCTIONS, ROLES = "safety_prompts/dev.jsonl", "benign_instructions.jsonl", "benign_roles.jsonl"
CASES = "zh_open.jsonl"
# Of these sources many prompts are ordinary questions out of their context: only those that a rule notices
# can teach anything.
MIXED = ("purplellama", "bipia")
NOTICED, LEAST_PARAGRAPH = 0.25, 30


class Command(BaseCommand):
    help = "Learn the weights of the injection model from reference data and our own cases"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reference", type=Path, required=True, help="folder of the reference data")
        parser.add_argument("--cases", type=Path, required=True, help="folder of our own cases")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--out", type=Path, default=model.WEIGHTS)

    def handle(self, *args: Any, **options: Any) -> None:
        draw = random.Random(options["seed"])  # noqa: S311  not for secrets
        examples = list(_examples(options["reference"], options["cases"], draw))
        weights = learn(examples)
        models = {language: vars(found) for language, found in weights.items()}
        text = json.dumps({"models": models}, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        options["out"].write_text(text, encoding="utf-8")
        for language, found in weights.items():
            self.stdout.write(f"{language}: {len(found.pieces)} pieces, shift {found.shift}")


def _examples(reference: Path, cases: Path, draw: random.Random) -> Iterator[Example]:
    for row in (*_rows(cases / CASES), *(r for r in _rows(reference / SAFETY) if not is_held(r["text"]))):
        yield from _of_prompt(row)
    yield from (_benign(row["text"]) for row in _rows(cases / INSTRUCTIONS) if not is_held(row["text"]))
    for row in _rows(cases / ROLES):
        if not is_held(row["text"]):
            yield Example(text=row["text"], injected=False, hard=True)
    for file, fields, most in (*QUESTIONS, *DOCUMENTS):
        texts = ["\n".join(str(row[field]) for field in fields) for row in _rows(reference / file)]
        kept = [text for text in texts if text and not is_held(text)]
        draw.shuffle(kept)
        yield from map(_benign, kept[:most])
    yield from map(_benign, _own_knowledge())


def _of_prompt(row: Mapping[str, Any]) -> Iterator[Example]:
    """The model reads questions only, and only long ones (see `model.windows`): so it learns from those."""
    text, label = row["text"], row["label"]
    if label in ("benign", "responsibility"):
        yield _benign(text)
    long_enough = len(text) >= model.SHORTEST[model.language_of(text)]
    if label not in ("injection", "jailbreak") or row["kind"] == "indirect" or not long_enough:
        return
    if row.get("source") not in MIXED or _noticed_by_rules(text):
        yield Example(text=text, injected=True)


def _noticed_by_rules(text: str) -> bool:
    return detect.worst_window(detect.rule_signals(fold(text), origin="question")).score >= NOTICED


def _own_knowledge() -> Iterator[str]:
    for config in configs():
        knowledge = config.folder / "knowledge"
        for row in _rows(knowledge / "questions.jsonl"):
            yield row["question"]
        for file in sorted(knowledge.glob("*/*")):
            paragraphs = file.read_text(encoding="utf-8").split("\n\n")
            yield from (part for part in paragraphs if len(part) > LEAST_PARAGRAPH)


def _benign(text: str) -> Example:
    return Example(text=text, injected=False)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
