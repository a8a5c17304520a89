"""The floor of `evaluate pii`: Presidio with nothing of ours."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from sunmao.guards.personal.detecting import Language
from sunmao.guards.personal.presidio import without_models

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

KINDS = {
    "CREDIT_CARD": "bank_card", "PHONE_NUMBER": "phone", "EMAIL_ADDRESS": "email", "US_SSN": "us_ssn",
    "IBAN_CODE": "iban", "IP_ADDRESS": "ip_address", "URL": "web_address", "US_PASSPORT": "passport",
}  # fmt: skip
# Its scores without context are low; at this one its own recognisers of telephones still count.
THRESHOLD = 0.4


@cache
def _analyzer() -> AnalyzerEngine:
    with without_models():
        import tldextract
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    # It would look for a list of domains on the network.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # type: ignore[assignment]
    models = [{"lang_code": "en", "model_name": "no_op"}]
    engine = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "no_op", "models": models}
    ).create_engine()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def floor(text: str, language: Language) -> list[tuple[str, int, int]]:
    """It has no recogniser for Chinese, so its English ones read everything."""
    results = _analyzer().analyze(text=text, language="en", score_threshold=THRESHOLD)
    return [(KINDS[one.entity_type], one.start, one.end) for one in results if one.entity_type in KINDS]
