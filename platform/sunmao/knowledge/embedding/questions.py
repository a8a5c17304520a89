"""A question in the numbers of each base that it is put to.

Bases may be searched by different encoders; the question is encoded once by each. An encoder that is still
loading, that fails, or that is not the one whose vectors a base holds takes no part: words alone answer then.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from sunmao.core.errors import EngineFailure
from sunmao.knowledge import encoders
from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.embedding.models import Space
from sunmao.knowledge.embedding.tables import literal
from sunmao.knowledge.encoders import Encoder, Pixels, shown
from sunmao.knowledge.text.language import language_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Near:
    """Where a base's vectors are, and the question as one of them. `plain` is what every picture is near to,
    for a question that is put to pictures."""

    space: uuid.UUID
    literal: str
    dimensions: int
    vectors: int
    indexed: bool = False
    encoder: str = ""
    plain: str = ""

    @property
    def effort(self) -> int:
        """`hnsw.ef_search`: how many candidates the index keeps while it walks; more rows need more. On topic
        all of the ten nearest were found at 100,000 vectors with 100; see docs/benchmarks."""
        return min(400, max(128, self.vectors // 2500))


@dataclass(frozen=True)
class EncodedQuestion:
    by_base: Mapping[uuid.UUID, Near] = field(default_factory=dict)

    def of(self, base: uuid.UUID) -> Near | None:
        return self.by_base.get(base)


NOTHING = EncodedQuestion()


def encode(question: str, bases: Sequence[uuid.UUID], *, wait: bool = False) -> EncodedQuestion:
    """Inside the actor's scope. `wait`: load what is not loaded, for measuring and training."""
    found = spaces.serving(bases, language_of(question))
    numbers: dict[str, tuple[Encoder, str] | None] = {}
    known: dict[uuid.UUID, Near] = {}
    for base, space in found.items():
        if space.encoder not in numbers:
            numbers[space.encoder] = _encoded(space.encoder, question, wait=wait)
        if made := numbers[space.encoder]:
            known |= _compared(base, space, *made)
    return EncodedQuestion(known)


PLAIN = {"zh": "一张图片", "en": "a picture"}
"""What may be said of every picture. One stands out for a question that it is nearer to than to this."""


def encode_for_pictures(question: str, bases: Sequence[uuid.UUID], *, wait: bool = False) -> EncodedQuestion:
    """The question in the numbers of the encoders that look at the pictures of these bases."""
    if not encoders.of_pictures():
        return NOTHING
    numbers: dict[str, tuple[Encoder, tuple[str, str]] | None] = {}
    known: dict[uuid.UUID, Near] = {}
    texts = (question, PLAIN[language_of(question)])
    for base, space in spaces.seeing(bases).items():
        if space.encoder not in numbers:
            numbers[space.encoder] = _both(space.encoder, texts, wait=wait)
        if made := numbers[space.encoder]:
            encoder, (asked, plain) = made
            compared = _compared(base, space, encoder, asked)
            known |= {key: replace(near, plain=plain) for key, near in compared.items()}
    return EncodedQuestion(known)


@dataclass(frozen=True)
class EncodedPicture:
    """A picture in the numbers of each base: put to its pictures, and to its words where one encoder reads
    both."""

    pictures: EncodedQuestion = NOTHING
    words: EncodedQuestion = NOTHING


def encode_picture(pixels: Pixels, bases: Sequence[uuid.UUID]) -> EncodedPicture:
    """Inside the actor's scope. Raises `EngineFailure` where the encoder cannot be loaded."""
    pictures: dict[uuid.UUID, Near] = {}
    words: dict[uuid.UUID, Near] = {}
    numbers: dict[str, str] = {}
    for base, space in spaces.seeing(bases).items():
        encoder = encoders.sighted(space.encoder)
        if space.encoder not in numbers:
            numbers[space.encoder] = literal(encoder.encode_pictures([pixels])[0])
        pictures |= _compared(base, space, encoder, numbers[space.encoder])
        for known, read in spaces.reading_as([base], encoder.identity).items():
            words |= _compared(known, read, encoder, numbers[space.encoder])
    return EncodedPicture(EncodedQuestion(pictures), EncodedQuestion(words))


def _both(spec: str, texts: tuple[str, str], *, wait: bool) -> tuple[Encoder, tuple[str, str]] | None:
    asked, plain = (_encoded(spec, text, wait=wait) for text in texts)
    return (asked[0], (asked[1], plain[1])) if asked and plain else None


def load(asked: Iterable[str], bases: Sequence[uuid.UUID]) -> None:
    """Load whatever encodes these questions, so that no figure depends on whether it was loaded before."""
    languages = {language_of(question) for question in asked}
    found = [space for one in languages for space in spaces.serving(bases, one).values()]
    for spec in {space.encoder for space in found}:
        encoders.encoder(spec)


def _encoded(spec: str, question: str, *, wait: bool) -> tuple[Encoder, str] | None:
    try:
        encoder = encoders.encoder(spec) if wait else encoders.ready(spec)
        return (encoder, literal(encoder.encode_questions([question])[0])) if encoder else None
    except EngineFailure as error:
        if wait:
            raise
        log.warning("question_not_encoded", encoder=spec, reason=str(error))
        return None


def _compared(base: uuid.UUID, space: Space, encoder: Encoder, numbers: str) -> dict[uuid.UUID, Near]:
    if encoder.identity != space.identity:
        log.warning("encoder_has_changed", space=str(space.pk), now=str(encoder.identity))
        return {}
    return {
        base: Near(space.pk, numbers, space.dimensions, space.vectors, space.indexed, shown(space.encoder))
    }
