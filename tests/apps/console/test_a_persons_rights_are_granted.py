from __future__ import annotations

import io
import zipfile

import pytest
from django.urls import reverse

from sunmao.accounts.models import User
from tests.fixtures.cast import Cast, Person
from tests.fixtures.state import state_of, verbs_of


def _page() -> str:
    return reverse("admin:core_personkey_changelist")


def test_an_administrator_looks_first_and_then_erases(cast: Cast) -> None:
    before = state_of(cast.hemu)

    looked = cast.lin.client.post(_page(), {"subject": "mei", "look": "1"})

    assert "What erasing would do" in looked.content.decode()
    assert "Accounts made nameless" in looked.content.decode()
    assert state_of(cast.hemu) == before

    erased = cast.lin.client.post(_page(), {"subject": "lin", "erase": "mei"})

    assert "The person was erased." in erased.content.decode()
    assert not User.objects.filter(username="mei").exists()


def test_an_export_is_a_file(cast: Cast) -> None:
    answer = cast.lin.client.post(_page(), {"subject": "mei", "export": "1"})

    assert answer["Content-Disposition"] == 'attachment; filename="person.zip"'
    archive = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert "profile.json" in archive.namelist()
    assert verbs_of(cast.hemu)[-1] == "person.exported"


def test_somebody_unknown_is_said_to_be_unknown(cast: Cast) -> None:
    before = state_of(cast.hemu)

    answer = cast.lin.client.post(_page(), {"subject": "omar", "erase": "omar"})

    assert "Nothing is held here about such a person." in answer.content.decode()
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("who", ["zhou", "mei"])
def test_others_do_not_find_the_page(who: str, cast: Cast) -> None:
    person: Person = getattr(cast, who)
    before = state_of(cast.hemu)

    for method, data in (("get", None), ("post", {"subject": "lin", "erase": "mei"})):
        assert getattr(person.client, method)(_page(), data).status_code in (302, 403, 404)

    assert state_of(cast.hemu) == before
    assert User.objects.filter(username="mei").exists()
