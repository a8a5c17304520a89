"""The third door: the same verbs from a terminal, in tables or JSON, with honest exit statuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.stack import Member, Ran, Stack, documents_of, home_of_a_stack
from tests.journeys.desk import NOT_FOUND, RETURNS
from tests.journeys.shell import json_of, many

pytestmark = pytest.mark.stack

POLICY = "# 礼品卡\n\n## 有效期\n\n礼品卡自激活之日起 36 个月内有效，过期余额可以申请延期一次。\n"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder as people have them: good files, broken ones, and one that is none of our business."""
    folder = tmp_path / "政策"
    folder.mkdir()
    (folder / "礼品卡.md").write_text(POLICY, "utf-8")
    (folder / "老系统.txt").write_bytes("退换货政策：定制商品不退不换，现货七天内可退。\n".encode("gbk"))
    (folder / "空白.txt").write_bytes(b"")
    (folder / "截断.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog")
    (folder / "图片.md").write_bytes(bytes(range(256)) * 8)
    (folder / "照片.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (folder / "旋律.mp3").write_bytes(b"ID3\x04\x00\x00")
    return folder


def test_a_folder_is_read_and_every_file_has_its_state_and_reason(
    stack: Stack, administrator: Member, mixed: Path
) -> None:
    told = json_of(stack.manage("ingest", "gifts", str(mixed), "--json"), status=1)
    files = {file["file"]: file for file in told["files"]}
    assert {name: file["state"] for name, file in files.items()} == {
        "礼品卡.md": "ready",
        "老系统.txt": "ready",
        "空白.txt": "failed",
        "截断.pdf": "failed",
        "图片.md": "failed",
        "照片.jpg": "failed",
    }
    assert files["空白.txt"]["code"] == "empty_file"
    assert files["截断.pdf"]["code"] == "truncated_file"
    assert files["图片.md"]["code"] == "binary_file"
    assert files["照片.jpg"]["code"] == "corrupt_file"
    assert all(file["reason"] for file in files.values() if file["state"] == "failed")
    assert files["老系统.txt"]["encoding"].lower() in ("gbk", "gb18030", "gb2312")
    assert (told["ready"], told["failed"]) == (2, 4)

    # A second time: what is there is not read again.
    again = json_of(stack.manage("ingest", "gifts", str(mixed), "--json"), status=1)
    states = {file["file"]: file["state"] for file in again["files"]}
    assert states["礼品卡.md"] == states["老系统.txt"] == "unchanged"
    assert states["空白.txt"] == "failed"
    assert documents_of(administrator, "gifts")["礼品卡.md"]["revision"] == 1

    table = stack.manage("ingest", "gifts", str(mixed))
    assert table.returncode == 1
    lines = table.stdout.splitlines()
    assert any("礼品卡.md" in line and "unchanged" in line for line in lines)
    assert any("截断.pdf" in line and "failed" in line and "truncated_file" in line for line in lines)
    assert "Traceback" not in table.stderr


def test_good_files_alone_end_well(stack: Stack, administrator: Member, tmp_path: Path) -> None:
    file = tmp_path / "会员日.md"
    file.write_text("# 会员日\n\n每月 18 日为会员日，会员购买家纺享九折。\n", "utf-8")
    ran = stack.manage("ingest", "customer-service", str(file))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "会员日.md" in ran.stdout
    answered = json_of(_ask(stack, "会员日是每月几号？", "--json"))
    assert "18 日" in answered["output"]["text"]


def test_files_that_do_not_exist_and_bases_that_must_exist(stack: Stack, tmp_path: Path) -> None:
    missing = stack.manage("ingest", "gifts", str(tmp_path / "nowhere.md"))
    assert missing.returncode == 1
    assert "does not exist" in missing.stderr
    (tmp_path / "a.md").write_text("# a\n\ntext", "utf-8")
    strict = stack.manage("ingest", "no-such-base", str(tmp_path), "--existing")
    assert strict.returncode == 1
    assert "[unknown_base]" in strict.stderr
    told = json_of(stack.manage("ingest", "no-such-base", str(tmp_path), "--existing", "--json"), status=1)
    assert told["error"]["code"] == "unknown_base"


def _ask(stack: Stack, question: str, *options: str, **env: str) -> Ran:
    given = json.dumps({"question": question}, ensure_ascii=False)
    return stack.manage("task", "customer_service.ask", "--input", "-", *options, given=given, **env)


def test_a_task_answers_with_citations(stack: Stack, administrator: Member) -> None:
    told = json_of(_ask(stack, RETURNS["zh"], "--json"))
    assert set(told) >= {"record_id", "output", "findings", "citations", "label", "timings"}
    assert told["citations"][0]["number"] == 1
    printed = _ask(stack, RETURNS["en"])
    assert printed.returncode == 0
    assert "[1]" in printed.stdout
    assert "Traceback" not in printed.stderr
    chinese = _ask(stack, "火星上今年的葡萄收成如何？", LC_ALL="zh_CN.UTF-8")
    assert NOT_FOUND["zh"] in chinese.stdout


def test_a_batch_keeps_order_and_tells_errors_as_lines(
    stack: Stack, administrator: Member, tmp_path: Path
) -> None:
    questions = [RETURNS["zh"], RETURNS["en"], "", "长" * 3000]
    lines = [json.dumps({"question": question}, ensure_ascii=False) for question in questions]
    lines.insert(1, "{not json")
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    out = tmp_path / "out.jsonl"
    ran = stack.manage(
        "task", "customer_service.ask", "--batch", str(tmp_path / "in.jsonl"), "--out", str(out)
    )
    assert ran.returncode in (0, 1), ran.stderr
    results = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    codes = [result["error"]["code"] if "error" in result else "" for result in results]
    assert codes == ["", "invalid_json", "", "empty_input", "too_long"]
    assert results[0]["output"]["language"] == "zh"
    assert results[2]["output"]["language"] == "en"


ERRORS = {
    "unknown task": (("customer_service.sing",), "{}", "unknown_task"),
    "unknown vertical": (("carpentry.ask",), "{}", "unknown_task"),
    "not JSON": (("customer_service.ask",), "{", "invalid_json"),
    "empty": (("customer_service.ask",), '{"question": " "}', "empty_input"),
    "unknown field": (("customer_service.ask",), '{"question": "a", "colour": "red"}', "invalid_input"),
    "unknown person": (("customer_service.ask", "--as", "nobody"), '{"question": "a"}', "unknown_person"),
    "unknown organisation": (("customer_service.ask", "--org", "none"), "{}", "unknown_organisation"),
}
Both = tuple[Ran, Ran]


def _commands(case: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a program runs, and what a person runs."""
    arguments, given, _code = ERRORS[case]
    printed = ("task", *arguments, "--input", given)
    return (*printed, "--json"), printed


def _assert_told(told: Both, code: str) -> None:
    in_json, printed = told
    assert json_of(in_json, status=1)["error"]["code"] == code
    assert printed.returncode == 1
    assert f"[{code}]" in printed.stderr
    assert "Traceback" not in printed.stderr


@pytest.fixture(scope="module")
def errors(stack: Stack) -> dict[str, Both]:
    """Of every case, one after the other in one process: starting one takes longer than all of them."""
    told = iter(many(stack, [command for case in ERRORS for command in _commands(case)]))
    return {case: (next(told), next(told)) for case in ERRORS}


@pytest.mark.parametrize("case", list(ERRORS))
def test_errors_have_a_code(errors: dict[str, Both], case: str) -> None:
    _assert_told(errors[case], ERRORS[case][2])


def test_errors_have_a_code_in_a_process_of_their_own(stack: Stack) -> None:
    in_json, printed = _commands("unknown task")
    _assert_told((stack.manage(*in_json), stack.manage(*printed)), "unknown_task")


@pytest.fixture(scope="module")
def absent() -> Iterator[Stack]:
    with home_of_a_stack() as made:
        yield made


@pytest.mark.parametrize("locale", ["C.UTF-8", "zh_CN.UTF-8"])
def test_without_the_stack_a_command_says_how_to_start_it(absent: Stack, locale: str, tmp_path: Path) -> None:
    asking = ("task", "customer_service.ask", "--input", "{}")
    for arguments in (("ingest", "gifts", str(tmp_path)), asking):
        told = absent.manage(*arguments, LC_ALL=locale)
        assert told.returncode == 1
        assert "make run" in told.stderr
        assert "Traceback" not in told.stderr
        assert told.stderr.isascii() == (locale == "C.UTF-8")
