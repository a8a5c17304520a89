"""A vision-language model from a configuration: a picture changes what is said, and a bad one is told."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.config.bench.serve import tiny
from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import ChatMessage, GenerationRequest, Image, Token, events_of

TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}> {% if message['content'] is string %}"
    "{{ message['content'] }}{% else %}{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<image> {% else %}{{ part['text'] }} {% endif %}{% endfor %}{% endif %} </s> {% endfor %}<assistant>"
)


@pytest.fixture(scope="module")
def sees(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from sunmao.inference.engines.local import loading
    from sunmao.inference.engines.local.engine import TransformersEngine

    folder = _made(tmp_path_factory.mktemp("sees"))
    engine = TransformersEngine(loading.load(str(folder), device="cpu"))
    yield engine
    engine.batch.close()


def _made(folder: Path) -> Path:
    """LLaVA's shape: a small CLIP that looks, a small Llama that writes."""
    import torch
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    words = tiny.tokenizer(tiny.TINY)
    words.add_special_tokens({"additional_special_tokens": ["<image>"]})
    words.chat_template = TEMPLATE
    place = words.convert_tokens_to_ids("<image>")
    text = tiny.configuration(tiny.Size(words=len(words)))
    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=30,
        patch_size=15,
    )  # fmt: skip
    torch.manual_seed(1)
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_token_index=place, vision_feature_layer=-1
    )
    model = LlavaForConditionalGeneration(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2:
                parameter.mul_(4)
    model.save_pretrained(folder)
    looks = CLIPImageProcessor(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30})
    LlavaProcessor(
        image_processor=looks, tokenizer=words, patch_size=15, vision_feature_select_strategy="default",
        chat_template=TEMPLATE, image_token="<image>", num_additional_image_tokens=1,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def _picture(colour: str) -> Image:
    from PIL import Image as Pictures

    kept = io.BytesIO()
    Pictures.new("RGB", (40, 30), colour).save(kept, "PNG")
    return Image(kept.getvalue(), "image/png")


def _said(engine: Any, *images: Image) -> str:
    turn = ChatMessage(role="user", content="w1 w2 w3", images=images)
    request = GenerationRequest(
        prompt="", question="", language="en", passages=(), messages=[turn], temperature=0.0, max_tokens=8
    )
    return "".join(one.text for one in events_of(engine, request) if isinstance(one, Token))


def test_what_is_said_depends_on_the_picture(sees: Any) -> None:
    assert sees.capabilities.images
    red, blue, none = _said(sees, _picture("red")), _said(sees, _picture("blue")), _said(sees)
    assert len({red, blue, none}) == 3
    assert _said(sees, _picture("red")) == red


def _claiming(width: int, height: int) -> bytes:
    """A PNG that says so much of itself, and holds hardly anything."""
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0),
        b"IDAT": zlib.compress(b""),
        b"IEND": b"",
    }
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    "data",
    [
        b"no picture",
        _claiming(60_000, 60_000),
        _claiming(9_000, 9_000),
        _claiming(10, 10),
        b"\x89PNG\r\n\x1a\n\0\0",
    ],
    ids=["words", "a bomb", "too many pixels", "cut off", "broken"],
)
def test_a_file_that_is_no_picture_is_told(sees: Any, data: bytes) -> None:
    with pytest.raises(EngineFailure) as caught:
        _said(sees, Image(data, "image/png"))
    assert caught.value.code == "unreadable_image"


def test_a_model_that_reads_text_alone_says_so(tiny_base: Path) -> None:
    from sunmao.inference.engines.local import loading
    from sunmao.inference.engines.local.engine import TransformersEngine

    engine = TransformersEngine(loading.load(str(tiny_base), device="cpu"))
    assert not engine.capabilities.images
    with pytest.raises(EngineFailure) as caught:
        _said(engine, _picture("red"))
    assert caught.value.code == "images_not_supported"
