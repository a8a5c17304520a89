"""Everything a web process may import, measured in a process of its own."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

from tests.architecture.tree import ROOT, run_in

SCRIPT = """
import json, sys
import django
django.setup()
from django.test import Client
from django.urls import URLPattern, get_resolver
import apps.config.asgi, apps.config.urls, apps.config.wsgi

def patterns(resolver):
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield one
        else:
            yield from patterns(one)

found = list(patterns(get_resolver()))
assert all(callable(one.callback) for one in found)
client = Client(SERVER_NAME="localhost")
statuses = [client.get(address).status_code for address in ("/sign-in/", "/api/schema", "/health")]
print(json.dumps({"addresses": len(found), "statuses": statuses, "modules": sorted(sys.modules)}))
"""
HEAVY = {
    "accelerate",
    "bitsandbytes",
    "openai",
    "peft",
    "presidio_analyzer",
    "sentence_transformers",
    "sklearn",
    "spacy",
    "tokenizers",
    "torch",
    "transformers",
    "trl",
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    script = f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'apps.config.settings'\n{SCRIPT}"
    done = run_in(ROOT, "-c", script, home=tmp_path_factory.mktemp("home"))
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_no_model_runtime_is_imported(measured: dict[str, list[str]]) -> None:
    assert {name.partition(".")[0] for name in measured["modules"]} & HEAVY == set()


def test_the_measurement_was_one(measured: dict[str, list[str]]) -> None:
    assert int(str(measured["addresses"])) > 50
    assert measured["statuses"] == [200, 200, 503]
    assert {"verticals.medical.portal", "sunmao.answering.pages", "apps.console.knowledge"} <= set(
        measured["modules"]
    )


def test_each_model_runtime_is_installed_so_that_it_could_have_been(measured: dict[str, list[str]]) -> None:
    assert [name for name in ("torch", "transformers", "sentence_transformers") if not find_spec(name)] == []
