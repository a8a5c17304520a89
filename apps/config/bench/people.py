"""The organisation of one case and who acts in it."""

from __future__ import annotations

from dataclasses import dataclass

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_user
from sunmao.core.actor import Actor
from sunmao.core.vertical import configs


@dataclass(frozen=True)
class People:
    """`system` may do everything; the others are persons with ordinary roles; `key` is a channel's secret."""

    system: Actor
    end_user: Actor
    staff: Actor
    key: str


def people(slug: str) -> People:
    organisation = accounts.create_organisation(
        slug=slug, name=slug, enabled_verticals=[config.vertical.slug for config in configs()]
    )
    system = accounts.system_actor(organisation)
    return People(
        system=system,
        end_user=_person(system, f"{slug}-reader", BuiltIn.END_USER),
        staff=_person(system, f"{slug}-editor", BuiltIn.KNOWLEDGE_EDITOR),
        key=accounts.create_api_key(actor=system, name=slug).secret,
    )


def _person(system: Actor, username: str, role: str) -> Actor:
    return actor_of_user(accounts.add_member(actor=system, username=username, role=role), language="zh-hans")
