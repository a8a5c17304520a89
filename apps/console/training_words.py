"""What people call what a training is made of, and its figures as they read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message
from sunmao.core.figures import number, percent
from sunmao.training.runs.trainer.objectives import objectives
from sunmao.training.runs.trainer.recipes import recipes

MEASURES: Mapping[str, Message] = {
    "loss": _("Loss"),
    "perplexity": _("Perplexity"),
    "token_accuracy": _("Tokens guessed right"),
    "preference_accuracy": _("Pairs in the right order"),
    "margin": _("Margin"),
    "chosen_loss": _("Loss of better answers"),
    "reward": _("Reward"),
    "divergence": _("Distance from the base"),
    "length": _("Length in tokens"),
    "rouge_1": "ROUGE-1",
    "rouge_2": "ROUGE-2",
    "rouge_l": "ROUGE-L",
    "human_score": _("Human score, 1 to 5"),
    "tokens_per_second": _("Tokens a second"),
    "general_ability": _("General ability, share of cases passed"),
    "general_perplexity": _("Perplexity of general examples"),
    "bytes": _("Size"),
    "parameters": _("Parameters"),
    "agreement": _("Same tokens as merged"),
    "heads": _("Heads"),
    "key_heads": _("Heads of keys"),
    "units": _("Units"),
}
SHARES = (
    "token_accuracy", "preference_accuracy", "general_ability", "agreement", "rouge_1", "rouge_2", "rouge_l",
)  # fmt: skip
SETTINGS: Mapping[str, Message] = {
    "recipe": _("Recipe"),
    "objective": _("Objective"),
    "seed": _("Seed"),
    "epochs": _("Passes over the data"),
    "batch": _("Examples at once"),
    "accumulate": _("Batches summed up for a step"),
    "learning_rate": _("Learning rate"),
    "schedule": _("Course of the learning rate"),
    "warmup": _("Share of steps to warm up"),
    "weight_decay": _("Weight decay"),
    "clip": _("Largest gradient"),
    "max_length": _("Longest text, in tokens"),
    "too_long": _("What is done with longer texts"),
    "rank": _("Rank of the matrices"),
    "alpha": _("Alpha (strength)"),
    "dropout": _("Dropout"),
    "targets": _("Layers that learn"),
    "virtual_tokens": _("Virtual tokens"),
    "bottleneck": _("Width of the bottleneck"),
    "init": _("First weights"),
    "gradient_checkpointing": _("Activations computed twice"),
    "checkpoint_every": _("Steps between checkpoints"),
    "evaluate_every": _("Steps between evaluations"),
    "patience": _("Evaluations without gain before it stops"),
    "log_seconds": _("Seconds between figures"),
    "sample": _("Questions answered before and after"),
    "sample_tokens": _("Longest of those answers, tokens"),
    "ability": _("General ability is measured"),
    "beta": _("Beta (nearness to the base)"),
}
REASONS = (
    gettext_noop("the model has no feed-forward parts"),
    gettext_noop("only models of Llama's shape are pruned"),
    gettext_noop("the tokenizer tells no places of its tokens"),
    gettext_noop("at least one reward is needed"),
    gettext_noop("there is no such reward"),
    gettext_noop("pattern is missing or too long"),
    gettext_noop("min and max must be whole numbers"),
    gettext_noop("schema is missing"),
)
"""What the trainer, which speaks one language, gives as a reason."""
METHODS: Mapping[str, Message] = {"grid": _("Every combination"), "random": _("Drawn by chance")}
DETAILS: Mapping[str, Message] = {
    "error": _("Kind of error"),
    "ended": _("Exit status of the process"),
    "base_model": _("Base model"),
    "step": _("Step"),
    "figure": _("Figure that was no number"),
    "skipped": _("Examples left out as too long"),
    "tokens": _("Tokens of the example"),
    "longest": _("Tokens that are read"),
    "reward": _("Reward"),
    "reason": _("Reason"),
    "needed": _("Needed"),
    "there": _("There is"),
    "turn": _("Turn of the conversation"),
    "kind": _("Kind"),
    "apart": _("Apart by"),
    "judge": _("Judge"),
    **SETTINGS,
}
CHOSEN: Mapping[str, Message] = {
    "skip": _("left out"),
    "cut": _("cut"),
    "refuse": _("the training is refused"),
    "gradient": _("gradient"),
    "validation": _("validation"),
    "loss": _("Loss"),
    "cosine": _("cosine"),
    "linear": _("linear"),
    "constant": _("constant"),
    "default": _("as usual"),
}


def recipe(name: str) -> Message:
    found = recipes().get(name)
    return found.title if found else name


def objective(name: str) -> Message:
    found = objectives().get(name)
    return found.title if found else name


def measure(name: str) -> Message:
    return MEASURES.get(name, name)


def place(name: str) -> int:
    """In the order of the measures; those without a name come last."""
    return list(MEASURES).index(name) if name in MEASURES else len(MEASURES)


def figure(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name == "bytes":
        return filesizeformat(value)
    return percent(value) if name in SHARES else number(value)


def setting(name: str, value: Any) -> str:
    """A value of a setting in words."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int | float):
        return str(value) if name == "seed" else number(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or "–"
    if name == "reason":
        return gettext(str(value))
    named = {"recipe": recipe, "objective": objective}.get(name, lambda one: CHOSEN.get(one, one))
    return str(named(str(value)))


def details(told: Mapping[str, Any]) -> list[tuple[Message, str]]:
    """What is known of a failure, besides its reason."""
    return [(DETAILS.get(name, name), setting(name, value)) for name, value in told.items()]


__all__ = [
    "METHODS", "SETTINGS", "details", "figure", "measure", "objective", "place", "recipe", "setting",
]  # fmt: skip
