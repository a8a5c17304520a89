"""Numbers that have no shape of their own: the label before them says what they are."""

from __future__ import annotations

import re

from sunmao.guards.personal.pattern import ALONE_AFTER, Pattern

_I = re.IGNORECASE
_TO_VALUE = r"(?:号码|号|编码|ID|No\.?)?[ \t]*(?:为|是|[:=])?\s*"
_EN_TO_VALUE = r"(?: (?:no|number|id|#)\.?)?[ \t]*(?:is|[:=#])?\s*"

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        kind="medical_record",
        regex=re.compile(
            r"(?:病历|住院|门诊|病案|就诊|就诊卡|登记|影像|检查|检验|标本|条码|床位)(?:号码|"
            r"号)(?:为|是)?[ \t]*[:=]?\s*"
            rf"(?P<value>[A-Za-z]{{0,4}}-?\d[\d-]{{3,15}}){ALONE_AFTER}"
        ),
        score=0.9,
        certain=True,
    ),
    Pattern(
        kind="medical_record",
        regex=re.compile(
            r"(?<![A-Za-z])(?:MRN|medical record|patient (?:id|no|number)|chart (?:no|number)|"
            r"case (?:no|number))"
            rf"{_EN_TO_VALUE}(?P<value>[A-Za-z]{{0,4}}-?\d[\d-]{{3,15}}){ALONE_AFTER}",
            _I,
        ),
        score=0.9,
        certain=True,
    ),
    Pattern(
        kind="insurance_number",
        regex=re.compile(
            r"(?:医保|医保卡|医疗保险|社保|社保卡|社会保障|社会保险|参保|保单|保险单|医疗证)"
            rf"(?:卡)?{_TO_VALUE}(?P<value>[A-Za-z]{{0,4}}\d[0-9A-Za-z-]{{6,19}}){ALONE_AFTER}",
            _I,
        ),
        score=0.9,
        certain=True,
    ),
    Pattern(
        kind="insurance_number",
        regex=re.compile(
            r"(?<![A-Za-z])(?:insurance|health plan|member|policy|medicare|medicaid)"
            rf"(?: (?:no|number|id|#)\.?)[ \t]*(?:is|"
            rf"[:=#])?\s*(?P<value>[A-Za-z]{{0,4}}\d[0-9A-Za-z-]{{6,19}}){ALONE_AFTER}",
            _I,
        ),
        score=0.9,
        certain=True,
    ),
)

__all__ = ["PATTERNS"]
