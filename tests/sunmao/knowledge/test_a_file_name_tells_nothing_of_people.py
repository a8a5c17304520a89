from __future__ import annotations

import pytest

from sunmao.accounts import services as accounts
from sunmao.core import tenancy
from sunmao.guards.personal.services import PersonalDataRefused, set_policy
from sunmao.knowledge import services
from sunmao.knowledge.models import Document
from tests.fixtures import Cast, files_of, state_of

TELLING = "客户110101199003077758手机13800138000.txt"
OTHER = "客户11010119900307889X手机13800138000.txt"


def _receive(cast: Cast, name: str, content: bytes = b"# Returns\n\nThirty days.\n") -> services.Received:
    base = services.create_base(actor=cast.zhou.actor, slug="shop")
    return services.receive(actor=cast.zhou.actor, base=base, name=name, chunks=[content])


def test_numbers_in_it_give_way_and_the_ending_stays(cast: Cast) -> None:
    name = _receive(cast, TELLING).document.name
    assert "110101199003077758" not in name
    assert "13800138000" not in name
    assert name.startswith("客户…手机…-")
    assert name.endswith(".txt")


def test_the_same_file_is_the_same_document_and_another_persons_is_not(cast: Cast) -> None:
    first, again = _receive(cast, TELLING), _receive(cast, TELLING)
    other = _receive(cast, OTHER)
    assert (again.document.pk, again.outcome) == (first.document.pk, "unchanged")
    assert (other.document.pk != first.document.pk, other.outcome) == (True, "new")


def test_an_ordinary_name_stays_what_it_is(cast: Cast) -> None:
    assert _receive(cast, "退货办法 2026-11 (第3版).md").document.name == "退货办法 2026-11 (第3版).md"


def test_where_such_data_is_refused_nothing_is_kept(cast: Cast) -> None:
    services.create_base(actor=cast.zhou.actor, slug="shop")
    system = accounts.system_actor(cast.hemu)
    set_policy(actor=system, place="knowledge", modes={"id_card": "refuse"})
    before = state_of(cast.hemu)
    with pytest.raises(PersonalDataRefused):
        _receive(cast, TELLING)
    assert state_of(cast.hemu) == before
    assert files_of(cast.hemu) == []
    with tenancy.scope(cast.hemu.pk):
        assert not Document.objects.exists()
