from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sunmao.core.errors import InvalidInput
from verticals.contract_review.documents.redline import (
    Change,
    accept_all,
    redline,
    redline_of_text,
    reject_all,
    write_redline,
)
from verticals.contract_review.documents.word import names
from verticals.contract_review.tests.documents import word
from verticals.contract_review.tests.documents.word import (
    BOLD,
    PLAIN,
    RED,
    deleted,
    document,
    inserted,
    paragraph,
    run,
    table,
)

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
SENTENCE = (
    "甲方应在合同签订后30日内支付乙方服务费用100万元，若甲方逾期支付，每逾期1日，按逾期金额的5%支付违约金。"
)


def change(text: str, old: str, new: str | None, comment: str = "") -> Change:
    start = text.index(old)
    return Change(start=start, end=start + len(old), new_text=new, comment=comment, author="Sunmao + Wang")


def runs_of_sentence() -> str:
    return paragraph(
        run("甲方应在合同签订后30日内支付乙方服务费用100万元，若甲方逾期支付，每逾期1日，"),
        run("按逾期金额的", BOLD), run("5", RED), run("%", BOLD), run("支付违约金。"),
        properties='<w:jc w:val="both"/>',
    )  # fmt: skip


def test_a_replaced_figure_is_struck_out_and_keeps_its_look_when_rejected() -> None:
    original = document(runs_of_sentence())
    made = write_redline(
        original, [change(SENTENCE, "的5%支付", "的0.05%支付", "【严重】违约金过高")], now=NOW
    )

    assert word.text_of(made) == SENTENCE.replace("5%", "0.05%")
    assert word.text_of(accept_all(made)) == SENTENCE.replace("5%", "0.05%")
    assert word.looks_of(reject_all(made)) == word.looks_of(original)
    assert word.marks_of(made, "Sunmao + Wang") >= 2
    assert word.comments_of(made) == ["【严重】违约金过高"]
    xml = docx.Document(BytesIO(made)).element.xml
    assert 'w:date="2026-11-22T08:30:00Z"' in xml
    [comment] = docx.Document(BytesIO(made)).comments
    assert (comment.author, comment.initials) == ("Sunmao + Wang", "SM")


def test_a_new_clause_is_a_paragraph_of_its_own_and_goes_away_when_rejected() -> None:
    text = "第一条 交付\n第二条 付款"
    original = document(paragraph(run("第一条 交付", BOLD)), paragraph(run("第二条 付款")))
    at = len("第一条 交付")
    made = write_redline(
        original,
        [
            Change(
                start=at, end=at, new_text="\n第一条之一 验收\n甲方应在10个工作日内验收。", comment="缺少验收"
            )
        ],
        now=NOW,
    )

    assert (
        word.text_of(accept_all(made))
        == "第一条 交付\n第一条之一 验收\n甲方应在10个工作日内验收。\n第二条 付款"
    )
    assert word.looks_of(reject_all(made)) == word.looks_of(original)
    assert word.text_of(reject_all(made)) == text
    assert word.comments_of(made) == ["缺少验收"]


def test_a_clause_that_goes_takes_its_paragraph_with_it() -> None:
    original = document(*(paragraph(run(f"第{n}条 内容{n}。")) for n in "一二三"))
    text = word.text_of(original)
    made = write_redline(original, [change(text, "第二条 内容二。\n", "")], now=NOW)

    assert word.text_of(accept_all(made)) == "第一条 内容一。\n第三条 内容三。"
    assert len(docx.Document(BytesIO(accept_all(made))).paragraphs) == 2
    assert word.looks_of(reject_all(made)) == word.looks_of(original)


def test_a_change_in_a_cell_of_a_table_stays_in_its_cell() -> None:
    original = document(
        table(
            (paragraph(run("项目")), paragraph(run("金额"))),
            (paragraph(run("服务费", BOLD)), paragraph(run("100万元"))),
        )
    )
    text = word.text_of(original)
    assert text == "项目\t金额\n服务费\t100万元"
    made = write_redline(original, [change(text, "100万元", "80万元\n（含税）")], now=NOW)

    assert word.text_of(accept_all(made)) == "项目\t金额\n服务费\t80万元\n（含税）"
    assert word.looks_of(reject_all(made)) == word.looks_of(original)


