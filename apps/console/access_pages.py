"""What the pages of members, teams, roles, keys and limits share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.console.access_forms import AREAS, GiveForm
from apps.console.base import ReadOnlyAdmin, actor_of
from sunmao.accounts import services
from sunmao.accounts.models import Grant
from sunmao.accounts.policies import covers
from sunmao.accounts.rights import Rights, value_of
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, Message, SunmaoError
from sunmao.core.permission import declared
from sunmao.core.resolving import visible
from sunmao.core.vertical import title_of_place


class FormPage(ReadOnlyAdmin):
    """A plain form whose verb is a service; what the service refuses is said at the field or above."""

    manage_permission: ClassVar[str]
    form_template = "console/form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can(self.manage_permission)

    def form_page(
        self,
        request: HttpRequest,
        form: forms.Form,
        verb: Callable[..., Any],
        *,
        title: Message,
        **context: Any,
    ) -> HttpResponse:
        if not actor_of(request).can(self.manage_permission):
            raise PermissionDenied
        if request.method == "POST" and form.is_valid():
            try:
                verb(actor=actor_of(request), **form.cleaned_data)
            except SunmaoError as error:
                say(form, error)
            else:
                self.message_user(request, gettext("Saved."), messages.SUCCESS)
                return redirect(self.list_url)
        page = {**self.admin_site.each_context(request), "form": form, "title": title, "opts": self.opts}
        return render(request, self.form_template, {**page, **context})

    @property
    def list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


def say(form: forms.Form, error: SunmaoError) -> None:
    wrong = error.fields if isinstance(error, InvalidInput) else {}
    told = {name: text for name, text in wrong.items() if name in form.fields}
    for name, text in told.items():
        form.add_error(name, str(text))
    if not told:
        form.add_error(None, str(error.message))


class HolderPage(ReadOnlyAdmin):
    """A member, team or key with its grants; the buttons above the facts give and take."""

    kind: ClassVar[str]
    manage_permission: ClassVar[str]
    change_form_outer_before_template = "console/holder.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        holder = self.get_object(request, object_id)
        if not self.has_view_permission(request):
            raise PermissionDenied
        if holder is None:
            return cast(HttpResponse, self._get_obj_does_not_exist_redirect(request, self.opts, object_id))
        actor = actor_of(request)
        form = GiveForm(self._posted(request, "give"), actor=actor, for_key=self.kind == "key")
        if request.method == "POST":
            answer = self.act(request, holder, form)
            if answer is not None:
                return answer
        panel = {"panel": self.panel(actor, holder), "give": form, "kind": self.kind}
        request.method = "GET"  # Django would try to save the facts below, which nobody may change
        context = {**(extra_context or {}), **panel, "title": str(holder)}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def _posted(self, request: HttpRequest, name: str) -> Any:
        return request.POST if request.method == "POST" and name in request.POST else None

    def act(self, request: HttpRequest, holder: Any, form: GiveForm) -> HttpResponse | None:
        """Do what a button asks for; None shows the page again with what was wrong."""
        if "give" in request.POST:
            return self._give(request, holder, form)
        if "take" in request.POST:
            grant = visible(actor_of(request), "grant", request.POST["take"])
            self.attempt(request, gettext("The role was taken."), services.take_grant, grant=grant)
        return redirect(request.path)

    def _give(self, request: HttpRequest, holder: Any, form: GiveForm) -> HttpResponse | None:
        if not form.is_valid():
            return None
        try:
            services.give_role(actor=actor_of(request), holder=holder, **form.cleaned_data)
        except SunmaoError as error:
            say(form, error)
            return None
        self.message_user(request, gettext("The role was given."), messages.SUCCESS)
        return redirect(request.path)

    def panel(self, actor: Actor, holder: Any) -> dict[str, Any]:
        grants = list(holder.grants.select_related("role", "member", "team", "key"))
        return {
            "grants": [_shown(actor, grant) for grant in grants],
            "rights": shown_rights(self.rights(holder)),
            "may_give": actor.can(self.manage_permission),
        }

    def rights(self, holder: Any) -> Rights:
        raise NotImplementedError


def _shown(actor: Actor, grant: Grant) -> dict[str, Any]:
    value = value_of(grant)
    return {
        "id": grant.pk,
        "role": grant.role.title,
        "where": where(value.bases, value.tasks, value.models),
        "may_take": covers(actor, value),
    }


def where(bases: Iterable[str] | None, tasks: Iterable[str] | None, models: Iterable[str] | None) -> Message:
    """For which part of the organisation something holds, in words."""
    parts = []
    for name, values in ((_("bases"), bases), (_("tasks"), tasks), (_("models"), models)):
        said = sorted(map(title_of_place, values) if values is tasks and values else values or ())
        parts += [f"{name}: {', '.join(said)}"] if said else []
    return "; ".join(parts) or _("everywhere")


def shown_rights(rights: Rights) -> list[dict[str, Any]]:
    """What somebody may do, by area: each permission with where it holds."""
    places: dict[str, list[Message]] = {name: [_("everywhere")] for name in rights.permissions}
    for grant in rights.narrowed:
        for name in grant.permissions - rights.permissions:
            places.setdefault(name, []).append(where(grant.bases, grant.tasks, grant.models))
    areas: dict[str, list[dict[str, Any]]] = {}
    for name in sorted(places):
        row = {"title": declared()[name].title, "name": name, "where": " | ".join(map(str, places[name]))}
        areas.setdefault(name.split(".")[0], []).append(row)
    return [{"title": AREAS.get(area, area), "rows": rows} for area, rows in areas.items()]
