"""Base models and adapter versions: what is read of them, who may do what, and what stays as it was."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from sunmao.core import files, tenancy
from sunmao.core.errors import Forbidden, SunmaoError
from sunmao.core.resolving import visible
from sunmao.jobs.models import Job
from sunmao.jobs.tidying import tidy_files
from sunmao.modelhub import adapters, bases, selectors, serving
from sunmao.modelhub.errors import BadModel, ModelConflict, NotAllowedPlace, UnknownModel
from sunmao.modelhub.models import AdapterVersion, BaseModel
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import files_of, state_of, verbs_of
from tests.sunmao.modelhub import evil


@pytest.fixture
def version(cast: Cast, base_model: BaseModel) -> AdapterVersion:
    told = adapters.Told(licence="MIT", provenance="made for a test")
    return adapters.import_archive(
        actor=cast.lin.actor, name="returns", base=base_model, chunks=[evil.good()], told=told
    )


def test_a_base_model_is_read_by_a_job(cast: Cast, base_model: BaseModel) -> None:
    assert (base_model.state, base_model.architecture, base_model.context) == (
        "ready",
        "LlamaForCausalLM",
        512,
    )
    assert (base_model.parameters, base_model.dtype, base_model.modalities) == (138_048, "F32", ["text"])
    assert base_model.modules["model.layers.0.self_attn.k_proj"] == [32, 64]
    assert "add_generation_prompt" in base_model.chat_template
    assert sorted(base_model.files) == [
        "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
        "tokenizer_config.json",
    ]  # fmt: skip
    assert verbs_of(cast.hemu, subject=base_model.pk) == ["base_model.added", "base_model.read"]


@pytest.mark.parametrize("source", ["../etc", "/etc", "base/../../x", "..", ""])
def test_a_place_outside_of_the_folder_is_not_named(cast: Cast, base_model: BaseModel, source: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(NotAllowedPlace):
        bases.add_base(actor=cast.lin.actor, name="other", source=source)
    assert state_of(cast.hemu) == before


def test_a_model_with_code_of_its_own_is_refused(
    cast: Cast, tiny_base: Path, tmp_path: Path, settings: Any
) -> None:
    folder = tmp_path / "evil"
    folder.mkdir()
    for file in tiny_base.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "evil.Evil"}}))
    settings.SUNMAO_MODELS = tmp_path
    made = bases.add_base(actor=cast.lin.actor, name="evil", source="evil")
    run_waiting_jobs(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        made.refresh_from_db()
        assert made.state == "failed"
        assert Job.objects.get(pk=made.job_id).error_code == "model_unsafe"


def test_the_print_changes_with_the_configuration_and_the_shapes(tiny_base: Path, tmp_path: Path) -> None:
    from sunmao.modelhub.files import folders

    for file in tiny_base.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert folders.print_of(tmp_path) == folders.print_of(tiny_base)
    config = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace('"rms_norm_eps": 1e-06', '"rms_norm_eps": 1e-05'))
    assert folders.print_of(tmp_path) != folders.print_of(tiny_base)


def test_a_folder_that_is_no_model_is_told(tmp_path: Path) -> None:
    from sunmao.modelhub.files import folders

    with pytest.raises(BadModel):
        folders.folder_of(str(tmp_path))


def test_versions_count_up_and_are_immutable(
    cast: Cast, base_model: BaseModel, version: AdapterVersion
) -> None:
    second = adapters.import_archive(
        actor=cast.lin.actor, name="returns", base=base_model, chunks=[evil.good()]
    )
    assert (version.name, second.name) == ("hemu.returns.v1", "hemu.returns.v2")
    with tenancy.scope(cast.hemu.pk):
        for change in ({"sha256": "0" * 64}, {"base_print": ""}, {"name": "other"}, {"filing_number": "x"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                AdapterVersion.objects.filter(pk=version.pk).update(**change)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM modelhub_adapterversion WHERE id = %s", [version.pk])


def test_its_files_are_encrypted_where_they_lie(cast: Cast, version: AdapterVersion) -> None:
    stored = version.files["adapter_model.safetensors"]
    path = files.path_of(organisation_id=cast.hemu.pk, sha256=stored["sha256"])
    assert b"lora_A" not in path.read_bytes()
    assert b"lora_A" in files.read(organisation_id=cast.hemu.pk, sha256=stored["sha256"])


def test_a_changed_file_is_found_and_does_not_answer(cast: Cast, version: AdapterVersion) -> None:
    adapters.verify(actor=cast.lin.actor, version=version)
    path = files.path_of(
        organisation_id=cast.hemu.pk, sha256=version.files["adapter_model.safetensors"]["sha256"]
    )
    plain = path.read_bytes()
    for place in range(200, len(plain), len(plain) // 20):
        path.write_bytes(plain[:place] + bytes([plain[place] ^ 1]) + plain[place + 1 :])
        with pytest.raises(SunmaoError):
            adapters.verify(actor=cast.lin.actor, version=version)
        with pytest.raises(SunmaoError):
            serving.files_of(version.name, unchecked=True)
    path.write_bytes(plain)


def test_an_export_is_taken_by_an_import_of_the_same_base(
    cast: Cast, base_model: BaseModel, version: AdapterVersion
) -> None:
    with adapters.export_archive(actor=cast.lin.actor, version=version) as archive:
        data = archive.read()
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert sorted(names) == ["README.md", "adapter_config.json", "adapter_model.safetensors", "sunmao.json"]
    again = adapters.import_archive(actor=cast.lin.actor, name="copy", base=base_model, chunks=[data])
    assert again.sha256 == version.sha256
    assert verbs_of(cast.hemu, subject=version.pk)[-1] == "adapter.exported"


def test_lineage_is_remembered(cast: Cast, base_model: BaseModel, version: AdapterVersion) -> None:
    """What a training run hands over."""
    from apps.config.bench.serve import tiny
    from sunmao.core.ids import new_id
    from sunmao.modelhub import presenting

    run = new_id()
    made = adapters.register(
        actor=cast.lin.actor,
        name="returns",
        base=base_model,
        config=tiny.config(),
        weights=io.BytesIO(evil.weights()),
        lineage=adapters.Lineage(
            run_id=run, parent=version, metrics={"loss": 0.5}, seed=7, code_version="abc"
        ),
    )
    with tenancy.scope(cast.hemu.pk):
        told = presenting.version(visible(cast.lin.actor, "adapter_version", "returns.v2"))
    assert told["lineage"] == {
        "dataset_version_id": None,
        "run_id": str(run),
        "parent": "hemu.returns.v1",
        "metrics": {"loss": 0.5},
        "seed": 7,
        "code_version": "abc",
    }
    assert verbs_of(cast.hemu, subject=made.pk) == ["adapter.registered"]


def test_a_pinned_version_is_not_retired_and_a_retired_one_gives_its_room_back(
    cast: Cast, version: AdapterVersion, django_capture_on_commit_callbacks: Any
) -> None:
    lin = cast.lin.actor
    adapters.pin(actor=lin, version=version)
    with pytest.raises(ModelConflict) as caught:
        adapters.retire(actor=lin, version=version)
    assert caught.value.code == "adapter_pinned"
    adapters.pin(actor=lin, version=version, pinned=False)
    with pytest.raises(ModelConflict) as caught:
        adapters.remove(actor=lin, version=version)
    assert caught.value.code == "adapter_not_retired"
    adapters.retire(actor=lin, version=version)
    kept = {one["sha256"] for one in version.files.values()}
    assert kept <= set(files_of(cast.hemu))
    with django_capture_on_commit_callbacks(execute=True):
        adapters.remove(actor=lin, version=version)
    assert not kept & set(files_of(cast.hemu))
    with tenancy.scope(cast.hemu.pk):
        assert selectors.bytes_used() == 0
    assert verbs_of(cast.hemu, subject=version.pk) == [
        "adapter.imported", "adapter.pinned", "adapter.unpinned", "adapter.retired", "adapter.removed",
    ]  # fmt: skip


def test_files_of_versions_are_no_lost_files(cast: Cast, version: AdapterVersion) -> None:
    import os

    paths = [
        files.path_of(organisation_id=cast.hemu.pk, sha256=one["sha256"]) for one in version.files.values()
    ]
    for path in paths:
        os.utime(path, (0, 0))
    tidy_files()
    assert all(path.exists() for path in paths)


def test_room_is_limited_for_each_organisation(cast: Cast, base_model: BaseModel, settings: Any) -> None:
    settings.SUNMAO_ADAPTER_ROOM = 1_000
    before = state_of(cast.hemu)
    with pytest.raises(SunmaoError) as caught:
        adapters.import_archive(actor=cast.lin.actor, name="big", base=base_model, chunks=[evil.good()])
    assert (caught.value.code, caught.value.status) == ("adapter_room", 413)
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("who", ["zhou", "ann", "mei"])
def test_who_does_not_manage_models_brings_none(cast: Cast, base_model: BaseModel, who: str) -> None:
    actor = getattr(cast, who).actor
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        adapters.import_archive(actor=actor, name="x", base=base_model, chunks=[evil.good()])
    with pytest.raises(Forbidden):
        bases.add_base(actor=actor, name="x", source="base")
    assert state_of(cast.hemu) == before


def test_another_organisation_sees_a_base_only_when_it_is_shared_and_never_where_it_lies(
    cast: Cast, base_model: BaseModel, version: AdapterVersion
) -> None:
    omar = cast.omar.actor
    with tenancy.scope(cast.qinghe.pk):
        for kind, reference in (("base_model", base_model.pk), ("adapter_version", version.pk)):
            with pytest.raises(UnknownModel):
                visible(omar, kind, reference)
    bases.share(organisation=cast.hemu, base=base_model)
    with tenancy.scope(cast.qinghe.pk):
        from sunmao.modelhub import presenting

        told = presenting.base(visible(omar, "base_model", "tiny"), actor=omar)
        assert (told["own"], told["source"], told["job"]) == (False, "", None)
        with pytest.raises(UnknownModel):
            visible(omar, "base_model", "tiny", permission=selectors.MANAGE)
        assert BaseModel.objects.filter(pk=base_model.pk).update(licence="stolen") == 0
        with pytest.raises(UnknownModel):
            visible(omar, "adapter_version", version.pk)
        theirs = visible(omar, "base_model", "tiny")
    made = adapters.import_archive(actor=omar, name="triage", base=theirs, chunks=[evil.good()])
    assert made.name == "qinghe.triage.v1"


def test_engines_find_a_version_by_its_name_alone(cast: Cast, version: AdapterVersion) -> None:
    found = serving.files_of("hemu.returns.v1", unchecked=True)
    assert (found.config["r"], found.base_print) == (8, version.base_print)
    with pytest.raises(ModelConflict):
        serving.files_of("hemu.returns.v1")
    for unknown in ("qinghe.returns.v1", "hemu.returns.v9", "nobody.x.v1", "", "x"):
        with pytest.raises(UnknownModel):
            serving.files_of(unknown)
