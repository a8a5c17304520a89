"""Members, teams, roles, keys and limits in the console."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from apps.console.access_forms import (
    QuotaForm,
    RoleForm,
    TeamForm,
    outside,
    permission_groups,
    role_choices,
    task_names,
)
from apps.console.access_pages import FormPage, HolderPage
from apps.console.base import actor_of
from apps.console.decorators import display
from apps.console.signin import SignInActions
from sunmao.accounts import services
from sunmao.accounts.models import ApiKey, Grant, Membership, Quota, Role, Team
from sunmao.accounts.presenting import quota_as_dict
from sunmao.accounts.rights import Rights, grants_of, rights_of
from sunmao.accounts.selectors import (
    keys_visible_to,
    members_visible_to,
    quotas_visible_to,
    roles_visible_to,
    teams_visible_to,
)
from sunmao.core.actor import Actor
from sunmao.core.errors import Message, SunmaoError
from sunmao.core.resolving import visible
from sunmao.core.vertical import title_of_vertical


def _roles(holder: Membership | Team | ApiKey) -> str:
    return ", ".join(dict.fromkeys(str(grant.role.title) for grant in holder.grants.all()))


@admin.register(Membership)
class MembershipAdmin(SignInActions, HolderPage):
    view_permission = manage_permission = "accounts.member.manage"
    kind = "member"
    list_display = ("user", "roles", "in_teams", "created_at")
    fields = ("user", "in_teams", "created_at")
    readonly_fields = ("in_teams",)
    search_fields = ("user__username", "user__first_name")
    actions = ("unlock", "reset_password", "remove_second_factors")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return members_visible_to(actor_of(request))

    def act(self, request: HttpRequest, holder: Membership, form: Any) -> HttpResponse | None:
        if "remove" not in request.POST:
            return super().act(request, holder, form)
        done = gettext("%(name)s was removed.") % {"name": holder}
        gone = self.attempt(request, done, services.remove_member, membership=holder)
        return redirect("admin:accounts_membership_changelist" if gone else request.path)

    def rights(self, holder: Membership) -> Rights:
        return rights_of(grants_of(holder))

    @display(description=_("roles"))
    def roles(self, obj: Membership) -> str:
        return _roles(obj)

    @display(description=_("teams"))
    def in_teams(self, obj: Membership) -> str:
        return ", ".join(team.name for team in obj.teams.all())


@admin.register(Team)
class TeamAdmin(HolderPage, FormPage):
    view_permission = "accounts.team.manage"
    manage_permission = "accounts.team.manage"
    kind = "team"
    list_display = ("name", "roles", "people", "created_at")
    fields = ("name", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return teams_visible_to(actor_of(request))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        form = TeamForm(request.POST or None)
        return self.form_page(request, form, services.create_team, title=_("Add a team"))

    def act(self, request: HttpRequest, holder: Team, form: Any) -> HttpResponse | None:
        actor = actor_of(request)
        if "remove" in request.POST:
            done = gettext("%(name)s was removed.") % {"name": holder}
            gone = self.attempt(request, done, services.remove_team, team=holder)
            return redirect("admin:accounts_team_changelist" if gone else request.path)
        for button, verb in (("join", services.add_to_team), ("leave", services.remove_from_team)):
            if button in request.POST:
                member = visible(actor, "member", request.POST[button])
                self.attempt(request, gettext("Saved."), verb, team=holder, member=member)
        return super().act(request, holder, form)

    def panel(self, actor: Actor, holder: Team) -> dict[str, Any]:
        members = list(holder.members.select_related("user").order_by("user__username"))
        return {**super().panel(actor, holder), "members": members, "outside": outside(members, actor)}

    def rights(self, holder: Team) -> Rights:
        return rights_of(Grant.objects.filter(team=holder).select_related("role"))

    @display(description=_("roles"))
    def roles(self, obj: Team) -> str:
        return _roles(obj)

    @display(description=_("members"))
    def people(self, obj: Team) -> str:
        return ", ".join(sorted(str(member) for member in obj.members.all()))


@admin.register(Role)
class RoleAdmin(FormPage):
    """Built-in roles are shown with what they give; those of the organisation's own can be changed."""

    view_permission = manage_permission = "accounts.role.manage"
    form_template = "console/role.html"
    list_display = ("shown_title", "slug", "built_in", "held_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Role]:
        return roles_visible_to(actor_of(request)).prefetch_related("grants")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        form = RoleForm(request.POST or None)
        groups = permission_groups(request.POST.getlist("permissions"))
        return self.form_page(request, form, services.create_role, title=_("Add a role"), groups=groups)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        role = self.get_object(request, object_id)
        if role is None:
            return cast(HttpResponse, self._get_obj_does_not_exist_redirect(request, self.opts, object_id))
        if "remove" in request.POST:
            done = gettext("%(name)s was removed.") % {"name": role}
            gone = self.attempt(request, done, services.remove_role, role=role)
            return redirect(self.list_url if gone else request.path)
        before = {"name": role.name, "permissions": role.permissions}
        form = RoleForm(request.POST or None, initial=before, changing=True)
        chosen = request.POST.getlist("permissions") if request.method == "POST" else role.effective

        def change(*, actor: Actor, **wanted: Any) -> None:
            services.change_role(actor=actor, role=role, **wanted)

        line = title_of_vertical(role.vertical) if role.vertical else ""
        context = {"groups": permission_groups(chosen), "role": role, "line": line}
        return self.form_page(request, form, change, title=role.title, **context)

    @display(description=_("name"))
    def shown_title(self, obj: Role) -> Message:
        return obj.title

    @display(description=_("given"))
    def held_by(self, obj: Role) -> int:
        return len(obj.grants.all())


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]
    role = forms.ChoiceField(label=_("Role"), widget=UnfoldAdminSelectWidget, initial="channel")
    default_task = forms.ChoiceField(label=_("Default task"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = ApiKey
        fields = ("name", "default_task", "expires_at")


@admin.register(ApiKey)
class ApiKeyAdmin(HolderPage):
    """A secret is shown once, in the message after the key is made or renewed."""

    view_permission = manage_permission = "accounts.key.manage"
    kind = "key"
    form = KeyForm
    list_display = ("name", "shown_prefix", "roles", "created_by", "last_used_at", "expires_at", "revoked_at")
    readonly_fields = (
        "shown_prefix",
        "created_by",
        "created_at",
        "rotated_at",
        "previous_until",
        "last_used_at",
        "revoked_at",
    )
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return keys_visible_to(actor_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can("accounts.key.manage")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        for name, choices in (
            ("role", role_choices(actor_of(request), for_key=True)),
            ("default_task", task_names()),
        ):
            if name in form.base_fields:
                form.base_fields[name].choices = choices
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj:
            return ("name", "default_task", "expires_at", *self.readonly_fields)
        return ("name", "role", "default_task", "expires_at")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A refusal of the verb is a message on the form, not an error page."""
        try:
            response: HttpResponse = super().add_view(request, form_url, extra_context)
        except SunmaoError as error:
            fields = " ".join(str(text) for text in error.fields.values())
            self.message_user(request, f"{error.message} {fields}".strip(), messages.ERROR)
            return redirect(request.path)
        return response

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        issued = services.create_api_key(
            actor=actor_of(request),
            name=obj.name,
            role=form.cleaned_data["role"],
            default_task=obj.default_task,
            expires_at=obj.expires_at,
        )
        obj.pk, obj.prefix = issued.key.pk, issued.key.prefix
        self._show(request, issued)

    def _show(self, request: HttpRequest, issued: services.IssuedKey) -> None:
        told = gettext("Copy the key now, it is not shown again: %(secret)s") % {"secret": issued.secret}
        self.message_user(request, told, messages.WARNING)

    def act(self, request: HttpRequest, holder: ApiKey, form: Any) -> HttpResponse | None:
        if "revoke" in request.POST:
            self._revoke(request, holder)
        if "rotate" in request.POST:
            grace = timedelta(0) if "at_once" in request.POST else None

            def rotate(*, actor: Actor) -> None:
                self._show(request, services.rotate_api_key(actor=actor, key=holder, grace=grace))

            self.attempt(request, "", rotate)
        return super().act(request, holder, form)

    def panel(self, actor: Actor, holder: ApiKey) -> dict[str, Any]:
        return {**super().panel(actor, holder), "living": holder.revoked_at is None}

    def rights(self, holder: ApiKey) -> Rights:
        return rights_of(Grant.objects.filter(key=holder).select_related("role"))

    @display(description=_("begins with"))
    def shown_prefix(self, obj: ApiKey) -> str:
        return f"{obj.prefix}…"

    @display(description=_("roles"))
    def roles(self, obj: ApiKey) -> str:
        return _roles(obj)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            self._revoke(request, key)

    def _revoke(self, request: HttpRequest, key: ApiKey) -> None:
        done = gettext("%(name)s was revoked.") % {"name": key.name}
        self.attempt(request, done, services.revoke_api_key, key=key)


@admin.register(Quota)
class QuotaAdmin(FormPage):
    view_permission = manage_permission = "accounts.quota.manage"
    list_display = ("target", "for_whom", "measure", "period", "limit", "used")
    fields = ("target", "for_whom", "measure", "period", "limit", "used", "created_at")
    readonly_fields = ("for_whom", "used")
    actions = ("remove",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quota]:
        return quotas_visible_to(actor_of(request))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        form = QuotaForm(request.POST or None, actor=actor_of(request))
        return self.form_page(request, form, services.set_quota, title=_("Set a limit"))

    @display(description=_("only for"))
    def for_whom(self, obj: Quota) -> str:
        kind, _colon, number = obj.subject.partition(":")
        if kind == "user":
            member = Membership.objects.select_related("user").filter(user_id=number).first()
            return str(member or obj.subject)
        if kind == "api_key":
            return str(ApiKey.objects.filter(pk=number).first() or obj.subject)
        return ""

    @display(description=_("used now"))
    def used(self, obj: Quota) -> int:
        return int(quota_as_dict(obj)["used"])

    @admin.action(description=_("Remove the limit"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Quota]) -> None:
        for quota in queryset:
            self.attempt(request, gettext("The limit was removed."), services.remove_quota, quota=quota)
