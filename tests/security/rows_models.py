"""Models and adapters, through the API and in the console."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.core import tenancy
from sunmao.modelhub import adapters
from sunmao.modelhub.models import BaseModel, BaseState
from tests.security.matrix import Row, Target, get, post, post_json, send_json

V1 = "api/v1/models/"
READ, MANAGE, EXPORT = "modelhub.model.read", "modelhub.model.manage", "modelhub.adapter.export"
SPOKEN_MODELS = {
    "api/v1/^models/bases/(?P<base_name>[^/]+)/(?P<action>read|keep|retire)$": (
        "api/v1/models/bases/<base_name>/<action>"
    ),
    "api/v1/^models/versions/(?P<version_name>[^/]+)/"
    "(?P<action>parity|verify|pin|unpin|retire|remove)$": "api/v1/models/versions/<version_name>/<action>",
}
_CONFIG = {"peft_type": "LORA", "r": 1, "lora_alpha": 1, "target_modules": ["q"]}
_PLACE = "base_model.model.m.q"


def archive() -> bytes:
    """The smallest adapter that fits `models_of`: one row and one column of zeros."""
    told = {
        f"{_PLACE}.lora_A.weight": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]},
        f"{_PLACE}.lora_B.weight": {"dtype": "F32", "shape": [2, 1], "data_offsets": [8, 16]},
    }
    raw, kept = json.dumps(told).encode(), io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        packed.writestr("adapter_config.json", json.dumps(_CONFIG))
        packed.writestr("adapter_model.safetensors", struct.pack("<Q", len(raw)) + raw + bytes(16))
    return kept.getvalue()


def models_of(organisation: Organisation) -> dict[str, Any]:
    """A base model that was read, and a version of an adapter for it."""
    system = accounts.system_actor(organisation)
    with tenancy.scope(organisation.pk):
        base = BaseModel.objects.create(
            slug="tiny", source="tiny", state=BaseState.READY, sha256="0" * 64, modules={"m.q": [2, 2]}
        )
    made = adapters.import_archive(actor=system, name="style", base=base, chunks=[archive()])
    return {"base_model": base.pk, "adapter_version": made.pk}


def _file(target: Target) -> dict[str, Any]:
    upload = SimpleUploadedFile("style.zip", archive())
    return {"file": upload, "name": "other", "base_model": str(target.others["base_model"])}


def _form(target: Target) -> dict[str, Any]:
    upload = SimpleUploadedFile("style.zip", archive())
    return {"file": upload, "name": "other", "base": str(target.others["base_model"])}


MODEL_ROWS = (
    Row(route=f"{V1}usage", method="GET", needs=READ, gives=200, send=get(f"{V1}usage")),
    Row(route=f"{V1}bases", method="GET", needs=READ, gives=200, send=get(f"{V1}bases")),
    Row(route=f"{V1}bases", method="POST", needs=MANAGE, gives=201, writes=("base_model.added",),
        send=post_json(f"{V1}bases", lambda _: {"name": "another", "source": "org/name"})),
    Row(route=f"{V1}bases/<str:base_name>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}bases/{{base_model}}")),
    Row(route=f"{V1}bases/<str:base_name>", method="PATCH", needs=MANAGE, gives=200, names="house",
        writes=("base_model.changed",),
        send=send_json("PATCH", f"{V1}bases/{{base_model}}", lambda _: {"licence": "MIT"})),
    Row(route=f"{V1}bases/<base_name>/<action>", method="POST", needs=MANAGE, gives=200, names="house",
        writes=("base_model.retired",), send=post(f"{V1}bases/{{base_model}}/retire")),
    Row(route=f"{V1}versions", method="GET", needs=READ, gives=200, send=get(f"{V1}versions")),
    Row(route=f"{V1}versions", method="POST", needs=MANAGE, gives=201, names="house",
        writes=("adapter.imported",), send=post(f"{V1}versions", _file)),
    Row(route=f"{V1}versions/<str:version_name>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}versions/{{adapter_version}}")),
    Row(route=f"{V1}versions/<str:version_name>/archive", method="GET", needs=EXPORT, gives=200,
        names="house", writes=("adapter.exported",), send=get(f"{V1}versions/{{adapter_version}}/archive")),
    Row(route=f"{V1}versions/<version_name>/<action>", method="POST", needs=MANAGE, gives=200, names="house",
        writes=("adapter.pinned",), send=post(f"{V1}versions/{{adapter_version}}/pin")),
    Row(route="console/modelhub/adapterversion/<str:version_id>/archive/", method="GET", needs=EXPORT,
        gives=200, names="house", writes=("adapter.exported",),
        send=get("console/modelhub/adapterversion/{adapter_version}/archive/")),
    Row(route="console/modelhub/adapterversion/add/", method="POST", needs=MANAGE, gives=302, names="house",
        foreign=200, writes=("adapter.imported",),
        send=post("console/modelhub/adapterversion/add/", _form)),
)  # fmt: skip
