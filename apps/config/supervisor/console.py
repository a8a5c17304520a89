"""What the supervisor says in the terminal, in the language of the terminal."""

from __future__ import annotations

import os
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_WORDS = {  # English, Chinese
    "already": ("Sunmao is running already: {address}", "榫卯已在运行：{address}"),
    "already_starting": ("Sunmao is being started by process {pid}.", "进程 {pid} 正在启动榫卯。"),
    "adopted": ("running already", "已在运行"),
    "again": (
        "{name} ended ({status}); starting again in {seconds:.0f} s",
        "{name} 已退出（{status}），{seconds:.0f} 秒后重新启动",
    ),
    "again_server": ("{name} ended; starting again", "{name} 已退出，正在重新启动"),
    "back": ("{name} is back", "{name} 已恢复"),
    "down": ("not running", "未运行"),
    "failed": ("{name} failed. Its log: {log}", "{name} 启动失败。日志：{log}"),
    "first_run": ("First run   {address}", "首次设置    {address}"),
    "hint": ("Ctrl-C stops everything. Logs: {logs}", "按 Ctrl-C 停止全部进程。日志：{logs}"),
    "leftover": ("ended what a killed start had left: {names}", "已清理上次遗留的进程：{names}"),
    "not_running": ("Sunmao is not running.", "榫卯未在运行。"),
    "not_stopped": ("Process {pid} did not stop in time.", "进程 {pid} 未能及时停止。"),
    "open": ("Open        {address}", "访问地址    {address}"),
    "port_busy": ("Port {port} is in use (SUNMAO_PORT).", "端口 {port} 已被占用（SUNMAO_PORT）。"),
    "port_none": ("No free port from {first} to {last}.", "{first} 至 {last} 没有空闲端口。"),
    "port_wrong": (
        "SUNMAO_PORT must be a port number, not {text!r}.",
        "SUNMAO_PORT 应为端口号，而不是 {text!r}。",
    ),
    "ready": ("ready", "就绪"),
    "running": ("running", "运行中"),
    "started": ("started", "已启动"),
    "stopped": ("Stopped in {seconds:.1f} s.", "已停止，用时 {seconds:.1f} 秒。"),
    "stopping": ("Stopping …", "正在停止 …"),
    "total": ("in all", "合计"),
}


def word(key: str, **values: object) -> str:
    """A message in the language that the locale variables ask for."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return _WORDS[key][locale.startswith("zh")].format(**values)


def say(line: str = "") -> None:
    """Write one line; a terminal that has gone away is no reason to fail."""
    _write(line + "\n")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show that something is going on, and how long it took when it succeeds."""
    started = time.monotonic()
    if sys.stdout.isatty():
        _write(f"  {name:<12}…\r")
    yield
    row(name, word("ready"), time.monotonic() - started)


def row(name: str, state: str, seconds: float | None = None) -> None:
    """Write one line of the table of processes."""
    time_taken = "" if seconds is None else f"{seconds:>6.1f} s"
    say(f"  {_pad(name, 12)}{_pad(state, 10)}{time_taken}".rstrip())


def _pad(text: str, width: int) -> str:
    """Fill up to `width` columns; a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * (width - taken)


def _write(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    with suppress(OSError, ValueError):
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
