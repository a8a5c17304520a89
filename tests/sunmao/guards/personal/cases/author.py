"""Makes `zh.dev.jsonl` and `zh.held.jsonl` from `zh.txt`; run it as a module.

The sentences were written, and the halves drawn, before there was any recogniser. Numbers are drawn with a
fixed seed and satisfy their check digits; they belong to nobody known to us.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
SEED = 20_261_122
MARKUP = re.compile(r"\[\[(?P<literal>\w+):(?P<text>[^\]]+)\]\]|\{(?P<kind>\w+)(?:\|(?P<style>\w+))?\}")
FULL_WIDTH = {ord(narrow): ord(narrow) + 0xFEE0 for narrow in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
KIND = {
    "id": "id_card", "mobile": "phone", "landline": "phone", "bank": "bank_card", "uscc": "company_code",
    "permit": "passport", "taiwan": "passport", "record": "medical_record", "insurance": "insurance_number",
    "policy": "insurance_number", "ip": "ip_address",
}  # fmt: skip
AREAS = ("110105", "310115", "330106", "440305", "510107", "420111", "350203", "610113", "370202", "130102")
USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(count))


def grouped(text: str, sizes: tuple[int, ...], gap: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return gap.join([*parts, text[at:]]).strip(gap)


def id_card(dice: random.Random, style: str) -> str:
    day = f"{dice.randint(1945, 2021)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}"
    body = dice.choice(AREAS) + day + digits(dice, 3)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    if style == "lower":  # one that ends in X
        while _check(body, weights) != "X":
            body = body[:14] + digits(dice, 3)
        return body + "x"
    return _spaced(body + _check(body, weights), style, (6, 8))


def _check(body: str, weights: tuple[int, ...]) -> str:
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def _spaced(text: str, style: str, sizes: tuple[int, ...]) -> str:
    return {
        "sp": lambda: grouped(text, sizes, " "),
        "dash": lambda: grouped(text, sizes, "-"),
        "dot": lambda: grouped(text, sizes, "."),
        "fw": lambda: text.translate(FULL_WIDTH),
        "nl": lambda: grouped(text, (sum(sizes[:2]),), "\n"),
    }.get(style, lambda: text)()


def mobile(dice: random.Random, style: str) -> str:
    number = "1" + dice.choice("3456789") + digits(dice, 9)
    prefixed = {"plus": f"+86 {number}", "86": f"86-{number}", "paren": f"(+86){number}"}
    return prefixed.get(style) or _spaced(number, style, (3, 4))


def landline(dice: random.Random, style: str) -> str:
    area, number = (
        dice.choice(("010", "021", "0571", "0755", "028")),
        dice.choice("2345678") + digits(dice, 7),
    )
    styles = {"ext": f"{area}-{number}-{digits(dice, 3)}", "paren": f"({area}){number[:4]} {number[4:]}"}
    return styles.get(style, f"{area}-{number}")


def bank(dice: random.Random, style: str) -> str:
    length, prefix = {"visa": (16, "4"), "19": (19, "6222")}.get(
        style, (dice.choice((16, 19)), dice.choice(("6222", "6217", "6228")))
    )
    body = prefix + digits(dice, length - len(prefix) - 1)
    total = sum(_doubled(int(d)) if i % 2 == 0 else int(d) for i, d in enumerate(reversed(body)))
    number = body + str(-total % 10)
    return _spaced(number, style, (8, 4) if style == "nl" else (4, 4, 4, 4))


def _doubled(digit: int) -> int:
    return digit * 2 - 9 if digit > 4 else digit * 2


def uscc(dice: random.Random, style: str) -> str:
    body = "91" + dice.choice(AREAS) + "MA" + "".join(dice.choice(USCC) for _ in range(7))
    total = sum(USCC.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    code = body + USCC[-total % 31]
    return code.lower() if style == "lower" else _spaced(code, style, (4, 4, 4, 4))


def passport(dice: random.Random, style: str) -> str:
    number = ("EA" if style == "new" else dice.choice("EG")) + digits(dice, 7 if style == "new" else 8)
    return {"context": f"护照号码：{number}", "ctxafter": f"{number}（护照）"}.get(style, number)


def permit(dice: random.Random, style: str) -> str:
    return "H" + digits(dice, 10) if style == "hk" else "C" + digits(dice, 8)


def taiwan(dice: random.Random, style: str) -> str:
    return digits(dice, 8)


def plate(dice: random.Random, style: str) -> str:
    head = dice.choice("京沪粤浙苏川鄂") + dice.choice("ABCDEF")
    tail = dice.choice("ABCDEFGHJK") + digits(dice, 4)
    return {
        "green": head + dice.choice("DF") + digits(dice, 5),
        "dot": f"{head}·{tail}",
        "sp": f"{head} {tail}",
        "fw": (head + tail).translate(FULL_WIDTH),
        "suffix": head + digits(dice, 4) + "学",
    }.get(style, head + tail)


def email(dice: random.Random, style: str) -> str:
    name = dice.choice(("zhang.wei", "lilei_88", "wangfang1990", "chen-yu", "sunny.liu", "hao2024"))
    host = dice.choice(("example.com", "mail.example.cn", "example.org"))
    return {
        "upper": f"{name}@{host}".upper(),
        "adj": f"{digits(dice, 9)}@qq.example.com",
        "sub": f"{name}+hetong@cg.{host}",
    }.get(style, f"{name}@{host}")


def record(dice: random.Random, style: str) -> str:
    number = digits(dice, 8)
    return {
        "letters": dice.choice(("ZY", "MZ", "CT", "B")) + number,
        "dash": f"{number[:4]}-{number[4:]}",
        "fw": number.translate(FULL_WIDTH),
    }.get(style, "00" + number)


def insurance(dice: random.Random, style: str) -> str:
    return ("A" if style == "letters" else "3301") + digits(dice, 8)


def policy(dice: random.Random, style: str) -> str:
    return "P" + digits(dice, 12)


def ip(dice: random.Random, style: str) -> str:
    return ".".join(str(dice.randint(11, 223)) for _ in range(4))


MAKERS: dict[str, Callable[[random.Random, str], str]] = {
    "id": id_card, "mobile": mobile, "landline": landline, "bank": bank, "uscc": uscc, "passport": passport,
    "permit": permit, "taiwan": taiwan, "plate": plate, "email": email, "record": record, "ip": ip,
    "insurance": insurance, "policy": policy,
}  # fmt: skip


def case(line: str, dice: random.Random) -> dict[str, object]:
    text, spans, last = "", [], 0
    for mark in MARKUP.finditer(line):
        text += line[last : mark.start()].replace("⏎", "\n")
        value = mark["text"] or MAKERS[mark["kind"]](dice, mark["style"] or "")
        before, value, after = _frame(value)
        kind = mark["literal"] or KIND.get(mark["kind"], mark["kind"])
        start = len(text) + len(before)
        text += before + value + after
        spans.append({"type": kind, "value": value, "start": start, "end": start + len(value)})
        last = mark.end()
    return {"text": text + line[last:].replace("⏎", "\n"), "spans": spans}


def _frame(value: str) -> tuple[str, str, str]:
    """A number may bring its word of context, which is not part of it."""
    found = re.fullmatch(r"(护照号码：)?(.*?)(（护照）)?", value, re.DOTALL)
    assert found
    return found[1] or "", found[2], found[3] or ""


def halves() -> dict[str, list[dict[str, object]]]:
    dice = random.Random(SEED)  # noqa: S311  nothing secret
    lines = (HERE / "zh.txt").read_text("utf-8").splitlines()
    cases = [case(line, dice) for line in lines if line and not line.startswith("#")]
    order = list(range(len(cases)))
    random.Random(SEED + 1).shuffle(order)  # noqa: S311
    dev = set(order[: len(order) // 2])
    return {
        "dev": [one for number, one in enumerate(cases) if number in dev],
        "held": [one for number, one in enumerate(cases) if number not in dev],
    }


def write() -> None:
    for half, cases in halves().items():
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in cases)
        (HERE / f"zh.{half}.jsonl").write_text(lines, "utf-8")


if __name__ == "__main__":
    write()
