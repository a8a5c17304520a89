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
from math import log
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


__all__ = ["PASSAGES", "RARE", "TABLE", "rarity", "share"]
