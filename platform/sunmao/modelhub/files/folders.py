"""A base model on this machine: where it is, what its files say, and the hashes that name it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from sunmao.modelhub.errors import BadModel, NotAllowedPlace
from sunmao.modelhub.files.safetensors import BYTES, Header, Malformed, header_of

KEPT = "kept:"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
# What makes a model answer as it does; pictures, licences and cards may change without changing it.
_TELLING = (
    "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model",
    "vocab.json", "merges.txt", "vocab.txt", "special_tokens_map.json", "chat_template.jinja",
    "preprocessor_config.json", "processor_config.json",
)  # fmt: skip
# What a library may want besides, to load it: lists of parts, words that were added, templates by name.
_ALSO = (
    "model.safetensors.index.json", "added_tokens.json", "video_preprocessor_config.json",
    "chat_template.json", "sentencepiece.bpe.model", "spiece.model", "tekken.json",
)  # fmt: skip
ONE_MODEL, SEVERAL = "config.json", "model_index.json"
"""What tells of a model, and of one that is made of several, such as one that draws."""
LIBRARIES = ("diffusers", "transformers")
_TELLING_BELOW = {*_TELLING, "scheduler_config.json"}
LONGEST_TEXT = 32 * 2**20
STEP = 2**20


@dataclass(frozen=True, kw_only=True)
class Described:
    """What the files of a base model say. `print` is cheap to take again: settings and headers of weights."""

    print: str
    architecture: str
    context: int
    modalities: tuple[str, ...]
    chat_template: str
    dtype: str
    parameters: int
    weights: int
    modules: dict[str, list[int]] = field(repr=False)


def is_kept(source: str) -> bool:
    """Its files are in our store: `modelhub.keeping` shows them."""
    return source.startswith(KEPT)


def folder_of(source: str) -> Path:
    """The files of a model that is named by a hub id or a path. Raises `BadModel` when they are not here.

    Nothing is downloaded: a hub id is looked for in the hub's cache on this machine.
    """
    path = Path(source)
    if not HUB_ID.fullmatch(source) or path.is_dir():
        if not path.is_absolute():
            path = settings.SUNMAO_MODELS / source
        if not any((path / name).is_file() for name in (ONE_MODEL, SEVERAL)):
            raise BadModel(fields={"source": source})
        return path
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(source, local_files_only=True))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise BadModel(fields={"source": source}) from error


def check_place(source: str) -> None:
    """What a person may name from a page: a hub id, or a folder that the operator has opened."""
    if HUB_ID.fullmatch(source) or (source and source == settings.SUNMAO_MODEL):
        return
    root = Path(settings.SUNMAO_MODELS).resolve()
    place = (root / source).resolve()
    if "\x00" in source or not place.is_relative_to(root) or place == root:
        raise NotAllowedPlace(fields={"source": source})


def described(folder: Path) -> Described:
    config = _config(folder)
    headers = _headers(folder)
    if not headers:
        raise BadModel(fields={"weights": "no safetensors"})
    tensors = [tensor for header in headers.values() for tensor in header.tensors]
    texts = config.get("text_config") if isinstance(config.get("text_config"), dict) else config
    return Described(
        print=_print(folder, headers),
        architecture=str((config.get("architectures") or [config.get("model_type", "")])[0])[:120],
        context=_context(texts or config),
        modalities=_modalities(config),
        chat_template=_chat_template(folder),
        dtype=max((tensor.dtype for tensor in tensors), key=[one.dtype for one in tensors].count),
        parameters=sum(tensor.numbers for tensor in tensors),
        weights=sum(tensor.numbers * BYTES[tensor.dtype] for tensor in tensors),
        modules={
            tensor.name.removesuffix(".weight"): list(tensor.shape)
            for tensor in tensors
            if tensor.name.endswith(".weight") and len(tensor.shape) == 2
        },
    )


def print_of(folder: Path) -> str:
    """The cheap hash of a folder: what an engine compares before it puts an adapter on a base."""
    return _print(folder, _headers(folder))


def hashed(folder: Path, tell: Callable[[int, int], None]) -> tuple[str, dict[str, dict[str, Any]]]:
    """(the hash of all that makes the model answer as it does, size and hash of each file)."""
    paths = [*_telling_files(folder), *weight_files(folder)]
    total, done, files = sum(path.stat().st_size for path in paths), 0, {}
    for path in paths:
        digest = hashlib.sha256()
        for piece in pieces(path):
            digest.update(piece)
            done += len(piece)
            tell(done, total)
        files[name_of(folder, path)] = {"sha256": digest.hexdigest(), "size": path.stat().st_size}
    whole = "\n".join(f"{name} {one['sha256']}" for name, one in sorted(files.items()))
    return hashlib.sha256(whole.encode()).hexdigest(), files


def weight_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.safetensors"), *(_below(folder, "*.safetensors"))])


def needed_files(folder: Path) -> list[Path]:
    """All that loading it takes; nothing that a library could run."""
    also = [folder / name for name in _ALSO if (folder / name).is_file()]
    return [path for path in [*_telling_files(folder), *also, *weight_files(folder)] if path.stat().st_size]


def _telling_files(folder: Path) -> list[Path]:
    own = [folder / name for name in (*_TELLING, SEVERAL) if (folder / name).is_file()]
    return [*own, *sorted(path for path in _below(folder, "*") if path.name in _TELLING_BELOW)]


def _below(folder: Path, pattern: str) -> Iterator[Path]:
    """The files of the parts, where a model is made of several."""
    if (folder / SEVERAL).is_file():
        yield from folder.glob(f"*/{pattern}")


def name_of(folder: Path, path: Path) -> str:
    """As it is kept: with the part it belongs to, where a model is made of several."""
    return path.relative_to(folder).as_posix()


def _headers(folder: Path) -> dict[str, Header]:
    return {name_of(folder, path): _header(path) for path in weight_files(folder)}


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(STEP):
            yield piece


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LONGEST_TEXT:
            raise BadModel(fields={path.name: "too long"})
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadModel(fields={path.name: "is not JSON"}) from error
    if not isinstance(found, dict):
        raise BadModel(fields={path.name: "is no object"})
    return found


def _config(folder: Path) -> dict[str, Any]:
    if (folder / SEVERAL).is_file():
        return _parts(folder)
    config = _json(folder / ONE_MODEL)
    if config.get("auto_map"):
        raise BadModel(code="model_unsafe", fields={"config.json": "auto_map"})
    return config


def _parts(folder: Path) -> dict[str, Any]:
    """Of a model that is made of several; a part from elsewhere would be code of its own."""
    index = _json(folder / SEVERAL)
    for name, part in index.items():
        library = part[0] if isinstance(part, list) and part else None
        if library is not None and library not in LIBRARIES:
            raise BadModel(code="model_unsafe", fields={SEVERAL: f"{name}: {library}"})
    if not isinstance(index.get("_class_name"), str):  # a file of the model's own
        raise BadModel(code="model_unsafe", fields={SEVERAL: "_class_name"})
    return {"architectures": [index["_class_name"]], "model_type": SEVERAL}


def _header(path: Path) -> Header:
    try:
        with path.open("rb") as file:
            return header_of(file, size=path.stat().st_size)
    except (Malformed, OSError) as error:
        raise BadModel(fields={path.name: str(error)}) from error


def _print(folder: Path, headers: dict[str, Header]) -> str:
    digest = hashlib.sha256()
    for path in _telling_files(folder):
        told = hashlib.sha256(path.read_bytes()).digest()
        digest.update(name_of(folder, path).encode() + b"\0" + told)
    for name, header in sorted(headers.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(header.raw).digest())
        digest.update(str((folder / name).stat().st_size).encode())
    return digest.hexdigest()


def _context(config: dict[str, Any]) -> int:
    for name in ("max_position_embeddings", "n_positions", "seq_length", "max_sequence_length"):
        value = config.get(name)
        if type(value) is int and 0 < value < 2**31:
            return value
    return 0


def _modalities(config: dict[str, Any]) -> tuple[str, ...]:
    """What it reads; of a model for sound or pictures alone, what it does."""
    if (made := _OTHERS.get(str(config.get("model_type")))) is not None:
        return made
    found = ["text"]
    found += ["image"] if isinstance(config.get("vision_config"), dict) else []
    found += ["audio"] if isinstance(config.get("audio_config"), dict) else []
    return tuple(found)


_OTHERS = {
    "whisper": ("audio", "transcription"),
    "vits": ("text", "speech"),
    SEVERAL: ("text", "drawing"),
}


def _chat_template(folder: Path) -> str:
    file = folder / "chat_template.jinja"
    if file.is_file() and file.stat().st_size < STEP:
        return file.read_text(encoding="utf-8", errors="replace")
    if not (folder / "tokenizer_config.json").is_file():
        return ""
    found = _json(folder / "tokenizer_config.json").get("chat_template")
    return found if isinstance(found, str) else ""


__all__ = [
    "Described", "check_place", "described", "folder_of", "hashed", "needed_files", "pieces", "print_of",
    "weight_files",
]  # fmt: skip
