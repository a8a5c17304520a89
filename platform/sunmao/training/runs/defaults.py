"""What a training is set to unless somebody says otherwise, with the reason of each choice. Pure.

The choice of the method follows the guide's table of methods, not the flow chart below it, which looks at the
number of parameters alone: every weight learns in a model below ten thousand million parameters **and** with
more than a hundred thousand examples, LoRA in all other cases. Memory has the last word.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sunmao.training.runs.trainer.objectives import objectives
from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.recipes import Shapes, hidden_and_layers, recipes

SMALL_MODEL, MUCH_DATA, LITTLE_DATA = 10_000_000_000, 100_000, 1_000
LONGEST, SHORTEST = 2_048, 64
SHARE = 0.9
"""Of the memory; the rest is for what nobody counts."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a training before it begins. `characters` are those of the longest example: a token is
    rarely less than one. `memory` is in bytes."""

    parameters: int
    shapes: Shapes
    context: int
    examples: int
    characters: int
    memory: int
    on_gpu: bool
    quantised: bool = False


NOT_SERVABLE = "training_not_servable"


@dataclass(frozen=True, kw_only=True)
class Reason:
    setting: str
    code: str
    values: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Bytes, by what they are for."""

    base: int
    learning: int
    activations: int
    logits: int
    memory: int

    @property
    def total(self) -> int:
        return self.base + self.learning + self.activations + self.logits

    @property
    def fits(self) -> bool:
        return not self.memory or self.total <= self.memory * SHARE

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "total": self.total, "fits": self.fits}


