"""Who signs the chain: Ed25519 keys made from secret texts of the settings.

The first key signs; the others, or only their public halves, verify what was sealed before. A key's id is the
beginning of its public half's SHA-256, so that an id cannot be given to another key.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Unavailable

PUBLIC = "public:"
SHORTEST = 32


class AuditKeyMissing(Unavailable):
    code = "audit_key_missing"
    default_message = _("This installation has no key to sign the audit log with.")


@dataclass(frozen=True)
class PublicKey:
    id: str
    raw: bytes

    @classmethod
    def of(cls, raw: bytes) -> PublicKey:
        return cls(hashlib.sha256(raw).hexdigest()[:16], raw)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    public: PublicKey
    _private: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def signer() -> Signer:
    for text in settings.SUNMAO_AUDIT.keys:
        if not text.startswith(PUBLIC):
            return _signer(text)
    raise AuditKeyMissing


def public_keys() -> dict[str, PublicKey]:
    """Every key whose seals are believed, by id."""
    known = [_public(text) for text in settings.SUNMAO_AUDIT.keys]
    return {key.id: key for key in known}


def parse_public(text: str) -> PublicKey:
    """A public key as `head` prints it, in 64 hexadecimal digits."""
    try:
        raw = bytes.fromhex(text.removeprefix(PUBLIC).strip())
        Ed25519PublicKey.from_public_bytes(raw)
    except ValueError as error:
        raise ImproperlyConfigured("A public audit key has 64 hexadecimal digits.") from error
    return PublicKey.of(raw)


def _public(text: str) -> PublicKey:
    return parse_public(text) if text.startswith(PUBLIC) else _signer(text).public


@lru_cache(maxsize=16)
def _signer(text: str) -> Signer:
    if len(text) < SHORTEST:
        raise ImproperlyConfigured(f"An audit key needs at least {SHORTEST} random characters.")
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sunmao/1/audit-seal").derive(text.encode())
    private = Ed25519PrivateKey.from_private_bytes(seed)
    raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(PublicKey.of(raw), private)
