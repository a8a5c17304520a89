"""Asking with a picture: it finds pictures like it, texts that its looks are near to where one encoder reads
both, and what the words in it ask for.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput, TooLong, UnreadableFile
from sunmao.knowledge import retrieval
from sunmao.knowledge.embedding import questions
from sunmao.knowledge.embedding.questions import EncodedPicture, EncodedQuestion
from sunmao.knowledge.encoders import Pixels
from sunmao.knowledge.fusing import together
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import sees_internal
from sunmao.knowledge.privacy import picture_to_ask_with
from sunmao.knowledge.retrieval import Hit, Retrieved
from sunmao.knowledge.sandbox.reading import can_recognise, parse_safely
from sunmao.knowledge.sight import finding
from sunmao.knowledge.sight.looking import decoded
from sunmao.knowledge.tracing import Recorder, StageName
from sunmao.knowledge.vectors import sparse_literal

LARGEST = 5_000_000
LONGEST_WORDS = 500
CANDIDATES = 20
_WORDLESS = frozenset({"empty_file", "no_text_layer"})


class NothingSees(Conflict):
    code = "nothing_sees_pictures"
    default_message = _(
        "No words were read in the picture, and no vectors of pictures serve these bases. Configure an"
        " encoder of pictures."
    )


@dataclass(frozen=True)
class Shown:
    """A picture as the policies of the bases let it be seen, and what is written in it."""

    pixels: Pixels
    words: str = ""


def checked(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise TooLong(code="file_too_large", fields={"picture": _("is too large")})
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    if not (webp or data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))):
        raise InvalidInput(
            _("This is no picture in PNG, JPEG or WebP."),
            code="no_image",
            fields={"picture": _("is no picture")},
        )
    return data


def shown(*, organisation_id: uuid.UUID, data: bytes, bases: Sequence[str]) -> Shown:
    """Outside a transaction: reading takes seconds. Raises `UnreadableFile`."""
    kept = picture_to_ask_with(organisation_id=organisation_id, bases=bases, data=data)
    return Shown(decoded(kept), _words(kept) if can_recognise() else "")


def _words(data: bytes) -> str:
    try:
        read = parse_safely(name="picture", data=data)
    except UnreadableFile as error:
        if error.code not in _WORDLESS:
            raise
        return ""
    return " ".join(read.text.split())[:LONGEST_WORDS]


def retrieve(
    *, actor: Actor, picture: Shown, bases: Sequence[BaseVersion], limit: int = 8, trace: bool = False
) -> Retrieved:
    """The passages nearest to a picture. Nothing is judged: an answer is made of a question in words."""
    actor.require("knowledge.passage.read")
    recorder = Recorder(wanted=trace)
    with recorder.stage("read") as noting:
        noting.say(characters=len(picture.words))
        encoded = questions.encode_picture(picture.pixels, [pin.base.pk for pin in bases])
    if not (picture.words or encoded.pictures.by_base):
        raise NothingSees
    by_words = _by_words(actor, picture.words, bases, recorder)
    seen, read = _by_looks(actor, encoded, bases, recorder)
    with recorder.stage("together") as noting:
        scores = together([{key: hit.score for key, hit in by_words.items()}, seen, read])
        noting.show(scores)
    best = sorted(scores, key=scores.__getitem__, reverse=True)[:limit]
    passages = retrieval.load(best)
    return Retrieved(
        hits=tuple(
            Hit(passages[key], scores[key], *_said(by_words.get(key)), read.get(key), seen=seen.get(key))
            for key in best
            if key in passages
        ),
        versions={pin.base.slug: pin.version for pin in bases},
        question=picture.words,
        trace=recorder.trace(),
    )


def _said(hit: Hit | None) -> tuple[float, float]:
    return (hit.lexical, hit.share) if hit else (0.0, 0.0)


def _by_words(
    actor: Actor, words: str, bases: Sequence[BaseVersion], recorder: Recorder
) -> dict[uuid.UUID, Hit]:
    if not words:
        return {}
    found = retrieval.attempt(actor=actor, question=words, bases=bases, limit=CANDIDATES, recorder=recorder)
    return {hit.passage.pk: hit for hit in found.hits if not hit.by_reference}


def _by_looks(
    actor: Actor, encoded: EncodedPicture, bases: Sequence[BaseVersion], recorder: Recorder
) -> tuple[dict[uuid.UUID, float], dict[uuid.UUID, float]]:
    """The nearest pictures, and the nearest texts: cosines of the two kinds have different heights."""
    seen: dict[uuid.UUID, float] = {}
    read: dict[uuid.UUID, float] = {}
    searches: tuple[tuple[StageName, EncodedQuestion, dict[uuid.UUID, float]], ...] = (
        ("seen", encoded.pictures, seen),
        ("dense", encoded.words, read),
    )
    for pin in bases:
        for stage, kind, nearest in searches:
            near = kind.of(pin.base.pk)
            if near is None:
                continue
            with recorder.stage(stage, pin.base.slug) as noting:
                found = finding.cosines(near, _parameters(actor, pin))
                noting.show(found)
                noting.say(encoder=near.encoder)
            nearest |= found
    return seen, read


def _parameters(actor: Actor, pin: BaseVersion) -> Mapping[str, Any]:
    return {
        "base": pin.base.pk,
        "version": pin.version,
        "on": pin.on,
        "internal": sees_internal(actor, base=pin.base.slug),
        "lexical": sparse_literal({}),
    }


__all__ = ["LARGEST", "NothingSees", "Shown", "checked", "retrieve", "shown"]
