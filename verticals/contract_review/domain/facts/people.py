"""Parties, their codes and addresses, and who signs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verticals.contract_review.domain.shapes import Party, Quoted, Span

ROLES = {
    "buyer": "买方|买受人|需方|采购方|采购人|购买方|收购方|订货方",
    "seller": "卖方|出卖人|供方|供货方|供货商|供应商|供应方|销售方",
    "landlord": "出租方|出租人|房东|业主",
    "tenant": "承租方|承租人|租户|租客",
    "employer": "用人单位|雇主|聘用方|公司",
    "employee": "劳动者|员工|雇员|受聘方|骑手|职工",
    "client": "委托方|委托人|定作人|发包方|发包人|客户|招标方|招标人|付款人|建设方|建设单位|总包方|商户",
    "provider": "受托方|受托人|承揽人|承包方|承包人|服务商|服务方|开发方|施工方|代理人|分包方|分包人|"
    "承运人|运营方|平台|顾问|主办方|设计方|中介方|定作方",
    "discloser": "披露方|信息提供方",
    "recipient": "接收方|接受方|信息接收方",
    "lender": "出借人|出借方|贷款人|债权人",
    "borrower": "借款人|借款方|债务人",
    "guarantor": "保证人|担保人|抵押人|出质人",
}
LABEL = r"甲\s?方|乙\s?方|丙\s?方|丁\s?方|" + "|".join(ROLES.values())
_PARTY = re.compile(
    rf"(?P<label>{LABEL}|[一-鿿]{{2,6}}(?=\s?\([甲乙丙]\s?方\)\s?:))"
    r"\s?(?:\((?P<role>[^()\n]{0,20})\))?\s?(?:名称|姓名)?\s?:[ \t]*"
    rf"(?P<name>[^\n,。;(:]*?)(?=\s+(?:{LABEL})\s?[(:]|[\n,。;(]|\s*$|\s{{1,}}(?:签|盖|法定|统一|地址|日期))",
)
_CODE = re.compile(r"(?<![0-9A-Z])([0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-Z]{10})(?![0-9A-Z])")
_ADDRESS = re.compile(r"(?:住所地?|(?:注册|通讯|联系|经营|办公)?地址|住址)\s?[:为]\s?([^\n,。;)]{2,60})")
_SIGN = re.compile(
    rf"(?:{LABEL})\s?(?:\([^()\n]{{0,20}}\))?\s?(?:\((?:盖章|签章|公章|章|签字|签名|签字/盖章)[^()]{{0,6}}\)|(?:盖章|签章|签字|签名))?\s?:\s?[^\n]*"
)
SIGN_WORDS = re.compile(r"盖章|签章|公章|签字|签名|\(章\)|印章|签署栏")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code_valid(code: str) -> bool:
    """The check character of GB 32100."""
    try:
        total = sum(_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(code[:17]))
        return len(code) == 18 and _ALPHABET[(31 - total % 31) % 31] == code[17]
    except ValueError:
        return False


def role_of(words: str) -> str:
    """The role that a label or a bracket behind it names."""
    return next((role for role, forms in ROLES.items() if re.search(forms, words)), "")


def parties(plain: str) -> tuple[Party, ...]:
    """The party blocks at the head of a contract: the first block of each label."""
    heads = [match for match in _PARTY.finditer(plain) if not SIGN_WORDS.search(match["role"] or "")]
    seen: dict[str, Party] = {}
    for index, match in enumerate(heads):
        label = _label_of(match["label"], match["role"] or "")
        own = match.start() == 0 or plain[match.start() - 1] in "\n ,。;)" or index
        if label in seen or not own:
            continue
        end = heads[index + 1].start() if index + 1 < len(heads) else match.end() + 240
        block = _block(plain[match.end() : min(end, match.end() + 240)])
        code = _CODE.search(block, max(0, block.find("代码")))
        code = code if code and "代码" in block[max(0, code.start() - 10) : code.start()] else None
        address = _ADDRESS.search(block)
        seen[label] = Party(
            label=label,
            role=role_of(match["label"]) or role_of(match["role"] or "") or role_of(label),
            name=match["name"].strip(),
            credit_code=code[1] if code else "",
            credit_code_valid=credit_code_valid(code[1]) if code else None,
            address=address[1].strip() if address else "",
            span=Span(start=match.start(), end=match.end()),
        )
    for party in _called(plain):
        known = seen.get(party.label)
        others = {one.name for one in seen.values() if one.span.start < party.span.end + 240}
        if party.name not in others and (not known or known.span.start > party.span.end + 240):
            seen[party.label] = party
    return tuple(seen.values())


_CALLED = re.compile(
    r"(?P<name>[一-鿿()A-Za-z·]{2,40}?(?:公司|合作社|事务所|研究院|研究所|医院|学校|学院|大学|中心|工厂|商行|经营部))"
    rf"(?P<block>[^\n;]{{0,240}}?)\((?:以下|下)?(?:简)?称(?:为)?[“\"‘]?(?P<label>{LABEL})[”\"’]?\)"
)


def _called(plain: str) -> Iterator[Party]:
    """Parties that a sentence names first and calls by a label afterwards: 甲公司…(下称“甲方”)."""
    for match in _CALLED.finditer(_block(plain)):
        name = re.sub(r"^[()和与及]+", "", match["name"]).strip()
        code, address = _CODE.search(match["block"]), _ADDRESS.search(match["block"])
        label = re.sub(r"\s", "", match["label"])
        yield Party(
            label=label,
            role=role_of(label),
            name=name,
            credit_code=code[1] if code else "",
            credit_code_valid=credit_code_valid(code[1]) if code else None,
            address=address[1].strip() if address else "",
            span=Span(start=match.start("name"), end=match.end("name")),
        )


def _label_of(word: str, bracket: str) -> str:
    """甲方 of "供方（甲方）" and of "甲方（供方）": the contract speaks of the party by that."""
    ab = re.search(r"[甲乙丙丁]\s?方", word) or re.search(r"[甲乙丙丁]\s?方", bracket)
    return re.sub(r"\s", "", ab[0] if ab else word)


def _block(text: str) -> str:
    """A party's lines up to the first numbered clause."""
    return re.split(r"\n\s*(?:第[一二三四五六七八九十\d]+条|[一二三四五六七八九十]+、|鉴于|\d+[.、])", text)[
        0
    ]


def signatories(plain: str) -> tuple[Quoted, ...]:
    """The signature lines."""
    found = [match for match in _SIGN.finditer(plain) if SIGN_WORDS.search(match[0])]
    return tuple(
        Quoted(text=one[0].strip(), kind="signature", span=Span(start=one.start(), end=one.end()))
        for one in found
    )
