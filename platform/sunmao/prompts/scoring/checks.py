"""The checks, one small function each: a share from 0 to 1 and the words that it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sunmao.prompts.scoring.text import Text


@dataclass(frozen=True)
class Found:
    got: float
    words: tuple[str, ...] = ()


Look = Callable[[Text], Found | None]


@dataclass(frozen=True)
class Check:
    name: str
    part: str
    weight: int
    look: Look


def _any(*words: str) -> re.Pattern[str]:
    """English words stand alone, Chinese ones anywhere."""
    parts = [rf"\b{word}\b" if word[0].isascii() and word[0].isalpha() else word for word in words]
    return re.compile("|".join(parts), re.IGNORECASE)


VAGUE = _any(
    "尽量", "适当", "一些", "差不多", "大概", "好一点", "随便", "之类", "等等", "看着办", "合理地?写", "酌情",
    "some", "stuff", "things", "etc", "maybe", "somehow", "a bit", "kind of", "sort of", "nice", "good",
    "as appropriate", "if possible", "various", "whatever", "try to",
)  # fmt: skip
VERBS = _any(
    "请", "回答", "生成", "写出?", "编写", "分析", "审查", "判断", "总结", "提取", "翻译", "列出", "找出",
    "比较", "计算", "解释", "检查", "说明", "诊断", "改写", "分类",
    "answer", "write", "summari[sz]e", "extract", "classify", "translate", "list", "find", "compare",
    "explain", "review", "analy[sz]e", "generate", "produce", "draft", "check", "identify", "diagnose",
    "rewrite", "judge",
)  # fmt: skip
ROLE = re.compile(
    r"你是|作为一?[名位个]|扮演|角色|you are (?:an?|the)\b|act as|your role|^#+ *role|\brole:", re.I | re.M
)
TASK_HEADING = re.compile(r"^#+ *(?:task|任务)|^【任务】", re.IGNORECASE | re.MULTILINE)
FORMAT = re.compile(
    r"格式|JSON|Markdown|表格|列表|分(?:为|成|点)|三部分|一句话|只(?:输出|回答|返回)|用(?:简体)?中文|标题|"
    r"\bformat\b|\btable\b|\bbullet|\blist of\b|\bheadings?\b|\bcolumns?\b|\bone sentence\b|\bone line\b|"
    r"\banswer (?:only|with|in)\b|\breply (?:only|with)\b|\boutput\b",
    re.I,
)
UNKNOWN = re.compile(
    r"(?:不能|无法|没有|查不到|找不到|不知道|不确定|缺少|不足|未提供|没有把握).{0,24}(?:说|写|回答|指出|标|输出|留空|注明|返回)|"
    r"(?:为空|没有|缺失)(?:时|的?话)?.{0,12}(?:返回|输出|写|留空)|"
    r"\b(?:if|when|where|without)\b[^.\n]{0,60}\b(?:not|no|nothing|cannot|can't|unknown|missing|unsure|unclear|empty)"
    r"\b|\bnot found\b|\bdo not guess\b|不(?:要)?猜测",
    re.I,
)
STEPS = re.compile(
    r"^\s*(?:\d+[.)、]|第[一二三四五]步|步骤)|先.{1,40}(?:再|然后|最后)|分步|逐步|首先|"
    r"\bfirst\b.{1,120}\bthen\b|\bstep by step\b|\bsteps\b",
    re.I | re.M | re.S,
)
TONE = re.compile(
    r"语气|口吻|面向|读者|顾客|客户|用户|受众|简洁|礼貌|专业|严谨|通俗|"
    r"\btone\b|\baudience\b|\breaders?\b|\bcustomers?\b|\bclients?\b|\bpolite|\bplain\b|\bformal\b|\bconcise",
    re.I,
)
LENGTH = re.compile(
    r"(?:不超过|至多|最多|少于|以内|控制在|至少)\D{0,6}\d+|\d+\s*(?:到|至|-|~|–)?\s*\d*\s*(?:个)?(?:字|条|句|点|项|段|步)|"
    r"[一二三四五六七八九十]+(?:条|句话|部分|步|点|项)|"
    r"(?:within|at most|no more than|up to|under|fewer than|less than|exactly|maximum of)\s+\w+|"
    r"\b(?:\d+|one|two|three|four|five)\s+(?:to\s+\w+\s+)?(?:words?|sentences?|items?|points?|lines?|bullets?|steps?|paragraphs?)",
    re.I,
)
FORBID = re.compile(
    r"不要|不得|不可|禁止|切勿|不能|不使用|不写|不超|不作|不说|不索要|不承诺|勿|只用|只根据|只能|"
    r"\bdo not\b|\bdon't\b|\bnever\b|\bno\b|\bnot\b|\bavoid\b|\bonly\b|\bmust not\b|\bwithout\b|\brefuse\b",
    re.I,
)
BOUNDARY = re.compile(
    r"只(?:输出|回答|返回|根据|使用|用|给)|仅(?:输出|返回|根据|使用)|不要(?:输出|写)?其他|不加(?:标题|解释)|"
    r"\bonly\b|\bnothing else\b|\bno (?:other|extra|further|headings|explanation)",
    re.I,
)
AS_DATA = re.compile(
    r"只是数据|当作普通文字|不要执行|不是(?:指令|命令)|看作数据|"
    r"\bas data\b|\bis data\b|\bare data\b|\bdata only\b|\bnot (?:to be )?followed\b|\bnot instructions\b|"
    r"<[a-z_]+>|\"\"\"|```",
    re.I,
)
LOCKED = re.compile(
    r"<\|[a-z_]+\|>|\[/?INST\]|<</?SYS>>|\bChatGPT\b|\bGPT-?[0-9][\w.]*|\bClaude\b|\bGemini\b|\bLLaMA\b|文心一言|通义千问|"
    r"\bAs an AI language model\b|DAN mode",
    re.I,
)
JSON_ASKED = re.compile(r"\bJSON\b", re.I)
SHORT_ASKED = re.compile(
    r"简短|简洁|一句话|精炼|\bbrief(?:ly)?\b|\bconcise(?:ly)?\b|\bone sentence\b|\bshort\b", re.I
)
LONG_ASKED = re.compile(
    r"详细|尽可能全面|长篇|详尽|\bdetailed\b|\bin (?:great |full )?detail\b|\bexhaustive|"
    r"\bas long as possible\b",
    re.I,
)
ONLY_JSON = re.compile(
    r"只(?:输出|返回|回答)[^。\n]{0,12}JSON|"
    r"\b(?:only|just) (?:valid )?JSON|JSON (?:object )?and nothing else",
    re.I,
)
OTHER_FORM = re.compile(r"Markdown|表格|\btable\b|\bbullet", re.I)
LONG_INPUTS = (
    "passages",
    "document",
    "contract",
    "text",
    "report",
    "data",
    "findings",
    "question",
    "content",
    "code",
)


def _task(text: Text) -> Found:
    if text.prompt.section("task"):
        return Found(1.0)
    head = " ".join(text.sentences[:4])
    return Found(1.0 if VERBS.search(head) else 0.4 if text.has(VERBS) else 0.0)


def _vague(text: Text) -> Found:
    words = text.found(VAGUE)
    return Found(max(0.0, 1 - 0.25 * len(words)), tuple(words))


def _sentences(text: Text) -> Found | None:
    if not text.sentences:
        return None
    long = [one for one in text.sentences if _words(one) > 40]
    return Found(1 - len(long) / len(text.sentences), tuple(one[:60] for one in long))


def _words(sentence: str) -> int:
    han = len(re.findall(r"[\u3400-\u9fff]", sentence))
    return han * 6 // 10 + len(re.findall(r"[A-Za-z]+", sentence))


def _structure(text: Text) -> Found | None:
    if text.length < 40:
        return None
    marks = re.findall(r"^\s*(?:#{1,4} |[-*] |\d+[.)、]|【)", text.said, re.M)
    return Found(min(1.0, len(marks) / 3))


def _consistent(text: Text) -> Found:
    clashes = list(_clashes(text))
    return Found(max(0.0, 1 - 0.5 * len(clashes)), tuple(word for pair in clashes for word in pair))


def _clashes(text: Text) -> Iterator[tuple[str, str]]:
    for one, other in ((SHORT_ASKED, LONG_ASKED), (ONLY_JSON, OTHER_FORM)):
        a, b = text.found(one), text.found(other)
        if a and b:
            yield a[0], b[0]
    bounds = {
        (match[2], match[1]): match[0]
        for match in re.finditer(
            r"(?:不超过|at most|within)\s*(\d+)\s*(字|words?|句|sentences?)", text.said, re.I
        )
    }
    for unit in {unit for unit, _number in bounds}:
        said = [words for (name, _number), words in bounds.items() if name == unit]
        if len(said) > 1:
            yield said[0], said[1]


def _role(text: Text) -> Found:
    return Found(1.0 if text.prompt.section("role") or text.has(ROLE) else 0.0)


def _says_task(text: Text) -> Found:
    """Under its own name, or as a demand that begins a line; those of a list only say how."""
    if text.prompt.section("task") or text.has(TASK_HEADING):
        return Found(1.0)
    lines = [one.strip() for one in text.said.split("\n")]
    demands = [one for one in lines if VERBS.match(one) or re.search(r"[。.!?！？,，:：] *$", one)]
    said = any(
        VERBS.search(sentence)
        for one in demands
        if not one.startswith(("-", "*", "#"))
        for sentence in [one[:60]]
    )
    return Found(1.0 if said else 0.0)


def _inputs(text: Text) -> Found:
    """Whether what is filled in is set apart: a heading, a mark or a colon just before it."""
    places = [match.start() for match in re.finditer(r"\{\{", text.prompt.template)]
    if not places:
        return Found(0.5)
    apart = sum(_set_apart(text.prompt.template[:at]) for at in places)
    return Found(apart / len(places))


def _set_apart(before: str) -> bool:
    line = before.rsplit("\n", 1)[-1].strip()
    if line:
        return bool(re.search(r"[:：>\"“【（(]\s*$|[:：]", line)) or len(line) < 40
    above = [one for one in before.strip().split("\n")[-6:] if one.strip()]
    return any(re.match(r"#|【|<|\"\"\"|```|.{0,80}[:：。.]$", one.strip()) for one in above)


def _says_format(text: Text) -> Found:
    if text.prompt.section("format") or text.prompt.front.get("schema"):
        return Found(1.0)
    return Found(1.0 if text.has(FORMAT) else 0.0)


def _constraints(text: Text) -> Found:
    count = len(text.prompt.constraints) or len(re.findall(r"^\s*(?:[-*]|\d+[.)、]) ", text.said, re.M))
    return Found(min(1.0, count / 3))


def _unknown(text: Text) -> Found:
    return Found(1.0 if text.has(UNKNOWN) else 0.0)


def _examples(text: Text) -> Found:
    shown = len(re.findall(r"示例|例如|比如|\bfor example\b|\be\.g\.|\bexample\b|预期输出", text.said, re.I))
    count = len(text.prompt.examples) or min(shown, 2) * 0.75
    return Found(min(1.0, (0, 0.6, 1.0)[min(2, int(count))] if text.prompt.examples else count * 0.6))


def _steps(text: Text) -> Found:
    thinking = {"chain_of_thought", "tree_of_thought", "self_consistency"}
    if any(step.name in thinking for step in text.prompt.strategy):
        return Found(1.0)
    marks = len(re.findall(r"^\s*[-*] ", text.said, re.M))
    return Found(1.0 if text.has(STEPS) else 0.6 if marks >= 3 else 0.0)


def _described(text: Text) -> Found | None:
    if not text.prompt.declared:
        return None
    known = [one for one in text.prompt.declared if one.description or _labelled(text, one.name)]
    missing = tuple(one.name for one in text.prompt.declared if one not in known)
    return Found(len(known) / len(text.prompt.declared), missing)


def _labelled(text: Text, name: str) -> bool:
    match = re.search(r"\{\{\s*" + re.escape(name) + r"\s*\}\}", text.prompt.template)
    return bool(match) and _set_apart(text.prompt.template[: match.start()] if match else "")


def _tone(text: Text) -> Found:
    return Found(1.0 if text.has(TONE) else 0.0)


def _length(text: Text) -> Found:
    return Found(1.0 if text.prompt.front.get("schema") or text.has(LENGTH) or text.has(ONLY_JSON) else 0.0)


def _forbids(text: Text) -> Found:
    words = text.found(FORBID)
    return Found(min(1.0, len(words) / 2))


def _boundary(text: Text) -> Found:
    return Found(1.0 if text.has(BOUNDARY) else 0.0)


def _as_data(text: Text) -> Found | None:
    long = [name for name in text.prompt.variables if any(word in name for word in LONG_INPUTS)]
    if not long:
        return None
    return Found(1.0 if text.has(AS_DATA) else 0.0, tuple(long) if not text.has(AS_DATA) else ())


def _locked(text: Text) -> Found:
    words = text.found(LOCKED)
    return Found(0.0 if words else 1.0, tuple(words))


def _short_enough(text: Text) -> Found:
    return Found(1.0 if text.length <= 900 else 0.5 if text.length <= 2_000 else 0.0)


def _one_language(text: Text) -> Found:
    share = text.chinese_share if text.is_chinese else 1 - text.chinese_share
    return Found(1.0 if share >= 0.8 else max(0.0, share / 0.8))


def _json_shown(text: Text) -> Found | None:
    if not text.has(JSON_ASKED) or "code" in text.prompt.variables:
        return None
    shown = text.prompt.front.get("schema") or re.search(r"\{[^{}]*[\"“]\w+[\"”]\s*:", text.prompt.template)
    return Found(1.0 if shown else 0.0)


def _structured(text: Text) -> Found:
    parts = sum(bool(text.prompt.section(name)) for name in ("role", "task", "constraints", "format"))
    headings = len(re.findall(r"^#{1,4} |^【", text.said, re.M))
    return Found(min(1.0, max(parts, headings) / 3))


CHECKS = (
    Check("task_first", "clarity", 3, _task),
    Check("no_vague_words", "clarity", 2, _vague),
    Check("short_sentences", "clarity", 1, _sentences),
    Check("visible_structure", "clarity", 2, _structure),
    Check("no_contradiction", "clarity", 2, _consistent),
    Check("role", "completeness", 1, _role),
    Check("task", "completeness", 2, _says_task),
    Check("inputs_set_apart", "completeness", 2, _inputs),
    Check("format", "completeness", 2, _says_format),
    Check("constraints", "completeness", 1, _constraints),
    Check("unknown_case", "completeness", 2, _unknown),
    Check("examples", "guidance", 3, _examples),
    Check("steps", "guidance", 2, _steps),
    Check("variables_described", "guidance", 1, _described),
    Check("tone", "guidance", 1, _tone),
    Check("length_bound", "constraining", 2, _length),
    Check("forbidden", "constraining", 2, _forbids),
    Check("boundary", "constraining", 1, _boundary),
    Check("inputs_are_data", "constraining", 2, _as_data),
    Check("no_model_names", "adaptability", 2, _locked),
    Check("fits_small_context", "adaptability", 1, _short_enough),
    Check("one_language", "adaptability", 1, _one_language),
    Check("json_shown", "adaptability", 1, _json_shown),
    Check("named_parts", "adaptability", 1, _structured),
)

__all__ = ["CHECKS", "Check", "Found"]
