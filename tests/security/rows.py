"""All rows of the matrix, and all addresses that there are."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from tests.security.rows_access import ACCESS, SIGN_IN
from tests.security.rows_asking import API, PORTAL, work_pages
from tests.security.rows_console import CONSOLE_VERBS, SITE, model_pages
from tests.security.rows_console import MODELS as OWN_MODELS
from tests.security.rows_contracts import CONTRACTS
from tests.security.rows_datasets import DATASETS, MODELS_OF_DATASETS
from tests.security.rows_doors import DOORS
from tests.security.rows_heads import HEAD_ROWS, SPOKEN_HEADS
from tests.security.rows_judging import JUDGING
from tests.security.rows_knowledge_search import KNOWLEDGE_SEARCH, MODELS_OF_SEARCH
from tests.security.rows_learning import LEARNING
from tests.security.rows_members import MEMBERS
from tests.security.rows_mining import MINING
from tests.security.rows_models import MODEL_ROWS, SPOKEN_MODELS
from tests.security.rows_openai import OPENAI
from tests.security.rows_prompts import PROMPTS
from tests.security.rows_releases import RELEASES
from tests.security.rows_sources import SOURCES, SPOKEN_SOURCES
from tests.security.rows_tools import TOOLS
from tests.security.rows_training import SPOKEN_TRAINING, TRAINING, TRAINING_TABLES
from tests.security.rows_trials import TRIALS
from tests.security.rows_versions import VERSIONS

ROWS = (
    *API,
    *PORTAL,
    *work_pages(),
    *ACCESS,
    *SIGN_IN,
    *LEARNING,
    *TOOLS,
    *TRAINING,
    *TRIALS,
    *MINING,
    *DOORS,
    *OPENAI,
    *CONTRACTS,
    *KNOWLEDGE_SEARCH,
    *model_pages(),
    *model_pages(MODELS_OF_SEARCH),
    *model_pages(TRAINING_TABLES),
    *CONSOLE_VERBS,
    *SOURCES,
    *SITE,
    *VERSIONS,
    *RELEASES,
    *JUDGING,
    *DATASETS,
    *model_pages(MODELS_OF_DATASETS),
    *MODEL_ROWS,
    *HEAD_ROWS,
    *PROMPTS,
    *MEMBERS,
)

MODELS = {**OWN_MODELS, **MODELS_OF_SEARCH, **MODELS_OF_DATASETS, **TRAINING_TABLES}

# Regular expressions of the resolver, in words.
SPOKEN = {
    "api/v1/^hints/(?P<hint_id>[^/]+)/(?P<action>dismiss|reopen)$": "api/v1/hints/<hint_id>/<action>",
    **SPOKEN_SOURCES,
    **SPOKEN_MODELS,
    **SPOKEN_HEADS,
    **SPOKEN_TRAINING,
    "api/v1/^quarantine/(?P<passage_id>[^/]+)/(?P<action>release|remove)$": (
        "api/v1/quarantine/<passage_id>/<action>"
    ),
    "api/v1/^jobs/(?P<job_id>[^/]+)/(?P<action>cancel|retry)$": "api/v1/jobs/<job_id>/<action>",
    r"api/v1/^[\s\S]*$": "api/v1/<rest>",
    r"v1/^[\s\S]*$": "v1/<rest>",
    "console/(?P<url>.*)$": "console/<url>",
}


def routes() -> list[str]:
    """Every address that the resolver knows."""
    return [_spoken(route) for route in _walk(get_resolver(), "")]


def _spoken(route: str) -> str:
    if route.startswith("console/^(?P<app_label>"):
        return "console/<app_label>/"
    return SPOKEN.get(route, route)


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for one in resolver.url_patterns:
        here = prefix + str(one.pattern)
        if isinstance(one, URLPattern):
            yield here
        else:
            yield from _walk(one, here)


def tables_of_the_console() -> set[str]:
    return {f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry}


__all__ = ["MODELS", "ROWS", "routes", "tables_of_the_console"]
