from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from verticals.contract_review.documents.comparing import compare, compare_docx
from verticals.contract_review.documents.redline import accept_all, reject_all
from verticals.contract_review.tests.documents import word
from verticals.contract_review.tests.documents.word import BOLD, document, paragraph, run, table

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OLD = """技术服务合同
第一条 服务内容
乙方为甲方建设数据平台，包括采集、清洗和展示三个部分。
第二条 付款
甲方应在合同签订后30日内支付服务费用100万元。
第三条 保密
双方对在履行合同中知悉的对方商业秘密负有保密义务，期限三年。
第四条 违约责任
乙方逾期交付，无需承担任何违约责任。
第五条 争议解决
因本合同发生的争议，由甲方所在地人民法院管辖。"""
NEW = """技术服务合同
第一条 服务内容
乙方为甲方建设数据平台，包括采集、清洗和展示三个部分。
第二条 争议解决
因本合同发生的争议，由甲方所在地人民法院管辖。
第三条 付款
甲方应在合同签订后45日内支付服务费用100万元。
第四条 验收
甲方应在收到成果后10个工作日内完成验收。
第五条 保密
双方对在履行合同中知悉的对方商业秘密负有保密义务，期限三年。"""


def test_clauses_are_found_again_whatever_their_number_is_now() -> None:
    found = [(change.kind, change.heading) for change in compare(OLD, NEW).changes]

    assert found == [
        ("same", "技术服务合同"),
        ("same", "服务内容"),
        ("moved", "争议解决"),
        ("changed", "付款"),
        ("added", "验收"),
        ("same", "保密"),
        ("removed", "违约责任"),
    ]


def test_a_changed_clause_says_which_words() -> None:
    changed = next(change for change in compare(OLD, NEW).changes if change.kind == "changed")

    assert [(one.kind, one.text) for one in changed.words if one.kind != "same"] == [
        ("removed", "二"),
        ("added", "三"),
        ("removed", "30"),
        ("added", "45"),
    ]
    start, end = changed.before or (0, 0)
    assert OLD[start:end].startswith("第二条 付款")
    start, end = changed.after or (0, 0)
    assert NEW[start:end].endswith("100万元。")


def test_the_same_text_has_no_changes() -> None:
    comparison = compare(OLD, OLD)

    assert comparison.count("same") == len(comparison.changes) == 6


def test_unnumbered_paragraphs_are_compared_one_by_one() -> None:
    comparison = compare(
        "Fees are due in 30 days.\nLaw of Ireland.", "Fees are due in 45 days.\nLaw of Ireland."
    )

    assert [change.kind for change in comparison.changes] == ["changed", "same"]
    [removed, added] = [one for one in comparison.changes[0].words if one.kind != "same"]
    assert (removed.text, added.text) == ("30", "45")


def test_the_words_of_every_clause_give_both_versions_again() -> None:
    for change in compare(OLD, NEW).changes:
        old = "".join(one.text for one in change.words if one.kind != "added")
        new = "".join(one.text for one in change.words if one.kind != "removed")
        assert old == ("" if change.before is None else OLD[slice(*change.before)])
        assert new == ("" if change.after is None else NEW[slice(*change.after)])


def test_two_pasted_versions_become_one_document_with_tracked_changes() -> None:
    made = compare_docx(OLD, NEW, now=NOW, author="Sunmao")

    assert word.text_of(accept_all(made)) == NEW
    assert word.text_of(reject_all(made)) == OLD


def test_two_word_documents_keep_the_look_of_the_old_one() -> None:
    old = document(
        paragraph(run("服务合同", BOLD)),
        paragraph(run("费用为"), run("100", BOLD), run("万元。")),
        table(
            (paragraph(run("名称")), paragraph(run("数量5"))), (paragraph(run("甲")), paragraph(run("乙")))
        ),
        paragraph(run("完。")),
    )
    new = document(
        paragraph(run("服务合同")),
        paragraph(run("费用为120万元。")),
        paragraph(run("分两期支付。")),
        table(
            (paragraph(run("名称")), paragraph(run("数量8"))), (paragraph(run("甲")), paragraph(run("乙")))
        ),
        paragraph(run("完。")),
    )
    made = compare_docx(old, new, now=NOW)

    assert word.text_of(accept_all(made)) == word.text_of(new)
    assert word.looks_of(reject_all(made)) == word.looks_of(old)


def test_numbers_that_word_counts_are_left_to_word() -> None:
    import docx

    def numbered(*items: str) -> bytes:
        made = docx.Document()
        for item in items:
            made.add_paragraph(item, style="List Number")
        return word.saved(made)

    old = numbered("服务内容", "付款期限三十日", "保密", "争议解决")
    new = numbered("服务内容", "付款期限六十日", "验收标准", "争议解决")
    made = compare_docx(old, new, now=NOW)

    assert word.text_of(accept_all(made)) == word.text_of(new)
    assert word.looks_of(reject_all(made)) == word.looks_of(old)


LINES = st.lists(st.sampled_from([*OLD.split("\n"), *NEW.split("\n"), "", "附则"]), min_size=1, max_size=8)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(one=LINES, two=LINES)
def test_any_two_texts_lead_to_each_other(one: list[str], two: list[str]) -> None:
    old, new = "\n".join(one), "\n".join(two)
    made = compare_docx(old, new, now=NOW)

    assert word.text_of(accept_all(made)) == new
    assert word.text_of(reject_all(made)) == old
