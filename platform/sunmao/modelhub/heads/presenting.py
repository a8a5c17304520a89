"""What every door shows of heads."""

from __future__ import annotations

from typing import Any

from sunmao.jobs.selectors import as_dict as job_dict
from sunmao.modelhub.heads.models import Head, HeadState, HeadVersion

STATES = HeadState.values


def head(found: Head, versions: list[HeadVersion]) -> dict[str, Any]:
    serving = next((one for one in versions if one.state == HeadState.ACTIVE), None)
    return {
        "id": str(found.pk),
        "name": found.slug,
        "purpose": found.purpose,
        "active": serving.number if serving else None,
        "versions": [version(one) for one in versions],
        "created_at": found.created_at.isoformat(),
    }


def version(found: HeadVersion) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "name": str(found),
        "head": found.head.slug,
        "number": found.number,
        "state": found.state,
        "method": found.method,
        "encoder": found.encoder,
        "encoder_identity": found.encoder_identity,
        "labels": found.labels,
        "threshold": found.threshold,
        "figures": found.figures,
        "curve": found.curve,
        "data_sha256": found.data_sha256,
        "dataset_version_id": str(found.dataset_version_id) if found.dataset_version_id else None,
        "sha256": found.sha256,
        "size": found.size,
        "seed": found.seed,
        "card": card(found),
        "job": job_dict(found.job) if found.job else None,
        "created_at": found.created_at.isoformat(),
        "activated_at": found.activated_at.isoformat() if found.activated_at else None,
    }


def card(found: HeadVersion) -> str:
    """What whoever takes the head over must know, as Markdown; made of what the training measured."""
    figures = found.figures
    if not figures:
        return ""
    told = [
        f"# {found}",
        f"Tells {len(found.labels)} labels apart by `{found.method}`"
        + (f" on `{found.encoder_identity}`." if found.encoder else ", without an encoder."),
        f"Learnt from {figures['examples']} texts and {figures['out_of_scope_examples']} without a label "
        f"(SHA-256 {found.data_sha256}), seed {found.seed}, C {figures['c']}; "
        f"{figures['contradictions']} texts stood under two labels.",
        f"Accuracy in cross-validation: {figures['validation_accuracy']}.",
    ]
    if figures.get("n"):
        told.append(
            f"On {figures['n']} texts that were not learnt from: accuracy {figures['accuracy']} "
            f"({figures['interval'][0]}–{figures['interval'][1]}), macro F1 {figures['macro_f1']}; "
            f"the n-gram floor {figures['floor']['accuracy']}."
        )
    if outside := figures.get("out_of_scope"):
        told.append(
            f"At threshold {found.threshold:.3f} it keeps {figures['in_scope_accuracy']} and refuses "
            f"{outside['recall']} of {outside['n']} foreign texts."
        )
    told.append("Texts unlike those of the training may be told a wrong label with a high probability.")
    return "\n\n".join(told)


__all__ = ["STATES", "card", "head", "version"]
