"""The sample organisation: somebody to sign in as, every vertical enabled, its sample knowledge and release.

Idempotent: what exists is kept, what people changed is not touched, and files are read by the workers.
"""

from __future__ import annotations

from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import find_organisation, find_user
from sunmao.core.actor import Actor
from sunmao.core.errors import Message
from sunmao.core.vertical import VerticalConfig, configs
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.pins import LATEST, OTHERS
from sunmao.knowledge.selectors import base_has_documents
from sunmao.prompts.installing import install as install_packs
from sunmao.prompts.services import publish_version
from sunmao.releases.services import has_release, seed_default

SLUG, ADMINISTRATOR = "sample", "administrator"


def load() -> str | None:
    """Returns the token of a first-run link while the administrator has no password."""
    organisation = find_organisation(SLUG)
    if organisation is None:
        organisation = accounts.create_organisation(
            slug=SLUG,
            name=in_both_languages(_("Sample organisation")),
            enabled_verticals=[config.vertical.slug for config in configs()],
        )
    actor = accounts.system_actor(organisation)
    install_packs(actor=actor)
    for config in configs():
        if not has_release(actor=actor, vertical=config.vertical.slug):  # installed since the last start
            accounts.enable_vertical(organisation=organisation, slug=config.vertical.slug)
        seed_vertical(actor=actor, config=config)
    user = find_user(ADMINISTRATOR) or accounts.add_member(
        actor=actor, username=ADMINISTRATOR, role=BuiltIn.OWNER
    )
    return None if user.has_usable_password() else accounts.issue_first_run_link(user=user)


def seed_vertical(*, actor: Actor, config: VerticalConfig, with_documents: bool = True) -> None:
    """Its base with sample documents, its prompts, its default release on the newest knowledge."""
    vertical = config.vertical
    base = knowledge.create_base(actor=actor, slug=vertical.base_slug, name=_base_name(config))
    if with_documents and not base_has_documents(actor=actor, base=base):
        for file in sorted((config.folder / "knowledge").glob("*/*.md"), key=_quick_ones_first):
            knowledge.receive(
                actor=actor,
                base=base,
                name=document_name(file),
                chunks=[file.read_bytes()],
                origin=knowledge.Origin.SAMPLE,
            )
    for task in vertical.tasks:
        prompts = {
            language: publish_version(
                actor=actor,
                slug=f"{vertical.slug}.{task.prompt}",
                language=language,
                source=(config.folder / "prompts" / f"{task.prompt}.{language}.md").read_text(
                    encoding="utf-8"
                ),
            )
            for language in vertical.languages
        }
        seed_default(
            actor=actor,
            vertical=vertical.slug,
            task=task.name,
            prompts={language: str(version.pk) for language, version in prompts.items()},
            bases={vertical.base_slug: LATEST, OTHERS: LATEST},
        )


def _quick_ones_first(file: Path) -> tuple[bool, str]:
    """English passages wait until a worker has loaded their encoder; the others are read meanwhile."""
    return file.parent.name == "en", file.name


def document_name(file: Path) -> str:
    """`zh/returns.md` → `returns.zh.md`: names in a base are flat."""
    return f"{file.stem}.{file.parent.name}{file.suffix}"


def _base_name(config: VerticalConfig) -> str:
    return in_both_languages(config.vertical.title)


def in_both_languages(text: Message) -> str:
    """Names in the database have one form for readers of either language."""
    forms = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            forms.append(str(text))
    return " · ".join(dict.fromkeys(forms))
