"""Check digits, as their standards give them. All take the bare number in capitals."""

from __future__ import annotations

from datetime import date

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
PROVINCES = frozenset(
    str(number)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for number in range(first, last + 1)
)
CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def id_card(number: str) -> bool:
    """GB 11643-1999: a place, a day that exists, and ISO 7064 MOD 11-2."""
    if not looks_like_id_card(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17]


def looks_like_id_card(number: str) -> bool:
    """The shape alone; also the form of fifteen digits that was in use until 1999."""
    if len(number) == 15:
        return number.isdigit() and number[:2] in PROVINCES and _is_day("19" + number[6:12])
    return (
        len(number) == 18
        and number[:17].isdigit()
        and number[:2] in PROVINCES
        and _is_day(number[6:14])
        and number[17] in "0123456789X"
    )


def _is_day(text: str) -> bool:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return 1850 <= day.year <= 2100


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1."""
    doubled = (int(d) * 2 - 9 if int(d) > 4 else int(d) * 2 for d in number[-2::-2])
    return (sum(doubled) + sum(int(d) for d in number[-1::-2])) % 10 == 0


def bank_card(number: str) -> bool:
    """The length fits the network that the first digits name, and Luhn's sum is right."""
    return number.isdigit() and len(number) in _lengths(number) and len(set(number)) > 2 and luhn(number)


def _lengths(number: str) -> tuple[int, ...]:
    if number.startswith(("62", "81")):
        return (16, 17, 18, 19)
    if number.startswith("4"):
        return (13, 16, 19)
    if number.startswith(("34", "37", "2131", "1800")):
        return (15,)
    if number.startswith(("36", "38", "39", "30")):
        return (14, 16)
    if number.startswith(("50", "51", "52", "53", "54", "55", "35", "60", "64", "65", *_MASTERCARD)):
        return (16,) if not number.startswith("50") else (12, 13, 16, 19)
    if number.startswith(("56", "57", "58", "61", "63", "66", "67", "68", "69")):
        return (12, 13, 14, 15, 16, 17, 18, 19)
    return ()


_MASTERCARD = tuple(str(number) for number in range(222, 273))


def company_code(code: str) -> bool:
    """GB 32100-2015, modulo 31; a number that is also a valid identity card is a person's."""
    if len(code) != 18 or code[0] not in "159ANY" or any(s not in CODE_SIGNS for s in code):
        return False
    total = sum(CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return CODE_SIGNS[-total % 31] == code[17] and not id_card(code)


def iban(code: str) -> bool:
    """ISO 13616: the rearranged number leaves 1 modulo 97."""
    if not (15 <= len(code) <= 34 and code[:2].isalpha() and code.isalnum()):
        return False
    return int("".join(str(int(sign, 36)) for sign in code[4:] + code[:4])) % 97 == 1


__all__ = ["bank_card", "company_code", "iban", "id_card", "looks_like_id_card", "luhn"]
