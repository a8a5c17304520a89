"""One text with one engine: values in, an answer out, with what it took. Touches no table."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.answering.counting import tokens_in
from sunmao.core.errors import EngineFailure
from sunmao.evaluation.playground.prices import cost_of
from sunmao.guards.outbound.numbers import Known
from sunmao.guards.personal import Policy, protect, restore
from sunmao.inference import strategies
from sunmao.inference.engine import Engine, GenerationRequest, Image
from sunmao.inference.strategies.told import text_of
from sunmao.knowledge.text.language import language_of
from sunmao.prompts.packs import Computed, calculator, sales
from sunmao.prompts.source import PromptSource, render

TEMPERATURE, MOST_TOKENS = 0.3, 1_200


class PersonalDataRefused(EngineFailure):
    code = "personal_data_refused"
    default_message = _("The personal data policy of your organisation does not let these inputs out.")


@dataclass
class Tried:
    text: str = ""
    seconds: float = 0.0
    calls: int = 1
    prompt_tokens: int = 0
    tokens: int = 0
    cost: Decimal | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    computed: Computed = field(default_factory=Computed)
    remarks: list[dict[str, str]] = field(default_factory=list)
    reason: str = "stop"


def attempt(
    *,
    engine: Engine,
    source: PromptSource,
    values: Mapping[str, str],
    policy: Policy,
    images: Sequence[Image] = (),
    adapter: str = "",
    temperature: float = TEMPERATURE,
    max_tokens: int = MOST_TOKENS,
    seed: int | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Tried:
    """Personal data is replaced before anything goes out, and put back in what comes. No database is held."""
    computed = facts_of(source, values)
    masked, surrogates = _protected({**values, **_filled(source, computed)}, policy)
    prompt = render(source, masked)
    request = GenerationRequest(
        prompt=prompt,
        question=_question(source, masked),
        language=source.language,
        passages=(),
        temperature=temperature,
        max_tokens=max_tokens,
        seed=seed,
        adapter=adapter,
        stopped=stopped,
        deadline=time.monotonic() + settings.SUNMAO_ANSWER_SECONDS,
    )
    told = strategies.Told()
    began = time.perf_counter()
    text, end = text_of(strategies.events(engine, request, source, told=told, images=images))
    tried = Tried(
        text=restore(text, surrogates).strip(),
        seconds=time.perf_counter() - began,
        calls=max(1, told.calls),
        prompt_tokens=told.prompt_tokens or end.prompt_tokens or tokens_in(*(told.read or [prompt])),
        tokens=tokens_in(*(told.written or [text])),
        notes=told.notes,
        computed=computed,
        reason=end.reason,
    )
    tried.cost = cost_of(engine, tried.prompt_tokens, tried.tokens)
    tried.remarks = _remarks(source, values, tried)
    return tried


def facts_of(source: PromptSource, values: Mapping[str, str]) -> Computed:
    name = source.front.get("computed")
    return calculator(str(name))(values, source.language) if name else Computed()


def _filled(source: PromptSource, computed: Computed) -> dict[str, str]:
    return {"facts": computed.text} if source.front.get("computed") and "facts" in source.variables else {}


def _question(source: PromptSource, values: Mapping[str, str]) -> str:
    """What examples are compared with: everything that was filled in."""
    return "\n".join(values[name] for name in source.variables if name != "facts" and values.get(name))


def _protected(values: Mapping[str, str], policy: Policy) -> tuple[dict[str, str], Mapping[str, str]]:
    """All values as one text, so that one person has one surrogate in all of them."""
    if not values:
        return {}, {}
    between = f"\n==={secrets.token_hex(8)}===\n"
    whole = between.join(values.values())
    masked = protect(whole, policy=policy, language=language_of(whole))
    if masked.refused:
        raise PersonalDataRefused
    parts = masked.text.split(between)
    return dict(zip(values, parts, strict=True)), masked.surrogates


def _remarks(source: PromptSource, values: Mapping[str, str], tried: Tried) -> list[dict[str, str]]:
    """What was wrong in the figures given, and what in the answer follows from none of them."""
    name = source.front.get("computed")
    if not name:
        return []
    found = list(tried.computed.remarks)
    if name == "monthly_sales":
        found += sales.claims(tried.text, values.get("sales", ""))
    rows = [one.as_dict() for one in found]
    known = Known(texts=[*values.values(), tried.computed.text, source.template])
    rows += [
        {"code": "unknown_figure", "about": figure, "given": figure, "computed": ""}
        for figure in known.unknown_in(tried.text)
    ]
    return rows


__all__ = ["MOST_TOKENS", "TEMPERATURE", "PersonalDataRefused", "Tried", "attempt", "facts_of"]
