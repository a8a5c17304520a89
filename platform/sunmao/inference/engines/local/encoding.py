"""From a conversation to tokens, within the context of the model.

The rule of trimming: a quarter of the context, or what the answer may be long if that is less, stays free for
the answer. What is too long loses first its oldest turns (the system message and the last turn stay), then
the middle of its longest turn.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import ChatMessage, GenerationRequest, ToolSpec
from sunmao.inference.engines.local import calling
from sunmao.inference.engines.local.loading import Loaded

CUT = " … "
TRIES = 12
LARGEST_PICTURE = 40_000_000  # pixels
LONGEST_SIDE = 4_096  # eight of them are held at once


@dataclass(frozen=True)
class Encoded:
    """Token ids; `more` are tensors of pictures, `trimmed` how many tokens of the prompt were left out."""

    ids: list[int]
    trimmed: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)


def encoded(loaded: Loaded, request: GenerationRequest) -> Encoded:
    """Raises `EngineFailure` (`context_overflow`) when not even the shortest form fits."""
    turns = list(request.conversation)
    if any(turn.images for turn in turns):
        return _with_pictures(loaded, turns)
    tools = request.tools
    ids = _ids(loaded, turns, tools)
    room = room_for_prompt(loaded.context, request.max_tokens)
    whole = len(ids)
    while len(ids) > room and (shorter := _without_oldest(turns)):
        turns = shorter
        ids = _ids(loaded, turns, tools)
    tries = 0
    while len(ids) > room:
        tries += 1
        if tries > TRIES or not (cut := _cut(turns, len(ids) - room, len(ids))):
            raise _overflow(whole, loaded.context)
        turns = cut
        ids = _ids(loaded, turns, tools)
    return Encoded(ids, whole - len(ids))


def room_for_prompt(context: int, max_tokens: int) -> int:
    if not context:
        return 2**31
    return context - min(max_tokens, max(1, context // 4))


def _overflow(length: int, context: int) -> EngineFailure:
    return EngineFailure(
        format_lazy(
            _(
                "The prompt has {length} tokens and the model reads {context}. Ask for fewer passages, "
                "shorten the prompt, or choose a model with a longer context."
            ),
            length=length,
            context=context,
        ),
        code="context_overflow",
    )


def _without_oldest(turns: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Without the oldest turn that may go; empty when none may."""
    first = next((place for place, turn in enumerate(turns) if turn.role != "system"), len(turns))
    if first >= len(turns) - 1:
        return []
    end = first + 1
    while end < len(turns) - 1 and turns[end].role in ("assistant", "tool"):
        end += 1  # an answer without its question says nothing
    return [*turns[:first], *turns[end:]]


def _cut(turns: Sequence[ChatMessage], over: int, length: int) -> list[ChatMessage]:
    """The longest turn without a part of its middle."""
    place = max(range(len(turns)), key=lambda one: len(turns[one].content))
    text = turns[place].content
    gone = min(len(text) - 2, max(8, int(len(text) * over / max(1, length) * 1.1) + len(CUT)))
    if gone <= 0 or len(text) < 32:
        return []
    start = (len(text) - gone) // 2
    shorter = replace(turns[place], content=text[:start] + CUT + text[start + gone :])
    return [*turns[:place], shorter, *turns[place + 1 :]]


def _ids(loaded: Loaded, turns: Sequence[ChatMessage], tools: Sequence[ToolSpec] = ()) -> list[int]:
    tokenizer = loaded.tokenizer
    if getattr(tokenizer, "chat_template", None):
        found = tokenizer.apply_chat_template(
            [_turn(turn, calls=loaded.calls) for turn in turns],
            add_generation_prompt=True,
            return_dict=True,
            **({"tools": calling.shown(tools)} if tools else {}),
        )["input_ids"]
    else:
        found = tokenizer("\n\n".join(turn.content for turn in turns))["input_ids"]
    return list(found[0]) if found and isinstance(found[0], list) else list(found)


def _turn(turn: ChatMessage, *, calls: bool) -> dict[str, Any]:
    return calling.turn(turn) if calls else {"role": turn.role, "content": turn.content}


def _with_pictures(loaded: Loaded, turns: Sequence[ChatMessage]) -> Encoded:
    if loaded.processor is None:
        raise EngineFailure(
            _("This model reads no pictures. Choose a vision-language model."), code="images_not_supported"
        )
    content = [
        {
            "role": turn.role,
            "content": [
                *({"type": "image", "image": _picture(image.data)} for image in turn.images),
                {"type": "text", "text": turn.content},
            ],
        }
        for turn in turns
    ]
    inputs = loaded.processor.apply_chat_template(
        content, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )
    ids = inputs["input_ids"][0].tolist()
    if loaded.context and len(ids) >= loaded.context:
        raise _overflow(len(ids), loaded.context)
    more = {name: value for name, value in inputs.items() if name not in ("input_ids", "attention_mask")}
    return Encoded(ids, more=more)


def _picture(data: bytes) -> Any:
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "WEBP", "GIF", "BMP"])
        if picture.width * picture.height > LARGEST_PICTURE:
            raise ValueError("too many pixels")
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return picture.convert("RGB")
    except Exception as error:  # decoders raise whatever they like at broken and at huge files
        raise EngineFailure(_("A picture could not be read."), code="unreadable_image") from error


__all__ = ["Encoded", "encoded", "room_for_prompt"]
