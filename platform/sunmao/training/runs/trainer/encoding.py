"""From turns to tokens, and which of them are learnt: those that the assistant said, and nothing else.

A template that marks them (`{% generation %}`) is believed. For any other the spans are found by rendering
the conversation up to each answer: a template that does not only append is refused, because what it would
teach cannot be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sunmao.training.runs.trainer.problems import Problem

IGNORED = -100
Turns = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Encoded:
    ids: list[int]
    labels: list[int]

    @property
    def learnt(self) -> int:
        return sum(one != IGNORED for one in self.labels)


class Encoder:
    def __init__(self, tokenizer: Any, *, longest: int, too_long: str) -> None:
        self.tokenizer, self.longest, self.too_long = tokenizer, longest, too_long
        template = str(getattr(tokenizer, "chat_template", None) or "")
        self._marks, self._chats = "{% generation" in template.replace("{%-", "{%"), bool(template)
        self.cut = self.skipped = 0
        if not getattr(tokenizer, "is_fast", False):
            raise Problem("training_tokenizer", reason="the tokenizer tells no places of its tokens")

    def chat(self, turns: Turns, *, last_only: bool = False) -> Encoded | None:
        """None for one that is too long to be learnt, or in which nothing is."""
        text, spans = self._spans(turns)
        found = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids, places = list(found["input_ids"]), found["offset_mapping"]
        spans = spans[-1:] if last_only else spans
        labels = [
            token if any(start <= at and until <= end for start, end in spans) and until > at else IGNORED
            for token, (at, until) in zip(ids, places, strict=True)
        ]
        return self._fitted(Encoded(ids, labels))

    def prompt(self, turns: Turns) -> list[int]:
        text = self._render(turns, answer_next=True)
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _fitted(self, one: Encoded) -> Encoded | None:
        if len(one.ids) > self.longest:
            if self.too_long == "refuse":
                raise Problem("training_text_too_long", tokens=len(one.ids), longest=self.longest)
            if self.too_long == "skip":
                self.skipped += 1
                return None
            self.cut += 1
            one = Encoded(one.ids[: self.longest], one.labels[: self.longest])
        if not one.learnt:
            self.skipped += 1
            return None
        return one

    def _spans(self, turns: Turns) -> tuple[str, list[tuple[int, int]]]:
        text = self._render(turns)
        if self._marks:
            return text, self._marked(turns)
        spans = []
        for place, turn in enumerate(turns):
            if turn["role"] != "assistant":
                continue
            before = self._render(turns[:place], answer_next=True)
            after = self._render(turns[: place + 1])
            if not after.startswith(before):
                before = self._render(turns[:place])
            if not (after.startswith(before) and text.startswith(after)):
                raise Problem("training_template", turn=place + 1)
            spans.append((len(before), len(after)))
        return text, spans

    def _marked(self, turns: Turns) -> list[tuple[int, int]]:
        from transformers.utils.chat_template_utils import render_jinja_template

        render: Any = render_jinja_template
        _texts, marked = render(
            conversations=[[dict(turn) for turn in turns]],
            chat_template=self.tokenizer.chat_template,
            return_assistant_tokens_mask=True,
            **self.tokenizer.special_tokens_map,
        )
        return [(start, end) for start, end in marked[0]]

    def _render(self, turns: Turns, *, answer_next: bool = False) -> str:
        if not turns:
            return ""
        if self._chats:
            return str(
                self.tokenizer.apply_chat_template(
                    [dict(turn) for turn in turns], tokenize=False, add_generation_prompt=answer_next
                )
            )
        # as the engine asks a model without a template: the turns, a line between them
        end = self.tokenizer.eos_token or ""
        said = [str(turn["content"]) + (end if turn["role"] == "assistant" else "") for turn in turns]
        return "\n\n".join(said) + ("\n\n" if answer_next else "")


def answered(prompt: Turns, text: str) -> list[Mapping[str, Any]]:
    return [*prompt, {"role": "assistant", "content": text}]


__all__ = ["IGNORED", "Encoded", "Encoder", "answered"]
