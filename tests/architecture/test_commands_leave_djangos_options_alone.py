"""`manage.py` itself reads `--settings` and `--pythonpath` wherever they stand, before a command does."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest
from django.core.management import get_commands, load_command_class

OWN = sorted(name for name, app in get_commands().items() if str(app).startswith(("apps.", "sunmao.")))


def _below(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield one
                yield from _below(one)


@pytest.mark.parametrize("name", OWN)
def test_no_verb_of_a_command_takes_them_for_something_else(name: str) -> None:
    parser = load_command_class(str(get_commands()[name]), name).create_parser("manage.py", name)
    taken = {option for one in _below(parser) for option in one._option_string_actions}
    assert taken & {"--settings", "--pythonpath"} == set()


@pytest.mark.parametrize("name", OWN)
def test_no_option_of_a_verb_is_kept_under_a_name_of_djangos(name: str) -> None:
    """`handle_default_options` reads them from what was parsed, in a shell only."""
    parser = load_command_class(str(get_commands()[name]), name).create_parser("manage.py", name)
    kept = {action.dest for one in _below(parser) for action in one._actions}
    assert kept & {"settings", "pythonpath", "verbosity", "traceback", "no_color", "skip_checks"} == set()