def estimate(plan: Plan, facts: Facts) -> Estimate:
    """Adam keeps two numbers for every one that learns, besides its gradient; activations are those of
    Korthikanti et al., 2022: 34 bytes per token, layer and unit of width in 16 bits, twice that in 32."""
    recipe = recipes()[plan.recipe]
    numbers = recipe.numbers(facts.shapes, plan)
    wide = 4 if not facts.on_gpu else 2
    if plan.recipe == "full":
        base = 0  # its weights are counted with what learns
    elif recipe.quantised:
        base = int(facts.parameters * 0.35 * 2)
    else:
        base = facts.parameters * wide
    hidden, layers = hidden_and_layers(facts.shapes)
    rows = plan.batch * (2 if objectives()[plan.objective].kind == "preference" else 1)
    rows *= int(plan.options.get("group", 4)) if plan.objective == "grpo" else 1
    tokens = rows * plan.max_length
    per_token = 34 * hidden * (wide // 2)
    kept = per_token + 2 * wide * hidden * layers if plan.gradient_checkpointing else per_token * layers
    words = max((int(shape[0]) for shape in facts.shapes.values()), default=0)
    return Estimate(
        base=base,
        learning=numbers * 16,
        activations=tokens * kept,
        logits=tokens * words * (wide + 8),
        memory=facts.memory,
    )


def chosen(
    facts: Facts, *, objective: str, given: Mapping[str, Any], source: str = "", folder: str = ""
) -> tuple[Plan, list[Reason]]:
    """Every setting that is not `given`, and why it is what it is."""
    reasons: list[Reason] = []

    def choose(setting: str, value: Any, code: str, **values: Any) -> Any:
        if setting in given:
            return given[setting]
        reasons.append(Reason(setting=setting, code=code, values={"value": value, **values}))
        return value

    longest = _length(facts, choose)
    small = Plan(source="", folder="", recipe="lora", objective=objective, batch=1, max_length=longest)
    recipe = _recipe(facts, small, choose)
    rank = choose("rank", _by_data(facts, (8, 16, 32)), "rank_by_data", examples=facts.examples)
    settings: dict[str, Any] = {
        **given,
        "source": source,
        "folder": folder,
        "objective": objective,
        "recipe": recipe,
        "max_length": longest,
        "rank": rank,
        "alpha": choose("alpha", float(2 * rank), "alpha_by_rank", rank=rank),
        "dropout": choose("dropout", 0.05 if facts.examples < 10_000 else 0.0, "dropout_by_data"),
        "epochs": choose(
            "epochs", _by_data(facts, (5.0, 3.0, 2.0)), "epochs_by_data", examples=facts.examples
        ),
        "learning_rate": choose(
            "learning_rate",
            recipes()[recipe].learning_rate * objectives()[objective].rate if recipe in recipes() else 1e-4,
            "rate_by_recipe", recipe=recipe, objective=objective,
        ),
    }  # fmt: skip
    settings |= _batch(facts, settings, choose)
    if recipe in recipes() and recipes()[recipe].result == "parts":
        reasons.insert(0, Reason(setting="recipe", code=NOT_SERVABLE, values={"value": recipe}))
    steps = max(1, math.ceil(facts.examples / (settings["batch"] * settings["accumulate"])))
    every = max(5, min(200, steps // 4 or 1))
    settings["evaluate_every"] = choose("evaluate_every", every, "evaluated_often", steps=steps)
    settings["checkpoint_every"] = choose(
        "checkpoint_every", min(50, settings["evaluate_every"]), "little_is_lost"
    )
    return Plan.read(settings), reasons


def _recipe(facts: Facts, small: Plan, choose: Any) -> Any:
    def fits(name: str) -> bool:
        return estimate(Plan.read({**small.as_json(), "recipe": name}), facts).fits

    values = {"parameters": facts.parameters, "examples": facts.examples}
    if facts.quantised:
        return choose("recipe", "qlora", "served_in_few_bits", **values)
    if facts.parameters < SMALL_MODEL and facts.examples > MUCH_DATA and fits("full"):
        return choose("recipe", "full", "small_model_much_data", **values)
    if not fits("lora"):
        return choose("recipe", "qlora", "base_in_few_bits", **values)
    if facts.examples < LITTLE_DATA:
        return choose("recipe", "lora", "little_data", **values)
    if facts.parameters >= SMALL_MODEL:
        return choose("recipe", "lora", "large_model", **values)
    return choose("recipe", "lora", "limited_data", **values)


def _by_data(facts: Facts, values: Sequence[Any]) -> Any:
    if facts.examples < LITTLE_DATA:
        return values[0]
    return values[1] if facts.examples < 10 * LITTLE_DATA else values[2]


def _length(facts: Facts, choose: Any) -> int:
    wanted = max(SHORTEST, min(LONGEST, -(-facts.characters // 64) * 64 + 64))
    value = min(wanted, facts.context or wanted)
    found: int = choose("max_length", value, "longest_example", characters=facts.characters)
    return found


def _batch(facts: Facts, settings: Mapping[str, Any], choose: Any) -> dict[str, Any]:
    """As many at once as fit, and enough steps together that their mean is steady."""
    together = 4 if facts.examples < 100 else (8 if facts.examples < LITTLE_DATA else 16)

    def fits(size: int, thrifty: bool) -> bool:
        plan = Plan.read({**settings, "batch": size, "gradient_checkpointing": thrifty})
        return estimate(plan, facts).fits

    if settings["recipe"] not in recipes():
        return {"batch": 1, "accumulate": 1}
    sizes = [size for size in (16, 8, 4, 2, 1) if size <= together]
    thrifty = bool(settings.get("gradient_checkpointing", False))
    size = next((one for one in sizes if fits(one, thrifty)), None)
    if size is None and "gradient_checkpointing" not in settings:
        thrifty = True
        size = next((one for one in sizes if fits(one, thrifty)), 1)
        choose("gradient_checkpointing", True, "memory_is_short")
    batch = choose("batch", size or 1, "batch_that_fits")
    accumulate = choose("accumulate", max(1, together // max(1, int(batch))), "together", together=together)
    return {"batch": batch, "accumulate": accumulate, "gradient_checkpointing": thrifty}


__all__ = ["Estimate", "Facts", "Reason", "chosen", "estimate"]
