"""Bring a base model into memory. Device and dtype by detection; no code of the model's is ever run."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import psutil
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure, SunmaoError
from sunmao.inference.engines.local import calling
from sunmao.modelhub.errors import UnknownModel
from sunmao.modelhub.files import folders

SHARE = {"none": 1.0, "int8": 0.55, "nf4": 0.35}
"""Of the weights' size in 16 bits; embeddings and norms stay whole."""
BYTES = {"cpu": 4, "cuda": 2}


@dataclass
class Loaded:
    """A model with its tokenizer, ready to answer. `processor` reads pictures, where the model does."""

    source: str
    model: Any
    tokenizer: Any
    device: str
    dtype: Any
    quantisation: str
    processor: Any = None
    context: int = 0
    ends: frozenset[int] = field(default_factory=frozenset)

    @cached_property
    def takes(self) -> frozenset[str]:
        """What its forward pass may be told."""
        return frozenset(inspect.signature(self.model.forward).parameters)

    @cached_property
    def calls(self) -> bool:
        """Whether it can be offered tools."""
        return calling.can_call(self.tokenizer)

    @cached_property
    def print(self) -> str:
        """Which base this is, as adapters name it; empty for one whose files are not at hand."""
        from sunmao.modelhub import keeping

        try:
            return keeping.print_of(self.source)
        except SunmaoError:
            return ""


def load(source: str, *, quantisation: str = "none", device: str = "") -> Loaded:
    """Raises `EngineFailure` (`model_not_loaded`, `model_too_big`, `model_damaged`) with what to do about it.

    Where several threads import the same libraries at once, one of them may find half a module: it tries
    again, by when the other has ended.
    """
    try:
        with _opened(source) as place:
            try:
                return _load(source, place, quantisation, device)
            except EngineFailure as error:
                if not isinstance(error.__cause__, ImportError | RuntimeError):
                    raise
            return _load(source, place, quantisation, device)
    except UnknownModel as error:
        raise not_loaded(source) from error


@contextmanager
def _opened(source: str) -> Iterator[str]:
    """Only a kept model is looked up in the database: a process that trains has none."""
    if not folders.is_kept(source):
        yield source
        return
    from sunmao.modelhub import keeping

    with keeping.opened(source) as place:
        yield place


def _load(source: str, place: str, quantisation: str, device: str) -> Loaded:
    """`place` is where its files are now, `source` what people call it."""
    import torch
    from transformers import AutoConfig, AutoTokenizer

    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        check_room(source, place, quantisation, where)
        config = AutoConfig.from_pretrained(place)
        sees = getattr(config, "vision_config", None) is not None
        processor = _processor(place) if sees else None
        tokenizer = getattr(processor, "tokenizer", None) or AutoTokenizer.from_pretrained(place)
        model = _model(place, quantisation, where, sees=sees)
    except torch.OutOfMemoryError as error:
        raise too_big(source) from error
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        if "not enough memory" in str(error):
            raise too_big(source) from error
        raise not_loaded(source) from error
    tokenizer.padding_side = "left"
    return Loaded(
        source=source,
        model=model.eval(),
        tokenizer=tokenizer,
        device=where,
        dtype=model.dtype,
        quantisation=quantisation,
        processor=processor,
        context=_context(config),
        ends=_ends(model, tokenizer),
    )


def _model(source: str, quantisation: str, device: str, *, sees: bool) -> Any:
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    kind: Any = AutoModelForImageTextToText if sees else AutoModelForCausalLM
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    options: dict[str, Any] = {"dtype": dtype, "use_safetensors": True, "attn_implementation": "sdpa"}
    if quantisation != "none":
        options |= {"quantization_config": _quantised(quantisation, dtype), "device_map": {"": device}}
        return kind.from_pretrained(source, **options)
    return kind.from_pretrained(source, **options).to(device)


def _quantised(quantisation: str, dtype: Any) -> Any:
    import transformers

    settings_of: Any = transformers.BitsAndBytesConfig
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it tells of every call
    if quantisation == "int8":
        return settings_of(load_in_8bit=True)
    return settings_of(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def _processor(source: str) -> Any:
    import transformers

    kind: Any = transformers.AutoProcessor
    return kind.from_pretrained(source)


def check_room(source: str, place: str, quantisation: str, device: str) -> None:
    """Before an hour of loading ends in a killed worker: does it fit at all?"""
    import torch

    try:
        parameters = folders.described(folders.folder_of(place)).parameters
    except SunmaoError:
        return  # loading says what is wrong
    share = SHARE[quantisation] * (2 if quantisation != "none" else BYTES[device])
    needed = int(parameters * share)
    free = torch.cuda.mem_get_info()[0] if device == "cuda" else psutil.virtual_memory().available
    if needed > free:
        raise too_big(source, needed, free)


def too_big(source: str, needed: int = 0, free: int = 0) -> EngineFailure:
    fields = {"needed": f"{needed / 2**30:.1f} GiB", "free": f"{free / 2**30:.1f} GiB"} if needed else {}
    return EngineFailure(
        format_lazy(
            _(
                "The model {model} does not fit into memory. Set SUNMAO_QUANTISATION to nf4 or int8, choose "
                "a smaller model, or give the worker more memory."
            ),
            model=source,
        ),
        code="model_too_big",
        fields=fields,
    )


def not_loaded(source: str) -> EngineFailure:
    return EngineFailure(
        format_lazy(
            _("The model {model} could not be loaded. Check that it exists as safetensors."), model=source
        ),
        code="model_not_loaded",
    )


def _context(config: Any) -> int:
    texts = getattr(config, "text_config", None) or config
    for name in ("max_position_embeddings", "n_positions", "seq_length"):
        value = getattr(texts, name, None)
        if isinstance(value, int) and value > 0:
            return value
    return 0


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Tokens that end an answer, from wherever the model names them."""
    generation = getattr(model, "generation_config", None)
    found = {getattr(tokenizer, "eos_token_id", None)} if _is_chatty(tokenizer) else set()
    for one in (getattr(generation, "eos_token_id", None), getattr(model.config, "eos_token_id", None)):
        found |= set(one) if isinstance(one, list | tuple) else {one}
    return frozenset(one for one in found if isinstance(one, int))


def _is_chatty(tokenizer: Any) -> bool:
    return bool(getattr(tokenizer, "chat_template", None))


def default() -> Loaded:
    """The model that the settings name."""
    if not settings.SUNMAO_MODEL:
        raise EngineFailure(
            _("Set SUNMAO_MODEL to a model id or a path, or choose the engine `extractive`."),
            code="engine_not_configured",
        )
    return load(settings.SUNMAO_MODEL, quantisation=settings.SUNMAO_QUANTISATION)


__all__ = ["Loaded", "check_room", "default", "load", "not_loaded", "too_big"]
