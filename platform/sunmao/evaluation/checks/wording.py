"""Checks of what an answer says."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.schemas import PatternTooSlow, faults, found, leads_outside
from sunmao.evaluation.checks.kind import Answered, Checked, Kind
from sunmao.evaluation.checks.reading import LONGEST, text, texts

PATTERN_SECONDS = 1.0
_CITATION = re.compile(r"\s*\[\d{1,3}\]")
_EDGES = re.compile(r"^[\s\W_]+|[\s\W_]+$")


def plain(said: str) -> str:
    """Without citation marks, and with one form of widths, cases and spaces; edges lose their punctuation."""
    folded = unicodedata.normalize("NFKC", _CITATION.sub("", said)).casefold()
    return _EDGES.sub("", " ".join(folded.split()))


def _exact(answered: Answered, given: Mapping[str, Any]) -> Checked:
    return Checked(plain(answered.text) == plain(given["text"]))


def _contains(answered: Answered, given: Mapping[str, Any]) -> Checked:
    said = plain(answered.text)
    missing = [one for one in given.get("all", []) if plain(one) not in said]
    choices = given.get("any", [])
    if choices and not any(plain(one) in said for one in choices):
        missing.append(" | ".join(choices))
    return Checked(not missing, "; ".join(missing))


def _lacks(answered: Answered, given: Mapping[str, Any]) -> Checked:
    said = plain(answered.text)
    found = [one for one in given["any"] if plain(one) in said]
    return Checked(not found, "; ".join(found))


def _pattern(value: Any) -> str:
    written = text(value)
    if len(written) > 300:
        raise ValueError
    try:
        re.compile(written)
    except re.error as error:
        raise ValueError from error
    return written


def _matches(answered: Answered, given: Mapping[str, Any]) -> Checked:
    """With a limit of time: some patterns need longer than the universe for some texts."""
    try:
        return Checked(found(given["pattern"], answered.text, seconds=PATTERN_SECONDS))
    except PatternTooSlow:
        return Checked(False, "timeout")


def _schema(value: Any) -> dict[str, Any]:
    from jsonschema import Draft202012Validator, SchemaError

    if not isinstance(value, dict) or len(json.dumps(value)) > LONGEST or leads_outside(value):
        raise ValueError
    try:
        Draft202012Validator.check_schema(value)
    except SchemaError as error:
        raise ValueError from error
    return value


_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n\s*```\s*\Z", re.DOTALL)


def _is_of_schema(answered: Answered, given: Mapping[str, Any]) -> Checked:
    fenced = _FENCE.match(answered.text)
    try:
        data = json.loads(fenced[1] if fenced else answered.text)
    except (ValueError, RecursionError):
        return Checked(False, "no JSON")
    wrong = next(iter(faults(given["schema"], data)), None)
    return Checked(wrong is None, f"{wrong.json_path}: {wrong.message}"[:300] if wrong else "")


def _label(answered: Answered, given: Mapping[str, Any]) -> Checked:
    """The expected label stands in the answer, and none of the others does. A label inside a longer one that
    stands there too is not counted."""
    said, found = plain(answered.text), []
    for one in sorted({*given["labels"], given["expected"]}, key=len, reverse=True):
        if plain(one) in said:
            found.append(one)
            said = said.replace(plain(one), "\n")
    chosen = found[0] if len(found) == 1 else ""
    return Checked(found == [given["expected"]], "; ".join(found), label=(given["expected"], chosen))


def _changed(answered: Answered, given: Mapping[str, Any]) -> Checked:
    return Checked(plain(answered.text) != plain(given["text"]))


KINDS = {
    "exact": Kind(title=_("says exactly"), check=_exact, required={"text": text}),
    "contains": Kind(
        title=_("contains"), check=_contains, optional={"all": texts, "any": texts}, any_of=("all", "any")
    ),
    "lacks": Kind(title=_("does not contain"), check=_lacks, required={"any": texts}),
    "matches": Kind(title=_("matches a pattern"), check=_matches, required={"pattern": _pattern}),
    "schema": Kind(title=_("is JSON of a schema"), check=_is_of_schema, required={"schema": _schema}),
    "label": Kind(title=_("chooses a label"), check=_label, required={"expected": text, "labels": texts}),
    "changed": Kind(title=_("is not this answer any more"), check=_changed, required={"text": text}),
}
__all__ = ["KINDS", "plain"]
