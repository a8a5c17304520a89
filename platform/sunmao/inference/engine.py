"""What every engine is: requests in, a stream of events out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

FinishReason = Literal["stop", "length", "tool_calls", "cancelled", "dropped"]
Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, kw_only=True)
class SourcePassage:
    """A passage as an engine sees it: `number` is how the answer cites it; `whole` when the question named
    this very passage, or it was written as the answer to it, so that an extract quotes all of it; `around` is
    the wider span that a writing engine reads, where there is one."""

    number: int
    heading: str
    text: str
    score: float
    language: str
    whole: bool = False
    around: str = ""

    @property
    def read(self) -> str:
        return self.around or self.text


@dataclass(frozen=True)
class Image:
    """A picture as its file has it, and its media type."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class ToolCall:
    """An engine asks for a tool; `arguments` are JSON text as the model wrote them, and nothing has run."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """What an engine is told of a tool; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ChatMessage:
    """A turn of a conversation: `calls` are an assistant's, `call_id` says which one a tool answers."""

    role: Role
    content: str = ""
    images: tuple[Image, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    """`prompt` is one user turn; `messages`, where there are any, are the whole conversation in its place.

    `stopped` is asked between tokens; `idf` is the weight of the question's tokens in the bases. `adapter` is
    the name of a loaded adapter version (empty: the base model); `schema` a JSON schema that the answer must
    satisfy; `deadline` a reading of `time.monotonic` after which nobody waits any more.
    """

    prompt: str
    question: str
    language: str
    passages: Sequence[SourcePassage]
    messages: Sequence[ChatMessage] = ()
    temperature: float = 0.7
    max_tokens: int = 800
    stop: Sequence[str] = ()
    seed: int | None = None
    adapter: str = ""
    schema: Mapping[str, Any] | None = None
    tools: Sequence[ToolSpec] = ()
    deadline: float | None = None
    idf: Mapping[str, float] = field(default_factory=dict)
    stopped: Callable[[], bool] = lambda: False

    @property
    def conversation(self) -> Sequence[ChatMessage]:
        return self.messages or (ChatMessage(role="user", content=self.prompt),)


@dataclass(frozen=True)
class Token:
    """A piece of text. An engine that quotes says which passage and where: `start`, `end` in its text."""

    text: str
    passage: int | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Finished:
    """The last event of a request. `dropped`: the connection broke after some text had come. `trimmed` tokens
    of the prompt were left out because the model reads no more."""

    reason: FinishReason
    tokens: int = 0
    prompt_tokens: int = 0
    trimmed: int = 0


Event = Token | ToolCall | Finished


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What an engine can do beyond text in, text out; asking for more is an error, never ignored."""

    adapters: bool = False
    schema: bool = False
    tools: bool = False
    images: bool = False


class Engine(Protocol):
    """`generative` engines write text of their own; the others only quote.

    The events of several requests come interleaved, each with the index of its request; every request ends
    with one `Finished`. A request that fails alone raises only when it is the only one.
    """

    name: str
    model: str
    generative: bool
    capabilities: Capabilities

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]: ...


def events_of(engine: Engine, request: GenerationRequest) -> Iterator[Event]:
    """The events of one request."""
    for _index, event in engine.generate([request]):
        yield event


def in_turn(
    one: Callable[[GenerationRequest], Iterator[Event]], requests: Sequence[GenerationRequest]
) -> Iterator[tuple[int, Event]]:
    """For engines that do one request after the other."""
    for index, request in enumerate(requests):
        for event in one(request):
            yield index, event
