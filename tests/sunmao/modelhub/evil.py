"""Archives that nobody should send: each with the code that it must be refused with."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from apps.config.bench.serve import tiny

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = str(mark)

    def __reduce__(self) -> Any:
        return (os.system, (f"touch {self.mark}",))


def config(**more: Any) -> bytes:
    return json.dumps(tiny.config(**more)).encode()


@cache
def weights(size: tiny.Size = tiny.TINY) -> bytes:
    return tiny.weights(size)


def zipped(files: Mapping[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return kept.getvalue()


def tarred(files: Mapping[str, bytes], change: Callable[[tarfile.TarInfo], None] = lambda _: None) -> bytes:
    kept = io.BytesIO()
    with tarfile.open(fileobj=kept, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            change(entry)
            archive.addfile(entry, io.BytesIO(data))
    return kept.getvalue()


def good(**more: bytes) -> bytes:
    return zipped({CONFIG: config(), WEIGHTS: weights(), **more})


def _placed(name: str) -> bytes:
    return zipped({name: config(), WEIGHTS: weights()})


def of(config_: bytes = b"", weights_: bytes = b"") -> bytes:
    return zipped({CONFIG: config_ or config(), WEIGHTS: weights_ or weights()})


def header(told: Any, data: bytes = b"", length: int | None = None) -> bytes:
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def one(dtype: str = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"t": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


@cache
def changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    """Good tensors, one of them changed."""
    from safetensors.torch import save

    tensors = tiny.matrices(tiny.TINY)
    change(tensors)
    saved: bytes = save(tensors)
    return saved


FIRST = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"


@cache
def _with(value: str) -> Callable[[dict[str, Any]], None]:
    def change(tensors: dict[str, Any]) -> None:
        tensors[FIRST][1, 3] = float(value)

    return change


def _renamed(tensors: dict[str, Any]) -> None:
    tensors["evil.weight"] = tensors.pop(FIRST)


def _elsewhere(tensors: dict[str, Any]) -> None:
    for part in ("lora_A", "lora_B"):
        old = FIRST.replace("lora_A", part)
        tensors[old.replace("layers.0", "layers.77")] = tensors.pop(old)


def _double(tensors: dict[str, Any]) -> None:
    tensors[FIRST] = tensors[FIRST].double()


@cache
def _bomb() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CONFIG, config())
        archive.writestr(WEIGHTS, bytes(400 * 2**20))
    return kept.getvalue()


def _doubled() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for _ in range(2):
            archive.writestr(CONFIG, config())
        archive.writestr(WEIGHTS, weights())
    return kept.getvalue()


def _lying_size() -> bytes:
    data = bytearray(of())
    place = data.rfind(b"PK\x01\x02")  # the last entry of the directory, the weights
    struct.pack_into("<I", data, place + 24, 16)
    return bytes(data)


def archives(mark: Path) -> dict[str, tuple[str, bytes]]:
    """name → (code, archive); `mark` is the file that a trap leaves."""
    trap = pickle.dumps(Trap(mark))
    auto = {"auto_map": {"AutoModel": "evil.Evil"}}
    half = header({**one(), "u": one(offsets=(4, 12))["t"]}, bytes(12))
    return {
        "a bare pickle": ("adapter_unsafe", trap),
        "a pickle named as weights": ("adapter_unsafe", of(weights_=trap)),
        "a pickle beside the weights": ("adapter_unsafe", good(**{"adapter_model.bin": trap})),
        "a torch file beside the weights": ("adapter_unsafe", good(**{"optimizer.pt": trap})),
        "a program beside the weights": ("adapter_unsafe", good(**{"modeling.py": b"import os"})),
        "a compiled program": ("adapter_unsafe", good(**{"x/evil.so": b"\x7fELF"})),
        "a pickle for a configuration": ("adapter_config", of(config_=trap)),
        "code named by auto_map": ("adapter_config", of(config_=config(**auto))),
        "code named by auto_mapping": (
            "adapter_config", of(config_=config(auto_mapping={"parent_library": "os"})),
        ),
        "a setting that nobody knows": ("adapter_config", of(config_=config(on_load="os.system"))),
        "another kind of adapter": ("adapter_config", of(config_=config(peft_type="PROMPT_TUNING"))),
        "no kind at all": ("adapter_config", of(config_=b"{}")),
        "a pattern for targets": ("adapter_config", of(config_=config(target_modules="(a+)+$"))),
        "a pattern among targets": ("adapter_config", of(config_=config(target_modules=["(a+)+$"]))),
        "patterns of ranks": ("adapter_config", of(config_=config(rank_pattern={"(a+)+$": 4}))),
        "whole modules": ("adapter_config", of(config_=config(modules_to_save=["lm_head"]))),
        "biases": ("adapter_config", of(config_=config(bias="all"))),
        "a huge rank": ("adapter_config", of(config_=config(r=100_000))),
        "a rank of no number": ("adapter_config", of(config_=config(r=True))),
        "an endless scale": ("adapter_config", of(config_=config(lora_alpha=1e300))),
        "a configuration a thousand brackets deep": ("adapter_config", of(config_=b"[" * 100_000)),
        "a configuration that is a list": ("adapter_config", of(config_=b"[]")),
        "a header longer than the file": ("adapter_malformed", of(weights_=header(one(), bytes(8), 2**60))),
        "a header of no JSON": ("adapter_malformed", of(weights_=header(b"{evil", bytes(8)))),
        "a header with a name twice": (
            "adapter_malformed",
            of(weights_=header(b'{"a":{},"a":{}}')),
        ),
        "a header a thousand brackets deep": ("adapter_malformed", of(weights_=header(b"[" * 50_000))),
        "tensors that overlap": ("adapter_malformed", of(weights_=half)),
        "a tensor beyond the end": ("adapter_malformed", of(weights_=header(one(), bytes(4)))),
        "a tensor before the beginning": (
            "adapter_malformed", of(weights_=header(one(offsets=(-8, 0)), bytes(8))),
        ),
        "a shape that overflows": (
            "adapter_malformed", of(weights_=header(one(shape=(2**33, 2**33)), bytes(8))),
        ),
        "an unknown number format": ("adapter_malformed", of(weights_=header(one(dtype="PICKLE"), bytes(8)))),
        "data that nobody names": ("adapter_malformed", of(weights_=header(one(), bytes(64)))),
        "a tensor that is no adapter's": ("adapter_malformed", of(weights_=changed(_renamed))),
        "numbers of eight bytes": ("adapter_malformed", of(weights_=changed(_double))),
        "cut off": ("adapter_malformed", of(weights_=weights()[:-100])),
        "not a number among the weights": ("adapter_not_finite", of(weights_=changed(_with("nan")))),
        "an infinite weight": ("adapter_not_finite", of(weights_=changed(_with("-inf")))),
        "for a layer that the base has not": ("adapter_wrong_base", of(weights_=changed(_elsewhere))),
        "for a wider base": (
            "adapter_wrong_base", of(weights_=weights(tiny.Size(hidden=128, inner=128))),
        ),
        "made for another base, as its manifest says": (
            "adapter_wrong_base", good(**{"sunmao.json": b'{"base_sha256": "00"}'}),
        ),
        "a name that leads outside": ("adapter_archive", _placed(f"../{CONFIG}")),
        "an absolute name": ("adapter_archive", _placed(f"/etc/{CONFIG}")),
        "a name with a backslash": ("adapter_archive", _placed(f"a\\{CONFIG}")),
        "two folders": ("adapter_archive", zipped({f"a/{CONFIG}": config(), f"b/{WEIGHTS}": weights()})),
        "a name twice": ("adapter_archive", _doubled()),
        "a bomb": ("adapter_archive", _bomb()),
        "a size that is a lie": ("adapter_archive", _lying_size()),
        "no weights": ("adapter_archive", zipped({CONFIG: config()})),
        "an empty archive": ("adapter_archive", zipped({})),
        "half an archive": ("adapter_archive", of()[:-30]),
        "nothing at all": ("adapter_archive", b""),
        "a link": ("adapter_archive", tarred({CONFIG: b"", WEIGHTS: b""}, _as_link)),
        "a device": ("adapter_archive", tarred({CONFIG: b"", WEIGHTS: b""}, _as_device)),
        "a tar with a name that leads outside": (
            "adapter_archive", tarred({f"../../{CONFIG}": config(), WEIGHTS: weights()}),
        ),
    }  # fmt: skip


def _as_link(entry: tarfile.TarInfo) -> None:
    entry.type, entry.linkname, entry.size = tarfile.SYMTYPE, "/etc/passwd", 0


def _as_device(entry: tarfile.TarInfo) -> None:
    entry.type, entry.size = tarfile.CHRTYPE, 0
