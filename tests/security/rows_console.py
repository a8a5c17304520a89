"""The console: what Django's admin has for every table, and our own verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.security.matrix import CONSOLE, NOBODY_MAY, Row, Target, a_file, at, get, post
from tests.security.rows_asking import READ_ALL, SIGNED_OUT

_EDIT_CONTRACTS = "contract_review.playbook.edit"
_KEYS, _JOBS, _SIGNIN = "accounts.key.manage", "jobs.job.read", "accounts.signin.manage"


_EMPTY = "an empty form changes nothing; what the page can do is tried where it is built"


@dataclass(frozen=True)
class Model:
    """A table that the console shows: who sees it, who adds to it, and which object is looked at.

    `change` is what its page answers to an empty form, where it has one, and `changes` the entries that this
    leaves; `removes` those of removing it.
    """

    view: str
    object: str
    add: str = NOBODY_MAY
    change: int = 0
    changes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    lists: int = 200
    names: Literal["shelf", "house"] = "house"


TOOL_TABLES = {
    "tooling/tooluse": Model("tooling.call.read", "{tool_use}"),
    "tooling/server": Model(
        "tooling.server.manage", "{tool_server}", add="tooling.server.manage", change=302
    ),
}
CONTRACT_TABLES = {
    "contract_review/review": Model("contract_review.contract.read", "{review}"),
    "contract_review/playbookversion": Model(_EDIT_CONTRACTS, "{playbook_version}", add=_EDIT_CONTRACTS),
    "contract_review/parameter": Model(_EDIT_CONTRACTS, "{parameter}"),
    "contract_review/clausetemplate": Model(_EDIT_CONTRACTS, "{clause}"),
}
MODELS = {
    "accounts/apikey": Model(_KEYS, "{key}", add=_KEYS, change=302),
    "accounts/membership": Model("accounts.member.manage", "{membership}", change=302),
    "accounts/team": Model("accounts.team.manage", "{team}", add="accounts.team.manage", change=302),
    "accounts/role": Model("accounts.role.manage", "{role_id}", add="accounts.role.manage", change=200),
    "accounts/quota": Model("accounts.quota.manage", "{quota}", add="accounts.quota.manage"),
    "core/personkey": Model("privacy.person.export", "{person}"),
    "guards/personaldatapolicy": Model(
        "guards.policy.manage", "{policy}", add="guards.policy.manage", change=200
    ),
    "guards/surrogatemap": Model("privacy.surrogate.reverse", "{surrogates}", change=200),
    "signin/invitation": Model("accounts.member.manage", "{invitation}", add="accounts.member.manage"),
    "signin/connection": Model(
        _SIGNIN, "{connection_id}", add=_SIGNIN, change=200, removes=("connection.removed",)
    ),
    "signin/policy": Model(_SIGNIN, "{rules}", change=302, changes=("sign_in_rules.changed",), lists=302),
    "knowledge/passage": Model("guards.quarantine.review", "{held}", names="shelf"),
    "learning/confirmedquestion": Model("learning.question.read", "{question}", names="shelf"),
    "learning/ranking": Model("learning.ranking.train", "{ranking}"),
    "hints/hint": Model("hints.hint.read", "{hint}", names="shelf"),
    "trials/case": Model("trials.case.read", "{case}", names="shelf"),
    "trials/run": Model("trials.case.read", "{run}", names="shelf"),
    "modelhub/basemodel": Model(
        "modelhub.model.read", "{base_model}", add="modelhub.model.manage", change=302
    ),
    "modelhub/adapterversion": Model(
        "modelhub.model.read", "{adapter_version}", add="modelhub.model.manage", change=302
    ),
    "heads/headversion": Model("heads.head.read", "{head_version}", add="heads.head.train", change=302),
    **TOOL_TABLES,
    "mining/cluster": Model("answering.unanswered.manage", "{cluster}"),
    "answering/answerrecord": Model(READ_ALL, "{record}"),
    "prompts/prompt": Model("prompts.prompt.read", "{prompt}", add="prompts.prompt.edit", change=302),
    "releases/release": Model("releases.release.read", "{ready}"),
    "evaluation/suite": Model("evaluation.suite.read", "{suite_id}"),
    "evaluation/run": Model("evaluation.suite.read", "{evaluation}"),
    "judging/judge": Model("evaluation.suite.read", "{judge_id}"),
    "judging/round": Model("evaluation.suite.read", "{round}"),
    "judging/item": Model("judging.rating.give", "{rating_item}"),
    "audit/entry": Model("audit.entry.read", "{entry}"),
    **CONTRACT_TABLES,
    "knowledge/knowledgebase": Model(
        "knowledge.base.read", "{base_id}", add="knowledge.base.create", names="shelf"
    ),
    "knowledge/document": Model(
        "knowledge.document.read", "{document}", add="knowledge.document.upload", names="shelf"
    ),
    "sources/source": Model(
        "sources.source.read", "{source}", add="sources.source.manage", change=302, names="shelf"
    ),
    "jobs/job": Model(_JOBS, "{failed}", names="shelf"),
}


def model_pages(models: Mapping[str, Model] = MODELS) -> Iterator[Row]:
    """What Django's admin has for every table. Its way of saying "not found" is a redirect with a message."""
    for name, model in models.items():
        list_, object_ = f"console/{name}/", f"console/{name}/{model.object}/"
        one = f"console/{name}/<path:object_id>/"
        yield Row(route=list_, method="GET", needs=model.view, gives=model.lists, send=get(list_))
        yield Row(route=f"{list_}add/", method="GET", needs=model.add, gives=200, send=get(f"{list_}add/"))
        yield Row(
            route=f"{one}change/",
            method="GET",
            needs=model.view,
            gives=200,
            names=model.names,
            foreign=302,
            send=get(f"{object_}change/"),
        )
        yield Row(
            route=f"{one}change/",
            method="POST",
            needs=model.view if model.change else NOBODY_MAY,
            gives=model.change or 200,
            names=model.names if model.change else "nothing",
            foreign=302,
            writes=model.changes,
            silent="" if model.changes else _EMPTY,
            send=post(f"{object_}change/"),
        )
        yield Row(
            route=f"{one}history/",
            method="GET",
            needs=model.view,
            gives=200,
            names=model.names,
            foreign=302,
            send=get(f"{object_}history/"),
        )
        remover = model.view if model.removes else NOBODY_MAY
        about = model.names if model.removes else "nothing"
        yield Row(
            route=f"{one}delete/",
            method="GET",
            needs=remover,
            gives=200,
            names=about,
            foreign=302,
            send=get(f"{object_}delete/"),
        )
        yield Row(
            route=f"{one}delete/",
            method="POST",
            needs=remover,
            gives=302,
            names=about,
            foreign=302,
            writes=model.removes,
            send=post(f"{object_}delete/", lambda _: {"post": "yes"}),
        )
        yield Row(route=one, method="GET", needs=CONSOLE, gives=302, send=get(object_))


