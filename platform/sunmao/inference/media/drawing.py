"""Text to picture: a pipeline of diffusers (extra `images`)."""

from __future__ import annotations

import inspect
import io
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure, InvalidInput
from sunmao.inference.engine import Finished
from sunmao.inference.media import bringing
from sunmao.inference.media.engine import Event, Made, MediaCapabilities, MediaRequest, in_turn, too_slow

SMALLEST = 32


class DiffusionEngine:
    name = "diffusers"

    def __init__(self, source: str) -> None:
        self.model = source
        self._lock = threading.Lock()
        self._pipe: Any = bringing.brought(source, _loaded)
        self.capabilities = MediaCapabilities(draws=True)

    def generate(self, requests: Sequence[MediaRequest]) -> Iterator[tuple[int, Event]]:
        return in_turn(self._drawn, requests)

    def _drawn(self, request: MediaRequest) -> Iterator[Event]:
        import torch

        self._check_size(request)
        chance = torch.Generator(device="cpu")
        chance.manual_seed(request.seed) if request.seed is not None else chance.seed()
        options = {"width": request.width, "height": request.height} if request.width else {}
        with self._lock, torch.inference_mode():
            if request.stopped():
                yield Finished("cancelled")
                return
            found = self._pipe(
                prompt=request.text,
                num_inference_steps=settings.SUNMAO_IMAGE_STEPS,
                generator=chance,
                callback_on_step_end=_until(request),
                **options,
            )
        if request.stopped():
            yield Finished("cancelled")
            return
        if request.is_over:
            raise too_slow()
        kept = io.BytesIO()
        found.images[0].save(kept, "PNG")
        yield Made(kept.getvalue(), "image/png")
        yield Finished("stop")

    def _check_size(self, request: MediaRequest) -> None:
        step = int(getattr(self._pipe, "vae_scale_factor", 8))
        sides = (request.width, request.height) if request.width or request.height else ()
        if any(side % step or not SMALLEST <= side <= settings.SUNMAO_IMAGE_SIDE for side in sides):
            raise InvalidInput(
                fields={
                    "size": format_lazy(
                        _("must be WIDTHxHEIGHT, each a multiple of {step} from {least} to {most}"),
                        step=step,
                        least=SMALLEST,
                        most=settings.SUNMAO_IMAGE_SIDE,
                    )
                }
            )


def _until(request: MediaRequest) -> Any:
    """Between two steps is asked whether anybody still waits."""

    def asked(pipe: Any, _step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        if request.is_over:
            pipe._interrupt = True
        return tensors

    return asked


def _loaded(folder: str) -> Any:
    try:
        from diffusers import DiffusionPipeline
    except ImportError as error:
        raise bringing.missing("images") from error
    import torch

    kind: Any = DiffusionPipeline
    device = bringing.device()
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    pipe = kind.from_pretrained(folder, dtype=dtype, use_safetensors=True, local_files_only=True)
    if not {"prompt", "num_inference_steps", "generator", "callback_on_step_end"} <= _takes(pipe):
        raise EngineFailure(
            _("This pipeline does not draw from a text. Choose a text-to-image model."),
            code="model_not_loaded",
        )
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)


def _takes(pipe: Any) -> frozenset[str]:
    return frozenset(inspect.signature(pipe.__call__).parameters)


__all__ = ["DiffusionEngine"]
