"""1 for JSON that fits a schema, 0.25 for JSON that does not, 0 for anything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.rewards import Answered, Reward, Score


def make(given: Mapping[str, Any]) -> Score:
    import jsonschema
    from jsonschema.validators import validator_for

    schema = given.get("schema")
    if not isinstance(schema, Mapping):
        raise Problem("training_reward", reward="schema", reason="schema is missing")
    kind = validator_for(schema)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise Problem("training_reward", reward="schema", reason=error.message) from error
    checker = kind(schema)

    def score(one: Answered) -> float:
        try:
            found = json.loads(one.text)
        except (ValueError, RecursionError):
            return 0.0
        return 1.0 if checker.is_valid(found) else 0.25

    return score


REWARD = Reward(name="schema", title=_("JSON of a schema"), make=make)
