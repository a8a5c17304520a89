"""Sealing anew what an earlier key sealed, so that the earlier key can go.

It finds its work by what is there, never by what was done: whoever starts it again after a crash goes on
where it ended. The rows of people's keys are sealed anew like all others; what those keys sealed stays as it
is, append-only rows with it. An app that keeps tokens outside of the fields of `core.crypto.fields` names on
its AppConfig, as `sealed_stores`, dotted paths of classes like `SealedStore`.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, cast

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Cast

from sunmao.core import files, tenancy
from sunmao.core.crypto.fields import BlindIndexField, PersonField, SealedField
from sunmao.core.crypto.keyring import ring
from sunmao.core.crypto.sealing import VERSION, key_id_of
from sunmao.core.vertical import resolve

BATCH = 200


class SealedStore(Protocol):
    def pending(self, current: str) -> int: ...
    def renew(self, current: str, limit: int) -> int: ...
    def used_keys(self) -> Counter[str]: ...


def used_keys(organisation_id: uuid.UUID) -> Counter[str]:
    """How many rows and files of an organisation each key sealed; the empty id counts plain files."""
    found: Counter[str] = Counter()
    with tenancy.scope(organisation_id):
        for column in _columns():
            found.update(key_id_of(token) for token in column.tokens().iterator())
        for store in _stores():
            found.update(store.used_keys())
    for name in files.stored(organisation_id):
        found[files.key_of(organisation_id=organisation_id, sha256=name) or ""] += 1
    return found


def keys_used_elsewhere() -> Counter[str]:
    """The same for what belongs to no organisation."""
    return sum((store.used_keys() for store in _stores()), Counter())


def pending(organisation_id: uuid.UUID) -> int:
    """How many rows are not sealed with the current key, and how many files there are to look at."""
    current = ring().current.id
    with tenancy.scope(organisation_id):
        rows = sum(column.earlier(current).count() for column in _columns())
        rows += sum(store.pending(current) for store in _stores())
    return rows + sum(1 for _ in files.stored(organisation_id))


def renew(organisation_id: uuid.UUID) -> Iterator[int]:
    """Yields how many were dealt with since the last time; each row is committed before the next batch."""
    current = ring().current.id
    parts: list[_Column | SealedStore] = [*_columns(), *_stores()]
    for part in parts:
        while done := _batch(part, organisation_id, current):
            yield done
    for name in files.stored(organisation_id):
        files.renew(organisation_id=organisation_id, sha256=name)
        yield 1


def _batch(part: _Column | SealedStore, organisation_id: uuid.UUID, current: str) -> int:
    with tenancy.scope(organisation_id), transaction.atomic():
        return part.renew(current, BATCH)


class _Column:
    """A sealed field of a model; blind indexes of the row follow it."""

    def __init__(self, model: type[models.Model], field: SealedField) -> None:
        self._rows = model._base_manager.annotate(token=Cast(field.name, models.TextField()))
        self._field = field.attname
        self._saved = [field.name, *(one.name for one in _indexes(model) if one.source == field.name)]

    def tokens(self) -> models.QuerySet[Any, str]:
        return self._rows.filter(token__isnull=False).values_list("token", flat=True)

    def earlier(self, current: str) -> models.QuerySet[Any]:
        return self._rows.filter(token__isnull=False).exclude(token__startswith=f"{VERSION}.{current}.")

    def renew(self, current: str, limit: int) -> int:
        rows = list(self.earlier(current).select_for_update(of=("self",))[:limit])
        for row in rows:
            getattr(row, self._field)  # opened with the old key; saving seals with the current one
            row.save(update_fields=self._saved)
        return len(rows)


def _columns() -> list[_Column]:
    return [_Column(model, field) for model in _models() for field in _sealed(model)]


def _models() -> Iterable[type[models.Model]]:
    return (model for model in apps.get_models() if model._meta.managed and not model._meta.proxy)


def _sealed(model: type[models.Model]) -> list[SealedField]:
    """A person's key seals its fields, not the ring."""
    fields = (field for field in model._meta.local_fields if isinstance(field, SealedField))
    return [field for field in fields if not isinstance(field, PersonField)]


def _indexes(model: type[models.Model]) -> list[BlindIndexField]:
    return [field for field in model._meta.local_fields if isinstance(field, BlindIndexField)]


def _stores() -> list[SealedStore]:
    named = (dotted for config in apps.get_app_configs() for dotted in getattr(config, "sealed_stores", ()))
    return [cast(SealedStore, resolve(dotted)()) for dotted in named]
