from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from time import process_time

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree

from sunmao.guards.embedding import read_back
from sunmao.guards.label import label
from verticals.contract_review.documents.reading import read_contract
from verticals.contract_review.documents.redline import (
    Change,
    accept_all,
    redline,
    reject_all,
    write_redline,
)
from verticals.contract_review.documents.word import names
from verticals.contract_review.tests.documents import long_contracts, word
from verticals.contract_review.tests.documents.word import W, document, paragraph, run

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
GENERATED = label(kind="generated", produce_id="review-7", text="x")
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
BETTER = "按逾期金额的0.05%支付违约金，累计不超过合同总金额的10%"


def better_rates(text: str) -> list[Change]:
    return [
        Change(start=found.start(), end=found.end(), new_text=BETTER, comment="过高", author="Sunmao + Wang")
        for found in re.finditer(re.escape(long_contracts.RATE), text)
    ]


def test_the_label_stands_in_a_first_comment_and_beside_properties_that_were_there() -> None:
    made = docx.Document(BytesIO(document(paragraph(run("甲方应付款。")))))
    own = (
        b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        b'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><property '
        b'fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="Case">'
        b"<vt:lpwstr>K-1</vt:lpwstr></property></Properties>"
    )
    kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
    package = made.part.package
    package.relate_to(
        Part(PackURI("/docProps/custom.xml"), kind, own, package),
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties",
    )
    original = word.saved(made)

    labelled = write_redline(
        original, [Change(start=2, end=3, new_text="须")], now=NOW, label=GENERATED, language="en"
    )
    again = write_redline(labelled, [], now=NOW, label=GENERATED, language="en")

    assert read_back("docx", labelled) == read_back("docx", again) == GENERATED.aigc
    [shown] = word.comments_of(labelled)
    assert shown.startswith("AI-generated")
    parts = docx.Document(BytesIO(again)).part.package.iter_parts()
    [properties] = [part.blob for part in parts if part.partname == "/docProps/custom.xml"]
    root = etree.fromstring(properties)
    assert [(one.get("name"), one.get("pid")) for one in root] == [("Case", "2"), ("AIGC", "3")]
    assert json.loads(root[1][0].text) == GENERATED.aigc
    assert word.looks_of(reject_all(labelled)) == word.looks_of(original)


def test_paragraph_properties_keep_the_order_that_the_standard_wants() -> None:
    """Word refuses a file whose `w:rPr` stands behind `w:sectPr`, or a mark behind other properties."""
    section = '<w:jc w:val="both"/><w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'
    original = document(
        paragraph(run("第一条"), properties='<w:jc w:val="both"/><w:rPr><w:b/></w:rPr>'),
        paragraph(run("第二条"), properties=section),
        paragraph(run("第三条")),
    )
    made = redline(
        original,
        [
            Change(start=0, end=4, new_text=""),
            Change(start=7, end=7, new_text="\n新条款"),
            Change(start=6, end=8, new_text="合并"),
        ],
        now=NOW,
    )

    assert [outcome.note for outcome in made.outcomes] == ["", "", "section"]
    for properties in docx.Document(BytesIO(made.data)).element.body.iter(names.PARAGRAPH_PROPERTIES):
        tags = [child.tag.removeprefix(W) for child in properties]
        assert tags == sorted(tags, key=["numPr", "jc", "rPr", "sectPr"].index)
        marks = properties.find(names.RUN_PROPERTIES)
        if marks is not None and len(marks) > 1:
            assert marks[0].tag in (names.INSERTED, names.DELETED)
    assert len(docx.Document(BytesIO(made.data)).sections) == 2
    assert word.looks_of(reject_all(made.data)) == word.looks_of(original)


def test_twenty_pages_are_read_and_changed_in_a_moment() -> None:
    data = long_contracts.word_document(20)
    begun = process_time()
    contract = read_contract(data, name="合同.docx")
    made = redline(data, better_rates(contract.text), now=NOW)

    assert process_time() - begun < 3
    assert len(made.outcomes) > 30
    assert all(outcome.tracked for outcome in made.outcomes)
    assert word.text_of(accept_all(made.data)) == contract.text.replace(long_contracts.RATE, BETTER)
    assert word.looks_of(reject_all(made.data)) == word.looks_of(data)


@pytest.mark.slow
def test_three_hundred_pages_are_changed_whole() -> None:
    data = long_contracts.word_document(300)
    text = word.text_of(data)
    made = redline(data, better_rates(text), now=NOW)

    assert len(made.outcomes) > 500
    assert all(outcome.tracked for outcome in made.outcomes)
    assert word.text_of(accept_all(made.data)) == text.replace(long_contracts.RATE, BETTER)
    assert word.text_of(reject_all(made.data)) == text


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it_and_shows_both_readings(tmp_path: Path) -> None:
    data = long_contracts.word_document(2)
    contract = read_contract(data, name="合同.docx")
    made = write_redline(data, better_rates(contract.text), now=NOW)

    for name, file in (("accepted", accept_all(made)), ("rejected", reject_all(made)), ("tracked", made)):
        (tmp_path / f"{name}.docx").write_bytes(file)
        subprocess.run(
            [
                str(OFFICE),
                "--headless",
                "--convert-to",
                "txt:Text",
                "--outdir",
                str(tmp_path),
                f"{name}.docx",
            ],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            timeout=120,
        )
    said = {path.stem: path.read_text(encoding="utf-8-sig") for path in tmp_path.glob("*.txt")}
    assert BETTER in said["accepted"]
    assert long_contracts.RATE not in said["accepted"]
    assert BETTER not in said["rejected"]
    assert long_contracts.RATE in said["rejected"]
    assert "tracked" in said
