"""The secrets of second factors lie in JSON of a library's table; a change of keys must find them there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator

from sunmao.accounts.signin.adapters import SECRETS
from sunmao.core.crypto import sealing


class SecondFactors:
    def pending(self, current: str) -> int:
        return sum(self._is_old(row, current) for row in Authenticator.objects.all())

    def renew(self, current: str, limit: int) -> int:
        """Locked, so that a recovery code that is used at the moment stays used."""
        old = [row.pk for row in Authenticator.objects.all() if self._is_old(row, current)][:limit]
        for row in Authenticator.objects.select_for_update().filter(pk__in=old):
            row.data = _renewed(row.data)
            row.save(update_fields=["data"])
        return len(old)

    def used_keys(self) -> Counter[str]:
        rows = Authenticator.objects.all()
        return Counter(sealing.key_id_of(token) for row in rows for token in _tokens(row.data))

    def _is_old(self, row: Authenticator, current: str) -> bool:
        return any(sealing.key_id_of(token) != current for token in _tokens(row.data))


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(f"{sealing.VERSION}.")


def _tokens(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _tokens(one)
    elif _is_token(value):
        yield value


def _renewed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _renewed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_renewed(one) for one in value]
    if _is_token(value):
        return sealing.seal(sealing.unseal(value, context=SECRETS), context=SECRETS)
    return value
