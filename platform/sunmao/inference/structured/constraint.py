"""Decoding that can only write what a schema allows, for models in this worker (llguidance).

A constraint belongs to one answer: it is asked for the allowed tokens before each one and told which was
taken. Whitespace that JSON allows anywhere is not allowed: a weak model spends its tokens on it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sunmao.core.errors import EngineFailure
from sunmao.inference.structured.errors import SchemaRefused
from sunmao.inference.structured.schema import schema_of

_tokenizers: WeakKeyDictionary[Any, dict[int, Any]] = WeakKeyDictionary()
_making = threading.Lock()


def processor_for(schema: Mapping[str, Any], tokenizer: Any) -> SchemaProcessor:
    """A logits processor for `generate`, for a batch whose rows all keep to one schema. Raises
    `SchemaRefused` at once for what cannot be kept to."""
    return SchemaProcessor(grammar_of(schema), tokenizer)


def grammar_of(schema: Mapping[str, Any]) -> str:
    llguidance = _library()
    options = {"whitespace_flexible": False}
    grammar: str = llguidance.LLMatcher.grammar_from_json_schema(schema_of(schema), overrides=options)
    if wrong := llguidance.LLMatcher.validate_grammar(grammar):
        raise SchemaRefused(wrong[:200])
    return grammar


class Constraint:
    """The state of one answer."""

    def __init__(self, grammar: str, tokenizer: Any, *, width: int) -> None:
        llguidance = _library()
        self._matcher = llguidance.LLMatcher(_tokenizer(tokenizer, width), grammar, log_level=0)
        self._check()

    @property
    def is_complete(self) -> bool:
        """What was written so far satisfies the schema."""
        return bool(self._matcher.is_accepting())

    def mask(self, scores: Any) -> None:
        """Forbid in one row of scores, in place, what may not come next."""
        from llguidance import torch as masks

        bits = masks.allocate_token_bitmask(1, scores.shape[-1])
        masks.fill_next_token_bitmask(self._matcher, bits, 0)
        masks.apply_token_bitmask_inplace(scores.unsqueeze(0), bits.to(scores.device))
        self._check()

    def take(self, token: int) -> None:
        if not self._matcher.is_stopped():
            self._matcher.consume_token(token)
            self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise EngineFailure(code="output_invalid") from ValueError(self._matcher.get_error())


class SchemaProcessor:
    """`scores = processor(input_ids, scores)`: one constraint for each row, told what the row last took."""

    def __init__(self, grammar: str, tokenizer: Any) -> None:
        self._grammar, self._tokenizer = grammar, tokenizer
        self._rows: list[Constraint] = []

    @property
    def rows(self) -> Sequence[Constraint]:
        return self._rows

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        if not self._rows:
            width = int(scores.shape[-1])
            self._rows = [Constraint(self._grammar, self._tokenizer, width=width) for _ in range(len(scores))]
        else:
            for row, taken in zip(self._rows, input_ids[:, -1].tolist(), strict=True):
                row.take(taken)
        scores = scores.clone()
        for row, line in zip(self._rows, scores, strict=True):
            row.mask(line)
        return scores


def _tokenizer(tokenizer: Any, width: int) -> Any:
    """llguidance's own form of a tokenizer takes some 70 ms to make, so it is kept."""
    from llguidance import hf

    with _making:
        known = _tokenizers.setdefault(tokenizer, {})
        if width not in known:
            known[width] = hf.from_tokenizer(tokenizer, n_vocab=max(width, len(tokenizer)))
        return known[width]


def _library() -> Any:
    try:
        import llguidance
    except ImportError as error:
        raise EngineFailure(code="engine_not_configured") from error
    return llguidance


__all__ = ["Constraint", "SchemaProcessor", "grammar_of", "processor_for"]
