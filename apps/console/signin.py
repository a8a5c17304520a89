"""Invitations, identity providers and rules of signing in, in the console."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.accounts.models import Membership
from sunmao.accounts.selectors import roles_visible_to
from sunmao.accounts.signin import connections, invitations, mail, passwords, people, rules
from sunmao.accounts.signin.models import Connection, Invitation, Policy
from sunmao.core.errors import InvalidInput, SunmaoError

STATES = {
    "open": _("open"),
    "accepted": _("accepted"),
    "withdrawn": _("withdrawn"),
    "expired": _("expired"),
}


def _roles(request: HttpRequest) -> list[tuple[str, str]]:
    return [(role.slug, str(role.title)) for role in roles_visible_to(actor_of(request))]


class SignInActions(ReadOnlyAdmin):
    """What an administrator does about a member's sign-in, on the list of members."""

    @admin.action(description=_("End a lock-out"))
    def unlock(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("user"):
            done = gettext("%(name)s may try again.") % {"name": membership.user}
            self.attempt(request, done, people.unlock, membership=membership)

    @admin.action(description=_("Link for a new password"))
    def reset_password(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("user"):
            try:
                token = passwords.issue_reset_link(actor=actor_of(request), user=membership.user)
            except SunmaoError as error:
                self.message_user(request, f"{membership.user}: {error.message}", messages.ERROR)
                continue
            link = request.build_absolute_uri(reverse("portal:reset_password", args=[token]))
            told = gettext("Hand over this link to %(name)s, it is not shown again: %(link)s")
            self.message_user(request, told % {"name": membership.user, "link": link}, messages.WARNING)

    @admin.action(description=_("Remove second factors"))
    def remove_second_factors(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("user"):
            done = gettext("%(name)s has no second factor any more and was signed out.")
            self.attempt(
                request,
                done % {"name": membership.user},
                people.remove_second_factors,
                membership=membership,
            )


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    role = forms.ChoiceField(label=_("Role"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Invitation
        fields = ("email", "name")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """A link is shown once, in the message after the invitation is made."""

    view_permission = "accounts.member.manage"
    form = InvitationForm
    list_display = ("email", "name", "shown_role", "state", "created_at", "expires_at", "accepted_by")
    actions = ("send_again", "withdraw")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can("accounts.member.manage")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "role" in form.base_fields:
            form.base_fields["role"].choices = _roles(request)
            form.base_fields["role"].initial = "end_user"
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ("state", "created_at", "expires_at", "accepted_at", "accepted_by")
        return ("email", "name", "shown_role" if obj else "role", *(shown if obj else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ("shown_role", "state", "created_at", "expires_at", "accepted_at", "accepted_by")
        return shown if obj else ()

    @display(description=_("role"))
    def shown_role(self, obj: Invitation) -> str:
        return str(invitations.role_title(obj))

    @display(description=_("state"))
    def state(self, obj: Invitation) -> str:
        return str(STATES[invitations.state_of(obj)])

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        given = form.cleaned_data
        issued = invitations.invite(
            actor=actor_of(request), role=given["role"], email=given["email"], name=given["name"]
        )
        obj.pk = issued.invitation.pk
        self._show_link(request, issued)

    @admin.action(description=_("Send again with a new link"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        for invitation in queryset:
            try:
                self._show_link(request, invitations.resend(actor=actor_of(request), invitation=invitation))
            except SunmaoError as error:
                self.message_user(request, str(error.message), messages.ERROR)

    @admin.action(description=_("Withdraw"))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        for invitation in queryset:
            self.attempt(request, gettext("Withdrawn."), invitations.withdraw, invitation=invitation)

    def _show_link(self, request: HttpRequest, issued: invitations.Issued) -> None:
        link = request.build_absolute_uri(reverse("portal:invitation", args=[issued.token]))
        told = gettext("Hand over this link, it is not shown again: %(link)s") % {"link": link}
        if mail.invite_by_mail(issued.invitation, link=link):
            told = gettext("The invitation left by mail. Its link, not shown again: %(link)s") % {
                "link": link
            }
        self.message_user(request, told, messages.WARNING)


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    domains = forms.CharField(
        label=_("E-mail domains"),
        required=False,
        help_text=_("separated by commas; people with such an address find this provider"),
        widget=UnfoldAdminTextInputWidget,
    )
    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        help_text=_("never shown; what is left empty stays as it is"),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "password", "autocomplete": "new-password"}),
    )
    sign_in_url = forms.URLField(
        label=_("Sign-in address of the provider"),
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget,
    )
    default_role = forms.ChoiceField(
        label=_("Role of new members"), required=False, widget=UnfoldAdminSelectWidget
    )
    role_of_group = forms.CharField(
        label=_("Role of each group"),
        required=False,
        help_text=_("one per line: group = role"),
        widget=UnfoldAdminTextareaWidget,
    )

    class Meta:
        model = Connection
        fields = connections.FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance._state.adding:
            self.initial["domains"] = ", ".join(self.instance.domains)
            lines = [f"{group} = {role}" for group, role in self.instance.role_of_group.items()]
            self.initial["role_of_group"] = "\n".join(lines)
            self.initial["client_secret"] = ""

    def clean_domains(self) -> list[str]:
        return [one.strip().lower() for one in self.cleaned_data["domains"].split(",") if one.strip()]

    def clean_role_of_group(self) -> dict[str, str]:
        lines = [line for line in self.cleaned_data["role_of_group"].splitlines() if line.strip()]
        if not all("=" in line for line in lines):
            raise forms.ValidationError(_("Write one group and its role per line: group = role."))
        pairs = [line.rpartition("=") for line in lines]
        return {group.strip(): role.strip() for group, _sign, role in pairs}

    def _post_clean(self) -> None:
        """The service looks at the values; the instance is its own to change."""


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    view_permission = "accounts.signin.manage"
    form = ConnectionForm
    list_display = ("name", "slug", "protocol", "enabled", "just_in_time", "issuer")
    fieldsets = (
        (None, {"fields": ("slug", "name", "protocol", "enabled", "listed", "domains")}),
        (
            _("The provider"),
            {"fields": ("issuer", "client_id", "client_secret", "sign_in_url", "certificate")},
        ),
        (
            _("Its people"),
            {
                "fields": (
                    "trusts_email",
                    "provides_second_factor",
                    "just_in_time",
                    "default_role",
                    "groups_claim",
                    "role_of_group",
                )
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can("accounts.signin.manage")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor_of(request).can("accounts.signin.manage")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor_of(request).can("accounts.signin.manage")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("slug",) if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "default_role" in form.base_fields:
            form.base_fields["default_role"].choices = [("", "—"), *_roles(request)]
        return form

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in connections.FIELDS if name in form.cleaned_data}
        if not values.get("client_secret"):
            values.pop("client_secret", None)
        kept = Connection.objects.get(pk=obj.pk) if change else None
        made = connections.save_connection(actor=actor_of(request), values=values, connection=kept)
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: Connection) -> None:
        connections.remove_connection(actor=actor_of(request), connection=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        for connection in queryset:
            self.delete_model(request, connection)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """What the service refuses is told on the page that was sent."""
        try:
            return cast(HttpResponse, super().changeform_view(request, object_id, form_url, extra_context))
        except SunmaoError as error:
            for text in _texts(error):
                self.message_user(request, text, messages.ERROR)
            return redirect(request.path)


def _texts(error: SunmaoError) -> list[str]:
    if isinstance(error, InvalidInput) and error.fields:
        return [f"{name}: {text}" for name, text in error.fields.items()]
    return [str(error.message)]


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    second_factor_roles = forms.MultipleChoiceField(
        label=_("Roles that need a second factor"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("From their next request on, members with one of these roles have to set one up."),
    )

    class Meta:
        model = Policy
        fields = ("second_factor_roles",)


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    """One row per organisation; the list leads straight to it."""

    view_permission = "accounts.signin.manage"
    form = PolicyForm
    fields = ("second_factor_roles",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor_of(request).can("accounts.signin.manage")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can("accounts.signin.manage") and not Policy.objects.exists()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        actor_of(request).require(self.view_permission)
        found = Policy.objects.first()
        if found:
            return redirect("admin:signin_policy_change", found.pk)
        return redirect("admin:signin_policy_add")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "second_factor_roles" in form.base_fields:
            form.base_fields["second_factor_roles"].choices = _roles(request)
        return form

    def save_model(self, request: HttpRequest, obj: Policy, form: Any, change: bool) -> None:
        wanted = form.cleaned_data["second_factor_roles"]
        obj.pk = rules.require_second_factor(actor=actor_of(request), roles=wanted).pk
