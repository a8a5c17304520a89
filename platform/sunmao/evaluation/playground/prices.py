"""What a call costs, from the operator's list of prices per million tokens; unknown where none is given."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from sunmao.inference.engine import Engine

MILLION = Decimal(1_000_000)


def cost_of(engine: Engine, prompt_tokens: int, tokens: int) -> Decimal | None:
    """An engine that only quotes costs nothing."""
    if not engine.generative:
        return Decimal(0)
    known = prices(tuple(settings.SUNMAO_MODEL_PRICES))
    price = known.get(engine.model) or known.get(engine.name)
    if price is None:
        return None
    return ((prompt_tokens * price[0] + tokens * price[1]) / MILLION).quantize(Decimal("0.000001"))


@cache
def prices(rows: tuple[str, ...]) -> Mapping[str, tuple[Decimal, Decimal]]:
    """`model=in/out`: what goes in and what comes out."""
    found = {}
    for row in rows:
        name, _, pair = row.rpartition("=")
        before, _, after = pair.partition("/")
        try:
            found[name] = (Decimal(before), Decimal(after))
        except InvalidOperation as error:
            raise ImproperlyConfigured(f"SUNMAO_MODEL_PRICES: {row} is not model=in/out.") from error
    return found


__all__ = ["cost_of", "prices"]
