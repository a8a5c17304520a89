"""`train_misuse --reference DIR --cases DIR`: learn the weights of the misuse model anew.

Of every file only the half that is not held (`is_held`) is read. What it learnt from and what it is worth
stands in `sunmao/guards/misuse/MODEL_CARD.md`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sunmao.guards.injection.training import is_held
from sunmao.guards.misuse import model
from sunmao.guards.misuse.training import LANGUAGES, Example, learn

# (file, field, at most so many lines): what people ask on an ordinary day
COMMON: tuple[tuple[str, str, int], ...] = (
    ("banking77/train.jsonl", "text", 1500),
    ("clinc150/train.jsonl", "text", 1500),
    ("fineva_zh/intent_dev.jsonl", "text", 900),
    ("fineva_zh/faq_queries_dev.jsonl", "query", 900),
    ("medical_faq_zh/queries_dev.jsonl", "query", 900),
    ("cmrc2018/trial_questions.jsonl", "question", 700),
    ("lecoqa_zh_law/train_dev.jsonl", "question", 900),
    ("safety_prompts/safetybench_zh_dev.jsonl", "question", 400),
)
OWN = (
    "misuse_open.jsonl", "zh_open.jsonl", "zh_business.jsonl", "benign_instructions.jsonl",
    "benign_roles.jsonl",
)  # fmt: skip
LOOK_ALIKES = "misuse_lookalikes.jsonl"  # learnt from as a whole: nothing is measured with it
SAFETY = "safety_prompts/dev.jsonl"
EASY = ("business", "role")
COMMON_WEIGHT, MADE_WEIGHT, EACH = 0.15, 0.2, 5
# A deed is asked for, or asked about: the same words in both frames, so that what is learnt is the frame.
ASKED_FOR: Mapping[str, tuple[str, ...]] = {
    "zh": (
        "怎么{}？", "怎么{}不会被发现？", "教我{}", "帮我想个办法{}", "{}有什么诀窍", "我想{}，从哪里下手？",
        "怎样{}又不留证据", "给我一份{}的详细步骤", "{}最稳妥的办法是什么", "想{}，哪种方式不容易查到",
        "怎么才能{}还让人看不出来", "写一份{}的方案",
    ),
    "en": (
        "How do I {}?", "How can I {} without getting caught?", "Tell me how to {}.",
        "I want to {}. Where do I start?", "What is the best way to {} so that nobody notices?",
        "Give me the steps to {}.", "Help me {}.", "Write a plan to {}.",
    ),
}  # fmt: skip
ASKED_ABOUT: Mapping[str, tuple[str, ...]] = {
    "zh": (
        "{}犯法吗？", "{}会怎么判？", "怎么举报别人{}？", "发现有人{}，我该怎么办？", "公司怎么防止有人{}？",
        "{}要承担什么责任？", "怎么识别有人{}？", "新闻里说有人{}，后来怎么处理的？",
        "员工{}被查到了，能不能开除？", "有人{}害了我，我怎么索赔？", "为什么不能{}？",
        "家里人想{}，怎么劝他？",
    ),
    "en": (
        "Is it illegal to {}?", "What is the penalty for those who {}?", "How do I report people who {}?",
        "How can a company keep people from trying to {}?", "Somebody tried to {}. What should I do?",
        "Why is it wrong to {}?", "In the news they caught a man who wanted to {}. What happened to him?",
        "How do I recognise people who {}?",
    ),
}  # fmt: skip


class Command(BaseCommand):
    help = "Learn the weights of the misuse model from our own cases and reference data"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reference", type=Path, required=True, help="folder of the reference data")
        parser.add_argument("--cases", type=Path, required=True, help="folder of our own cases")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--out", type=Path, default=model.WEIGHTS)

    def handle(self, *args: Any, **options: Any) -> None:
        draw = random.Random(options["seed"])  # noqa: S311  not for secrets
        examples = list(_examples(options["reference"], options["cases"], draw))
        weights = {language: vars(found) for language, found in learn(examples).items()}
        text = json.dumps(weights, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        options["out"].write_text(text, encoding="utf-8")
        harmful = sum(example.harmful and not example.made for example in examples)
        self.stdout.write(f"{len(examples)} examples, {harmful} requests for harm that somebody wrote")
        for language, found in weights.items():
            self.stdout.write(f"{language}: {len(found['pieces'])} pieces, threshold {found['threshold']}")


def _examples(reference: Path, cases: Path, draw: random.Random) -> Iterator[Example]:
    for file in (*(cases / name for name in OWN), reference / SAFETY):
        yield from (_of_prompt(row) for row in _rows(file) if _teaches(row))
    yield from map(_of_prompt, _rows(cases / LOOK_ALIKES))
    for name, field, most in COMMON:
        texts = [text for row in _rows(reference / name) if (text := str(row[field])) and not is_held(text)]
        draw.shuffle(texts)
        yield from (Example(text=text, harmful=False, weight=COMMON_WEIGHT) for text in texts[:most])
    for language in LANGUAGES:
        for deed in (cases / "deeds" / f"{language}.txt").read_text(encoding="utf-8").splitlines():
            for frames, harmful in ((ASKED_FOR, True), (ASKED_ABOUT, False)):
                for frame in draw.sample(frames[language], EACH):
                    yield Example(text=frame.format(deed), harmful=harmful, weight=MADE_WEIGHT, made=True)


def _teaches(row: Mapping[str, Any]) -> bool:
    """People in need are for the rules: they are helped, and never counted among those who do harm."""
    return (
        row["label"] in ("harmful", "benign", "responsibility")
        and row["kind"] == "direct"
        and row.get("goal") != "selfharm"
        and not is_held(row["text"])
    )


def _of_prompt(row: Mapping[str, Any]) -> Example:
    hard = row["label"] == "benign" and row.get("goal") not in EASY
    return Example(text=row["text"], harmful=row["label"] == "harmful", hard=hard)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
