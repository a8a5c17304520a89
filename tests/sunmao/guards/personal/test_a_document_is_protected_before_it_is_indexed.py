from __future__ import annotations

from typing import Any

from django.db import connection

from sunmao.core import tenancy
from sunmao.guards.models import SurrogateMap
from sunmao.guards.personal import services as personal
from sunmao.knowledge.models import Document, Passage
from tests.fixtures.cast import Cast

ID_CARD, MOBILE = "110105199003076515", "13812345678"
FILE = f"""# 门店联系表

## 杭州店

店长林志远，手机{MOBILE}，身份证 110105 19900307 6515。
客服热线 400-000-6680，总机 0571-88001234，邮箱 service@hemuhome.example。

## 退货

七天内可以退货。
"""


def _ingest(cast: Cast, ingest: Any, **policy: Any) -> Document:
    if policy:
        personal.set_policy(actor=cast.lin.actor, place="knowledge", **policy)
    made: Document = ingest(cast.zhou.actor, "contacts.md", FILE)
    with tenancy.scope(cast.hemu.pk):
        return Document.objects.select_related("current", "job").get(pk=made.pk)


def _passages(cast: Cast) -> list[Passage]:
    with tenancy.scope(cast.hemu.pk):
        return list(Passage.objects.select_related("revision").filter(died=None))


def test_numbers_that_name_a_person_are_masked_and_the_firms_own_stay(cast: Cast, ingest: Any) -> None:
    document = _ingest(cast, ingest)

    assert document.state == "succeeded"
    text = document.current.text  # type: ignore[union-attr]
    assert MOBILE not in text
    assert "6515" not in text
    assert "400-000-6680" in text
    assert "0571-88001234" in text
    assert "service@hemuhome.example" in text
    assert document.job.result["personal_data"] == {  # type: ignore[union-attr]
        "replaced": {"id_card": 1, "mobile": 1},
        "partial": False,
    }


def test_every_passage_still_fits_its_place_in_the_text(cast: Cast, ingest: Any) -> None:
    _ingest(cast, ingest)

    passages = _passages(cast)
    assert passages
    for passage in passages:
        assert passage.revision.text[passage.start : passage.end] == passage.text


def test_no_table_of_the_index_holds_a_masked_number(cast: Cast, ingest: Any) -> None:
    _ingest(cast, ingest)

    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        for table in (
            "knowledge_passage",
            "knowledge_revision",
            "knowledge_document",
            "jobs_job",
            "audit_entry",
        ):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~ %s", [f"{MOBILE}|19900307"])  # noqa: S608
            assert cursor.fetchone() == (0,), table


def test_a_base_may_ask_for_names_too_and_hears_what_patterns_cannot_do(cast: Cast, ingest: Any) -> None:
    document = _ingest(
        cast,
        ingest,
        scope_kind="base",
        scope="customer-service",
        modes={"person": "surrogate", "mobile": "surrogate"},
    )

    text = document.current.text  # type: ignore[union-attr]
    assert "店长<PERSON_1>" in text
    assert "林志远" not in text
    for passage in _passages(cast):
        assert passage.revision.text[passage.start : passage.end] == passage.text
    with tenancy.scope(cast.hemu.pk):
        kept = SurrogateMap.objects.get(about=document.current.pk)  # type: ignore[union-attr]
    assert kept.values == {"<PERSON_1>": "林志远"}
    assert "partial" in document.job.result["personal_data"]  # type: ignore[union-attr]


def test_a_base_may_refuse_such_documents(cast: Cast, ingest: Any) -> None:
    document = _ingest(cast, ingest, scope_kind="base", scope="customer-service", modes={"id_card": "refuse"})

    assert document.state == "failed"
    assert document.job.error_code == "personal_data_refused"  # type: ignore[union-attr]
    assert _passages(cast) == []


def test_a_policy_of_another_base_changes_nothing_here(cast: Cast, ingest: Any) -> None:
    document = _ingest(cast, ingest, scope_kind="base", scope="elsewhere", modes={"id_card": "refuse"})

    assert document.state == "succeeded"


def test_values_that_the_organisation_names_may_stand(cast: Cast, ingest: Any) -> None:
    document = _ingest(cast, ingest, modes={"mobile": "mask", "landline": "mask"}, allowed=["138 1234 5678"])

    assert MOBILE in document.current.text  # type: ignore[union-attr]
    assert "0571-88001234" not in document.current.text  # type: ignore[union-attr]
