"""Accepted rewrites as examples for data sets: a clause and its risk in, the better clause out."""

from __future__ import annotations

from collections.abc import Iterator

from sunmao.training.datasets.sources import Accepted
from verticals.contract_review.models import Decision, TrainingExample

ASK = {
    "zh": "请按下述风险改写合同条款，只写改写后的条款。\n\n"
    "风险：{finding}\n{explanation}\n\n条款：\n{clause}",
    "en": "Rewrite the contract clause so that the risk below is gone. Write the clause only.\n\n"
    "Risk: {finding}\n{explanation}\n\nClause:\n{clause}",
}


def accepted_rewrites() -> Iterator[Accepted]:
    """Of contracts that may be used for training. An edit also shows what people did not want."""
    rows = TrainingExample.objects.filter(finding__review__contract__training_consent=True)
    for row in rows.select_related("finding").iterator(chunk_size=200):
        if not row.content.get("rewrite"):
            continue
        asks = ASK["zh" if row.lineage.get("language", "").startswith("zh") else "en"]
        first = row.finding.content.get("rewrite", "") if row.kind == Decision.EDITED else ""
        yield Accepted(
            id=row.pk,
            prompt=[{"role": "user", "content": asks.format(**row.content)}],
            answer=row.content["rewrite"],
            rejected=first,
            person_key=row.person_key,
            group=row.lineage.get("contract", ""),
            source=row.lineage,
        )


__all__ = ["accepted_rewrites"]
