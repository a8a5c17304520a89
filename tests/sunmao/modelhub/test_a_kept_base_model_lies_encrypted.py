"""A base model whose files we keep: sealed where they lie, plain in memory only, whole or not loaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from sunmao.core import files, tenancy
from sunmao.core.crypto.keyring import Key
from sunmao.core.errors import EngineFailure, Forbidden
from sunmao.inference.engine import Finished, GenerationRequest, Token, events_of
from sunmao.inference.engines.local import loading
from sunmao.inference.engines.local.engine import TransformersEngine
from sunmao.jobs.models import Job
from sunmao.jobs.tidying import tidy_files
from sunmao.modelhub import bases, keeping, selectors
from sunmao.modelhub.errors import BadModel, UnknownModel
from sunmao.modelhub.models import BaseModel
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import state_of, verbs_of

SOURCE = "kept:hemu/house"


@pytest.fixture
def place(tiny_base: Path, tmp_path: Path, settings: Any) -> Path:
    settings.SUNMAO_MODELS = tmp_path
    shutil.copytree(tiny_base, tmp_path / "base")
    return tmp_path / "base"


@pytest.fixture
def kept(cast: Cast, place: Path) -> BaseModel:
    """Kept, and gone from where it came."""
    made = bases.add_base(actor=cast.lin.actor, name="house", source="base", keep=True)
    run_waiting_jobs(cast.lin.actor)
    shutil.rmtree(place)
    return _again(cast, made)


def _again(cast: Cast, base: BaseModel) -> BaseModel:
    with tenancy.scope(cast.hemu.pk):
        return BaseModel.objects.select_related("job").get(pk=base.pk)


def _written(loaded: loading.Loaded) -> str:
    engine = TransformersEngine(loaded)
    request = GenerationRequest(
        prompt="who pays", question="who pays", language="en", passages=(), temperature=0.0, max_tokens=12
    )
    try:
        events = list(events_of(engine, request))
    finally:
        engine.batch.close()
    assert isinstance(events[-1], Finished)
    return "".join(event.text for event in events if isinstance(event, Token))


def _path(base: BaseModel, name: str = "model.safetensors") -> Path:
    return files.path_of(organisation_id=base.organisation_id, sha256=base.files[name]["sha256"])


def test_it_answers_as_the_plain_one_does(cast: Cast, kept: BaseModel, tiny_base: Path) -> None:
    assert (kept.state, kept.kept, keeping.source_of(kept)) == ("ready", True, SOURCE)
    plain = loading.load(str(tiny_base), device="cpu")
    ours = loading.load(SOURCE, device="cpu")
    assert _written(ours) == _written(plain) != ""
    assert ours.print == plain.print == kept.print
    assert verbs_of(cast.hemu, subject=kept.pk) == ["base_model.added", "base_model.read"]


def test_no_plain_weights_lie_anywhere(
    kept: BaseModel, tiny_base: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    weights = (tiny_base / "model.safetensors").read_bytes()[-256:]
    seen: list[list[Path]] = []
    with keeping.opened(SOURCE) as folder:
        assert weights in (Path(folder) / "model.safetensors").read_bytes()
        assert Path(folder).stat().st_mode & 0o777 == 0o700
        seen.append(_holding(weights, settings.SUNMAO_FILES, tmp_path))
    seen.append(_holding(weights, settings.SUNMAO_FILES, tmp_path))
    assert seen == [[], []]
    assert not Path(folder).exists()


def _holding(needle: bytes, *folders: Path) -> list[Path]:
    """Regular files only: a link leads into the memory of a process."""
    paths = [path for folder in folders for path in folder.rglob("*")]
    return [
        path for path in paths if path.is_file() and not path.is_symlink() and needle in path.read_bytes()
    ]


def test_a_killed_process_leaves_nothing_to_read_and_its_folder_is_swept(
    kept: BaseModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = """
