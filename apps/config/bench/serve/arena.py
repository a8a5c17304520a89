"""The same model twice, ours and peft's, with the same adapters, and what both are asked."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.test.utils import override_settings

from apps.config.bench.serve import tiny
from sunmao.inference.engine import GenerationRequest, Token
from sunmao.inference.engines.local.encoding import encoded
from sunmao.inference.engines.local.engine import TransformersEngine
from sunmao.inference.engines.local.loading import Loaded
from sunmao.modelhub.serving import Files

RANK = 16
GIGABYTE = 10**9


class Arena:
    def __init__(
        self, size: tiny.Size, *, device: str, adapters: int, words: int, tokens: int, seed: int
    ) -> None:
        import torch

        self._size, self._device, self._tokens = size, device, tokens
        self._dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
        self.names = [f"bench.style{number}.v1" for number in range(adapters)]
        model = _model(size, device, self._dtype, seed)
        self._files = {
            name: Files(
                name,
                tiny.config(RANK),
                tiny.weights(size, rank=RANK, seed=number, strength=_strength(size)),
                "",
                False,
            )
            for number, name in enumerate(self.names, 1)
        }
        self._prompts = [
            " ".join(f"w{(number * 31 + word * 7) % (size.words - 10)}" for word in range(words))
            for number in range(adapters)
        ]
        self._usual = copy.deepcopy(model)
        self._plain_model = model
        self._loaded = Loaded(
            source="random weights",
            model=model,
            tokenizer=tiny.tokenizer(size),
            device=device,
            dtype=self._dtype,
            quantisation="none",
            context=size.context,
        )
        self._loaded.tokenizer.padding_side = "left"
        self._loaded.__dict__["print"] = ""  # its weights were never files
        self._engine = self._made(places=adapters, room=2**34)
        self._peft = self._adapted()

    @property
    def told(self) -> dict[str, Any]:
        """What the numbers are of."""
        import torch

        name = torch.cuda.get_device_name(0) if self._device.startswith("cuda") else "cpu"
        return {
            "model": "Llama shape from a configuration, random weights",
            "parameters": sum(one.numel() for one in self._plain_model.parameters()),
            "layers": self._size.layers,
            "hidden": self._size.hidden,
            "dtype": str(self._dtype).removeprefix("torch."),
            "adapters": len(self.names),
            "rank": RANK,
            "targets": len(tiny.TARGETS),
            "device": name,
            "torch": torch.__version__,
        }

    def close(self) -> None:
        self._engine.batch.close()

    def with_room_for(self, adapters: int) -> TransformersEngine:
        """An engine whose places and host memory hold so many; the first one lets go of the model."""
        self._engine.batch.close()
        one = self._engine.shelf.get(self.names[0]).size
        return self._made(places=adapters, room=adapters * one)

    def _made(self, *, places: int, room: int) -> TransformersEngine:
        with override_settings(
            SUNMAO_ADAPTER_CACHE=room, SUNMAO_BATCH_ROWS=max(8, len(self.names)), SUNMAO_PREFIX_CACHE=0
        ):
            return TransformersEngine(self._loaded, find=self._files.__getitem__, places=places)

    def ours(self, names: Sequence[str], *, engine: TransformersEngine | None = None) -> list[str]:
        requests = [self._request(prompt, name) for prompt, name in zip(self._prompts, names, strict=False)]
        texts = [""] * len(requests)
        for index, event in (engine or self._engine).generate(requests):
            texts[index] += event.text if isinstance(event, Token) else ""
        return texts

    def _request(self, prompt: str, adapter: str) -> GenerationRequest:
        return GenerationRequest(
            prompt=prompt,
            question=prompt,
            language="en",
            passages=(),
            temperature=0.0,
            max_tokens=self._tokens,
            deadline=math.inf,
            adapter=adapter,
        )

    @cached_property
    def _ids(self) -> list[list[int]]:
        return [encoded(self._loaded, self._request(prompt, "")).ids for prompt in self._prompts]

    def _adapted(self) -> Any:
        from peft import LoraConfig, PeftModel, get_peft_model, set_peft_model_state_dict
        from safetensors.torch import load

        model: PeftModel | None = None
        for name, files in self._files.items():
            plain, config = name.replace(".", "_"), LoraConfig(**json.loads(json.dumps(files.config)))
            if model is None:
                model = get_peft_model(self._usual, config, adapter_name=plain)
            else:
                model.add_adapter(plain, config)
            set_peft_model_state_dict(model, load(files.weights), adapter_name=plain)
        return model.to(self._device).eval() if model is not None else None

    def one_by_one(self) -> list[str]:
        """The usual way of those who have one model and many adapters."""
        texts = []
        for name, ids in zip(self.names, self._ids, strict=True):
            self._peft.set_adapter(name.replace(".", "_"))
            texts += self._written(self._peft, [ids])
        return texts

    def peft_mixed(self) -> list[str]:
        names = [name.replace(".", "_") for name in self.names]
        return self._written(self._peft, self._ids, adapter_names=names)

    def plain(self) -> list[str]:
        """The base by the library's own loop, without us."""
        return self._written(self._plain_model, self._ids)

    def _written(self, model: Any, rows: Sequence[Sequence[int]], **more: Any) -> list[str]:
        import torch

        longest = max(len(ids) for ids in rows)
        ids = torch.tensor([[1] * (longest - len(one)) + list(one) for one in rows], device=self._device)
        mask = torch.tensor(
            [[0] * (longest - len(one)) + [1] * len(one) for one in rows], device=self._device
        )
        with torch.inference_mode():
            out = model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=self._tokens, do_sample=False, **more
            )
        tokenizer = self._loaded.tokenizer
        return [str(tokenizer.decode(one[longest:], skip_special_tokens=True)) for one in out]

    @property
    def weight_bytes(self) -> int:
        """What each pass must read at least: every weight once, but of the embedding only a few rows."""
        embedding = self._plain_model.get_input_embeddings().weight
        parameters = self._plain_model.parameters()
        whole = sum(one.numel() * one.element_size() for one in parameters)
        return int(whole - embedding.numel() * embedding.element_size())

    def bytes_per_second(self) -> float:
        """What memory delivers to a copy; each byte is read and written."""
        import torch

        amount = GIGABYTE if self._device.startswith("cuda") else GIGABYTE // 8
        block = torch.empty(amount, dtype=torch.uint8, device=self._device)
        best = 0.0
        for _ in range(5):
            _wait(self._device)
            began = time.perf_counter()
            copied = block.clone()
            _wait(self._device)
            best = max(best, 2 * amount / (time.perf_counter() - began))
            del copied
        return best


def _model(size: tiny.Size, device: str, dtype: Any, seed: int) -> Any:
    """Made where it will run: eight billion random numbers are quicker there."""
    import torch
    from transformers import LlamaForCausalLM

    torch.manual_seed(seed)
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            model: Any = LlamaForCausalLM(tiny.configuration(size))
    finally:
        torch.set_default_dtype(before)
    return model.eval()


def _strength(size: tiny.Size) -> float:
    """Enough to change what is said, not so much that it overflows."""
    return 0.2 if size.hidden < 1_000 else 0.02


def _wait(device: str) -> None:
    import torch

    if device.startswith("cuda"):
        torch.cuda.synchronize()


__all__ = ["Arena"]
