"""A release as one JSON file, to take to another installation, and back.

What can be carried is carried: the text of its prompts, its settings, and the suites that gated it. Knowledge
is named by its content: the other side must have bases of the same names, and is told where theirs hold
something else. An adapter is named by its content, too, and must have been brought there before: without it
the release would be another one. Whatever comes in is a candidate, and has to pass the gate where it is to
serve.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.roles import BuiltIn
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, NotFound, TooLong
from sunmao.core.ids import reference
from sunmao.core.vertical import find_task
from sunmao.evaluation.models import Origin, Suite
from sunmao.evaluation.selectors import EDIT, cases_at, gating
from sunmao.evaluation.suites.editing import NewCase, add_cases, create_suite
from sunmao.inference.registry import named
from sunmao.knowledge.models import Edition, KnowledgeBase
from sunmao.knowledge.pins import pinned
from sunmao.knowledge.versions.copying import alive_at
from sunmao.modelhub.models import AdapterVersion, VersionState
from sunmao.prompts.models import PromptVersion
from sunmao.prompts.services import publish_version
from sunmao.releases.composing import COMPOSE, compose
from sunmao.releases.models import Release
from sunmao.releases.selectors import READ, last_report

FORMAT = "sunmao-release/1"
LARGEST = 20_000_000


@transaction.atomic
def export(*, actor: Actor, release: Release) -> dict[str, Any]:
    actor.require(READ)
    actor.require("evaluation.suite.read")
    with tenancy.scope(actor.organisation_id):
        report = last_report(release)
        body = {
            "format": FORMAT,
            "task": release.task_name,
            "number": release.number,
            "engine": release.engine,
            "model": named(release.engine),
            "adapter": _adapter(release),
            "retrieval": release.retrieval,
            "prompts": {language: _prompt(pk) for language, pk in sorted(release.prompts.items())},
            "bases": {
                pin.base.slug: {"version": pin.version, "content": content_of(pin.base, pin.version)}
                for pin in pinned(actor=actor, bases=release.bases)
            },
            "suites": [_suite(suite) for suite in gating(vertical=release.vertical, task=release.task)],
            "gate": {"passed": report.passed, "suites": report.suites} if report else None,
        }
        audit.record(
            actor=actor,
            verb="release.exported",
            subject=release,
            task=release.task_name,
            number=release.number,
            sha256=digest_of(body),
        )
    return {**body, "sha256": digest_of(body)}


def digest_of(body: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in body.items() if name != "sha256"}
    written = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _prompt(version_id: object) -> dict[str, Any]:
    version = PromptVersion.objects.select_related("prompt").get(pk=reference(version_id))
    return {"slug": version.prompt.slug, "source": version.source, "sha256": version.sha256}


def _adapter(release: Release) -> dict[str, str] | None:
    if release.adapter is None:
        return None
    version = AdapterVersion.objects.get(pk=release.adapter)
    return {"name": version.name, "sha256": version.sha256, "base_sha256": version.base_sha256}


def content_of(base: KnowledgeBase, version: int) -> str:
    """One digest of everything that a version of a base holds: the same files with the same dates."""
    alive = Edition.objects.filter(alive_at(version), base=base).values_list(
        "document__name", "revision__sha256", "effective_from", "effective_until"
    )
    lines = sorted("\t".join(map(str, row)) for row in alive)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _suite(suite: Suite) -> dict[str, Any]:
    """Cases that are a person's words stay at home."""
    cases = cases_at(suite, suite.version).filter(person_key=None)
    return {
        "slug": suite.slug,
        "title": suite.title,
        "limits": suite.limits,
        "role": suite.role,
        "cases": [{"input": one.data, "checks": one.checks, "slices": one.slices} for one in cases],
    }