@pytest.mark.parametrize(
    ("case", "blocks", "old", "note"),
    [
        (
            "words of a link",
            [paragraph(run("见"), f'<w:hyperlink w:anchor="x">{run("附件一")}</w:hyperlink>', run("。"))],
            "附件一",
            "link",
        ),
        (
            "words of a field",
            [
                paragraph(
                    run("合同于"),
                    '<w:r><w:fldChar w:fldCharType="begin"/></w:r>',
                    '<w:r><w:instrText xml:space="preserve"> DATE </w:instrText></w:r>',
                    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>',
                    run("2026年3月1日"),
                    '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
                    run("签订"),
                )
            ],
            "3月1日签订",
            "field",
        ),
        (
            "a picture among the words",
            [paragraph(run("盖章"), "<w:r><w:drawing/></w:r>", run("之处"))],
            "盖章之处",
            "object",
        ),
        (
            "the border between two cells",
            [table((paragraph(run("甲方")), paragraph(run("乙方"))))],
            "甲方\t乙方",
            "table",
        ),
        (
            "a tracked move of somebody else",
            [paragraph(run("前"), f'<w:moveTo w:id="5" {word.THEIRS}>{run("移来的话")}</w:moveTo>')],
            "移来的话",
            "moved",
        ),
        (
            "a date to be chosen",
            [
                paragraph(
                    run("日期"),
                    f"<w:sdt><w:sdtPr><w:date/></w:sdtPr><w:sdtContent>{run('请选择')}</w:sdtContent></w:sdt>",
                )
            ],
            "请选择",
            "control",
        ),
    ],
)
def test_words_that_word_does_not_let_go_are_commented_and_stay(
    case: str, blocks: list[str], old: str, note: str
) -> None:
    original = document(*blocks)
    text = word.text_of(original)
    made = redline(original, [change(text, old, "别的话", "【中】理由")], now=NOW)

    assert [outcome.note for outcome in made.outcomes] == [note]
    assert word.looks_of(made.data) == word.looks_of(original)
    [comment] = word.comments_of(made.data)
    assert comment.startswith("【中】理由\n")
    assert comment.endswith("别的话")


def test_somebody_elses_changes_stay_theirs() -> None:
    original = document(
        paragraph(
            run("付款期限为"), deleted("60"), inserted(run("45", BOLD), run("个工作")), run("日。"),
            "<w:r><w:rPr><w:b/><w:rPrChange w:id=\"77\" w:author=\"Chen\"><w:rPr/></w:rPrChange></w:rPr>"
            "<w:t>逾期无责。</w:t></w:r>",
        )
    )  # fmt: skip
    text = word.text_of(original)
    assert text == "付款期限为45个工作日。逾期无责。"
    made = write_redline(
        original,
        [
            change(text, "45个", "30个"),
            change(text, "工作日", "工作日内"),
            change(text, "逾期无责", "逾期担责"),
        ],
        now=NOW,
    )

    assert word.text_of(accept_all(made)) == "付款期限为30个工作日内。逾期担责。"
    assert word.text_of(reject_all(made)) == "付款期限为60日。逾期无责。"
    ours = frozenset({"Sunmao + Wang"})
    assert word.looks_of(reject_all(made, authors=ours)) == word.looks_of(original)
    assert word.marks_of(made, "Chen") >= word.marks_of(original, "Chen") == 2
    numbers = word.numbers_of(made)
    assert len(numbers) == len(set(numbers))


def test_of_two_changes_that_meet_the_first_is_made_and_the_other_says_why_not() -> None:
    original = document(runs_of_sentence())
    made = redline(
        original,
        [
            change(SENTENCE, "每逾期1日，按逾期金额的5%", "每逾期1日，按逾期金额的0.05%"),
            change(SENTENCE, "5%支付", "1%支付", "另一意见"),
        ],
        now=NOW,
    )

    assert [(outcome.tracked, outcome.note) for outcome in made.outcomes] == [(True, ""), (False, "overlap")]
    assert word.text_of(accept_all(made.data)) == SENTENCE.replace("5%", "0.05%")
    [comment] = word.comments_of(made.data)
    assert comment.startswith("另一意见\n")


@pytest.mark.parametrize(
    ("case", "first", "second", "expected"),
    [
        ("words behind a sentence", "甲。", "乙。", "付款。甲。乙。\n末"),
        ("paragraphs behind a line", "\n甲。", "\n乙。", "付款。\n甲。\n乙。\n末"),
    ],
)
def test_two_additions_at_one_place_are_made_in_their_order(
    case: str, first: str, second: str, expected: str
) -> None:
    original = document(paragraph(run("付款。")), paragraph(run("末")))
    changes = [Change(start=3, end=3, new_text=new, comment=new.strip()) for new in (first, second)]
    made = redline(original, changes, now=NOW)

    assert all(outcome.tracked for outcome in made.outcomes)
    assert word.text_of(accept_all(made.data)) == expected
    assert word.looks_of(reject_all(made.data)) == word.looks_of(original)
    assert len(word.comments_of(made.data)) == 2


def test_a_place_that_the_text_does_not_have_is_refused() -> None:
    original = document(paragraph(run("短")))
    with pytest.raises(InvalidInput) as refused:
        redline(original, [Change(start=0, end=9, new_text="长")], now=NOW)
    assert refused.value.code == "change_outside_text"


