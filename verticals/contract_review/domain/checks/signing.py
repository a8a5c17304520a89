"""The end of a contract: whether each party of its head signs there, by its own name and through somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from verticals.contract_review.domain.case import Case, Hit
from verticals.contract_review.domain.facts.people import LABEL

FIRM = (
    r"[一-鿿()A-Za-z·]{2,40}?(?:有限责任公司|股份有限公司|有限公司|集团公司|分公司|公司|合作社|事务所|研究院|研究所|"
    r"医院|学校|学院|大学|幼儿园|中心|工厂|商行|经营部|营业部)(?![一-鿿])"
)
_FIRM = re.compile(FIRM)
_SEALS = re.compile(r"盖章|签章|公章|印章|\(章\)|签[字名署约]|(?:代表人?|负责人|经办人|代理人)\s?[:(]")
_SIGNS = re.compile(
    r"(?:代表人?|负责人|经办人|代理人|签字|签名|签署人|姓名)(?:\([^()\n]{0,12}\))?"
    r"[^:\n]{0,10}:[ \t]?[一-鿿A-Za-z·]{2,}"
)
_TO_WRITE = re.compile(r"_{2,}|【|[XＸ×]{2,}|\(\s*\)")
_LINES, _LONGEST_LINE = 40, 90


def signed_by_all(case: Case, head_end: int) -> Iterator[Hit]:
    """A party that is missing at the end, signs under another name, or, alone among them, through nobody."""
    names = {one.label: one.name for one in case.facts.parties if one.name and one.span.start < head_end}
    found = _block(case, head_end) if case.whole and len(names) >= 2 else None
    if not found:
        return
    start, lines = found
    own = {label: "\n".join(part) for label, part in _parts(lines, names).items()}
    strange = _stranger("\n".join(lines), names)
    absent = [label for label in names if not own.get(label)]
    span = ((start, start + len(lines[0].rstrip())),)
    if absent and len(absent) < len(names) and not strange:
        yield _told(span, f"签署页没有{absent[0]}", f"{absent[0]} does not stand among those who sign")
    elif strange and (absent or any(names[label] not in part for label, part in own.items())):
        at = case.text.find(strange, start)
        place = ((at, at + len(strange)),) if at >= 0 else span
        yield _told(
            place, f"签署页的“{strange}”不是首部的任何一方", f"{strange}, who signs, is not at the head"
        )
    elif not absent:
        yield from _through_nobody(case, start, own)


def _through_nobody(case: Case, start: int, own: Mapping[str, str]) -> Iterator[Hit]:
    signs = {label: bool(_SIGNS.search(part)) for label, part in own.items() if _FIRM.search(part)}
    if len(signs) < 2 or all(signs.values()) or not any(signs.values()):
        return
    bare = next(label for label, named in signs.items() if not named)
    if _TO_WRITE.search(own[bare]):
        return  # lines to write on are the matter of whoever signs
    at = case.text.find(own[bare].split("\n")[0], start)
    first = own[bare].split("\n")[0]
    yield _told(
        ((max(at, start), max(at, start) + len(first)),),
        f"签署页{bare}没有写明代表人",
        f"{bare} names nobody who signs",
    )


def _block(case: Case, head_end: int) -> tuple[int, list[str]] | None:
    """Where the lines of signature begin, and they, up to the annexes."""
    places, at = [], 0
    for line in case.text.split("\n"):
        places.append((at, line))
        at += len(line) + 1
    last = [one for one in places if one[0] >= head_end][-_LINES:]
    first = next((index for index, (_, line) in enumerate(last) if _is_signing(line)), None)
    if first is None:
        return None
    if first and not _SEALS.search(last[first][1].split("(")[0]) and _names_somebody(last[first - 1][1]):
        first -= 1  # the name stands in the line above the seal
    lines = []
    for _, line in last[first:]:
        if re.match(r"\s*附[件表录]", line):
            break
        lines.append(line)
    return last[first][0], lines


def _is_signing(line: str) -> bool:
    words = line.strip()
    return bool(_SEALS.search(words)) and len(words) <= _LONGEST_LINE and not words.endswith(("。", ";", ","))


def _names_somebody(line: str) -> bool:
    return len(line.strip()) <= _LONGEST_LINE and bool(
        _FIRM.search(line) or re.match(rf"\s*(?:{LABEL})\s?[:(]", line)
    )


def _parts(lines: list[str], names: Mapping[str, str]) -> dict[str, list[str]]:
    """The lines of each party, from its own on to the next one's; of two columns the left comes first."""
    found: dict[str, list[str]] = {}
    current = ""
    for column in _columns(lines):
        for line in column:
            current = next((label for label in names if _is_of(label, names[label], line)), current)
            if current and line.strip():
                found.setdefault(current, []).append(line.strip())
    return found


def _is_of(label: str, name: str, line: str) -> bool:
    spaced = r"\s?".join(label)
    if re.match(rf"\s*(?:[^\n:(]{{0,6}}\()?{spaced}", line):
        return True
    signs = re.search(rf"(?:代表人?|负责人|经办人|代理人)[^:\n]{{0,12}}:\s?{re.escape(name)}", line)
    return name in line and not signs


_NEXT = re.compile(
    rf"[ \t　]+"
    rf"(?=(?:{LABEL})\s?[(:盖签]|(?:法定代表人|授权代表|委托代理人|代表人?|负责人|经办人)\s?[(:签]|(?:签[署订约])?日期\s?:|\d{{4}}\s?年)"
)


def _columns(lines: list[str]) -> tuple[list[str], ...]:
    """Two parties in one line sign side by side: the left halves, then the right ones."""
    if not any(len(re.findall(rf"(?:^|\s)(?:{LABEL})\s?[(:盖签]", line)) > 1 for line in lines):
        return (lines,)
    halves = [_NEXT.split(line.strip(), maxsplit=1) for line in lines]
    return [one[0] for one in halves], [one[1] for one in halves if len(one) > 1]


def _stranger(text: str, names: Mapping[str, str]) -> str:
    """A firm in the signature lines that no name of the head agrees with."""
    bare = re.sub(r"(?:开户(?:银)?行|开户|账户|户名|银行)[^\n]*", "", text)
    for match in _FIRM.finditer(bare):
        firm = re.sub(r"^.*[)(:]", "", match[0]).strip()
        alike = any(firm in name or name in firm for name in names.values())
        if len(firm) > 4 and not alike and "银行" not in firm:
            return firm
    return ""


def _told(spans: tuple[tuple[int, int], ...], zh: str, en: str) -> Hit:
    return Hit(spans=spans, fill={"detail_zh": zh, "detail_en": en})
