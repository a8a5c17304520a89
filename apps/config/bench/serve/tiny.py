"""Models and adapters made from a configuration and a seed: random weights, nothing downloaded or learnt.

What they say means nothing; how fast they say it, and whether two ways of asking say the same, does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}> {{ message['content'] }} </s> {% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
LETTERS = "abcdefghij"
SPECIAL = ("<unk>", "</s>", "<user>", "<assistant>", "<system>", "<tool>")


@dataclass(frozen=True, kw_only=True)
class Size:
    """`never_ends`: no token ends an answer, so that all have the same length."""

    hidden: int = 64
    inner: int = 128
    layers: int = 2
    heads: int = 4
    key_heads: int = 2
    words: int = 500
    context: int = 512
    never_ends: bool = True


TINY = Size()
SMALL = Size(hidden=256, inner=688, layers=6, heads=8, key_heads=4, words=4_000, context=1_024)
EIGHT_BILLION = Size(
    hidden=4_096, inner=14_336, layers=32, heads=32, key_heads=8, words=128_256, context=8_192
)


def configuration(size: Size) -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=size.words,
        hidden_size=size.hidden,
        intermediate_size=size.inner,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.key_heads,
        max_position_embeddings=size.context,
        bos_token_id=None,
        eos_token_id=None if size.never_ends else 1,
        pad_token_id=1,
        tie_word_embeddings=False,
    )


def word(number: int) -> str:
    return "w" + "".join(LETTERS[int(digit)] for digit in str(number))


def tokenizer(size: Size) -> Any:
    """A word for every token, so that what is written can be read again. Words are of letters alone, since
    guards look at figures; who asks with `w12` asks with `wbc`."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    names = [*SPECIAL, *(word(number) for number in range(size.words - len(SPECIAL)))]
    unknown, end = SPECIAL[:2]
    words = Tokenizer(models.WordLevel({name: at for at, name in enumerate(names)}, unk_token=unknown))
    words.normalizer = normalizers.Sequence(
        [normalizers.Replace(str(digit), letter) for digit, letter in enumerate(LETTERS)]
    )
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    kind: Any = PreTrainedTokenizerFast
    made = kind(tokenizer_object=words, unk_token=unknown, eos_token=end, pad_token=end)
    made.chat_template = TEMPLATE
    return made


def base(folder: Path, size: Size = TINY, *, seed: int = 1) -> Path:
    """A model with its tokenizer, as files."""
    import torch
    from transformers import LlamaForCausalLM

    torch.manual_seed(seed)
    model = LlamaForCausalLM(configuration(size))
    _stir(model)
    model.save_pretrained(folder)
    tokenizer(size).save_pretrained(folder)
    return folder


def _stir(model: Any) -> None:
    """Of weights that are all small, every next token is as likely as any other; these have opinions."""
    import torch

    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2:
                parameter.mul_(4)


def config(rank: int = 8, **more: Any) -> dict[str, Any]:
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": rank,
        "lora_alpha": 2 * rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": list(TARGETS),
        "inference_mode": True,
        **more,
    }


def matrices(size: Size, *, rank: int = 8, seed: int = 1, strength: float = 0.2, dora: bool = False) -> Any:
    """The tensors of an adapter for every linear layer."""
    import torch

    chance, found = torch.Generator().manual_seed(seed), {}
    for layer in range(size.layers):
        for name, (out, into) in _shapes(size).items():
            place = f"base_model.model.model.layers.{layer}.{name}"
            found[f"{place}.lora_A.weight"] = torch.randn(rank, into, generator=chance) * into**-0.5
            found[f"{place}.lora_B.weight"] = torch.randn(out, rank, generator=chance) * strength
            if dora:
                found[f"{place}.lora_magnitude_vector"] = torch.rand(out, generator=chance) + 0.5
    return found


def _shapes(size: Size) -> dict[str, tuple[int, int]]:
    head = size.hidden // size.heads
    return {
        "self_attn.q_proj": (size.hidden, size.hidden),
        "self_attn.k_proj": (size.key_heads * head, size.hidden),
        "self_attn.v_proj": (size.key_heads * head, size.hidden),
        "self_attn.o_proj": (size.hidden, size.hidden),
        "mlp.gate_proj": (size.inner, size.hidden),
        "mlp.up_proj": (size.inner, size.hidden),
        "mlp.down_proj": (size.hidden, size.inner),
    }


def weights(size: Size, **more: Any) -> bytes:
    from safetensors.torch import save

    written: bytes = save(matrices(size, **more))
    return written


def adapter(folder: Path, size: Size = TINY, *, rank: int = 8, **more: Any) -> Path:
    """As peft finds it."""
    import json

    folder.mkdir(parents=True, exist_ok=True)
    told = config(rank, use_dora=bool(more.get("dora")))
    (folder / "adapter_config.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "adapter_model.safetensors").write_bytes(weights(size, rank=rank, **more))
    return folder
