"""Presidio's analyzer for Chinese and English with our recognisers; for workers and commands only.

Presidio brings spaCy, which imports PyTorch when it can, for models that we do not use. It is told that there
is none: that saves four seconds and three hundred megabytes. No model is loaded and nothing is fetched: the
engine is `no_op`.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any, cast

from sunmao.guards.personal.detecting import Language, detect
from sunmao.guards.personal.found import Found, settled
from sunmao.guards.personal.kinds import KINDS, Kind

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

LANGUAGES: tuple[Language, ...] = ("zh", "en")
THRESHOLD = 0.5
# Of Presidio's own recognisers, those that know something ours do not. The others rely on `\b`, which fails
# beside Chinese, fetch a list from the network, or find less than ours do of the same kind.
PREDEFINED: dict[str, Kind] = {
    "US_ITIN": "us_ssn",
    "US_PASSPORT": "passport",
    "MEDICAL_LICENSE": "identifier",
    "UK_NHS": "medical_record",
}
_UNWANTED = (
    "CreditCardRecognizer", "IbanRecognizer", "UsSsnRecognizer", "EmailRecognizer", "UrlRecognizer",
    "DateRecognizer", "IpRecognizer", "PhoneRecognizer", "CryptoRecognizer", "UsBankRecognizer",
    "UsLicenseRecognizer", "UuidRecognizer", "MacAddressRecognizer",
)  # fmt: skip
_HEAVY = frozenset({"torch", "transformers", "tensorflow", "cupy", "mxnet"})


class _Absent(MetaPathFinder):
    """Says in one thread that heavy modules are not installed."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if threading.get_ident() == self.thread and name in _HEAVY:
            raise ModuleNotFoundError(f"{name} is not needed here", name=name)
        return None


@contextmanager
def without_models() -> Iterator[None]:
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        yield
    finally:
        sys.meta_path.remove(absent)


@cache
def analyzer() -> AnalyzerEngine:
    """Built once per process; the first call takes about a second."""
    with without_models():
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    # It would tell of every text that it reads.
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    models = [{"lang_code": language, "model_name": "no_op"} for language in LANGUAGES]
    engine = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "no_op", "models": models}
    ).create_engine()
    registry = RecognizerRegistry(supported_languages=list(LANGUAGES))
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    for name in _UNWANTED:
        registry.remove_recognizer(name)
    for language in LANGUAGES:
        registry.add_recognizer(_ours(language))
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=engine,
        supported_languages=list(LANGUAGES),
        context_aware_enhancer=_window(),
        default_score_threshold=THRESHOLD,
    )


def _window() -> Any:
    """Presidio's enhancer needs a language model's lemmas; ours looks at the words before a find."""
    from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer

    class Window(ContextAwareEnhancer):
        def enhance_using_context(
            self,
            text: str,
            raw_results: list[Any],
            nlp_artifacts: Any,
            recognizers: list[Any],
            context: Any = None,
        ) -> list[Any]:
            words = {one.id: one.context for one in recognizers if one.context}
            for result in raw_results:
                near = words.get((result.recognition_metadata or {}).get("recognizer_identifier"))
                left = text[max(0, result.start - self.context_prefix_count) : result.start].lower()
                if near and any(word.lower() in left for word in near):
                    result.score = min(1.0, max(result.score + self.context_similarity_factor, 0.7))
            return raw_results

    return Window(
        context_similarity_factor=0.35, min_score_with_context_similarity=0.7,
        context_prefix_count=24, context_suffix_count=0,
    )  # fmt: skip


_loading = threading.Lock()


def is_loaded() -> bool:
    return analyzer.cache_info().currsize > 0


def load_soon() -> None:
    """In the background, once."""
    if _loading.acquire(blocking=False):
        threading.Thread(target=_load, name="presidio", daemon=True).start()


def _load() -> None:
    try:
        analyzer()
    finally:
        _loading.release()


def _ours(language: Language) -> Any:
    from presidio_analyzer import EntityRecognizer, RecognizerResult

    label = f"Sunmao {language}"

    class Ours(EntityRecognizer):
        """All of our recognisers at once: they settle overlaps among themselves before Presidio does."""

        def load(self) -> None: ...

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:
            return [
                RecognizerResult(
                    entity_type=one.kind,
                    start=one.start,
                    end=one.end,
                    score=one.score,
                    recognition_metadata={
                        RecognizerResult.RECOGNIZER_NAME_KEY: label,
                        "certain": one.certain,
                    },
                )
                for one in detect(text, language=language)
                if one.kind in entities
            ]

    return Ours(supported_entities=list(KINDS), supported_language=language, name=label)


def analyse(text: str, *, language: Language, known: Sequence[str] = ()) -> tuple[Found, ...]:
    """As `detect`, with Presidio's recognisers besides ours."""
    results = analyzer().analyze(text=text, language=language)
    found = [_found(one) for one in results if one.entity_type in PREDEFINED or one.entity_type in KINDS]
    if known:
        found += detect(text, language=language, known=known)
    return settled(found)


def _found(result: Any) -> Found:
    kind = PREDEFINED.get(result.entity_type, cast(Kind, result.entity_type))
    certain = bool((result.recognition_metadata or {}).get("certain"))
    return Found(result.start, result.end, kind, float(result.score), certain)


__all__ = ["analyse", "analyzer", "is_loaded", "load_soon", "without_models"]
