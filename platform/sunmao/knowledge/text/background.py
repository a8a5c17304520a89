"""How common a word is anywhere, for bases that are too small to tell.

In a base of one passage every word stands in all passages, so that none would be worth anything. A table of
the share of passages in which a word stands (in thousandths, mean over statutes, medicine, finance and
encyclopedias; `background.json`, made by `manage.py train_answers background`) takes part like `PASSAGES`
further passages. It holds single characters, pairs and stems that are common; any other word counts as rare.
In a base of thousands it changes nothing.
"""

from __future__ import annotations

import json
from functools import cache
from math import exp, log
from pathlib import Path

PASSAGES = 30
"""How many passages the table is worth."""
RARE = 0.001
"""The share of passages of a word that is not in the table."""
TABLE = Path(__file__).with_name("background.json")


@cache
def _table() -> dict[str, int]:
    table: dict[str, int] = json.loads(TABLE.read_text("utf-8"))["per_thousand"]
    return table


def share(token: str) -> float:
    """Of passages anywhere, the part in which the token stands."""
    found = _table().get(token)
    return found / 1000 if found else RARE


def rarity(token: str, *, df: int, total: int) -> float:
    """The idf of a token that `df` of the base's `total` passages contain, with the table as further ones."""
    seen, passages = df + PASSAGES * share(token), total + PASSAGES
    return log(1 + (passages - seen + 0.5) / (seen + 0.5))


def prominence(token: str, rarity: float, *, total: int) -> float:
    """How much more often a token of this `rarity` stands in the base than anywhere: the logarithm of the
    ratio of both shares, from -3 to 3. Words of the base's own field are above 0, words of others below."""
    passages = total + PASSAGES
    seen = max((passages + 1) / exp(rarity) - 0.5, 0.02)
    return max(-3.0, min(3.0, log(seen / passages / share(token))))


__all__ = ["PASSAGES", "RARE", "TABLE", "prominence", "rarity", "share"]
