"""Forms of the pages about rights. They only gather what a verb of `accounts.services` takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from sunmao.accounts.measures import Measure, Period, Target
from sunmao.accounts.models import Membership, Role
from sunmao.accounts.roles import fit_for_keys
from sunmao.accounts.selectors import keys_visible_to, members_visible_to, roles_visible_to, verticals_of
from sunmao.core.actor import Actor
from sunmao.core.permission import declared
from sunmao.core.vertical import installed
from sunmao.knowledge.policies import bases_visible_to

AREAS = {
    "answering": _("Answers"),
    "knowledge": _("Knowledge"),
    "learning": _("Learning"),
    "sources": _("Data sources"),
    "jobs": _("Jobs"),
    "releases": _("Releases"),
    "evaluation": _("Evaluation"),
    "guards": _("Guards"),
    "privacy": _("Personal data"),
    "audit": _("Audit"),
    "accounts": _("Access"),
    "console": _("Console"),
}
Choices = list[tuple[Any, Any]]


def select(label: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=UnfoldAdminSelectWidget, **more)


def text(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=UnfoldAdminTextInputWidget, **more)


def boxes(label: Any, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple, **more)


class GiveForm(forms.Form):
    """A role, for everything or only for what is ticked."""

    role = select(_("Role"))
    bases = boxes(_("Only for these knowledge bases"))
    tasks = boxes(_("Only for these tasks"))
    models = text(
        _("Only for these models"), required=False, help_text=_("Names of engines or models, with commas.")
    )

    def __init__(self, *args: Any, actor: Actor, for_key: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "given", **kwargs})
        _offer(self.fields["role"], [("", "—"), *role_choices(actor, for_key=for_key)])
        readable = bases_visible_to(actor, "knowledge.base.read")
        _offer(self.fields["bases"], [(base.slug, base.name) for base in readable])
        _offer(self.fields["tasks"], list(_task_choices(actor)))

    def clean_models(self) -> list[str]:
        names: str = self.cleaned_data["models"]
        return [name.strip() for name in names.replace("，", ",").split(",") if name.strip()]


class RoleForm(forms.Form):
    slug = text(_("name in addresses"), max_length=60)
    name = text(_("name"), max_length=100)
    permissions = boxes(_("Permissions"))

    def __init__(self, *args: Any, changing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["permissions"], [(name, one.title) for name, one in declared().items()])
        if changing:
            del self.fields["slug"]


class TeamForm(forms.Form):
    name = text(_("name"), max_length=100)


class QuotaForm(forms.Form):
    target = select(_("for"), choices=Target.choices)
    only_for = select(_("Only this one"), required=False)
    measure = select(_("measure"), choices=Measure.choices)
    period = select(_("period"), choices=Period.choices)
    limit = forms.IntegerField(label=_("limit"), min_value=0, widget=UnfoldAdminIntegerFieldWidget)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members: Choices = [(str(one.pk), str(one)) for one in members_visible_to(actor)]
        keys: Choices = [(str(one.pk), str(one)) for one in keys_visible_to(actor) if not one.revoked_at]
        each: Choices = [("", _("each"))]
        _offer(self.fields["only_for"], [*each, (_("Members"), members), (_("API keys"), keys)])


def role_choices(actor: Actor, *, for_key: bool) -> Choices:
    roles: Iterable[Role] = roles_visible_to(actor)
    return [(one.slug, one.title) for one in roles if not for_key or fit_for_keys(one.effective)]


def task_names() -> Choices:
    return [
        (f"{line.slug}.{task.name}", f"{line.title} · {task.title}")
        for line in installed()
        for task in line.tasks
    ]


def _task_choices(actor: Actor) -> Iterable[tuple[str, Any]]:
    for line in verticals_of(actor.organisation_id):
        yield line.slug, line.title
        if len(line.tasks) > 1:
            for task in line.tasks:
                yield f"{line.slug}.{task.name}", f"{line.title} · {task.title}"


def permission_groups(chosen: Iterable[str]) -> list[dict[str, Any]]:
    """Every permission under the area that it belongs to, as a page shows them."""
    ticked = set(chosen)
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, one in sorted(declared().items()):
        row = {"name": name, "title": one.title, "chosen": name in ticked, "for_keys": one.for_keys}
        groups.setdefault(name.split(".")[0], []).append(row)
    order = [*(area for area in AREAS if area in groups), *(area for area in groups if area not in AREAS)]
    return [{"title": AREAS.get(area, area), "permissions": groups[area]} for area in order]


def outside(team_members: Iterable[Membership], actor: Actor) -> Choices:
    """Members who may still join a team."""
    inside = {one.pk for one in team_members}
    return [(str(one.pk), str(one)) for one in members_visible_to(actor) if one.pk not in inside]


def _offer(field: forms.Field, choices: Choices) -> None:
    field.choices = choices  # type: ignore[attr-defined]
