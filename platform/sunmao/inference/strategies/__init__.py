"""How a prompt is put to a model: what its front matter lists under `strategy`, one part after the other.

`events` stands where an engine would be asked directly. Parts that only dress the request (role, format,
few-shot examples, images) come first; then one of the parts that ask more than once (self-consistency, tree
of thought), or one call. What a model thinks aloud is never part of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sunmao.inference.engine import Engine, Event, GenerationRequest, Image, events_of
from sunmao.inference.strategies.branching import branch
from sunmao.inference.strategies.dressing import dressed
from sunmao.inference.strategies.reasoning import think, think_once
from sunmao.inference.strategies.told import Told
from sunmao.inference.strategies.voting import vote
from sunmao.prompts.source import PromptSource
from sunmao.prompts.strategy import Step, calls_of


def events(
    engine: Engine,
    request: GenerationRequest,
    prompt: PromptSource | None,
    *,
    told: Told | None = None,
    images: Sequence[Image] = (),
) -> Iterator[Event]:
    """An engine that only quotes has nothing to be led: it is asked as it is."""
    noted = Told() if told is None else told
    steps = {step.name: step.options for step in prompt.strategy} if prompt else {}
    if prompt is None or not engine.generative:
        return events_of(engine, request)
    asked = dressed(engine, request, prompt, steps, images=images, told=noted)
    return _written(engine, asked, steps, noted)


def _written(
    engine: Engine, request: GenerationRequest, steps: Mapping[str, Mapping[str, Any]], told: Told
) -> Iterator[Event]:
    aloud = "chain_of_thought" in steps
    if "tree_of_thought" in steps:
        return branch(engine, request, told=told, **steps["tree_of_thought"])
    if "self_consistency" in steps:
        asked = think_once(request) if aloud else request
        return vote(engine, asked, told=told, **steps["self_consistency"])
    return think(engine, request, told=told) if aloud else told.watched(events_of(engine, request), request)


__all__ = ["Step", "Told", "calls_of", "events"]
