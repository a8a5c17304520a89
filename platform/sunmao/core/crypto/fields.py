"""The sealed fields that models use; see `core.crypto.sealed` for what they have in common."""

from __future__ import annotations

from typing import Any

from sunmao.core.crypto import persons
from sunmao.core.crypto.sealed import (
    BlindIndexField,
    EncryptedJSONField,
    EncryptedTextField,
    JsonField,
    SealedField,
    Token,
    context_of,
)
from sunmao.core.tenants import TenantModel


class PersonField(SealedField):
    """Sealed with a person's key; `key` is the model's column that holds the key's id.

    Erasing the person destroys the key. From then on the field reads as erased, and no row was changed.
    """

    def __init__(self, *args: Any, key: str = "person_key", **kwargs: Any) -> None:
        self.key = key
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "key": self.key}

    def seal(self, instance: TenantModel, text: str) -> str:  # type: ignore[override]
        return persons.seal_with(
            getattr(instance, self.key),
            text,
            context=self.context(instance),
            organisation_id=instance.organisation_id,
        )

    def open(self, instance: TenantModel, token: str) -> Any:  # type: ignore[override]
        text = persons.open_token(
            token, context=self.context(instance), organisation_id=instance.organisation_id
        )
        return self.erased() if text is None else self.load(text)

    def erased(self) -> Any:
        raise NotImplementedError


class PersonTextField(PersonField):
    def erased(self) -> Any:
        return persons.Erased()


class PersonJSONField(JsonField, PersonField):
    def erased(self) -> Any:
        return self.get_default()


__all__ = [
    "BlindIndexField",
    "EncryptedJSONField",
    "EncryptedTextField",
    "PersonField",
    "PersonJSONField",
    "PersonTextField",
    "SealedField",
    "Token",
    "context_of",
]
