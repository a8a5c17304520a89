"""A file under lock, written and read as a stream.

The content is cut into chunks of 64 KiB, each sealed by AES-256-GCM. The nonce counts the chunks and marks
the last one, so that a chunk that is missing, doubled, moved or cut off is found (the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizár, 2015). Every file has a key of its own, derived from the ring's key, a
random salt and the organisation, so that a nonce never meets a key twice.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sunmao.core.crypto.keyring import Key, SealedDataUnreadable, ring

MAGIC = b"\x89SMF1\r\n\x1a"  # as PNG's: what breaks files on their way breaks this first
CHUNK, TAG, SALT = 64 * 1024, 16, 32


def sealed(chunks: Iterable[bytes], *, organisation_id: uuid.UUID) -> Iterator[bytes]:
    key, salt = ring().current, os.urandom(SALT)
    name = key.id.encode()
    head = MAGIC + bytes([len(name)]) + name + salt
    cipher = _cipher(key, salt, organisation_id)
    yield head
    for number, (chunk, last) in enumerate(_cut(chunks)):
        yield cipher.encrypt(_nonce(number, last=last), chunk, head)


def opened(file: BinaryIO, *, organisation_id: uuid.UUID) -> Iterator[bytes]:
    """The plain chunks of a file that begins with `MAGIC`; raises at the first one that is not as written."""
    head, key_id, salt = _head(file)
    key = ring().find(key_id)
    if key is None:
        raise SealedDataUnreadable(fields={"key": key_id})
    cipher, number = _cipher(key, salt, organisation_id), 0
    chunk = file.read(CHUNK + TAG)
    while chunk:
        following = file.read(CHUNK + TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), chunk, head)
        except InvalidTag as error:
            raise SealedDataUnreadable from error
        chunk, number = following, number + 1
    if not number:
        raise SealedDataUnreadable


def key_id_of(file: BinaryIO) -> str | None:
    """Which key a file was sealed with; None for a plain one, empty when its head is not as we write it."""
    if file.read(len(MAGIC)) != MAGIC:
        return None
    file.seek(0)
    try:
        return _head(file)[1]
    except SealedDataUnreadable:
        return ""


def _head(file: BinaryIO) -> tuple[bytes, str, bytes]:
    start = file.read(len(MAGIC) + 1)
    length = start[-1] if len(start) > len(MAGIC) else 0
    rest = file.read(length + SALT)
    if len(rest) < length + SALT or not length:
        raise SealedDataUnreadable
    return start + rest, rest[:length].decode(errors="replace"), rest[length:]


def _cipher(key: Key, salt: bytes, organisation_id: uuid.UUID) -> AESGCM:
    info = b"sunmao/1/file/" + organisation_id.bytes
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key.derive("file")))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _cut(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Pieces of exactly `CHUNK` bytes, but the last, which is the only one marked."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) > CHUNK:  # never all of it: the last piece must be known as the last
            yield bytes(held[:CHUNK]), False
            del held[:CHUNK]
    yield bytes(held), True
