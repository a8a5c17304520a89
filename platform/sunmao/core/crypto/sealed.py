"""Columns that are plain in Python and opaque in SQL.

A value is bound to its table, column and row, so that nobody with access to the database can move it to
another one. It is sealed when the row is saved and opened when the attribute is first read. `update()` and
`bulk_update()` cannot seal, for they know no row: they refuse a plain value. The only lookup is `isnull`; for
equality put a `BlindIndexField` beside the field. `values()` gives tokens.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from sunmao.core.crypto import sealing

if TYPE_CHECKING:
    TextBase = models.TextField[Any, Any]
    CharBase = models.CharField[Any, Any]
else:
    TextBase, CharBase = models.TextField, models.CharField


class Token(str):
    """A sealed value as the database keeps it."""

    __slots__ = ()


def context_of(model: type[models.Model], column: str, pk: object) -> str:
    return f"{model._meta.db_table}.{column}:{pk}"


class _OpenedOnRead(DeferredAttribute):
    """The token stays until somebody reads the attribute: lists open nothing that they do not show."""

    field: SealedField

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is None or not isinstance(value, Token):
            return value
        value = self.field.open(instance, value)
        instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        # With it the descriptor is asked before the instance's own dictionary, where the token lies.
        instance.__dict__[self.field.attname] = value


class SealedField(TextBase):
    """What the fields below share; `dump` and `load` turn a value into text and back."""

    descriptor_class = _OpenedOnRead

    def context(self, instance: models.Model) -> str:
        return context_of(type(instance), str(self.column), instance.pk)

    def dump(self, value: Any) -> str:
        return str(value)

    def load(self, text: str) -> Any:
        return text

    def seal(self, instance: models.Model, text: str) -> str:
        return sealing.seal(text, context=self.context(instance))

    def open(self, instance: models.Model, token: str) -> Any:
        return self.load(sealing.unseal(token, context=self.context(instance)))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Token):
            return value
        return Token(self.seal(model_instance, self.dump(value)))

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return None if value is None else Token(value)

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Token):
            return value
        raise TypeError(f"{self.name} is sealed when its row is saved; update() cannot do it.")

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Unlike Django's, it lets no expression through: SQL cannot seal."""
        return self.get_prep_value(value)

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> Any:
        return None


class JsonField(SealedField):
    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any
        _pyi_lookup_exact_type: Any

    def dump(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder)

    def load(self, text: str) -> Any:
        return json.loads(text)


class EncryptedTextField(SealedField):
    """Sealed with the installation's current key; rotation seals it anew with the next one."""


class EncryptedJSONField(JsonField):
    """The same for anything that JSON can carry."""


class BlindIndexField(CharBase):
    """Follows another field of its row, for equality search: `filter(index__in=field.search(text))`.

    `context` keeps indexes apart that must not be compared; by default the table and the field.
    """

    def __init__(self, *args: Any, source: str, **kwargs: Any) -> None:
        self.source = source
        kwargs.setdefault("max_length", 120)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    @property
    def scope(self) -> str:
        return f"{self.model._meta.db_table}.{self.source}"

    def search(self, text: str) -> list[str]:
        return sealing.blind_indexes(text, context=self.scope)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        text = getattr(model_instance, self.source)
        value = None if text is None else sealing.blind_index(text, context=self.scope)
        setattr(model_instance, self.attname, value)
        return value
