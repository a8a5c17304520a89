"""A turn with tools: the model asks, we judge, do and tell, until it answers or a limit is reached.

Only what the engine gives as a `ToolCall` is a call. Text is never read for one, neither the model's nor that
of a document or a result; and a question that was judged suspicious is answered without tools.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from sunmao.answering import phrases
from sunmao.answering.models import Exchange
from sunmao.answering.run import Run
from sunmao.answering.tooling import background, confirming, presenting, uses
from sunmao.answering.tooling.models import ToolUse, UseState
from sunmao.answering.tooling.toolbox import Offered, context_for, toolbox_for
from sunmao.answering.tooling.working import Outcome, Work, together
from sunmao.core import tenancy
from sunmao.core.findings import Finding, Severity
from sunmao.guards.injection.detect import inspect
from sunmao.guards.personal import StreamMask, restore
from sunmao.guards.policy import policy
from sunmao.inference.engine import (
    ChatMessage,
    Event,
    Finished,
    GenerationRequest,
    Token,
    ToolCall,
)
from sunmao.inference.tools.arguments import checked, parsed
from sunmao.inference.tools.limits import Limits, Spent
from sunmao.inference.tools.plan import Step, filled, steps_of, waves
from sunmao.inference.tools.problems import Invalid, ToolFault
from sunmao.inference.tools.results import RULES, Result, quoted

ENOUGH = {
    "zh": "本轮不能再调用工具。请用已有的内容回答。",
    "en": "No more tools can be called in this turn. Answer with what you have.",
}


Begin = Callable[[GenerationRequest], Iterator[Event]]


def limits() -> Limits:
    return Limits(**settings.SUNMAO_TOOL_LIMITS)


def offer(run: Run) -> None:
    """Inside the actor's scope: what the model may be told of. Nothing when the question is suspicious, and
    nothing when nobody asked: a rehearsal calls no tool."""
    assert run.engine is not None  # noqa: S101  render() chose it
    if run.rehearsed or not (run.engine.capabilities.tools and run.guards.get("tools") and run.task.tools):
        return
    with translation.override(phrases.UI_LANGUAGE[run.language]):
        box = toolbox_for(actor=run.actor, task=run.exchange.task, named=run.task.tools)
    resumed = run.exchange.options.get("resumes")
    run.toolbox = {name: one for name, one in box.items() if not (resumed and one.asynchronous)}
    run.guards["tools_offered"] = sorted(run.toolbox)


def events(run: Run, request: GenerationRequest, *, begin: Begin) -> Iterator[Event]:
    """What the engine says; with tools, what it says in the end, and what it says on the way. `begin` puts a
    request to whichever engine answers."""
    return _Turn(run, request, begin).events() if run.toolbox else begin(request)


@dataclass
class _Asked:
    """A call on its way through the checks."""

    call: ToolCall
    offered: Offered | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    fault: ToolFault | None = None


class _Turn:
    def __init__(self, run: Run, request: GenerationRequest, begin: Begin) -> None:
        self.run, self.request, self.begin = run, request, begin
        self.nonce = secrets.token_hex(16)
        self.spent = Spent(limits())
        self.tainted = False
        self.context = context_for(
            actor=run.actor, task=run.exchange.task, language=run.language, day=run.as_of
        )
        rules = ChatMessage(role="system", content=RULES[run.language].format(nonce=self.nonce))
        self.messages: list[ChatMessage] = [rules, *request.conversation, *self._resumed()]

    # --- what the model says ------------------------------------------------------------------------------

    def events(self) -> Iterator[Event]:
        while True:
            self.spent.begin_round()
            calls, finished = yield from self._round()
            if not calls or finished.reason in ("cancelled", "dropped") or self.run.stopped():
                self._tell_limit()
                yield Finished("cancelled", finished.tokens) if self.run.stopped() else finished
                return
            results = self._answered(calls)
            self.messages.append(ChatMessage(role="assistant", calls=tuple(calls)))
            self.messages += [
                ChatMessage(role="tool", call_id=call.id, content=result)
                for call, result in zip(calls, results, strict=True)
            ]
            self.spent.end_round()
            if self.spent.over:
                self.messages.append(ChatMessage(role="system", content=ENOUGH[self.run.language]))

    def _round(self) -> Generator[Event, None, tuple[list[ToolCall], Finished]]:
        """Once everything is used up, the model is offered nothing, and what it asks for is refused."""
        specs = () if self.spent.over else tuple(one.spec for one in self.run.toolbox.values())
        request = replace(self.request, messages=tuple(self.messages), tools=specs)
        calls: list[ToolCall] = []
        finished = Finished("stop")
        for event in self.begin(request):
            if isinstance(event, Finished):
                finished = event
            elif isinstance(event, ToolCall) and specs:
                calls.append(event)
            elif not isinstance(event, Token) or self._may_speak:
                yield event
        return calls, finished

    @property
    def _may_speak(self) -> bool:
        """Without a passage to be trusted and without a result there is nothing that an answer could say."""
        return self.run.trusted or self.run.supported

    def _tell_limit(self) -> None:
        if self.spent.over:
            with translation.override(phrases.UI_LANGUAGE[self.run.language]):
                title = _("The model may not call any more tools in this answer")
            self._find("G-TOOL-LIMIT", "low", title, self.spent.over)
        self.run.guards["tool_calls"] = self.spent.calls

    # --- what becomes of its calls ------------------------------------------------------------------------

    def _answered(self, calls: Sequence[ToolCall]) -> list[str]:
        """A text for every call, in the order of the calls."""
        asked = [self._asked(call) for call in calls]
        for place, step in enumerate(steps_of([(one.call.id, one.arguments) for one in asked])):
            if isinstance(step, Invalid) and asked[place].fault is None:
                self._wrong(asked[place], step)
        steps = [
            step
            for step in steps_of([(one.call.id, one.arguments) for one in asked])
            if isinstance(step, Step) and asked[step.place].fault is None
        ]
        alone = {step.place for step in steps if not _beside(asked[step.place])}
        results: dict[str, Any] = {}
        texts = {
            place: self._failed(one, one.fault, results, place)
            for place, one in enumerate(asked)
            if one.fault
        }
        for wave in waves(steps, alone=alone):
            texts |= self._wave(wave, asked, results)
        return [texts[place] for place in range(len(calls))]

    def _asked(self, call: ToolCall) -> _Asked:
        asked = _Asked(call, self.run.toolbox.get(call.name))
        try:
            self.spent.begin_call()
            if asked.offered is None:
                raise ToolFault("tool_not_allowed", f"There is no tool {call.name[:80]!r} here.")
            if self.tainted and not asked.offered.reads:
                raise ToolFault(
                    "tool_not_allowed", "After what was read in this turn, nothing may be changed."
                )
            asked.arguments = parsed(call.arguments)
        except ToolFault as fault:
            self._wrong(asked, fault)
        return asked

    def _wrong(self, asked: _Asked, fault: ToolFault) -> None:
        asked.fault = fault
        if fault.code in ("parse_error", "schema_error", "tool_not_allowed"):
            self.spent.invalid(asked.call.name)

    def _wave(self, wave: Sequence[Step], asked: Sequence[_Asked], results: dict[str, Any]) -> dict[int, str]:
        texts, ready = {}, []
        for step in wave:
            one = asked[step.place]
            try:
                self._make_ready(one, step, results)
            except ToolFault as fault:
                self._wrong(one, fault)
                texts[step.place] = self._failed(one, fault, results, step.place)
            else:
                ready.append(step)
        reads = [step for step in ready if _beside(asked[step.place])]
        size = self.spent.limits.together
        for some in (reads[begin : begin + size] for begin in range(0, len(reads), size)):
            texts |= self._read([(step.place, asked[step.place]) for step in some], results)
        for step in ready:
            if step not in reads:
                texts[step.place] = self._hand_over(step.place, asked[step.place], results)
        return texts

    def _make_ready(self, one: _Asked, step: Step, results: Mapping[str, Any]) -> None:
        assert one.offered is not None  # noqa: S101
        if any(not results[f"call_{place + 1}"]["ok"] for place in step.needs):
            raise ToolFault("precondition_failed", "A call that this one refers to failed.")
        arguments = checked(filled(step.arguments, results), one.offered.spec.parameters)
        self.spent.first_time(one.call.name, uses.canonical(arguments))
        one.arguments = arguments

    def _read(self, some: Sequence[tuple[int, _Asked]], results: dict[str, Any]) -> dict[int, str]:
        works = []
        for _place, one in some:
            assert one.offered is not None  # noqa: S101
            self.run.emit("step", {"name": "calling", "tool": one.offered.title})
            works.append(Work(offered=one.offered, context=self.context, arguments=self._own_words(one)))
        outcomes = together(works, seconds=self.spent.seconds_left)
        texts = {}
        for (place, one), outcome in zip(some, outcomes, strict=True):
            judged = self._judged(one, outcome)
            self._note(one, judged, UseState.DONE if judged.result.ok else UseState.FAILED)
            texts[place] = self._told(one, judged.result, results, place)
        return texts

    def _own_words(self, one: _Asked) -> dict[str, Any]:
        """Our tools get what a person said; what leaves the house keeps its placeholders."""
        assert one.offered is not None  # noqa: S101
        if one.offered.outside or not self.run.surrogates:
            return one.arguments
        return _each_text(one.arguments, lambda text: restore(text, self.run.surrogates))  # type: ignore[no-any-return]

    def _judged(self, one: _Asked, outcome: Outcome) -> Outcome:
        """What gives orders is not read; whatever looks like it ends all changing in this turn."""
        if not outcome.result.ok:
            return outcome
        score = inspect(_words(outcome.result.data), origin="document").score
        if score >= policy().flag:
            self.tainted = True
            with translation.override(phrases.UI_LANGUAGE[self.run.language]):
                title = _("What a tool gave tries to give the system orders")
            self._find("G-TOOL-RESULT", "medium", title, one.call.name)
        try:
            if score >= policy().refuse:
                raise ToolFault("result_withheld", "The result tries to give orders and is not shown.")
            self.spent.keep(len(outcome.result.text.encode()))
        except ToolFault as fault:
            return Outcome(result=Result.fault(fault), code=fault.code, milliseconds=outcome.milliseconds)
        return outcome

    def _hand_over(self, place: int, one: _Asked, results: dict[str, Any]) -> str:
        """To a person who confirms it, or to a worker that takes its time."""
        assert one.offered is not None  # noqa: S101
        hand_over = confirming.propose if not one.offered.reads else background.begin
        one.arguments = self._own_words(one)
        with tenancy.scope(self.run.actor.organisation_id), translation.override(self.run.actor.language):
            try:
                use = hand_over(
                    context=self.context,
                    exchange=self.run.exchange,
                    offered=one.offered,
                    call_id=one.call.id,
                    arguments=one.arguments,
                    repairs=self.spent.repairs_of(one.call.name),
                )
            except ToolFault as fault:
                return self._failed(one, fault, results, place)
        self.run.guards.setdefault("actions", []).append(str(use.pk))
        self.run.emit("confirmation", presenting.action(use))
        if use.state == UseState.PROPOSED:
            told = Result(
                ok=False,
                data={"preview": use.preview},
                error={"code": "needs_confirmation", "message": "The user has to confirm this on the page."},
            )
        else:
            told = Result.of({"status": "accepted", "job_id": str(use.job_id)})
        return self._told(one, told, results, place, supports=True)

    def _failed(self, one: _Asked, fault: ToolFault, results: dict[str, Any], place: int) -> str:
        outcome = Outcome(result=Result.fault(fault), code=fault.code)
        self._note(one, outcome, UseState.FAILED)
        return self._told(one, outcome.result, results, place)

    def _note(self, one: _Asked, outcome: Outcome, state: UseState) -> None:
        with tenancy.scope(self.run.actor.organisation_id):
            uses.note(
                actor=self.run.actor,
                exchange=self.run.exchange,
                task=self.run.exchange.task,
                call_id=one.call.id,
                tool=one.call.name,
                effect=one.offered.effect if one.offered else "",
                arguments=one.arguments or {"text": one.call.arguments[:2000]},
                state=state,
                result=outcome.result.as_dict(),
                error_code=outcome.code,
                repairs=self.spent.repairs_of(one.call.name),
                milliseconds=outcome.milliseconds,
            )

    def _told(
        self, one: _Asked, result: Result, results: dict[str, Any], place: int, *, supports: bool = False
    ) -> str:
        results[one.call.id] = results[f"call_{place + 1}"] = result.as_dict()
        text = quoted(result, tool=one.call.name if one.offered else "unknown", nonce=self.nonce)
        for placeholder, value in self.run.surrogates.items():
            text = text.replace(value, placeholder)
        if result.ok or supports:
            self._support(text)
        return text

    def _support(self, text: str) -> None:
        """From here on the answer may say what the result says."""
        self.run.supported = True
        self.run.learnt.append(text)
        if self.run.outgoing is not None:
            self.run.outgoing.learn(text)
        for stage in self.run.stages:
            if isinstance(stage, StreamMask):
                stage.allowed.learn(text)

    def _resumed(self) -> list[ChatMessage]:
        """What a tool gave that took its time, as if it had just been asked."""
        earlier = self.run.exchange.options.get("resumes")
        if not earlier:
            return []
        with tenancy.scope(self.run.actor.organisation_id):
            found = list(_finished(earlier, self.run.exchange))
        messages: list[ChatMessage] = []
        for use in found:
            call = ToolCall(use.call_id or str(use.pk), use.tool, uses.canonical(use.arguments))
            told = Result(**use.result)
            one = self._judged(_Asked(call), Outcome(result=told))
            text = self._told(_Asked(call), one.result, {}, 0, supports=True)
            messages.append(ChatMessage(role="assistant", calls=(call,)))
            messages.append(ChatMessage(role="tool", call_id=call.id, content=text))
        return messages

    def _find(self, rule: str, severity: Severity, title: str, explanation: str) -> None:
        finding = Finding(
            rule_id=rule,
            source="guard",
            severity=severity,
            title=title,
            explanation=explanation,
            citations=[],
        )
        self.run.findings.append(finding)
        self.run.emit("finding", dict(finding))


def _beside(one: _Asked) -> bool:
    """What only looks can be done beside others, at once."""
    return one.offered is not None and one.offered.reads and not one.offered.asynchronous


def _finished(earlier: object, exchange: Exchange) -> Iterator[ToolUse]:
    """Of the same conversation and person only, whatever the options say."""
    yield from ToolUse.objects.filter(
        exchange_id=str(earlier),
        conversation_id=exchange.conversation_id,
        person_key=exchange.person_key,
        state__in=[UseState.DONE, UseState.FAILED],
        job__isnull=False,
    ).order_by("created_at", "id")


def _each_text(value: Any, change: Any) -> Any:
    match value:
        case str():
            return change(value)
        case dict():
            return {name: _each_text(one, change) for name, one in value.items()}
        case list():
            return [_each_text(one, change) for one in value]
    return value


def _words(value: Any) -> str:
    """All the texts of a result, without the signs of JSON between them."""
    match value:
        case str():
            return value
        case dict():
            return "\n".join(_words(one) for one in value.values())
        case list():
            return "\n".join(_words(one) for one in value)
    return ""


__all__ = ["events", "limits", "offer"]
