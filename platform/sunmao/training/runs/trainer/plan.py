"""Everything that a training depends on, besides its examples and the files of its base. Pure.

The same plan with the same examples learns the same: whatever changes the result stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Plan:
    source: str
    """The folder of the base model."""
    folder: str
    """Where checkpoints lie."""
    recipe: str
    objective: str
    seed: int = 0
    epochs: float = 3.0
    batch: int = 4
    accumulate: int = 1
    learning_rate: float = 2e-4
    schedule: str = "cosine"
    warmup: float = 0.03
    weight_decay: float = 0.0
    clip: float = 1.0
    max_length: int = 1024
    too_long: str = "skip"
    """`skip`, `cut` or `refuse`."""
    rank: int = 8
    alpha: float = 16.0
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    """Names of linear layers; empty for all of them."""
    virtual_tokens: int = 16
    bottleneck: int = 32
    init: str = "default"
    """`default`, or `cur`: see `recipes.curlora`."""
    gradient_checkpointing: bool = False
    device: str = ""
    memory_limit: int = 0
    """Bytes that the process may write to; 0 for no limit."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of the objective: beta, margin, group and the like."""
    rewards: tuple[Mapping[str, Any], ...] = ()
    """`name`, `weight`, and what the reward takes; with `at_least` it is a constraint."""
    checkpoint_every: int = 50
    evaluate_every: int = 50
    patience: int = 3
    """Evaluations without a better figure before it stops; 0 for never."""
    log_seconds: float = 5.0
    sample: int = 8
    """Validation questions that are answered before and after, for ROUGE; 0 for none."""
    sample_tokens: int = 64
    ability: bool = True
    """Measure what the base can do in general, alone and with the adapter, when it has been registered."""

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "targets": list(self.targets),
            "rewards": [dict(one) for one in self.rewards],
            "options": dict(self.options),
        }

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Plan:
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in given.items() if name in known}
        values["targets"] = tuple(values.get("targets") or ())
        values["rewards"] = tuple(values.get("rewards") or ())
        return cls(**values)


__all__ = ["Plan"]
