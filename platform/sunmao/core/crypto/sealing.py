"""Texts under lock: AES-256-GCM with a fresh nonce, bound to the place where they are kept.

A token says how it was made and with which key, `s1.<key id>.<nonce and ciphertext>`. Its `context` is
associated data: a token that was moved to another row or column is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sunmao.core.crypto.keyring import Key, SealedDataUnreadable, ring

VERSION = "s1"
NONCE_BYTES = 12


def seal(text: str, *, context: str) -> str:
    key = ring().current
    return locked(key.derive("text"), text, head=f"{VERSION}.{key.id}", context=context)


def unseal(token: str, *, context: str) -> str:
    """Raises `SealedDataUnreadable` when the key is gone or the token does not belong to this context."""
    key_id = key_id_of(token)
    key = ring().find(key_id)
    if key is None:
        raise SealedDataUnreadable(fields={"key": key_id})
    return opened(key.derive("text"), token, context=context)


def key_id_of(token: str) -> str:
    version, _, rest = token.partition(".")
    if version != VERSION:
        raise SealedDataUnreadable
    return rest.partition(".")[0]


def locked(secret: bytes, text: str, *, head: str, context: str) -> str:
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(secret).encrypt(nonce, text.encode(), f"{head}|{context}".encode())
    return f"{head}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def opened(secret: bytes, token: str, *, context: str) -> str:
    head, _, encoded = token.rpartition(".")
    try:
        sealed = base64.urlsafe_b64decode(encoded)
        plain = AESGCM(secret).decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{head}|{context}".encode()
        )
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise SealedDataUnreadable from error
    return plain.decode()


def blind_index(text: str, *, context: str) -> str:
    """For equality search: the same text gives the same index in the same context, and tells nothing else."""
    return _index(ring().current, text, context)


def blind_indexes(text: str, *, context: str) -> list[str]:
    """What to search for: rows that were written under an earlier key still carry that key's index."""
    return [_index(key, text, context) for key in ring().keys]


def _index(key: Key, text: str, context: str) -> str:
    secret, message = key.derive("index"), f"{len(context)}|{context}|{text}"
    return f"{key.id}.{hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()}"


__all__ = ["SealedDataUnreadable", "blind_index", "blind_indexes", "seal", "unseal"]
