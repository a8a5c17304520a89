from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from verticals.contract_review.documents.calendar import ics
from verticals.contract_review.documents.duties.timing import shifted
from verticals.contract_review.documents.obligations import Obligation, obligations
from verticals.contract_review.domain.segments import clauses

AS_OF = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
DATED = "技术服务合同\n签订日期：2026年3月1日\n服务期限自2026年3月1日起至2027年2月28日止。\n"


def only(text: str, **options: object) -> Obligation:
    [found] = obligations(text, as_of=AS_OF, **options)  # type: ignore[arg-type]
    assert text[found.start : found.end] == found.quote
    return found


@pytest.mark.parametrize(
    ("case", "text", "expected"),
    [
        ("a day", "余款甲方应于2026年12月31日前付清。", ("pay", "甲方", date(2026, 12, 31), "", 0, "day")),
        (
            "a day in Chinese figures",
            "乙方应当在二〇二七年一月十五日前交付全部设备。",
            ("deliver", "乙方", date(2027, 1, 15), "", 0, "day"),
        ),
        (
            "so long after an event without a date",
            "甲方应在收到乙方开具的发票后十（10）个工作日内付款。",
            ("pay", "甲方", None, "收到乙方开具的发票", 10, "working_day"),
        ),
        (
            "from the day of an event",
            "承租方应自合同解除之日起7日内腾退房屋。",
            ("return", "承租方", None, "合同解除", 7, "day"),
        ),
        (
            "acceptance after delivery",
            "甲方应在交付后15日内完成验收。",
            ("accept", "甲方", None, "交付", 15, "day"),
        ),
        (
            "notice ahead",
            "一方解除合同的，应提前30日书面通知对方。",
            ("report", "一方", None, "解除", -30, "day"),
        ),
        (
            "notice ahead of what somebody does",
            "甲方出售商铺的，应提前三十日通知乙方。",
            ("report", "甲方", None, "出售商铺", -30, "day"),
        ),
        (
            "a party named behind the time",
            "合同生效后五日内，需方支付定金。",
            ("pay", "需方", None, "合同生效", 5, "day"),
        ),
        (
            "an English day",
            "The Supplier shall deliver the Software on or before June 30, 2027.",
            ("deliver", "The Supplier", date(2027, 6, 30), "", 0, "day"),
        ),
        (
            "an English period in words",
            "The Customer shall pay each invoice within thirty (30) days after receipt of the invoice.",
            ("pay", "The Customer", None, "receipt of the invoice", 30, "day"),
        ),
    ],
)
def test_one_sentence_is_one_duty(case: str, text: str, expected: tuple[object, ...]) -> None:
    found = only(text)

    assert (found.kind, found.who, found.due, found.event, found.offset, found.unit) == expected


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("a penalty for each day", "每逾期1日，按逾期金额的0.05%支付违约金。"),
        ("a threshold of being late", "甲方逾期支付超过15日的，乙方有权解除合同。"),
        ("what follows from doing nothing", "甲方接到通知后七日内不维修的，乙方可代为维修。"),
        ("a right", "乙方有权在收到通知后10日内查阅账簿。"),
        ("an English right", "The Customer may inspect the books within 30 days after the end of a year."),
        ("a bare date", "签订日期：2026年3月1日"),
        ("a length that is no deadline", "保修期为12个月。"),
        ("a century by a slip of the pen", "甲方应在签订后99999999工作日内支付。"),
    ],
)
def test_what_obliges_nobody_by_a_date_is_no_duty(case: str, text: str) -> None:
    assert obligations(text, as_of=AS_OF) == ()


@pytest.mark.parametrize(
    ("case", "sentence", "due"),
    [
        ("after signing", "甲方应在合同签订后30日内支付预付款。", date(2026, 3, 31)),
        ("working days after signing", "乙方应在签署后5个工作日内提交计划。", date(2026, 3, 6)),
        ("before the end", "任何一方应在合同期满前30日书面通知对方是否续签。", date(2027, 1, 29)),
        ("months after signing", "乙方应在签订之日起3个月内完成交付。", date(2026, 6, 1)),
    ],
)
def test_a_date_is_counted_from_what_the_contract_dates_itself(case: str, sentence: str, due: date) -> None:
    found = [one for one in obligations(DATED + sentence, as_of=AS_OF) if one.kind != "end"]

    assert [one.due for one in found] == [due]


def test_notice_about_renewal_and_the_end_of_the_term_are_told_apart() -> None:
    found = obligations(
        DATED + "合同期满前30日，任何一方未书面通知不续签的，应当视为同意续签一年。", as_of=AS_OF
    )

    assert [(one.kind, one.due) for one in found] == [
        ("renew", date(2027, 1, 29)),
        ("end", date(2027, 2, 28)),
    ]