def _act(action: str, object_: str) -> Callable[[Target], Any]:
    """The form of a list: an action on one marked row."""
    return lambda target: {"action": action, "_selected_action": at(object_, target)[1:]}


CONSOLE_VERBS = (
    Row(route="console/accounts/apikey/add/", method="POST", needs=_KEYS, gives=302, writes=("key.created",),
        send=post("console/accounts/apikey/add/", lambda _: {
            "name": "till", "role": "channel", "default_task": "customer_service.ask"})),
    Row(route="console/accounts/apikey/", method="POST", needs=_KEYS, gives=302, names="house", foreign=302,
        writes=("key.revoked",), send=post("console/accounts/apikey/", _act("revoke", "{key}"))),
    Row(route="console/knowledge/knowledgebase/add/", method="POST", needs="knowledge.base.create", gives=302,
        writes=("base.created",), send=post("console/knowledge/knowledgebase/add/", lambda _: {
            "slug": "another", "name": "Another", "audience": "everyone"})),
    Row(route="console/knowledge/document/add/", method="POST", needs="knowledge.document.upload", gives=302,
        names="shelf", foreign=200, writes=("document.received",),
        send=post("console/knowledge/document/add/", lambda target: {
            "base": target.shelf.base_id, "uploads": a_file()})),
    *(
        Row(route="console/knowledge/document/", method="POST", needs=needs, gives=302, names="shelf",
            foreign=302, denied=302, writes=(verb,),
            send=post("console/knowledge/document/", _act(action, thing)))
        for action, needs, verb, thing in (
            ("remove", "knowledge.document.delete", "document.deleted", "{document}"),
        )
    ),
)  # fmt: skip
SITE = (
    Row(route="console/audit/entry/export/", method="POST", needs="audit.entry.export", gives=200,
        writes=("audit.exported",),
        send=post("console/audit/entry/export/", lambda _: {"format": "csv"})),
    Row(route="console/", method="GET", needs=CONSOLE, gives=200, send=get("console/")),
    Row(route="console/search/", method="GET", needs=CONSOLE, gives=200, send=get("console/search/?s=a")),
    Row(route="console/login/", method="GET", needs=CONSOLE, gives=302, send=get("console/login/")),
    Row(route="console/logout/", method="POST", needs=CONSOLE, gives=302, silent=SIGNED_OUT,
        send=post("console/logout/")),
    Row(route="console/password_change/", method="GET", needs=CONSOLE, gives=302,
        send=get("console/password_change/")),
    Row(route="console/password_change/done/", method="GET", needs=CONSOLE, gives=302,
        send=get("console/password_change/done/")),
    Row(route="console/autocomplete/", method="GET", needs="knowledge.base.read", gives=200,
        send=get("console/autocomplete/?app_label=knowledge&model_name=document&field_name=base")),
    Row(route="console/jsi18n/", method="GET", needs=CONSOLE, gives=200, send=get("console/jsi18n/")),
    Row(route="console/r/<path:content_type_id>/<path:object_id>/", method="GET", needs=CONSOLE, gives=404,
        send=get("console/r/1/1/")),
    Row(route="console/<app_label>/", method="GET", needs="knowledge.base.read", gives=200, denied=404,
        send=get("console/knowledge/")),
    Row(route="console/<url>", method="GET", needs=CONSOLE, gives=404, send=get("console/nothing")),
)  # fmt: skip
