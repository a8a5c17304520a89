"""Texts, what is found in them and where; and what must be left alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest

from sunmao.guards.personal import detect
from sunmao.guards.personal.checksums import bank_card, company_code, iban, id_card, luhn
from sunmao.guards.personal.folding import folded
from sunmao.guards.personal.found import Found, settled

FOUND: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "an identity number": ("身份证110105199003076515。", [("id_card", "110105199003076515")]),
    "full width": ("１３８１２３４５６７８", [("mobile", "１３８１２３４５６７８")]),
    "spaces between groups": ("110105 19900307 6515", [("id_card", "110105 19900307 6515")]),
    "a line that ends inside": ("110105199003\n076515", [("id_card", "110105199003\n076515")]),
    "Chinese on both sides": ("于13812345678联系", [("mobile", "13812345678")]),
    "a country code in brackets": ("(+86)138-1234-5678", [("mobile", "(+86)138-1234-5678")]),
    "a landline with extension": ("0571-88001234转802", [("landline", "0571-88001234转802")]),
    "a card": ("卡号6222021234567894", [("bank_card", "6222021234567894")]),
    "a card in groups": ("4532 0151 1283 0366 尾款", [("bank_card", "4532 0151 1283 0366")]),
    "two plates": ("粤B·12345，沪AD12345", [("plate", "粤B·12345"), ("plate", "沪AD12345")]),
    "an e-mail address": ("邮箱zhang@example.com联系", [("email", "zhang@example.com")]),
    "a passport": ("护照E12345678", [("passport", "E12345678")]),
    "a record number": ("住院号：ZY20240513", [("medical_record", "ZY20240513")]),
    "an insurance number": ("参保号 330112345678", [("insurance_number", "330112345678")]),
    "a labelled name": ("患者张三丰，女", [("person", "张三丰")]),
    "a surname with a title": ("请找王主任。", [("titled_person", "王主任")]),
    "a table": ("姓名|手机\n季风|13812345678", [("person", "季风"), ("mobile", "13812345678")]),
    "an English greeting": ("Dear Anna Schmidt,", [("person", "Anna Schmidt")]),
    "an English address": ("lives at 12 Baker Street, Apt 4", [("address", "12 Baker Street, Apt 4")]),
    "an American number": ("SSN 460-89-9847", [("us_ssn", "460-89-9847")]),
    "an address with town and postal code": (
        "Our shop: 221 Baker Street, London NW1 6XE, ground floor.",
        [("address", "221 Baker Street, London NW1 6XE")],
    ),
    "an address in lines": (
        "Our office:\n80 Maiden Lane, Suite 700\nNew York, NY 10038\nIt is open.",
        [("address", "80 Maiden Lane, Suite 700\nNew York, NY 10038")],
    ),
    "an Australian address": (
        "It went to Unit 5, 14 Smith Parade, Fitzroy VIC 3065 today",
        [("address", "Unit 5, 14 Smith Parade, Fitzroy VIC 3065")],
    ),
    "a box": ("Write to PO Box 149, Hobart TAS 7001.", [("address", "PO Box 149, Hobart TAS 7001")]),
    "a street that is named in one word": (
        "He lives in Lindenstraße 12, 10969 Berlin.",
        [("address", "Lindenstraße 12, 10969 Berlin")],
    ),
    "a street of France": (
        "au 12 rue de la Paix, 75002 Paris",
        [("address", "12 rue de la Paix, 75002 Paris")],
    ),
    "mail of armed forces": (
        "It is PSC 0272, Box 1651\nAPO AA 94530",
        [("address", "PSC 0272, Box 1651\nAPO AA 94530")],
    ),
    "an address": ("家住杭州市西湖区文三路258号3幢501室", [("address", "杭州市西湖区文三路258号3幢501室")]),
}


@pytest.mark.parametrize(("text", "found"), FOUND.values(), ids=FOUND.keys())
def test_it_is_found_where_it_stands(text: str, found: list[tuple[str, str]]) -> None:
    assert [(one.kind, text[one.start : one.end]) for one in detect(text, language="zh")] == found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("订单号110105199003076516", id="an identity number with a wrong check digit"),
        pytest.param("流水号6222021234567894000", id="a serial number longer than a card"),
        pytest.param("热线400-000-6680，投诉12315，银行95588", id="service numbers"),
        pytest.param("合同总价13812345678元", id="a sum of money"),
        pytest.param("批次20240513，型号SF-1388-0013", id="a batch"),
        pytest.param("第五百八十五条、第13条", id="articles of a law"),
        pytest.param("2024年5月13日09:20", id="a time"),
        pytest.param("UUID 550e8400-e29b-41d4-a716-446655440000", id="an identifier of ours"),
        pytest.param("姓名不得为空，患者应当复诊，班主任和总经理开会", id="labels and offices without names"),
        pytest.param("谢谢，于是马上安排，任何人应当成立", id="words that begin like names"),
        pytest.param("版本13.8.0.138，π=3.14159265358979", id="versions and constants"),
    ],
)
def test_it_is_left_alone(text: str) -> None:
    assert detect(text, language="zh") == ()


def test_what_a_record_gives_is_found_however_it_is_written() -> None:
    text = "小明今天发烧，王大夫说，王小明的卡 88-00-1234 已停"

    found = detect(text, language="zh", known=["王小明", "88001234"])

    assert [(one.kind, text[one.start : one.end], one.certain) for one in found] == [
        ("titled_person", "王大夫", False),
        ("person", "王小明", True),
        ("identifier", "88-00-1234", True),
    ]


def test_a_false_candidate_hides_no_true_one() -> None:
    text = "编号 12 110105199003076515"

    assert [text[one.start : one.end] for one in detect(text, language="zh")] == ["110105199003076515"]


def test_offsets_are_those_of_the_text_as_it_came() -> None:
    text = "\u200b\u3000电话：１３８\u00a01234\u20115678！"
    (one,) = detect(text, language="zh")

    assert text[one.start : one.end] == "１３８\u00a01234\u20115678"
    assert len(folded(text)) == len(text)


@pytest.mark.parametrize("place", range(17))
def test_one_wrong_digit_is_noticed_in_any_place(place: int) -> None:
    right = "110105199003076515"
    wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]

    assert id_card(right)
    assert not id_card(wrong)


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        pytest.param(luhn, "79927398713", "79927398710", id="Luhn"),
        pytest.param(bank_card, "4532015112830366", "4532015112830367", id="a card"),
        pytest.param(bank_card, "378282246310005", "0000000000000000", id="a card of fifteen digits"),
        pytest.param(company_code, "91350100M000100Y43", "91350100M000100Y44", id="a company"),
        pytest.param(iban, "DE89370400440532013000", "DE88370400440532013000", id="an account"),
    ],
)
def test_check_digits(check: Any, right: str, wrong: str) -> None:
    assert check(right)
    assert not check(wrong)


def test_an_identity_number_is_never_a_companys_code() -> None:
    assert not company_code("110105199003076515")


def test_of_two_finds_in_one_place_the_surer_stays_and_then_the_longer() -> None:
    kept = settled([Found(0, 4, "person", 0.7), Found(2, 9, "mobile", 0.9), Found(2, 12, "landline", 0.9)])

    assert kept == (Found(2, 12, "landline", 0.9),)


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("1 " * 50_000, id="lone digits"),
        pytest.param("1" * 100_000, id="one endless number"),
        pytest.param("a@" * 50_000, id="signs of e-mail"),
        pytest.param("北京市" * 30_000, id="cities without end"),
        pytest.param("住" + "一" * 90_000 + "号", id="a road without end"),
        pytest.param("A1" * 50_000, id="letters and digits"),
        pytest.param("Mr " + "Aa " * 30_000, id="names without end"),
        pytest.param("王" * 60_000, id="family names without end"),
        pytest.param("1234-" * 20_000, id="groups without end"),
    ],
)
def test_a_hostile_text_takes_no_longer_than_an_honest_one(hostile: str) -> None:
    began = time.process_time()
    detect(hostile, language="zh")

    assert (time.process_time() - began) * 1000 / (len(hostile.encode()) / 1024) < 40


_WEB = """
import sys, django
django.setup()
import apps.config.urls, apps.console.admin, sunmao.answering.privacy
print(sorted({"presidio_analyzer", "spacy", "torch", "cv2"} & sys.modules.keys()))
"""
_WORKER = """
import sys, socket
def refused(*a, **k): raise OSError("no network")
socket.socket.connect = refused
from django.conf import settings; settings.configure()
from sunmao.guards.personal.presidio import analyse
print([one.kind for one in analyse("My SSN is 460-89-9847", language="en")])
print([one.kind for one in analyse("电话13812345678", language="zh")])
print("torch" in sys.modules)
import torch
print(torch.ones(1).item())
"""


def _run(script: str) -> list[str]:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "apps.config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env, timeout=120
    )
    return done.stdout.splitlines()


def test_a_web_process_holds_no_presidio() -> None:
    assert _run(_WEB) == ["[]"]


def test_a_worker_has_presidio_without_network_and_can_still_import_torch() -> None:
    assert _run(_WORKER) == ["['us_ssn']", "['mobile']", "False", "1.0"]