def test_what_comes_back_every_month_begins_next_and_ends_with_the_contract() -> None:
    found = [
        one for one in obligations(DATED + "甲方应当于每月5日前支付当月服务费。", as_of=AS_OF) if one.every
    ]

    [monthly] = found
    assert (monthly.every, monthly.due, monthly.until) == ("month", date(2026, 12, 5), date(2027, 2, 28))


def test_somebody_may_tell_a_date_that_the_text_leaves_open() -> None:
    text = "甲方应在验收合格后10日内支付尾款。"

    assert only(text).due is None
    assert only(text, known={"验收合格": date(2026, 12, 1)}).due == date(2026, 12, 11)


def test_a_duty_knows_its_clause_and_keeps_its_key_when_others_come() -> None:
    sentence = "甲方应在交付后15日内完成验收。"
    short = f"第一条 验收\n{sentence}"
    long = f"第一条 付款\n甲方应于2027年1月5日前付款。\n第二条 验收\n{sentence}"
    [alone] = obligations(short, clauses(short), as_of=AS_OF)
    _paid, together = obligations(long, clauses(long), as_of=AS_OF)

    assert (alone.heading, together.heading) == ("验收", "验收")
    assert alone.key == together.key


@pytest.mark.parametrize(
    ("case", "day", "offset", "unit", "expected"),
    [
        ("a short month", date(2027, 1, 31), 1, "month", date(2027, 2, 28)),
        ("a leap day", date(2028, 2, 29), 1, "year", date(2029, 2, 28)),
        ("over a weekend", date(2026, 11, 20), 1, "working_day", date(2026, 11, 23)),
        ("back over a weekend", date(2026, 11, 23), -1, "working_day", date(2026, 11, 20)),
        ("weeks", date(2026, 11, 22), 2, "week", date(2026, 12, 6)),
    ],
)
def test_days_are_counted(case: str, day: date, offset: int, unit: str, expected: date) -> None:
    assert shifted(day, offset, unit) == expected  # type: ignore[arg-type]


def lines_of(data: bytes) -> list[str]:
    return data.decode().replace("\r\n ", "").split("\r\n")


def test_the_calendar_is_what_rfc_5545_asks_for() -> None:
    text = (
        DATED
        + "甲方应当于每月5日前支付服务费，一次付清；不得拖延。\n"
        + "乙方应在收到\\通知后3日内提交报告，并保证完整。"
    )
    data = ics(obligations(text, as_of=AS_OF), contract_id="c-1", title="合同, 甲;乙", now=NOW, language="en")
    lines = lines_of(data)

    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert "X-WR-CALNAME:合同\\, 甲\\;乙" in lines
    assert "DTSTART;VALUE=DATE:20261205" in lines
    assert "DTEND;VALUE=DATE:20261206" in lines
    assert "RRULE:FREQ=MONTHLY;UNTIL=20270228" in lines
    assert "DTSTAMP:20261122T083000Z" in lines
    assert lines.count("TRIGGER:-P7D") == lines.count("BEGIN:VALARM") == lines.count("BEGIN:VEVENT") == 2
    assert lines.count("BEGIN:VTODO") == 1
    assert any("\\\\通知" in line and "\\n" in line for line in lines if line.startswith("DESCRIPTION"))
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(set(uids)) == 3
    assert all(uid.endswith(".c-1@sunmao") for uid in uids)


def test_a_calendar_without_dates_still_holds_one_component() -> None:
    lines = lines_of(ics([], contract_id="c-1", title="t", now=NOW))
    assert [line for line in lines if line.startswith("BEGIN:")] == [
        "BEGIN:VCALENDAR",
        "BEGIN:VTIMEZONE",
        "BEGIN:STANDARD",
    ]


def test_a_second_export_has_the_same_uids() -> None:
    def uids(now: datetime, text: str) -> set[str]:
        data = ics(obligations(text, as_of=AS_OF), contract_id="c-1", title="t", now=now)
        return {line for line in lines_of(data) if line.startswith("UID:")}

    text = "甲方应于2027年1月5日前付款。"
    assert uids(NOW, text) == uids(datetime(2026, 12, 1, tzinfo=UTC), text)
    assert uids(NOW, text) < uids(NOW, text + "乙方应于2027年2月5日前交付。")


def test_no_line_end_of_a_contract_ends_a_line_of_the_calendar() -> None:
    evil = Obligation(
        key="k", kind="pay", who="甲\r\nEND:VEVENT", quote="a\nBEGIN:VALARM\r\nx", start=0, end=1, due=AS_OF
    )
    lines = lines_of(ics([evil], contract_id="c\r\nX:1", title="t\nEND:VCALENDAR", now=NOW))

    assert lines.count("END:VEVENT") == lines.count("BEGIN:VALARM") == lines.count("END:VCALENDAR") == 1
