"""The model card of a trained adapter: what it is of, how it was made, and what it is worth. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sunmao.evaluation.ability import Lost
from sunmao.training.runs.models import Training

ABILITY = "## General ability"
SETTINGS = (
    "seed", "epochs", "batch", "accumulate", "learning_rate", "schedule", "max_length", "rank", "alpha",
    "dropout", "init",
)  # fmt: skip


def written(training: Training, said: Mapping[str, Any]) -> str:
    version = training.version
    lines = [
        f"# {training.name}",
        "",
        f"- Base model: {training.base.slug} ({training.base.sha256})",
        f"- Data: {version.dataset.slug}, version {version.number} ({version.sha256})",
        f"- Purpose: {version.dataset.purpose or version.dataset.title}",
        f"- Method: {training.recipe}, objective {training.objective}",
        f"- Settings: {', '.join(f'{name} {training.plan.get(name)}' for name in SETTINGS)}",
        f"- Best checkpoint: step {said['best_step']} by {said['metric']} = {said['best']:.6g}",
        f"- Code: {training.code_version}",
    ]
    if training.general is not None:
        general = training.general
        lines.append(
            f"- General examples: {general.dataset.slug}, version {general.number}, "
            f"{training.replay:.0%} of what was learnt"
        )
    lines += ["", "| measure | before | after |", "|---|---|---|"]
    before, after = said["before"], said["after"]
    for name in before:
        if name in after and not isinstance(before[name], str):
            lines.append(f"| {name} | {before[name]:.6g} | {after[name]:.6g} |")
    return "\n".join(lines) + "\n"


def with_ability(card: str, lost: Lost) -> str:
    """With what the base can do in general, alone and with the adapter, in place of what was known of it."""
    kept = card.partition(f"\n{ABILITY}\n")[0].rstrip("\n")
    lines = ["", ABILITY, "", "| share of cases passed | before | after |", "|---|---|---|"]
    lines.append(f"| all | {lost.before:.4g} | {lost.after:.4g} |")
    lines += [f"| {name} | {one:.4g} | {other:.4g} |" for name, (one, other) in lost.categories.items()]
    return "\n".join([kept, *lines]) + "\n"


__all__ = ["with_ability", "written"]
