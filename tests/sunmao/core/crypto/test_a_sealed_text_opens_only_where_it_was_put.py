from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from sunmao.core.crypto import keyring
from sunmao.core.crypto.keyring import EncryptionKeysMissing, Key, KeyRing, SealedDataUnreadable
from sunmao.core.crypto.sealing import blind_index, blind_indexes, seal, unseal

OLD, NEW = Key("old", bytes(32)), Key("new", bytes([1]) * 32)


@pytest.fixture
def ring_file(settings: Any, tmp_path: Path) -> Path:
    settings.SUNMAO_ENCRYPTION_KEYS = ""
    settings.SUNMAO_ENCRYPTION_KEYS_FILE = tmp_path / "keys"
    keyring.write(KeyRing((OLD,)))
    return tmp_path / "keys"


def test_a_token_tells_its_key_and_nothing_of_its_text(ring_file: Path) -> None:
    token = seal("王小明 13800138000", context="t.c:1")

    assert token.startswith("s1.old.")
    assert len(base64.urlsafe_b64decode(token.rpartition(".")[2])) == 12 + 16 + len(
        "王小明 13800138000".encode()
    )
    assert unseal(token, context="t.c:1") == "王小明 13800138000"
    assert token != seal("王小明 13800138000", context="t.c:1")


@pytest.mark.parametrize(
    ("_case", "change", "context"),
    [
        ("it was moved to another row", lambda token: token, "t.c:2"),
        ("it was moved to another column", lambda token: token, "t.d:1"),
        (
            "a bit was turned over",
            lambda token: token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1],
            "t.c:1",
        ),
        ("it was cut off", lambda token: token[:30], "t.c:1"),
        ("its key is not in the ring", lambda token: token.replace("old", "lost"), "t.c:1"),
        ("it names another key of the ring", lambda token: token.replace("old", "new"), "t.c:1"),
        ("it is of an unknown kind", lambda token: "s9" + token[2:], "t.c:1"),
        ("it is no token", lambda token: "plain text", "t.c:1"),
        ("it is empty", lambda token: "", "t.c:1"),
    ],
)
def test_a_token_is_refused_when(_case: str, change: Any, context: str, ring_file: Path) -> None:
    keyring.write(KeyRing((OLD, NEW)))
    token = seal("secret", context="t.c:1")

    with pytest.raises(SealedDataUnreadable) as refused:
        unseal(change(token), context=context)

    assert refused.value.code == "sealed_data_unreadable"


def test_a_new_key_is_used_without_a_restart_and_the_old_one_still_opens(ring_file: Path) -> None:
    before = seal("kept", context="t.c:1")

    keyring.write(KeyRing((NEW, OLD)))

    assert seal("kept", context="t.c:1").startswith("s1.new.")
    assert unseal(before, context="t.c:1") == "kept"


def test_equal_texts_have_equal_indexes_in_one_context_only(ring_file: Path) -> None:
    first = blind_index("lin@hemu.example", context="users.email")

    assert first == blind_index("lin@hemu.example", context="users.email")
    assert first != blind_index("lin@hemu.example", context="users.phone")
    assert first != blind_index("mei@hemu.example", context="users.email")
    keyring.write(KeyRing((NEW, OLD)))
    assert first in blind_indexes("lin@hemu.example", context="users.email")
    assert first != blind_index("lin@hemu.example", context="users.email")


def test_without_keys_nothing_is_sealed(settings: Any, tmp_path: Path) -> None:
    settings.SUNMAO_ENCRYPTION_KEYS = ""
    settings.SUNMAO_ENCRYPTION_KEYS_FILE = tmp_path / "absent"

    with pytest.raises(EncryptionKeysMissing):
        seal("secret", context="t.c:1")


def test_a_key_file_is_written_for_its_owner_only(ring_file: Path) -> None:
    assert ring_file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(ring_file.parent) == ["keys"]


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("a key is too short", "a:" + base64.b64encode(bytes(16)).decode()),
        ("a key is not base64", "a:%%%"),
        ("a key has no id", base64.b64encode(bytes(32)).decode()),
        ("an id would break the token", "a.b:" + base64.b64encode(bytes(32)).decode()),
        ("two keys share an id", ",".join([OLD.line(), "old:" + base64.b64encode(bytes(32)).decode()])),
    ],
)
def test_wrong_keys_stop_the_start_and_are_not_shown(_case: str, text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        keyring.parse(text)

    assert text.partition(":")[2] not in str(refused.value) or not text.partition(":")[2]


def test_a_key_does_not_show_itself() -> None:
    assert repr(OLD) == "Key(id='old')"
