"""Numbers that an authority, a bank or a network gives, each with its shape and its check digit."""

from __future__ import annotations

import re

from sunmao.guards.personal import checksums
from sunmao.guards.personal.pattern import ALONE, ALONE_AFTER, GAP, Pattern

_I = re.IGNORECASE

# What stands before a number that only looks like one of these.
GOODS = re.compile(
    r"(?:订单|单号|运单|工单|流水|成交|交易|合同|编号|条码|追溯码|货号|批次|批号|型号|版本|物料|"
    r"order|tracking|invoice|serial|batch|sku|ref)[^，。；,;\n一-鿿]{0,6}$|"
    r"(?:订单号|编号|流水号|运单号|条码|追溯码|货号|型号|单号)[为是：:\s]*$",
    _I,
)
_CARD = re.compile(r"卡|card|\bcc\b|visa|mastercard|maestro|amex|账号|account", _I)
_PASSPORT = re.compile(r"护照|passport", _I)
_PERMIT = re.compile(r"通行证|回乡证|台胞证|permit", _I)
_SSN = re.compile(r"\bssn\b|social security|社安号", _I)

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        kind="id_card",
        regex=re.compile(rf"{ALONE}[1-9](?:{GAP}\d){{16}}{GAP}[\dXx]{ALONE_AFTER}"),
        score=1.0,
        check=checksums.id_card,
        certain=True,
    ),
    Pattern(
        kind="id_card",
        regex=re.compile(
            rf"(?:身份证|证件)(?:号码|号)?[为是:\s]*(?P<value>[1-9]\d{{14}}(?:\d\d[\dXx])?){ALONE_AFTER}"
        ),
        score=0.7,
        check=checksums.looks_like_id_card,
    ),
    # Cards: in one piece, in groups of four, as American Express groups them, broken by the end of a line.
    *(
        Pattern(
            kind="bank_card",
            regex=re.compile(rf"{ALONE}(?<![0-9][.,]){shape}{ALONE_AFTER}(?!\.\d)"),
            score=0.97,
            check=checksums.bank_card,
            unless=GOODS,
            certain=True,
        )
        for shape in (
            r"\d{14,19}",
            r"\d{4}(?:[ \t.·-]{1,2}\d{4}){3}[ \t.·-]{1,2}\d{3}",
            r"\d{4}(?:[ \t.·-]{1,2}\d{4}){3}",
            r"\d{4}[ -]\d{6}[ -]\d{4,5}",
            r"\d{6}[ -]\d{10,13}",
            r"\d{4,15}[ \t]*\r?\n[ \t]*\d{3,15}",
        )
    ),
    Pattern(
        kind="bank_card",
        regex=re.compile(rf"{ALONE}\d{{12,19}}{ALONE_AFTER}"),
        score=0.9,
        check=checksums.luhn,
        near=_CARD,
        unless=GOODS,
    ),
    Pattern(
        kind="company_code",
        regex=re.compile(
            rf"{ALONE}[0-9ANY](?:{GAP}[0-9A-HJ-NP-RTUW-Y]){{17}}{ALONE_AFTER}",
            _I,
        ),
        score=0.95,
        check=checksums.company_code,
        unless=GOODS,
        certain=True,
    ),
    Pattern(
        kind="passport",
        regex=re.compile(
            rf"{ALONE}(?:[EGDSPKM]\d{{8}}|E[A-HJ-NP-Z]\d{{7}}|[A-Z]{{1,2}}\d{{6,8}}){ALONE_AFTER}", _I
        ),
        score=0.8,
        near=_PASSPORT,
    ),
    Pattern(
        kind="passport",
        regex=re.compile(
            rf"(?:护照(?:号码|号)?|passport(?: (?:no|number))?)[\s:.#为是]*(?P<value>\d{{9}}){ALONE_AFTER}",
            _I,
        ),
        score=0.8,
    ),
    Pattern(
        kind="passport",
        regex=re.compile(rf"{ALONE}(?:[CWHMT][A-Z]?\d{{7,10}}|\d{{8}}){ALONE_AFTER}", _I),
        score=0.8,
        near=_PERMIT,
    ),
    Pattern(
        kind="us_ssn",
        regex=re.compile(
            r"(?<![0-9A-Za-z-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d\d\1(?!0000)\d{4}(?![0-9A-Za-z-])"
        ),
        score=0.85,
        unless=GOODS,
    ),
    Pattern(
        kind="us_ssn",
        regex=re.compile(rf"{ALONE}(?!000|666|9)\d{{9}}{ALONE_AFTER}"),
        score=0.85,
        near=_SSN,
    ),
    Pattern(
        kind="iban",
        regex=re.compile(rf"{ALONE}[A-Z]{{2}}\d\d(?:[ -]?[0-9A-Z]){{11,30}}{ALONE_AFTER}", _I),
        score=0.98,
        check=checksums.iban,
        certain=True,
    ),
    Pattern(
        kind="ip_address",
        regex=re.compile(
            r"(?<![0-9A-Za-z.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![0-9A-Za-z]|\.\d)"
        ),
        score=0.6,
        unless=re.compile(r"版本|version|\bv$|release|第$", _I),
    ),
    Pattern(
        kind="ip_address",
        regex=re.compile(
            r"(?<![0-9A-Za-z:.])(?:(?:[0-9A-F]{1,4}:){7}[0-9A-F]{1,4}"
            r"|(?=[0-9A-F:]*::)(?:[0-9A-F]{1,4}:){1,6}(?::[0-9A-F]{1,4}){1,6})(?![0-9A-Za-z:])",
            _I,
        ),
        score=0.8,
    ),
)

__all__ = ["GOODS", "PATTERNS"]
