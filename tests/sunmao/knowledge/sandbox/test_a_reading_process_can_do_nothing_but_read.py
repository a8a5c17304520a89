"""What a file could make its reader do, tried by a reader that does it.

A format is added that runs the test's own code where a parser would run; nothing else is changed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

import sunmao
from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.sandbox import client, reading, wire
from sunmao.knowledge.sandbox.client import Broke, NotWanted, Zygote
from sunmao.knowledge.sandbox.limits import Limits
from tests.sunmao.knowledge.sandbox.hostile import word

SECONDS = Limits(seconds=3)
BOOT = """
import sys
sys.path[:0] = {paths!r}
from sunmao.knowledge.text.parsing import registry
from sunmao.knowledge.text.parsing.parsed import Parsed
from sunmao.knowledge.text.parsing.source import Format
def evil(source):
    said = {{}}
    exec(source.data.decode(), {{"said": said}})
    return Parsed(text=repr(said), title="", media_type="text/evil")
registry.FORMATS = (Format("text/evil", (".evil",), evil),)
from sunmao.knowledge.sandbox import limits, zygote
zygote.READING = limits.Limits(seconds=3)
zygote.main(int(sys.argv[1]), [])
"""

OUTSIDE = json.dumps(
    {
        "parsed": {
            **dict.fromkeys(("title", "media_type", "encoding"), ""),
            **dict.fromkeys(("parts", "hidden", "aside", "remarks"), []),
            "text": "ab",
            "pages": [{"number": 1, "start": 0, "end": 99}],
        }
    }
)


@pytest.fixture(scope="module")
def zygotes() -> Iterator[list[Zygote]]:
    """One serves many tests, until a test kills it."""
    started: list[Zygote] = []
    yield started
    for zygote in started:
        zygote.end()


@pytest.fixture
def evil(zygotes: list[Zygote], monkeypatch: pytest.MonkeyPatch) -> Zygote:
    boot = BOOT.format(paths=[str(Path(path).parent) for path in sunmao.__path__])
    monkeypatch.setattr(client, "_command", lambda channel: [sys.executable, "-I", "-c", boot, str(channel)])
    if not zygotes or not zygotes[-1].is_alive:
        zygotes.append(Zygote())
    return zygotes[-1]


def run(zygote: Zygote, code: str) -> str:
    said = zygote.ask(
        name="a.evil", data=code.encode(), recognise=False, limits=SECONDS, still_wanted=lambda: True
    )
    return str(wire.parsed_from(said["parsed"]).text)


def attempt(what: str) -> str:
    """Code that tries something and says which error it got, or that it got none."""
    return (
        f"try:\n    {what}\n    said['error'] = None\n"
        "except OSError as error:\n    said['error'] = error.errno"
    )


@pytest.mark.parametrize(
    ("case", "what"),
    [
        ("open a file to read", "open('/etc/passwd')"),
        ("open a file to write", "open('/tmp/evil', 'w')"),
        ("open a socket", "import _socket; _socket.socket(2, 1)"),
        ("open a local socket", "import _socket; _socket.socket(1, 1)"),
        ("make a pipe", "import os; os.pipe()"),
        ("copy a descriptor", "import os; os.dup(3)"),
        ("list a folder", "import os; os.listdir('/')"),
    ],
)
def test_nothing_can_be_opened(evil: Zygote, case: str, what: str) -> None:
    assert run(evil, attempt(what)) == "{'error': 24}", case


def test_no_file_of_the_worker_can_be_removed_or_moved(evil: Zygote) -> None:
    """In a folder where everybody may write, so that only the rights that were given up stand in the way."""
    with tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as name:
        folder = Path(name)
        folder.chmod(0o777)
        mine = folder / "mine"
        mine.write_text("x")
        removed = run(evil, attempt(f"import os; os.unlink({str(mine)!r})"))
        if "None" in removed:
            pytest.skip("this kernel has no Landlock")
        moved = run(evil, attempt(f"import os; os.rename({str(mine)!r}, {str(mine) + '2'!r})"))
        assert "None" not in moved
        assert [(file, file.read_text()) for file in folder.iterdir()] == [(mine, "x")]


def test_no_process_can_be_started(evil: Zygote) -> None:
    assert "None" not in run(evil, attempt("import os; os.fork()"))


def test_the_environment_is_empty_of_the_workers_own(evil: Zygote, monkeypatch: pytest.MonkeyPatch) -> None:
    names = run(evil, "import os; said.update(os.environ)")
    assert [name for name in ("SUNMAO", "DATABASE", "HOME", "PATH") if f"'{name}" in names] == []


def test_it_holds_no_descriptor_but_its_answer(evil: Zygote) -> None:
    code = (
        "import os\nheld = []\nfor number in range(200):\n"
        "    try:\n        os.fstat(number)\n        held.append(number)\n    except OSError:\n        pass\n"
        "said['held'] = held"
    )
    assert run(evil, code) == "{'held': [0, 1, 2, 3]}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only a worker that is root has a user to give up")
def test_a_worker_that_is_root_reads_as_nobody(evil: Zygote) -> None:
    assert run(evil, "import os; said['ids'] = os.getresuid()") == "{'ids': (65534, 65534, 65534)}"


@pytest.mark.parametrize(
    ("case", "code", "ended_by"),
    [
        # On a busy machine the clock runs out before the processor time does.
        ("works for ever", "while True: pass", {signal.SIGXCPU, signal.SIGALRM}),
        ("sleeps for ever", "import time; time.sleep(999)", {signal.SIGALRM}),
        ("crashes", "import ctypes; ctypes.string_at(0)", {signal.SIGSEGV}),
        ("aborts", "import os; os.abort()", {signal.SIGABRT}),
    ],
)
def test_a_reader_that_does_not_come_back_is_ended(
    evil: Zygote, case: str, code: str, ended_by: set[signal.Signals]
) -> None:
    with pytest.raises(Broke) as broken:
        run(evil, code)
    assert broken.value.signal in ended_by, case
    assert run(evil, "said['next'] = 1") == "{'next': 1}"


def test_a_reader_gets_one_gigabyte_and_not_more(evil: Zygote) -> None:
    assert (
        evil.ask(
            name="a.evil",
            data=b"x = bytearray(1100 << 20)",
            recognise=False,
            limits=SECONDS,
            still_wanted=lambda: True,
        )["failure"]["code"]
        == "file_too_complex"
    )


def test_an_answer_that_is_too_long_is_cut_off(evil: Zygote) -> None:
    with pytest.raises(Broke) as broken:
        run(evil, "import os\nwhile True: os.write(3, b'x' * 65536)")
    assert broken.value.signal == signal.SIGXCPU
    assert not evil.is_alive


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        ("no JSON", "rubbish"),
        ("nested deep", "[" * 100_000),
        ("no text", '{"parsed": {"text": 1}}'),
        ("a page outside the text", OUTSIDE),
        ("nothing", ""),
    ],
)
def test_an_answer_that_is_none_is_refused(
    evil: Zygote, monkeypatch: pytest.MonkeyPatch, case: str, answer: str
) -> None:
    code = f"import os; os.write(3, {answer!r}.encode()); os._exit(0)"
    monkeypatch.setattr(client, "current", lambda: evil)
    with pytest.raises(UnreadableFile) as refused:
        reading._ask("a.evil", code.encode(), lambda: True, {}, recognise=False)
    assert refused.value.code == "reader_crashed", case


def test_a_job_that_is_no_longer_wanted_ends_its_reader(evil: Zygote) -> None:
    began = time.monotonic()
    with pytest.raises(NotWanted):
        evil.ask(
            name="a.evil",
            data=b"import time; time.sleep(5)",
            recognise=False,
            limits=SECONDS,
            still_wanted=lambda: False,
        )
    assert time.monotonic() - began < 4
    assert not evil.is_alive


def test_a_zygote_that_was_killed_is_replaced() -> None:
    reading.parse_safely(name="a.docx", data=word())
    first = client.current()
    os.killpg(first._process.pid, signal.SIGKILL)
    time.sleep(0.1)
    assert reading.parse_safely(name="a.docx", data=word("正文。")).text == "正文。"
    assert client.current() is not first


def test_a_reader_dies_with_its_worker(tmp_path: Path) -> None:
    """A worker is killed while its file is being read."""
    code = f"""
import os, sys
sys.path[:0] = {[str(settings.BASE_DIR), str(settings.BASE_DIR / "platform")]!r}
os.environ["DJANGO_SETTINGS_MODULE"] = "apps.config.settings"
import django; django.setup()
from sunmao.knowledge.sandbox.client import Zygote
zygote = Zygote()
print(zygote._process.pid, flush=True)
import time; time.sleep(60)
"""
    worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    pid = int(worker.stdout.readline())
    time.sleep(2)
    worker.kill()
    worker.wait()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_plain_text_needs_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(**_question: object) -> object:
        raise AssertionError

    monkeypatch.setattr(client, "ask", never)
    assert reading.parse_safely(name="a.txt", data="正文。".encode()).text == "正文。"


def test_frames_survive_being_cut_into_pieces() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reading_end, writing_end = os.pipe()
        wire.send(ours, {"name": "文件"}, b"x" * 100_000, descriptor=writing_end)
        ours.close()
        received = wire.receive(theirs)
        assert received is not None
        header, data, descriptors = received
        assert (header, len(data), len(descriptors)) == ({"name": "文件"}, 100_000, 1)
        assert wire.receive(theirs) is None
        for descriptor in (reading_end, writing_end, *descriptors):
            os.close(descriptor)
