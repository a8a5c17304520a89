"""The engine at work: who answers when it fails, what happens when it breaks off or cannot read all.

- An engine that fails before its first word gives way to the next of the chain.
- An answer that breaks off is asked for again while nobody has read any of it; later it is kept as far as it
  came, and marked.
- A prompt that is too long loses its weakest passages, half of them at a time, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from django.conf import settings

from sunmao.answering import guarding
from sunmao.answering.counting import tokens_in
from sunmao.answering.policies import may_use_model
from sunmao.answering.run import Run
from sunmao.answering.tooling import turn as tools
from sunmao.inference import fallback, strategies
from sunmao.inference.coalescing import coalesced
from sunmao.inference.engine import Engine, Event, Finished, GenerationRequest
from sunmao.inference.errors import ContextOverflow

PARTIAL = ("dropped", "length")


def events(
    run: Run, *, ask: Callable[[], GenerationRequest], render_again: Callable[[], None]
) -> Iterator[Event]:
    """Of the attempt that counts, `Finished` last; `run.engine` is whoever answers."""
    left = settings.SUNMAO_DROPPED_RETRIES
    while True:
        ended = Finished("stop")
        try:
            for event in coalesced(tools.events(run, ask(), begin=partial(_begin, run))):
                if isinstance(event, Finished):
                    ended = event
                else:
                    yield event
        except ContextOverflow:
            if len(run.sources) < 2 or run.text or run.supported:
                raise
            run.sources = run.sources[: len(run.sources) // 2]
            guarding.tell_trimmed(run)
            render_again()
            continue
        if ended.reason != "dropped" or run.text or run.supported or not left:
            break
        left -= 1
        run.guards["dropped"] = run.guards.get("dropped", 0) + 1
        render_again()
    yield ended
    _account(run, ended)


def _begin(run: Run, request: GenerationRequest) -> Iterator[Event]:
    assert run.engine is not None  # noqa: S101  render() ran

    def may_use(other: Engine) -> bool:
        return may_use_model(actor=run.actor, task=run.exchange.task, engine=other)

    def ask(engine: Engine, request: GenerationRequest) -> Iterator[Event]:
        source = None if run.toolbox else run.source  # a turn with tools is a conversation, and no strategy's
        return strategies.events(engine, request, source, told=run.told)

    chosen, found = fallback.begin(run.engine, request, may_use=may_use, ask=ask)
    if chosen is not run.engine:
        run.guards["fallback"] = {"from": run.engine.name, "to": chosen.name}
        run.engine, run.served = chosen, None
        run.emit("step", {"name": "writing", "model": chosen.model, **guarding.early_label(run)})
    return found


def _account(run: Run, ended: Finished) -> None:
    """How much was read and written: as the engine counted, else as we estimate."""
    run.guards["usage"] = {
        "prompt_tokens": ended.prompt_tokens or tokens_in(run.prompt or run.question),
        "completion_tokens": ended.tokens or tokens_in(run.text),
    }
    if ended.reason in PARTIAL:
        guarding.tell_partial(run, ended.reason)


__all__ = ["events"]
