"""A data set of Hemu's, and people who may do something with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_user
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.training.datasets import editing, steps
from sunmao.training.datasets.models import DataSet, Row, Step, Version
from sunmao.training.datasets.selectors import rows_of
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs

MakeSet = Callable[..., DataSet]
Do = Callable[..., Step]


def colleague(cast: Cast, name: str, role: BuiltIn) -> Actor:
    """Somebody else at Hemu's."""
    user = accounts.add_member(actor=accounts.system_actor(cast.hemu), username=name, role=role)
    return actor_of_user(user, language="en")


@pytest.fixture
def engineer(cast: Cast) -> Actor:
    return colleague(cast, "bao", BuiltIn.MODEL_ENGINEER)


@pytest.fixture
def reviewer(cast: Cast) -> Actor:
    return colleague(cast, "rui", BuiltIn.REVIEWER)


@pytest.fixture
def make_set(engineer: Actor) -> MakeSet:
    def make(kind: str = "classification", slug: str = "intents", **more: Any) -> DataSet:
        return editing.create(actor=engineer, slug=slug, title=slug.title(), kind=kind, **more)

    return make


@pytest.fixture
def do(engineer: Actor) -> Do:
    """A step of a set, worked off; returns it as it then is."""

    def done(dataset: DataSet, kind: str, content: bytes | None = None, **settings: Any) -> Step:
        if content is not None:
            step = steps.import_file(actor=engineer, dataset=dataset, chunks=[content], **settings)
        else:
            step = steps.start(actor=engineer, dataset=dataset, kind=kind, settings=settings)
        run_waiting_jobs(engineer)
        with tenancy.scope(engineer.organisation_id):
            return Step.objects.select_related("version__dataset", "job").get(pk=step.pk)

    return done


def newest(dataset: DataSet) -> Version:
    with tenancy.scope(dataset.organisation_id):
        return Version.objects.select_related("dataset").filter(dataset=dataset).order_by("-number")[0]


def rows(dataset: DataSet) -> list[Row]:
    """What the newest version holds."""
    with tenancy.scope(dataset.organisation_id):
        return list(rows_of(newest(dataset)).select_related("dataset"))


def datas(dataset: DataSet) -> list[Any]:
    return [row.data for row in rows(dataset)]


def ready(do: Do, dataset: DataSet) -> Version:
    """Masked and searched for leaks: what freezing asks for."""
    do(dataset, "mask")
    do(dataset, "check")
    return newest(dataset)
