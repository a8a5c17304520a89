"""Guessing gets slower and slower, and then stops for a while.

Every try is counted before the secret is looked at, in the database, so that neither many processes nor many
requests at once get a free one, and so that the loss of the broker opens nothing. The right secret gives the
count back. Three counts are kept: of a name from one address, of a name from anywhere, and of an address.
A place from which the person got in lately is not held by what strangers do with their name elsewhere.

Rows carry a keyed hash: a copy of the table names nobody.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.signin.models import Attempts, SpentToken
from sunmao.core.clock import now
from sunmao.core.errors import SunmaoError

FORGET_AFTER = timedelta(days=1)
KNOWN_PLACE = timedelta(days=30)

TRY = """
    INSERT INTO signin_attempts AS a (key, failures, last_at, locked_until)
    VALUES (%(key)s, 1, %(now)s, NULL)
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN a.last_at < %(forget)s THEN 1 ELSE a.failures + 1 END,
        last_at = %(now)s,
        locked_until = CASE WHEN a.last_at >= %(forget)s AND a.failures + 1 >= %(free)s
            THEN %(now)s + least(%(cap)s, %(base)s * power(2, least(a.failures + 1 - %(free)s, 20)))
                 * interval '1 second' END
    WHERE a.locked_until IS NULL OR a.locked_until <= %(now)s
    RETURNING locked_until, proven_at
"""


class TooManyTries(SunmaoError):
    """Guessing was too quick; `retry_after` says for how long nothing is looked at."""

    code, status = "sign_in_locked", 429
    default_message = _("Too many attempts. Wait a little and try again.")

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.retry_after = max(1, math.ceil((until - now()).total_seconds()))


@dataclass(frozen=True)
class Limit:
    """After `free` tries in vain each further one doubles the wait, from `base` to `cap` seconds."""

    free: int
    base: int
    cap: int


PAIR = Limit(free=5, base=30, cap=3600)
NAME = Limit(free=25, base=60, cap=900)
ADDRESS = Limit(free=100, base=60, cap=900)
CODE = Limit(free=5, base=30, cap=3600)


@dataclass(frozen=True)
class Try:
    """A counted try. `locked_until` is set when this one, should it fail, was the last for a while."""

    keys: tuple[str, ...]
    locked_until: datetime | None


def try_name(*, name: str, address: str) -> Try:
    """Count a try of a password. Raises `TooManyTries` without counting when there were too many."""
    pair, person, place = _name_keys(name, address)
    with transaction.atomic():
        until, proven = _count(pair, PAIR)
        at_home = proven is not None and proven > now() - KNOWN_PLACE
        locks = [until]
        if not at_home:
            locks.append(_count(person, NAME)[0])
        locks.append(_count(place, ADDRESS)[0])
    return Try((pair, person, place), max((lock for lock in locks if lock), default=None))


def try_code(*, user_id: object) -> Try:
    """Count a try of a second factor's code: whoever is asked for it knows the password already."""
    key = _key("code", str(user_id))
    with transaction.atomic():
        until, _proven = _count(key, CODE)
    return Try((key,), until)


def try_place(*, address: str) -> Try:
    """Count a try that names nobody, such as a passkey's."""
    key = _key("address", address)
    with transaction.atomic():
        until, _proven = _count(key, ADDRESS)
    return Try((key,), until)


def give_back(tried: Try) -> None:
    """It was the right secret. An address gets this one try back only: one good account must not free it."""
    if len(tried.keys) == 1:
        Attempts.objects.filter(key=tried.keys[0]).update(failures=0, locked_until=None)
        return
    pair, person, place = tried.keys
    Attempts.objects.filter(key=person).update(failures=0, locked_until=None)
    Attempts.objects.filter(key=pair).update(failures=0, locked_until=None, proven_at=now())
    Attempts.objects.filter(key=place).update(failures=Greatest(F("failures") - 1, 0), locked_until=None)


def unlock(*, name: str, user_id: object) -> int:
    """Forget what was tried with a person's name from anywhere; gives how many counts were dropped."""
    return _all_of(name, user_id).filter(failures__gt=0).update(failures=0, locked_until=None)


def locked_until(*, name: str, user_id: object) -> datetime | None:
    """Until when a person is locked out, from any address at all."""
    found = _all_of(name, user_id).filter(locked_until__gt=now()).order_by("-locked_until").first()
    return found.locked_until if found else None


def spend(*, kind: str, value: str, until: datetime) -> bool:
    """True the first time, for all processes together; false when it was used already."""
    _row, fresh = SpentToken.objects.get_or_create(hash=_key(kind, value), defaults={"expires_at": until})
    return fresh


def sweep() -> None:
    """Drop what cannot matter any more."""
    SpentToken.objects.filter(expires_at__lt=now()).delete()
    Attempts.objects.filter(last_at__lt=now() - KNOWN_PLACE).delete()


def place(address: str) -> str:
    """What counts as one place: of IPv6 a whole /64, which one household owns."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)


def _count(key: str, limit: Limit) -> tuple[datetime | None, datetime | None]:
    moment = now()
    given: dict[str, str | int | datetime] = {
        "key": key,
        "now": moment,
        "forget": moment - FORGET_AFTER,
        "free": limit.free,
        "base": limit.base,
        "cap": limit.cap,
    }
    with connection.cursor() as cursor:
        cursor.execute(TRY, given)
        row = cursor.fetchone()
    if row is None:
        raise TooManyTries(Attempts.objects.values_list("locked_until", flat=True).get(key=key) or moment)
    return row[0], row[1]


def _all_of(name: str, user_id: object) -> QuerySet[Attempts]:
    """A pair's key begins with half of the name's, so that all pairs of a name are found."""
    person = _key("name", name.casefold())
    return Attempts.objects.filter(Q(key__startswith=person[:32]) | Q(key=_key("code", str(user_id))))


def _name_keys(name: str, address: str) -> tuple[str, str, str]:
    person = _key("name", name.casefold())
    return person[:32] + _key("from", address)[:32], person, _key("address", address)


def _key(kind: str, value: str) -> str:
    return salted_hmac(f"sunmao.signin.{kind}", value, algorithm="sha256").hexdigest()
