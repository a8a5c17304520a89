"""In which order the calls of one round are done.

An argument may stand for what another call of the same round gives: `{"$ref": "call_1.data.items.0.id"}`,
where the call is named by its place (`call_1` is the first) or by its id. What does not wait for anything is
done together; what changes something comes last and alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sunmao.inference.tools.problems import Invalid, Problem

REF = "$ref"
_REFERENCE = re.compile(r"([\w-]{1,80})((?:\.[\w-]{1,80}){0,12})")


@dataclass(frozen=True, kw_only=True)
class Step:
    """A call whose arguments were read; `needs` are the places of the calls that it waits for."""

    place: int
    arguments: Mapping[str, Any]
    needs: frozenset[int] = frozenset()


def steps_of(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Step | Invalid]:
    """(id, arguments) → steps; a call that refers to nothing, or to itself by way of others, is invalid."""
    places = {
        name: place for place, (call_id, _) in enumerate(calls) for name in (call_id, f"call_{place + 1}")
    }
    found = [_step(place, arguments, places) for place, (_, arguments) in enumerate(calls)]
    rings = _in_rings({one.place: one.needs for one in found if isinstance(one, Step)})
    return [
        _invalid("The references of these calls run in a circle.")
        if isinstance(one, Step) and one.place in rings
        else one
        for one in found
    ]


def _step(place: int, arguments: Mapping[str, Any], places: Mapping[str, int]) -> Step | Invalid:
    needs = set()
    for reference in references_in(arguments):
        match = _REFERENCE.fullmatch(reference)
        if not match or match[1] not in places:
            return _invalid(f"There is no call {reference!r} to refer to.")
        needs.add(places[match[1]])
    return Step(place=place, arguments=arguments, needs=frozenset(needs))


def _invalid(message: str) -> Invalid:
    return Invalid([Problem(path="", rule="reference", message=message)])


def _in_rings(needs: Mapping[int, Collection[int]]) -> set[int]:
    """What is left when all that waits for nothing is taken away, again and again."""
    left = {place: {one for one in waits if one in needs} for place, waits in needs.items()}
    while free := [place for place, waits in left.items() if not waits]:
        for place in free:
            del left[place]
        for waits in left.values():
            waits.difference_update(free)
    return set(left)


def waves(steps: Sequence[Step], *, alone: Collection[int] = ()) -> Iterator[list[Step]]:
    """Steps that can be done together, wave after wave; those of `alone` after all others, one at a time."""
    done = {place for step in steps for place in step.needs} - {step.place for step in steps}
    left = [step for step in steps if step.place not in alone]
    last = [step for step in steps if step.place in alone]
    while left:
        ready = [step for step in left if step.needs <= done]
        if not ready:
            break
        yield ready
        done |= {step.place for step in ready}
        left = [step for step in left if step not in ready]
    yield from ([step] for step in [*left, *last])


def references_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if set(value) == {REF}:
            yield str(value[REF])
        else:
            for inner in value.values():
                yield from references_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references_in(inner)


def filled(value: Any, results: Mapping[str, Any]) -> Any:
    """With what the references stand for. Raises `Invalid` when a result has no such part."""
    if isinstance(value, Mapping):
        if set(value) == {REF}:
            return _looked_up(str(value[REF]), results)
        return {name: filled(inner, results) for name, inner in value.items()}
    return [filled(one, results) for one in value] if isinstance(value, list) else value


def _looked_up(reference: str, results: Mapping[str, Any]) -> Any:
    name, *path = reference.split(".")
    found = results.get(name)
    for part in path:
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            raise _invalid(f"The result that {reference!r} refers to has no {part!r}.")
    return found


__all__ = ["Step", "filled", "references_in", "steps_of", "waves"]
