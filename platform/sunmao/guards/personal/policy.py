"""What is done with each kind of personal data. Pure values; the rows are in `sunmao.guards.models`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from sunmao.guards.personal.folding import folded
from sunmao.guards.personal.kinds import IDENTITY, KINDS, STRUCTURED, Kind
from sunmao.guards.personal.pattern import bare

Mode = Literal["off", "surrogate", "mask", "refuse"]
ImageMode = Literal["off", "blur", "refuse"]
Place = Literal["question", "knowledge", "answer"]

# From the mildest to the strictest; a surrogate can be turned back, a mask cannot.
MODES: tuple[Mode, ...] = ("off", "surrogate", "mask", "refuse")
IMAGE_MODES: tuple[ImageMode, ...] = ("off", "blur", "refuse")
PLACES: tuple[Place, ...] = ("question", "knowledge", "answer")


@dataclass(frozen=True)
class Policy:
    """A kind that is not named is left alone. `allowed` are values that are nobody's secret: own hotlines."""

    modes: Mapping[Kind, Mode] = field(default_factory=dict)
    images: ImageMode = "off"
    allowed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *, modes: Mapping[str, str], images: str, allowed: Iterable[str]) -> Policy:
        """From a row; a kind or a mode that this version does not know is ignored."""
        known: dict[Kind, Mode] = {
            kind: mode for kind, mode in modes.items() if kind in KINDS and mode in MODES
        }
        return cls(known, cast(ImageMode, images), frozenset(normal(value) for value in allowed))

    def mode(self, kind: Kind) -> Mode:
        return self.modes.get(kind, "off")

    def allows(self, value: str) -> bool:
        return normal(value) in self.allowed

    @property
    def looks_for_names(self) -> bool:
        return self.mode("person") != "off" or self.mode("address") != "off"


def normal(value: str) -> str:
    """A value however it is written."""
    return bare(folded(value)).replace(" ", "")


def strictest(policies: Iterable[Policy]) -> Policy:
    """For each kind the strictest mode of all; what one of them allows by name stays allowed."""
    given = list(policies)
    modes: dict[Kind, Mode] = {
        kind: max((policy.mode(kind) for policy in given), key=MODES.index, default="off") for kind in KINDS
    }
    asked: list[ImageMode] = [policy.images for policy in given]
    images = max(asked or IMAGE_MODES[:1], key=IMAGE_MODES.index)
    allowed = frozenset().union(*(policy.allowed for policy in given))
    return Policy({kind: mode for kind, mode in modes.items() if mode != "off"}, images, allowed)


_LEFT_ALONE: frozenset[Kind] = frozenset({"web_address", "ip_address", "titled_person"})

DEFAULTS: Mapping[Place, Policy] = {
    # What people type about themselves: replaced before it is stored, put back for them alone.
    "question": Policy({kind: "surrogate" for kind in KINDS if kind not in _LEFT_ALONE}),
    # What a company publishes for its customers holds its own hotlines, addresses and officers' names: only
    # numbers that name one person are taken out.
    "knowledge": Policy(dict.fromkeys((*sorted(IDENTITY), "mobile"), "mask")),
    "answer": Policy(dict.fromkeys(sorted(STRUCTURED - _LEFT_ALONE - {"company_code", "landline"}), "mask")),
}

__all__ = [
    "DEFAULTS",
    "IMAGE_MODES",
    "MODES",
    "PLACES",
    "ImageMode",
    "Mode",
    "Place",
    "Policy",
    "normal",
    "strictest",
]
