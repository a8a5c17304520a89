"""`manage.py models …`: the whole way of an adapter, as JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.fixtures.cast import Cast
from tests.sunmao.modelhub import evil


def _said(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("models", "--org", "hemu", "--as", "lin", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_an_adapter_goes_from_an_archive_to_ready_and_back_into_an_archive(
    cast: Cast, tiny_base: Path, tmp_path: Path, settings: Any
) -> None:
    settings.SUNMAO_MODELS = tiny_base.parent
    base = _said("add", "tiny", "base", "--licence", "MIT", "--here")
    assert (base["state"], base["licence"]) == ("ready", "MIT")
    archive = tmp_path / "returns.zip"
    archive.write_bytes(evil.good())
    made = _said("import", "returns", str(archive), "--base", "tiny", "--provenance", "made here")
    assert (made["name"], made["state"], made["provenance"]) == ("hemu.returns.v1", "candidate", "made here")
    checked = _said("parity", "returns.v1", "--here")
    assert (checked["state"], checked["parity"]["passed"]) == ("ready", True)
    assert _said("verify", "returns.v1")["sha256"] == made["sha256"]
    again = tmp_path / "again.zip"
    assert _said("export", "returns.v1", str(again))["exported"] == "hemu.returns.v1"
    copied = _said("import", "copy", str(again), "--base", "tiny")
    assert copied["sha256"] == made["sha256"]
    told = _said("list")
    assert [one["name"] for one in told["versions"]] == ["hemu.copy.v1", "hemu.returns.v1"]
    assert _said("usage")["adapters"]["returns"] == made["size"]


def test_an_evil_archive_is_told_as_an_error(
    cast: Cast, base_model: Any, tmp_path: Path, capsys: Any
) -> None:
    archive = tmp_path / "evil.zip"
    archive.write_bytes(evil.of(weights_=b"\x80\x04evil"))
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command(
            "models", "--org", "hemu", "--as", "lin", "--json", "import", "x", str(archive), "--base", "tiny",
            stdout=out,
        )  # fmt: skip
    assert json.loads(out.getvalue())["error"]["code"] == "adapter_unsafe"
