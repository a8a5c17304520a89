"""The head of a chain: its newest seal, to be kept where whoever runs the database cannot reach it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.audit.chain import hash_of, header_of, stamp
from sunmao.audit.models import Seal, Waiting
from sunmao.audit.sealing import MAINTENANCE
from sunmao.audit.signing import PublicKey, public_keys
from sunmao.core import tenancy
from sunmao.core.errors import InvalidInput
from sunmao.core.ids import reference

KIND = "sunmao.audit.head/1"


class NotAHead(InvalidInput):
    code = "not_an_audit_head"
    default_message = _("This is not a head of an audit log, or it was changed.")


@dataclass(frozen=True, kw_only=True)
class Head:
    """`header` is what was signed; whoever has the public key needs nothing else to believe it."""

    organisation_id: uuid.UUID
    number: int
    last: int
    hash: str
    sealed_at: str
    header: str
    key: str
    public_key: str
    signature: str

    @classmethod
    def of(cls, seal: Seal) -> Head:
        known = public_keys().get(seal.key_id)
        header = header_of(seal)
        return cls(
            organisation_id=seal.organisation_id,
            number=seal.number,
            last=seal.last,
            hash=bytes(seal.hash).hex(),
            sealed_at=stamp(seal.sealed_at),
            header=header,
            key=seal.key_id,
            public_key=known.raw.hex() if known else "",
            signature=bytes(seal.signature).hex(),
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": KIND,
            "organisation": str(self.organisation_id),
            "number": self.number,
            "last": self.last,
            "hash": self.hash,
            "sealed_at": self.sealed_at,
            "header": self.header,
            "key": self.key,
            "public_key": self.public_key,
            "signature": self.signature,
        }

    @classmethod
    def parse(cls, data: Any) -> Head:
        """A head as it was exported. It must be signed by the key that it carries."""
        try:
            found = cls(
                organisation_id=reference(data["organisation"]),
                number=int(data["number"]),
                last=int(data["last"]),
                hash=str(data["hash"]),
                sealed_at=str(data["sealed_at"]),
                header=str(data["header"]),
                key=str(data["key"]),
                public_key=str(data["public_key"]),
                signature=str(data["signature"]),
            )
            key = PublicKey.of(bytes.fromhex(found.public_key))
            signed = key.verifies(bytes.fromhex(found.signature), found.header.encode())
            told = json.loads(found.header)
        except (KeyError, TypeError, ValueError) as error:
            raise NotAHead from error
        same = (told["number"], told["organisation"]) == (found.number, str(found.organisation_id))
        if not signed or not same or hash_of(found.header).hex() != found.hash or key.id != found.key:
            raise NotAHead
        return found


def head_of(organisation_id: uuid.UUID) -> Head | None:
    with tenancy.scope(organisation_id):
        newest = Seal.objects.order_by("-number").defer("entries").first()
        return Head.of(newest) if newest else None


def organisations() -> list[uuid.UUID]:
    """Every organisation that has a chain, or entries that wait for one."""
    with tenancy.presenting(tenancy.MAINTENANCE, MAINTENANCE):
        sealed = Seal.objects.values_list("organisation_id", flat=True).distinct()
        waiting = Waiting.objects.values_list("organisation_id", flat=True).distinct()
        return sorted({*sealed, *waiting})


def parse_heads(text: str) -> list[Head]:
    """A file of heads: one JSON object, a list of them, or one on each line."""
    try:
        data = json.loads(text)
    except ValueError:
        try:
            data = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise NotAHead from error
    found = data.get("heads", [data]) if isinstance(data, dict) else data
    if not isinstance(found, list) or not found:
        raise NotAHead
    return [Head.parse(one) for one in found]