import os, signal, tempfile
from pathlib import Path
from sunmao.modelhub import keeping
folder = Path(tempfile.mkdtemp(prefix=keeping.FOLDER))
keeping._locked(folder)
memory = keeping._in_memory("model.safetensors", [b"weights"])
(folder / "model.safetensors").symlink_to(f"/proc/{os.getpid()}/fd/{memory}")
assert (folder / "model.safetensors").read_bytes() == b"weights"
os.kill(os.getpid(), signal.SIGKILL)
"""
    setup = "import django; django.setup()\n"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", setup + program], env=environment, check=False, timeout=120
    )
    assert done.returncode == -9
    (left,) = tmp_path.glob(f"{keeping.FOLDER}*")
    assert not (left / "model.safetensors").exists()

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    os.utime(left, (time.time() - 120,) * 2)
    with keeping.opened(SOURCE) as folder:
        os.utime(folder, (time.time() - 120,) * 2)
        keeping.sweep()
        assert [path.name for path in tmp_path.glob(f"{keeping.FOLDER}*")] == [Path(folder).name]
    assert not list(tmp_path.glob(f"{keeping.FOLDER}*"))


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("a byte is another", lambda data: data[:70_000] + bytes([data[70_000] ^ 1]) + data[70_001:]),
        ("a chunk is missing", lambda data: data[:60_000] + data[60_000 + 65_552 :]),
        ("its end is missing", lambda data: data[:-1_000]),
        ("it is another file", lambda data: b"{}"),
        ("it is gone", None),
    ],
)
def test_files_that_are_not_what_was_kept_are_not_loaded(
    kept: BaseModel, case: str, change: Callable[[bytes], bytes] | None
) -> None:
    path = _path(kept)
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change(path.read_bytes()))
    with pytest.raises(EngineFailure) as caught:
        loading.load(SOURCE, device="cpu")
    assert (caught.value.code, dict(caught.value.fields)) == (
        "model_damaged",
        {"file": "model.safetensors"},
    ), case


def test_it_is_read_again_from_our_copy_and_damage_is_told(cast: Cast, kept: BaseModel) -> None:
    bases.read_again(actor=cast.lin.actor, base=kept)
    run_waiting_jobs(cast.lin.actor)
    read = _again(cast, kept)
    assert (read.state, read.kept, read.sha256, read.files) == ("ready", True, kept.sha256, kept.files)

    _path(kept).write_bytes(_path(kept).read_bytes()[:-1])
    bases.read_again(actor=cast.lin.actor, base=kept)
    run_waiting_jobs(cast.lin.actor)
    failed = _again(cast, kept)
    assert failed.job is not None
    assert (failed.state, failed.job.error_code, failed.kept) == ("failed", "model_damaged", True)


def test_a_new_key_seals_it_anew_and_the_old_one_may_go(kept: BaseModel, settings: Any) -> None:
    from sunmao.core.crypto import keyring

    old = keyring.ring().current
    new = Key.fresh("newest")
    settings.SUNMAO_ENCRYPTION_KEYS = f"{new.line()}\n{old.line()}"
    names = [str(one["sha256"]) for one in kept.files.values()]
    organisation_id = kept.organisation_id
    renewed = [files.renew(organisation_id=organisation_id, sha256=name) for name in names]
    assert all(renewed)
    assert {files.key_of(organisation_id=organisation_id, sha256=name) for name in names} == {"newest"}
    for name in names:
        assert files.read(organisation_id=organisation_id, sha256=name)


def test_without_encryption_the_store_keeps_it_plain(cast: Cast, place: Path, settings: Any) -> None:
    settings.SUNMAO_ENCRYPT_FILES = False
    made = bases.add_base(actor=cast.lin.actor, name="house", source="base", keep=True)
    run_waiting_jobs(cast.lin.actor)
    base = _again(cast, made)
    assert _path(base).read_bytes() == (place / "model.safetensors").read_bytes()
    assert _written(loading.load(SOURCE, device="cpu"))


def test_a_model_of_before_is_taken_in_and_tidying_leaves_its_files(cast: Cast, place: Path) -> None:
    made = bases.add_base(actor=cast.lin.actor, name="house", source="base")
    run_waiting_jobs(cast.lin.actor)
    assert _again(cast, made).kept is False
    with pytest.raises(UnknownModel), keeping.opened(SOURCE):
        pass
    bases.keep_base(actor=cast.lin.actor, base=made)
    run_waiting_jobs(cast.lin.actor)
    kept = _again(cast, made)
    assert kept.kept is True
    for name in kept.files:
        os.utime(_path(kept, name), (1, 1))
    tidy_files()
    assert all(_path(kept, name).exists() for name in kept.files)
    with tenancy.scope(cast.hemu.pk):
        assert {one["sha256"] for one in kept.files.values()} <= selectors.stored_files()
    assert verbs_of(cast.hemu, subject=made.pk) == [
        "base_model.added", "base_model.read", "base_model.kept", "base_model.read",
    ]  # fmt: skip


def test_a_model_in_parts_is_kept_with_the_list_of_them(cast: Cast, place: Path) -> None:
    from transformers import LlamaForCausalLM

    model = LlamaForCausalLM.from_pretrained(place)
    (place / "model.safetensors").unlink()
    model.save_pretrained(place, max_shard_size="200KB")
    (place / "modeling_house.py").write_text("raise SystemExit")
    bases.add_base(actor=cast.lin.actor, name="house", source="base", keep=True)
    run_waiting_jobs(cast.lin.actor)
    with keeping.opened(SOURCE) as folder:
        names = {path.name for path in Path(folder).iterdir()}
    assert "model.safetensors.index.json" in names
    assert len([name for name in names if name.endswith(".safetensors")]) > 1
    assert not [name for name in names if name.endswith(".py")]
    assert _written(loading.load(SOURCE, device="cpu"))


def test_only_who_manages_models_may_keep_one(cast: Cast, place: Path) -> None:
    made = bases.add_base(actor=cast.lin.actor, name="house", source="base")
    run_waiting_jobs(cast.lin.actor)
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        bases.keep_base(actor=cast.mei.actor, base=made)
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("source", ["kept:hemu/other", "kept:nobody/house", "kept:", "kept:qinghe/house"])
def test_a_kept_model_that_there_is_not_is_told(cast: Cast, kept: BaseModel, source: str) -> None:
    with pytest.raises(EngineFailure) as caught:
        loading.load(source, device="cpu")
    assert caught.value.code == "model_not_loaded"


def test_a_source_that_is_gone_fails_only_who_was_not_kept(cast: Cast, place: Path) -> None:
    made = bases.add_base(actor=cast.lin.actor, name="house", source="base")
    run_waiting_jobs(cast.lin.actor)
    shutil.rmtree(place)
    with pytest.raises(BadModel):
        keeping.source_of(_again(cast, made))
    bases.read_again(actor=cast.lin.actor, base=made)
    run_waiting_jobs(cast.lin.actor)
    failed = _again(cast, made)
    with tenancy.scope(cast.hemu.pk):
        assert (failed.state, Job.objects.get(pk=failed.job_id).error_code) == ("failed", "model_unreadable")


@pytest.mark.parametrize(
    ("case", "model", "encrypted", "said", "told"),
    [
        ("a path", "/models/x", True, False, ["sunmao.W024"]),
        ("a hub id", "org/name", True, False, ["sunmao.W024"]),
        ("a kept model", "kept:hemu/house", True, False, []),
        ("an encrypted disk", "/models/x", True, True, []),
        ("no encryption asked for", "/models/x", False, False, []),
        ("no model", "", True, False, []),
    ],
)
def test_weights_in_the_clear_are_told_at_the_start(
    settings: Any, case: str, model: str, encrypted: bool, said: bool, told: list[str]
) -> None:
    settings.SUNMAO_ENGINE, settings.SUNMAO_MODEL = "transformers", model
    settings.SUNMAO_ENCRYPT_FILES, settings.SUNMAO_MODEL_DISK_ENCRYPTED = encrypted, said
    found = [one.id for one in run_checks(tags=["security"]) if one.id == "sunmao.W024"]
    assert found == told, case
