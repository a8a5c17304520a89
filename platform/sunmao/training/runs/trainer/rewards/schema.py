"""1 for JSON that fits a schema, 0.25 for JSON that does not, 0 for anything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.schemas import faults, leads_outside
from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.rewards import Answered, Reward, Score


def make(given: Mapping[str, Any]) -> Score:
    import jsonschema

    schema = given.get("schema")
    if not isinstance(schema, Mapping):
        raise Problem("training_reward", reward="schema", reason="schema is missing")
    if leads_outside(schema):
        raise Problem("training_reward", reward="schema", reason="it refers to another place")
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise Problem("training_reward", reward="schema", reason=error.message) from error

    def score(one: Answered) -> float:
        try:
            found = json.loads(one.text)
        except (ValueError, RecursionError):
            return 0.0
        return 0.25 if any(faults(schema, found)) else 1.0

    return score


REWARD = Reward(name="schema", title=_("JSON of a schema"), make=make)
