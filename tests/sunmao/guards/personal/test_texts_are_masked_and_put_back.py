from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sunmao.guards.personal import (
    DEFAULTS,
    Allowed,
    Policy,
    StreamMask,
    StreamRestorer,
    protect,
    restore,
    without_placeholders,
)
from sunmao.guards.personal.masking import names_may_remain
from sunmao.guards.personal.policy import normal

TEXT = "我叫林志远，手机13812345678，备用138 1234 5678，卡号4532015112830366。"
QUESTION, ANSWER = DEFAULTS["question"], DEFAULTS["answer"]


def test_one_value_has_one_placeholder_however_it_is_written() -> None:
    made = protect(TEXT, policy=QUESTION, language="zh")

    assert made.text == "我叫<PERSON_1>，手机<MOBILE_1>，备用<MOBILE_1>，卡号<BANK_CARD_1>。"
    assert made.surrogates == {
        "<PERSON_1>": "林志远",
        "<MOBILE_1>": "13812345678",
        "<BANK_CARD_1>": "4532015112830366",
    }


def test_the_next_text_of_the_same_exchange_goes_on_counting() -> None:
    first = protect("手机13812345678", policy=QUESTION, language="zh")
    second = protect(
        "换成13987654321，不用13812345678", policy=QUESTION, language="zh", surrogates=first.surrogates
    )

    assert second.text == "换成<MOBILE_2>，不用<MOBILE_1>"


def test_a_placeholder_that_somebody_typed_is_not_taken_for_one_of_ours() -> None:
    made = protect("<MOBILE_1> 是什么？13812345678", policy=QUESTION, language="zh")

    assert made.text == "<MOBILE_1> 是什么？<MOBILE_2>"
    assert restore(made.text, made.surrogates) == "<MOBILE_1> 是什么？13812345678"


@pytest.mark.parametrize("written", ["<mobile_1>", "< MOBILE 1 >", "＜MOBILE_1＞", "<MOBILE\\_1>"])
def test_a_model_may_change_the_spelling_of_a_placeholder(written: str) -> None:
    assert restore(f"call {written} now", {"<MOBILE_1>": "13812345678"}) == "call 13812345678 now"


def test_a_mask_keeps_the_length_where_offsets_matter() -> None:
    masked = protect(TEXT, policy=DEFAULTS["knowledge"], language="zh", keep_length=True)

    assert len(masked.text) == len(TEXT)
    assert "林志远" in masked.text
    assert "1381234" not in masked.text


def test_refusing_leaves_nothing() -> None:
    made = protect(TEXT, policy=Policy({"bank_card": "refuse", "mobile": "mask"}), language="zh")

    assert (made.text, made.refused, dict(made.surrogates)) == ("", ("bank_card",), {})


def test_searching_leaves_out_placeholders_and_what_introduces_them() -> None:
    assert without_placeholders("我叫<PERSON_1>，手机<MOBILE_1>，沙发保修多久？") == "沙发保修多久？"
    assert without_placeholders("<MOBILE_1>").strip() == ""
    assert without_placeholders("a < b") == "a < b"


@pytest.mark.parametrize(
    ("case", "question", "searched"),
    [
        ("a clause of its own", "我的手机号是<MOBILE_1>，怎么开发票？", "怎么开发票？"),
        ("a longer word for it", "我的手机号码是<MOBILE_1>，怎么开发票？", "怎么开发票？"),
        ("no comma", "我的手机号是<MOBILE_1>怎么开发票", "怎么开发票"),
        ("in English", "My phone number is <MOBILE_1> and I need an invoice", "and I need an invoice"),
        ("it is what is asked about", "我的手机号<MOBILE_1>怎么换绑", "我的手机号 怎么换绑"),
    ],
)
def test_what_is_said_of_ones_own_number_is_not_searched_for(case: str, question: str, searched: str) -> None:
    assert " ".join(without_placeholders(question).split()) == searched, case


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("王小明今天来过", True),
        ("沙发的保修期是多久", False),
        ("we met Anna there", True),
        ("How long is it?", False),
    ],
)
def test_it_is_said_when_names_may_remain(text: str, may: bool) -> None:
    assert names_may_remain(text) is may


def _fed(stream: StreamMask | StreamRestorer, text: str, size: int) -> str:
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    return "".join([*(stream.feed(piece) for piece in pieces), stream.flush()])


SAID = (
    "致电13812345678或 138 1234 5678，邮箱a.b@example.com；"
    "身份证110105 19900307 6515，沪AD12345。热线400-000-6680。"
)
MASKED = "致电<MOBILE>或 <MOBILE>，邮箱<EMAIL>；身份证<ID_CARD>，<PLATE>。热线400-000-6680。"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 200])
def test_a_stream_is_masked_wherever_it_is_cut(size: int) -> None:
    mask = StreamMask(policy=ANSWER, language="zh")

    assert _fed(mask, SAID, size) == MASKED
    assert sorted(one.kind for one in mask.found) == ["email", "id_card", "mobile", "mobile", "plate"]


@pytest.mark.parametrize("size", [1, 4, 200])
def test_what_the_asker_wrote_or_a_source_says_may_be_said(size: int) -> None:
    allowed = Allowed(["我的手机是 138-1234-5678", "写信到 a.b@example.com"])
    mask = StreamMask(policy=ANSWER, language="zh", allowed=allowed)

    said = _fed(mask, SAID, size)

    assert "13812345678" in said
    assert "a.b@example.com" in said
    assert "<ID_CARD>" in said


@pytest.mark.parametrize("size", [1, 3, 50])
def test_a_stream_masks_names_by_the_sentence_where_it_is_asked_to(size: int) -> None:
    mask = StreamMask(policy=Policy({"person": "mask"}), language="zh")

    assert _fed(mask, "患者林志远已出院。请复诊。", size) == "患者<PERSON>已出院。请复诊。"


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_stream_is_put_back_wherever_it_is_cut(size: int) -> None:
    restorer = StreamRestorer({"<MOBILE_1>": "13812345678", "<PERSON_1>": "林志远"})

    assert _fed(restorer, "<PERSON_1>您好，<MOBILE_1>，a < b", size) == "林志远您好，13812345678，a < b"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789 -.·@<>_abcXx张王患者电话：，。\n１２京A", max_size=60), st.integers(1, 9))
def test_cutting_changes_nothing_that_a_restorer_says(text: str, size: int) -> None:
    kept = {"<MOBILE_1>": "13812345678"}

    assert _fed(StreamRestorer(kept), text, size) == restore(text, kept)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789 -.·@<>_abcXx张王患者电话：，。\n１２京A", max_size=60))
def test_putting_back_undoes_replacing(text: str) -> None:
    made = protect(text, policy=Policy(dict.fromkeys(QUESTION.modes, "surrogate")), language="zh")

    assert normal(restore(made.text, made.surrogates)) == normal(text)