@transaction.atomic
def bring_in(*, actor: Actor, given: object) -> tuple[Release, list[dict[str, Any]]]:
    """A candidate from an exported file, and remarks: which bases hold something else here, and whether
    another model answers. Refused where the adapter that it pins is not here.

    Suites that are missing here are made; those that are here are left as they are.
    """
    actor.require(COMPOSE)
    actor.require(EDIT)
    body = _read(given)
    vertical, task = find_task(body["task"])
    with tenancy.scope(actor.organisation_id):
        bases, remarks = _bases(body["bases"])
        model = named(body["engine"])
        if body.get("model", model) != model:
            remarks.append({"code": "other_model", "model": model, "theirs": str(body["model"])[:200]})
        prompts = {}
        for language, prompt in body["prompts"].items():
            if prompt["slug"] != f"{vertical.slug}.{task.prompt}":
                raise _no_release("prompts")
            version = publish_version(
                actor=actor, slug=prompt["slug"], language=language, source=prompt["source"]
            )
            prompts[language] = str(version.pk)
        release = compose(
            actor=actor,
            task_name=body["task"],
            changes={
                "engine": body["engine"],
                "adapter": _adapter_here(body.get("adapter")),
                "retrieval": body["retrieval"],
                "prompts": prompts,
                "bases": bases,
            },
            note=f"{FORMAT} #{body['number']} {body['sha256'][:12]}",
        )
        for suite in body["suites"]:
            _make_suite(actor, body["task"], suite)
        audit.record(
            actor=actor,
            verb="release.imported",
            subject=release,
            task=release.task_name,
            number=release.number,
            sha256=body["sha256"],
        )
    return release, remarks


def _adapter_here(told: object) -> str | None:
    """The newest version here with the same weights for the same base."""
    if told is None:
        return None
    if not isinstance(told, dict) or not _has_texts(told, "name", "sha256", "base_sha256"):
        raise _no_release("adapter")
    same = AdapterVersion.objects.filter(sha256=told["sha256"], base_sha256=told["base_sha256"])
    found = same.filter(state=VersionState.READY).order_by("-created_at").first()
    if found is None:
        raise InvalidInput(
            _("The adapter of this release is not here, or may not answer. Bring it here first."),
            code="adapter_missing",
            fields={"adapter": told["name"][:200], "sha256": told["sha256"][:64]},
        )
    return str(found.pk)


def _no_release(field: str) -> InvalidInput:
    return InvalidInput(
        _("This is no release that was exported, or it was changed since."),
        code="invalid_release_file",
        fields={field: _("is not what an export writes")},
    )


_SHAPES: Mapping[str, type | tuple[type, ...]] = {
    "task": str,
    "number": int,
    "engine": str,
    "retrieval": dict,
    "prompts": dict,
    "bases": dict,
    "suites": list,
}


def _read(given: object) -> dict[str, Any]:
    if isinstance(given, str):
        if len(given) > LARGEST:
            raise TooLong(code="file_too_large")
        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise _no_release("file") from error
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise _no_release("format")
    for name, shape in _SHAPES.items():
        if not isinstance(given.get(name), shape):
            raise _no_release(name)
    if given.get("sha256") != digest_of(given):
        raise _no_release("sha256")
    for prompt in given["prompts"].values():
        if not isinstance(prompt, dict) or not all(
            isinstance(prompt.get(n), str) for n in ("slug", "source")
        ):
            raise _no_release("prompts")
    for base in given["bases"].values():
        if not _has_texts(base, "content"):
            raise _no_release("bases")
    return given


def _has_texts(given: object, *names: str) -> bool:
    return isinstance(given, dict) and all(isinstance(given.get(name), str) for name in names)


def _bases(named: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, int], list[dict[str, Any]]]:
    pins, remarks = {}, []
    for slug, told in named.items():
        base = KnowledgeBase.objects.filter(slug=slug).first()
        if base is None:
            raise NotFound(code="unknown_base", fields={"bases": slug})
        pins[slug] = base.version
        if content_of(base, base.version) != told["content"]:
            remarks.append({"code": "other_knowledge", "base": slug, "version": base.version})
    return pins, remarks


def _make_suite(actor: Actor, task_name: str, given: object) -> None:
    if not isinstance(given, dict) or not isinstance(given.get("cases"), list):
        raise _no_release("suites")
    slug = str(given.get("slug", ""))
    if Suite.objects.filter(slug=slug).exists():
        return
    limits, role = given.get("limits"), given.get("role", BuiltIn.END_USER)
    suite = create_suite(
        actor=actor,
        slug=slug,
        title=str(given.get("title", slug)),
        task_name=task_name,
        limits=limits if isinstance(limits, dict) else {},
        role=str(role),
    )
    cases = [one for one in given["cases"] if isinstance(one, dict)]
    if cases:
        add_cases(
            actor=actor,
            suite=suite,
            cases=[
                NewCase(
                    data=one.get("input", {}),
                    checks=one.get("checks", []),
                    slices=one.get("slices", []),
                    origin=Origin.FILE,
                )
                for one in cases
            ],
        )


__all__ = ["bring_in", "content_of", "digest_of", "export"]
