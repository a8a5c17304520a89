"""Questions about one contract: answered from its clauses, cited, or not answered."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps

from sunmao.accounts import services as accounts
from sunmao.answering.services import AnswerFailed
from sunmao.core import tenancy
from sunmao.core.errors import EmptyInput, NotFound
from sunmao.core.vertical import config_of
from sunmao.releases.sample import seed_vertical
from tests.fixtures.state import state_of, verbs_of
from verticals.contract_review import tasks
from verticals.contract_review.models import Inquiry
from verticals.contract_review.service import inquiries, receiving
from verticals.contract_review.service.errors import NotYetReviewed
from verticals.contract_review.tests.service.conftest import run_waiting_jobs

LEASE = """房屋租赁合同
出租方（甲方）：河木置业有限公司
承租方（乙方）：清河诊所
第一条 租赁房屋
甲方将位于滨江路8号的房屋出租给乙方使用，建筑面积120平方米。
第二条 租金
每月租金为人民币8000元，乙方应于每月5日前支付。
第三条 押金
乙方于签约时支付押金16000元，租赁期满无违约的，甲方应在7日内无息退还。
第四条 维修
房屋主体结构的维修由甲方负责。
第五条 争议解决
因本合同发生的争议，由房屋所在地人民法院管辖。
"""


@pytest.fixture
def lease(cast: Any, review_text: Any, engines: Any) -> Any:
    seed_vertical(
        actor=accounts.system_actor(cast.hemu), config=config_of("contract_review"), with_documents=False
    )
    return review_text(cast.lin.actor, LEASE, side="乙方", contract_type="lease")


def answer(actor: Any, review: Any, question: str) -> dict[str, Any]:
    work = tasks.ask_about(actor=actor, data={"question": question, "review_id": str(review.pk)})
    run_waiting_jobs(actor)
    return work.wait()


def test_the_answer_quotes_the_clause_that_says_it(cast: Any, lease: Any) -> None:
    told = answer(cast.lin.actor, lease, "押金什么时候退还？")

    assert told["outcome"] == "answered"
    assert "7日内无息退还" in told["output"]["text"]
    [first, *_] = told["citations"]
    assert LEASE[first["start"] : first["end"]].strip().startswith(first["quote"][:10])
    assert verbs_of(cast.hemu)[-2:] == ["answer.intended", "contract_inquiry.answered"]


def test_what_the_contract_does_not_say_is_not_answered(cast: Any, lease: Any) -> None:
    told = answer(cast.lin.actor, lease, "火星上的葡萄收成如何？")
    assert (told["outcome"], told["citations"]) == ("unanswered", [])
    assert told["output"]["text"] == "未查询到相关知识"


def test_what_a_model_writes_is_verified(cast: Any, lease: Any, model_server: Any) -> None:
    model_server.pieces = ["押金为99999元[1]，由火星支付[7]。"]
    told = answer(cast.lin.actor, lease, "押金是多少？")
    assert "[7]" not in told["output"]["text"]
    assert {one["rule_id"] for one in told["findings"]} == {"G-CITE", "G-NUMBER"}
    assert told["ai_generated"] is True


@pytest.mark.parametrize(
    "wrote", ['{"findings": [{"quote": "押金", "title":', "押金是16000元。", "押金由火星支付[7]。"]
)
def test_what_a_model_writes_without_a_clause_is_left_out_and_the_clause_is_quoted(
    cast: Any, lease: Any, model_server: Any, wrote: str
) -> None:
    model_server.pieces = [wrote]
    told = answer(cast.lin.actor, lease, "押金是多少？")
    assert told["output"]["text"] == (
        "乙方于签约时支付押金16000元，租赁期满无违约的，甲方应在7日内无息退还。[1]"
    )
    assert (told["ai_generated"], [one["heading"] for one in told["citations"]]) == (False, ["押金"])
    with tenancy.scope(cast.hemu.pk):
        detail = (
            apps.get_model("audit", "Entry")
            .objects.filter(verb="contract_inquiry.answered")
            .latest("at")
            .detail
        )
    assert (detail["engine"], detail["left_out"]) == ("extractive", "uncited")


@pytest.mark.parametrize(("fallback", "outcome"), [(["extractive"], "answered"), ([], "model_server_failed")])
def test_the_clause_is_quoted_when_the_model_fails_where_the_settings_say_so(
    cast: Any, lease: Any, model_server: Any, settings: Any, fallback: list[str], outcome: str
) -> None:
    model_server.status, settings.SUNMAO_OPENAI_RETRIES = 500, 0
    settings.SUNMAO_ENGINE_FALLBACK = fallback
    if fallback:
        told = answer(cast.lin.actor, lease, "押金是多少？")
        assert (told["outcome"], told["ai_generated"]) == (outcome, False)
        assert "押金16000元" in told["output"]["text"]
        return
    with pytest.raises(AnswerFailed) as refused:
        answer(cast.lin.actor, lease, "押金是多少？")
    assert refused.value.code == outcome


@pytest.mark.parametrize(("_case", "question"), [("nothing", ""), ("spaces", "  ")])
def test_no_question_is_refused(cast: Any, lease: Any, _case: str, question: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(EmptyInput):
        inquiries.ask(actor=cast.lin.actor, review=lease, question=question)
    assert state_of(cast.hemu) == before


def test_an_unfinished_review_cannot_be_asked(cast: Any) -> None:
    received = receiving.receive_text(actor=cast.lin.actor, text=LEASE, wish=receiving.wish({}))
    with pytest.raises(NotYetReviewed):
        inquiries.ask(actor=cast.lin.actor, review=received.review, question="押金是多少？")


def test_a_foreign_review_is_not_there(cast: Any, lease: Any) -> None:
    before = state_of(cast.qinghe)
    with pytest.raises(NotFound):
        tasks.ask_about(actor=cast.omar.actor, data={"question": "押金？", "review_id": str(lease.pk)})
    with pytest.raises(NotFound):
        tasks.ask_about(actor=cast.mei.actor, data={"question": "押金？", "review_id": str(lease.pk)})
    assert state_of(cast.qinghe) == before
    with tenancy.scope(cast.hemu.pk):
        assert Inquiry.objects.count() == 0


def test_a_short_clause_is_quoted_whole_whatever_words_the_question_uses(cast: Any, lease: Any) -> None:
    told = answer(cast.lin.actor, lease, "保证金几时能拿回来？")
    assert told["output"]["text"] == (
        "乙方于签约时支付押金16000元，租赁期满无违约的，甲方应在7日内无息退还。[1]"
    )
    assert [one["heading"] for one in told["citations"]] == ["押金"]


def test_who_is_bound_is_found_where_both_are(cast: Any, lease: Any, review_text: Any) -> None:
    text = "合作协议\n第一条 付款\n甲方每月付款。\n第二条 保密\n双方对商业秘密负有保密义务。"
    told = answer(cast.lin.actor, review_text(cast.lin.actor, text), "谁负责保密？")
    assert told["output"]["text"] == "双方对商业秘密负有保密义务。[1]"
    refused = answer(cast.lin.actor, lease, "谁负责保密？")
    assert (refused["outcome"], refused["citations"]) == ("unanswered", [])
