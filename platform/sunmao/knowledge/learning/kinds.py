"""What kind of thing is asked for, and what kind of thing a passage begins with.

Entries on one subject (its causes, its signs, its treatment) share nearly all their words; what tells them
apart is which of these a question wants. The groups are general: they name no field.
"""

from __future__ import annotations

import re

_GROUPS: tuple[tuple[str, str], ...] = (
    ("definition", r"what (?:is|are)\b|meaning|defin|overview|是什么|什么是|什么意思|定义|指什么|概念"),
    ("cause", r"\bcaus|why\b|reason|due to|原因|为什么|为何|引起|导致|病因"),
    ("sign", r"symptom|sign\b|signs|feature|look like|症状|表现|特征|征兆|迹象"),
    ("treatment", r"treat|therap|medicat|cure|surgery|治疗|怎么治|疗法|用药|手术|吃什么药"),
    ("detection", r"diagnos|test(?:s|ed|ing)?\b|exam|screen|detect|诊断|检查|化验|检测|确诊"),
    ("prevention", r"prevent|avoid|protect against|预防|避免|防止"),
    ("risk", r"\brisk|susceptib|who is|likely to get|affected|how many people|风险|易患|高危|多少人"),
    ("outcome", r"outlook|prognos|expect|surviv|complicat|后果|预后|并发|危害|影响|严重吗"),
    ("inheritance", r"inherit|genetic|gene\b|genes|hereditary|遗传|基因"),
    ("research", r"research|trial|clinical stud|研究|试验"),
    ("stage", r"\bstage|phase|分期|阶段"),
    ("time", r"how long|when\b|deadline|period|within \d|多久|多长时间|什么时候|何时|期限|几天|时效"),
    ("place", r"where\b|address|located|哪里|在哪|何处|地点|哪个法院|管辖"),
    ("amount", r"how much|how many|cost|price|fee\b|fees|percent|多少|费用|价格|几成|比例|金额|赔多少"),
    ("manner", r"how (?:do|can|to|should)|steps|procedure|怎么|如何|怎样|流程|步骤|手续"),
    ("person", r"who\b|whose|谁|什么人|何人"),
    ("permission", r"\bcan\b|may\b|allowed|permit|可以吗|能否|可否|是否可以|能不能|是否合法|合法吗|允许"),
    ("liability", r"liab|responsib|penalt|punish|fine\b|责任|处罚|罚款|赔偿|承担|违法|犯罪"),
    ("contact", r"contact|phone|e-?mail|support group|organization|联系|电话|客服"),
    ("food", r"\bdiet|eat\b|nutrition|food|饮食|吃什么|能吃|忌口|营养"),
)
_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _GROUPS)
NONE = 0
COUNT = len(_GROUPS) + 1


def kinds(text: str) -> frozenset[int]:
    """The groups whose words stand in `text`, as numbers from 1."""
    return frozenset(place for place, (_, pattern) in enumerate(_PATTERNS, start=1) if pattern.search(text))


def first_kind(text: str) -> int:
    """The group whose word comes first; 0 when none stands in `text`."""
    found = [(match.start(), place) for place, (_, p) in enumerate(_PATTERNS, 1) if (match := p.search(text))]
    return min(found)[1] if found else NONE


__all__ = ["COUNT", "NONE", "first_kind", "kinds"]
