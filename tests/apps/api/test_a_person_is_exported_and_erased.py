from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.test import Client

from sunmao.accounts.models import User
from sunmao.accounts.services import create_api_key
from tests.fixtures.cast import Cast
from tests.fixtures.state import state_of, verbs_of

EXPORT, ERASURE = "/api/v1/people/export", "/api/v1/people/erasure"


def _post(client: Client, address: str, data: object) -> tuple[int, bytes]:
    answer = client.post(address, data, content_type="application/json")
    return answer.status_code, answer.getvalue()


def test_an_export_is_a_zip_file_with_a_manifest(cast: Cast) -> None:
    status, body = _post(cast.lin.client, EXPORT, {"subject": "mei"})

    assert status == 200
    archive = zipfile.ZipFile(io.BytesIO(body))
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["subject"] == cast.mei.actor.subject
    assert {part["file"] for part in manifest["parts"]} | {"manifest.json"} == set(archive.namelist())
    assert verbs_of(cast.hemu)[-1] == "person.exported"


def test_an_erasure_is_rehearsed_and_done(cast: Cast) -> None:
    before = state_of(cast.hemu)
    status, body = _post(cast.lin.client, ERASURE, {"subject": "mei", "dry_run": True})
    assert (status, json.loads(body)["dry_run"]) == (200, True)
    assert state_of(cast.hemu) == before

    status, body = _post(cast.lin.client, ERASURE, {"subject": "mei"})

    report = json.loads(body)
    assert (status, report["subject"]) == (200, cast.mei.actor.subject)
    assert {"what": "Accounts made nameless", "count": 1} in report["erased"]
    assert not User.objects.filter(username="mei").exists()
    assert verbs_of(cast.hemu)[-1] == "person.erased"


@pytest.mark.parametrize(
    ("_case", "data", "refusal"),
    [
        ("nobody is called so", {"subject": "nobody"}, (404, "unknown_person")),
        ("it is another organisation's", {"subject": "omar"}, (404, "unknown_person")),
        ("nobody is named", {}, (400, "invalid_input")),
        ("the name is endless", {"subject": "x" * 221}, (400, "invalid_input")),
        ("there is more than is known", {"subject": "mei", "all": True}, (400, "invalid_input")),
    ],
)
@pytest.mark.parametrize("address", [EXPORT, ERASURE])
def test_it_is_refused_when(
    _case: str, data: object, refusal: tuple[int, str], address: str, cast: Cast
) -> None:
    before = state_of(cast.hemu)

    status, body = _post(cast.lin.client, address, data)

    assert (status, json.loads(body)["code"]) == refusal
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("who", ["zhou", "ann", "mei"])
@pytest.mark.parametrize("address", [EXPORT, ERASURE])
def test_others_may_not(who: str, address: str, cast: Cast) -> None:
    before = state_of(cast.hemu)

    status, body = _post(getattr(cast, who).client, address, {"subject": "mei"})

    assert (status, json.loads(body)["code"]) == (403, "forbidden")
    assert state_of(cast.hemu)["accounts_membership"] == before["accounts_membership"]
    assert User.objects.filter(username="mei").exists()


def test_a_key_may_not_even_of_an_administrator(cast: Cast) -> None:
    key = create_api_key(actor=cast.lin.actor, name="program")

    status, body = _post(Client(headers={"x-api-key": key.secret}), ERASURE, {"subject": "mei"})

    assert (status, json.loads(body)["code"]) == (403, "forbidden")
    assert User.objects.filter(username="mei").exists()
