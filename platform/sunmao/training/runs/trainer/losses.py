"""Losses as pure functions of log-probabilities, each as its paper writes it.

`logp` are sums over the answer's tokens, `mean` means. Tests hold them against values counted by hand.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def token_logps(logits: Tensor, labels: Tensor) -> Tensor:
    """Of every token after what came before it; 0 where the label is -100. Shapes (rows, length - 1)."""
    wanted = labels[:, 1:]
    seen = wanted != -100
    picked = torch.log_softmax(logits[:, :-1].float(), dim=-1)
    found = picked.gather(-1, wanted.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    return found * seen


def counted(labels: Tensor) -> Tensor:
    """How many tokens of each row are learnt."""
    return (labels[:, 1:] != -100).sum(-1)


def cross_entropy(logps: Tensor, labels: Tensor) -> Tensor:
    """The mean over all tokens of the batch, so that long answers count by their length."""
    return -logps.sum() / counted(labels).sum().clamp(min=1)


def dpo(
    chosen: Tensor, rejected: Tensor, ref_chosen: Tensor, ref_rejected: Tensor, *,
    beta: float, smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """Rafailov et al., 2023, equation 7; `smoothing` is cDPO's share of wrong labels (Mitchell, 2023)."""
    margin = beta * ((chosen - ref_chosen) - (rejected - ref_rejected))
    right, wrong = functional.logsigmoid(margin), functional.logsigmoid(-margin)
    return -(right * (1 - smoothing) + wrong * smoothing).mean()


def orpo(mean_chosen: Tensor, mean_rejected: Tensor, nll: Tensor, *, beta: float) -> Tensor:
    """Hong et al., 2024, equations 6 and 7: the answer's own loss and the log of the ratio of odds."""
    return nll - beta * functional.logsigmoid(log_odds(mean_chosen, mean_rejected)).mean()


def log_odds(mean_chosen: Tensor, mean_rejected: Tensor) -> Tensor:
    return (mean_chosen - mean_rejected) - (_log1mexp(mean_chosen) - _log1mexp(mean_rejected))


def _log1mexp(logp: Tensor) -> Tensor:
    """log(1 - exp(x)) for x < 0, steady near 0 (Mächler, 2012)."""
    logp = logp.clamp(max=-1e-6)
    return torch.where(
        logp > -0.6931, torch.log(-torch.expm1(logp)), torch.log1p(-torch.exp(logp.clamp(max=-0.6931)))
    )


def kto(
    ratio: Tensor, good: Tensor, kl: Tensor, *, beta: float, desirable: float = 1.0, undesirable: float = 1.0
) -> Tensor:
    """Ethayarajh et al., 2024, equation 8. `ratio` is of the policy to the reference, `kl` the reference
    point, which carries no gradient and is at least 0."""
    point = kl.detach().clamp(min=0)
    value = torch.where(
        good,
        desirable * (1 - torch.sigmoid(beta * (ratio - point))),
        undesirable * (1 - torch.sigmoid(beta * (point - ratio))),
    )
    return value.mean()


def simpo(mean_chosen: Tensor, mean_rejected: Tensor, *, beta: float, margin: float) -> Tensor:
    """Meng et al., 2024, equation 6: no reference, means instead of sums, and a margin."""
    return -functional.logsigmoid(beta * (mean_chosen - mean_rejected) - margin).mean()


def cpo(chosen: Tensor, rejected: Tensor, nll: Tensor, *, beta: float, weight: float = 1.0) -> Tensor:
    """Xu et al., 2024, equation 5: DPO with a uniform reference, and the answer's own loss."""
    return -functional.logsigmoid(beta * (chosen - rejected)).mean() + weight * nll


def reward_pairs(chosen: Tensor, rejected: Tensor) -> Tensor:
    """Bradley and Terry, 1952, as Ouyang et al., 2022, learn a reward model."""
    return -functional.logsigmoid(chosen - rejected).mean()


def group_advantages(rewards: Tensor) -> Tensor:
    """Shao et al., 2024: (groups, answers) → each reward by the mean and the spread of its group. A group
    whose answers are all worth the same teaches nothing."""
    spread = rewards.std(-1, keepdim=True, unbiased=False)
    return (rewards - rewards.mean(-1, keepdim=True)) / (spread + 1e-4)


def grpo(
    logps: Tensor, old: Tensor, reference: Tensor, advantages: Tensor, mask: Tensor, *,
    clip: float, beta: float,
) -> Tensor:  # fmt: skip
    """Shao et al., 2024, equations 3 and 4, per token; Schulman's k3 estimates the divergence. Every answer
    counts the same, whatever its length."""
    ratio = torch.exp(logps - old)
    gain = torch.min(ratio * advantages[:, None], ratio.clamp(1 - clip, 1 + clip) * advantages[:, None])
    apart = torch.exp(reference - logps) - (reference - logps) - 1
    per_row = ((gain - beta * apart) * mask).sum(-1) / mask.sum(-1).clamp(min=1)
    return -per_row.mean()


__all__ = [
    "counted", "cpo", "cross_entropy", "dpo", "group_advantages", "grpo", "kto", "log_odds", "orpo",
    "reward_pairs", "simpo", "token_logps",
]  # fmt: skip
