"""The job `heads.train`: its subject is the version that is to be trained."""

from __future__ import annotations

from typing import Any

from sunmao.core import files, tenancy
from sunmao.core.ids import reference
from sunmao.jobs.lease import Lease
from sunmao.modelhub.heads import services
from sunmao.modelhub.heads.examples import Example, read
from sunmao.modelhub.heads.models import HeadVersion
from sunmao.training.heads.intents import learn
from sunmao.training.heads.wishes import Wish

SHOWN = ("accuracy", "macro_f1", "in_scope_accuracy", "validation_accuracy", "method", "seconds")


def train(lease: Lease) -> dict[str, Any]:
    with tenancy.scope(lease.organisation_id):
        version = HeadVersion.objects.select_related("head").get(pk=reference(lease.subject_id))

    def examples(part: str) -> list[Example]:
        sha256 = version.files.get(part)
        return read(files.read(organisation_id=lease.organisation_id, sha256=sha256)) if sha256 else []

    wish = Wish(seed=version.seed, **version.wish)
    made = learn(examples("train"), test=examples("test"), wish=wish, tell=lease.progress)
    result = {"version": str(version), **{name: made.figures.get(name) for name in SHOWN}}
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        services.finish(
            actor=lease.worker, version=version, classifier=made.classifier, figures=made.figures,
            curve=made.curve,
        )  # fmt: skip
        lease.succeed(result)
    return result


__all__ = ["train"]
