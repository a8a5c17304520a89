"""People and keys in the console."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.accounts import services
from sunmao.accounts.models import ApiKey, Membership
from sunmao.accounts.roles import KEY_ROLES
from sunmao.core.vertical import installed


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]
    default_task = forms.ChoiceField(label=_("Default task"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = ApiKey
        fields = ("name", "role", "default_task", "expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [f"{vertical.slug}.{task.name}" for vertical in installed() for task in vertical.tasks]
        if "role" in self.fields:
            self.fields["role"].choices = [(role, role.label) for role in KEY_ROLES]  # type: ignore[attr-defined]
        if "default_task" in self.fields:
            self.fields["default_task"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """A secret is shown once, in the message after the key is made."""

    view_permission = "accounts.key.manage"
    form = KeyForm
    list_display = ("name", "shown_prefix", "default_task", "last_used_at", "expires_at", "revoked_at")
    readonly_fields = ("shown_prefix", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can("accounts.key.manage")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("name", "role", "default_task", "expires_at", *(self.readonly_fields if obj else ()))

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        issued = services.create_api_key(
            actor=actor_of(request),
            name=obj.name,
            role=obj.role,
            default_task=obj.default_task,
            expires_at=obj.expires_at,
        )
        obj.pk, obj.prefix = issued.key.pk, issued.key.prefix
        told = gettext("Copy the key now, it is not shown again: %(secret)s") % {"secret": issued.secret}
        self.message_user(request, told, messages.WARNING)

    @display(description=_("begins with"))
    def shown_prefix(self, obj: ApiKey) -> str:
        return f"{obj.prefix}…"

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            done = gettext("%(name)s was revoked.") % {"name": key.name}
            self.attempt(request, done, services.revoke_api_key, key=key)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    view_permission = "accounts.member.manage"
    list_display = ("user", "role", "created_at")
    fields = ("user", "role", "created_at")
