"""A person's rights in the console: look first, then export or erase."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.console.base import ReadOnlyAdmin, actor_of
from sunmao.answering.people import services
from sunmao.answering.people.services import ERASE, EXPORT, REVERSE, Report
from sunmao.core.errors import SunmaoError
from sunmao.core.models import PersonKey

IN_MEMORY = 4 * 1024 * 1024


class PersonForm(forms.Form):
    subject = forms.CharField(label=_("Person"), max_length=220, widget=UnfoldAdminTextInputWidget)
    reason = forms.CharField(
        label=_("Why placeholders are turned back (empty: they stay)"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    with_documents = forms.BooleanField(
        label=_("Also erase the documents that the person uploaded"), required=False
    )


@admin.register(PersonKey)
class PeopleAdmin(ReadOnlyAdmin):
    """One page instead of a list: who is held here is nobody's to browse."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        actor = actor_of(request)
        return bool(actor) and (actor.can(EXPORT) or actor.can(ERASE))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form, report = PersonForm(request.POST or None), None
        if request.method == "POST" and form.is_valid():
            try:
                if "export" in request.POST:
                    return self._export(request, form.cleaned_data)
                report = self._erase(request, form.cleaned_data)
            except SunmaoError as error:
                self.message_user(request, str(error.message), messages.ERROR)
        actor = actor_of(request)
        context = {
            **self.admin_site.each_context(request),
            "title": _("A person's data"),
            "opts": self.opts,
            "form": form,
            "report": report.as_dict() if report else None,
            "can_export": actor.can(EXPORT),
            "can_erase": actor.can(ERASE),
            "can_reverse": actor.can(REVERSE),
        }
        return render(request, "console/people.html", context)

    def _export(self, request: HttpRequest, given: Mapping[str, Any]) -> FileResponse:
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the response closes it
        actor = actor_of(request)
        services.export(actor=actor, subject=given["subject"], to=file, reason=given["reason"])
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename="person.zip")

    def _erase(self, request: HttpRequest, given: Mapping[str, Any]) -> Report:
        """The button names whom the report was about, whatever stands in the field by now."""
        looked_at = request.POST.get("erase", "")
        report = services.erase(
            actor=actor_of(request),
            subject=looked_at or given["subject"],
            dry_run=not looked_at,
            with_documents=given["with_documents"],
        )
        if not report.dry_run:
            self.message_user(request, gettext("The person was erased."), messages.SUCCESS)
        return report
