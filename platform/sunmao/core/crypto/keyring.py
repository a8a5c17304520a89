"""The installation's encryption keys: AES-256, each with an id; the first is the current one.

They are given as `id:base64` lines, in a file (`SUNMAO_ENCRYPTION_KEYS_FILE`, or the one that the first start
made below SUNMAO_HOME) or in `SUNMAO_ENCRYPTION_KEYS`. A file is read again when it changes, so that every
process learns of a new key without a restart. No key encrypts anything itself: each purpose has a sub-key of
its own (HKDF-SHA-256, RFC 5869).
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import tempfile
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import SunmaoError, Unavailable

KEY_BYTES = 32
KEY_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")  # neither a dot nor SQL's wildcards but the underscore


class SealedDataUnreadable(SunmaoError):
    """The key is gone, or the data is not what was sealed, or it was moved to another place."""

    code = "sealed_data_unreadable"
    default_message = _("Stored data could not be decrypted. The operator's log has the details.")


class EncryptionKeysMissing(Unavailable):
    """Refused rather than sealed with a key that nobody keeps."""

    code = "encryption_keys_missing"
    default_message = _("This installation has no encryption keys. Nothing was saved.")


@dataclass(frozen=True)
class Key:
    id: str
    secret: bytes = field(repr=False)

    @classmethod
    def fresh(cls, key_id: str) -> Key:
        return cls(key_id, secrets.token_bytes(KEY_BYTES))

    def line(self) -> str:
        return f"{self.id}:{base64.b64encode(self.secret).decode()}"

    def derive(self, purpose: str) -> bytes:
        return _derived(self.secret, purpose)


@lru_cache(maxsize=64)
def _derived(secret: bytes, purpose: str) -> bytes:
    info = f"sunmao/1/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)


@dataclass(frozen=True)
class KeyRing:
    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        if not self.keys:
            raise EncryptionKeysMissing
        return self.keys[0]

    def find(self, key_id: str) -> Key | None:
        return next((key for key in self.keys if key.id == key_id), None)


def parse(text: str) -> KeyRing:
    """One key per line or comma; a line that begins with # is a comment."""
    lines = [line.strip() for line in text.replace(",", "\n").splitlines()]
    keys = tuple(_key(line) for line in lines if line and not line.startswith("#"))
    ids = [key.id for key in keys]
    if len(set(ids)) < len(ids):
        raise ImproperlyConfigured("SUNMAO_ENCRYPTION_KEYS: two keys have the same id.")
    return KeyRing(keys)


def _key(line: str) -> Key:
    key_id, _separator, encoded = line.partition(":")
    try:
        secret = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        secret = b""
    if not KEY_ID.fullmatch(key_id) or len(secret) != KEY_BYTES:
        # Never the line itself: it may be a key.
        raise ImproperlyConfigured("SUNMAO_ENCRYPTION_KEYS: each key is id:base64 of 32 bytes.")
    return Key(key_id, secret)


_lock = threading.Lock()
_read: tuple[object, KeyRing] | None = None


def ring() -> KeyRing:
    """The keys as they are now; empty when this installation has none."""
    global _read
    version = _version()
    if _read is None or _read[0] != version:
        with _lock:
            _read = (version, _load())
    return _read[1]


def _version() -> object:
    """What changes when the keys do: asking costs one stat."""
    if settings.SUNMAO_ENCRYPTION_KEYS:
        return settings.SUNMAO_ENCRYPTION_KEYS
    try:
        stat = os.stat(settings.SUNMAO_ENCRYPTION_KEYS_FILE)
    except OSError:
        return None
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def _load() -> KeyRing:
    if settings.SUNMAO_ENCRYPTION_KEYS:
        return parse(settings.SUNMAO_ENCRYPTION_KEYS)
    try:
        return parse(Path(settings.SUNMAO_ENCRYPTION_KEYS_FILE).read_text(encoding="ascii"))
    except FileNotFoundError:
        return KeyRing(())
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"SUNMAO_ENCRYPTION_KEYS_FILE cannot be read: {error}") from error


def write(keys: KeyRing) -> None:
    """Replace the key file at once, readable by its owner only; no process ever sees half of it."""
    file = Path(settings.SUNMAO_ENCRYPTION_KEYS_FILE)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write("".join(f"{key.line()}\n" for key in keys.keys))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise


__all__ = ["EncryptionKeysMissing", "Key", "KeyRing", "SealedDataUnreadable", "parse", "ring", "write"]