def test_a_number_that_word_counts_is_in_the_text_and_out_of_reach() -> None:
    numbered = docx.Document()
    for said in ("交付", "付款"):
        numbered.add_paragraph(said, style="List Number")
    original = word.saved(numbered)
    text = word.text_of(original)
    assert text == "1. 交付\n2. 付款"

    made = redline(original, [change(text, "2. 付款", "3. 付款"), change(text, "付款", "按月付款")], now=NOW)
    assert [outcome.note for outcome in made.outcomes] == ["number", ""]
    assert word.text_of(made.data) == "1. 交付\n2. 按月付款"

    without = write_redline(original, [change(text, "1. 交付\n", "")], now=NOW)
    assert word.text_of(accept_all(without)) == "1. 付款"
    assert word.looks_of(reject_all(without)) == word.looks_of(original)

    own = write_redline(original, [Change(start=5, end=5, new_text="\n1.1 验收")], now=NOW)
    assert word.text_of(accept_all(own)) == "1. 交付\n1.1 验收\n2. 付款"
    assert word.looks_of(reject_all(own)) == word.looks_of(original)


def test_a_line_is_added_where_the_next_change_takes_the_end_of_the_paragraph_away() -> None:
    original = document(paragraph(), paragraph(run("末")))
    changes = [Change(start=0, end=0, new_text="\n一"), Change(start=0, end=1, new_text="")]
    made = write_redline(original, changes, now=NOW)
    assert word.text_of(accept_all(made)) == "\n一末"
    assert word.looks_of(reject_all(made)) == word.looks_of(original)


def test_a_pasted_contract_becomes_a_document_with_the_changes_in_it() -> None:
    text = f"服务合同\n\n第一条 付款\n{SENTENCE}\n\t签章："
    made = redline_of_text(text, [change(text, "5%", "0.05%", "过高")], now=NOW, title="服务合同")

    assert word.text_of(made.data) == text.replace("5%", "0.05%")
    assert word.text_of(reject_all(made.data)) == text
    assert docx.Document(BytesIO(made.data)).core_properties.title == "服务合同"


LOOKS = st.sampled_from([PLAIN, BOLD, RED])
WORDS = st.text(alphabet="甲乙方应付款30.5%，。 ab", min_size=1, max_size=8)
RUNS = st.builds(run, WORDS, LOOKS)
THEIRS = st.one_of(
    st.builds(lambda w, look: inserted(run(w, look)), WORDS, LOOKS),
    st.builds(deleted, WORDS, LOOKS),
    st.builds(lambda w, x: inserted(run(w), run(x, BOLD)), WORDS, WORDS),
)
CONTENT = st.lists(st.one_of(RUNS, RUNS, RUNS, THEIRS), max_size=5)
PARAGRAPHS = st.builds(
    lambda content, right: paragraph(*content, properties='<w:jc w:val="right"/>' if right else ""),
    CONTENT,
    st.booleans(),
)
CELL_ROWS = st.lists(st.tuples(PARAGRAPHS, PARAGRAPHS), min_size=1, max_size=2)
BLOCKS = st.lists(
    st.one_of(PARAGRAPHS, PARAGRAPHS, PARAGRAPHS, st.builds(lambda rows: table(*rows), CELL_ROWS)),
    min_size=1,
    max_size=6,
)
NEW = st.text(alphabet="丙丁应付款40.5%，。 xy\n", max_size=12)


def check_any_changes(blocks: list[str], data: st.DataObject) -> None:
    original = document(*blocks, paragraph(run("末")))
    text = word.text_of(original)
    edges = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=8)))
    changes = [
        Change(start=start, end=end, new_text=data.draw(NEW), comment="理由", author="Sunmao")
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    ]

    made = redline(original, changes, now=NOW)

    expected = text
    for one, outcome in reversed(list(zip(changes, made.outcomes, strict=True))):
        if outcome.tracked:
            expected = expected[: one.start] + (one.new_text or "") + expected[one.end :]
    assert word.text_of(made.data) == expected
    assert word.text_of(accept_all(made.data)) == expected
    assert word.looks_of(reject_all(made.data, authors=frozenset({"Sunmao"}))) == word.looks_of(original)
    assert word.text_of(reject_all(made.data)) == word.text_of(reject_all(original))
    assert len(word.comments_of(made.data)) == len(changes)
    numbers = word.numbers_of(made.data)
    kept = word.numbers_of(original)
    assert len(set(numbers) - set(kept)) == len([n for n in numbers if n not in kept])
    for element in docx.Document(BytesIO(made.data)).element.body.iter(names.DELETED):
        assert not list(element.iter(names.TEXT))


QUICK = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
LONG = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(blocks=BLOCKS, data=st.data())
def test_whatever_is_changed_accepting_gives_the_new_text_and_rejecting_the_old_document(
    blocks: list[str], data: st.DataObject
) -> None:
    check_any_changes(blocks, data)


@pytest.mark.slow
@LONG
@given(blocks=BLOCKS, data=st.data())
def test_the_same_for_five_hundred_documents(blocks: list[str], data: st.DataObject) -> None:
    check_any_changes(blocks, data)
