"""Two hundred texts that would be templates, format strings, queries or patterns if anybody let them.

They go through prompts, through the search, through names and filters of the API. Each stays the text that it
is: no attribute is read, no statement fails, nothing is expanded twice.
"""

from __future__ import annotations

import pytest
from django.test import Client
from kombu import serialization
from kombu.exceptions import ContentDisallowed

from apps.config.celery import app as celery
from sunmao.core import tenancy
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.retrieval import retrieve
from sunmao.prompts.source import read, render
from tests.fixtures import Cast, Ingest, state_of
from tests.fixtures.files import RETURNS

_TEMPLATES = (
    "{question}", "{passages}", "{{question}}", "{question!r}", "{question.__class__}", "{0}", "{}",
    "{:>9999}", "{question.__init__.__globals__}", "{self}", "{settings.SECRET_KEY}", "%(question)s", "%s",
    "%n", "%(a)999999s", "${question}", "$question", "#{question}", "{{ settings.SECRET_KEY }}",
    "{{ ''.__class__.__mro__ }}", "{% include '/etc/passwd' %}", "{% debug %}", "{% load x %}", "{# x #}",
    "<%= question %>", "<? echo 1 ?>", "{{config}}", "{{request}}", "{{7*7}}", "{%% raw %%}",
    "[[question]]", "((question))", "@{question}", "__import__('os').system('id')", "lambda: 1",
    "eval('1')", "{'a': 1}.__class__", "\\N{DIGIT ONE}",
)  # fmt: skip
_QUERIES = (
    "'", "''", "\"", "`", "\\", ";", "--", "/*", "*/", "#", "%", "_", "' OR '1'='1", "' OR 1=1 --",
    "\" OR \"\"=\"", "'; DROP TABLE accounts_user; --", "1; SELECT pg_sleep(10)",
    "' UNION SELECT null, null --", "') OR ('1'='1", "admin'--",
    "' AND 1=CAST((SELECT version()) AS int) --", "'||(SELECT 1)||'", "$$; SELECT 1; $$", "E'\\x27'",
    "\\'; SELECT 1; --", "1 OR 1=1", "NULL", "0x27", "' HAVING 1=1 --", "' GROUP BY 1 --",
    "' ORDER BY 99 --", "'; COPY accounts_user TO '/tmp/x'; --", "' INTO OUTFILE '/tmp/x",
    "'; NOTIFY x; --", "1' LIMIT 1 OFFSET 0 --", "{1:1}/1", "[1,2,3]", "1:2/3", "%%", "%_", "\\%",
    "LIKE '%'", "~*", "&&", "||", "!!", "<->", "<#>", "::int", "app.organisation_id",
    "set_config('app.organisation_id','x',false)", "RESET ROLE", "SET ROLE postgres",
)  # fmt: skip
_PATTERNS = (
    "(a+)+$", "(?:a|a)*b", ".*", "^", "$", "[", "]", "(", ")", "(?P<x>", "\\1", "(?i)", "a{1,99999}",
    "[\\w\\W]*", "(?#", "\\Q", "\\u0000", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "*", "+", "?", "|",
    "\\", "\\d+",
)  # fmt: skip
_PLACES = ("{}", "Refund {}", "退款 {} 期限")
TEXTS = tuple(
    place.replace("{}", text) for place in _PLACES[:1] for text in (*_TEMPLATES, *_QUERIES, *_PATTERNS)
) + tuple(_PLACES[1].replace("{}", text) for text in (*_TEMPLATES, *_QUERIES))
SOURCE = """---
role: a clerk
variables: [question, passages]
---
Question: {{question}}
Passages: {{passages}}
"""


def test_there_are_enough_of_them() -> None:
    assert len(set(TEXTS)) >= 200


@pytest.mark.parametrize("part", range(4))
def test_a_prompt_holds_them_as_they_are(part: int) -> None:
    for text in TEXTS[part::4]:
        other = "{{question}} {question} %(question)s"
        said = render(read(SOURCE), {"question": text, "passages": other})
        assert said.count(f"Question: {text}\n") == 1
        assert said.count(f"Passages: {other}") == 1


@pytest.mark.parametrize("part", range(4))
def test_the_search_takes_them_for_words(cast: Cast, ingest: Ingest, part: int) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    with tenancy.scope(cast.hemu.pk):
        pins = [BaseVersion(base, base.version) for base in bases_visible_to(cast.mei.actor)]
        for text in TEXTS[part::4]:
            found = retrieve(actor=cast.mei.actor, question=text, bases=pins, limit=3)
            assert {hit.passage.organisation_id for hit in found.hits} <= {cast.hemu.pk}


ADDRESSES = (
    "/api/v1/bases/{}/documents", "/api/v1/documents/{}", "/api/v1/jobs/{}", "/api/v1/passages/{}",
    "/api/v1/records/{}", "/api/v1/bases/customer-service/documents?before={}",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_makes_a_statement_of_them(cast: Cast, address: str) -> None:
    client, before = Client(), state_of(cast.hemu)
    client.force_login(cast.zhou.user)
    for text in TEXTS[::2]:
        path, _, query = address.partition("?")
        name = query.partition("=")[0]
        filled = path.replace("{}", text.replace("%", "%25").replace("?", "%3F").replace("#", "%23"))
        response = client.get(filled, {name: text} if name else {})
        assert response.status_code in (200, 400, 404), (text, response.content)
    assert state_of(cast.hemu) == before


def test_no_name_of_a_base_does_either(cast: Cast) -> None:
    for text in TEXTS[::3]:
        response = cast.zhou.client.post(
            "/api/v1/bases", {"slug": text, "name": text}, content_type="application/json"
        )
        assert response.status_code in (201, 200, 400), text


@pytest.mark.parametrize("kind", ["pickle", "yaml", "application/x-python-serialize"])
def test_a_message_of_the_broker_is_json_or_refused(kind: str) -> None:
    assert list(celery.conf.accept_content) == ["json"]
    with pytest.raises((ContentDisallowed, serialization.SerializerNotInstalled, KeyError)):
        serialization.loads(b"cos\nsystem\n(S'id'\ntR.", kind, "binary", accept=celery.conf.accept_content)
