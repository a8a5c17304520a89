"""Contracts in the console: the rule editor with its versions, figures, the clause library, and reviews."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.core.errors import Message, SunmaoError
from verticals.contract_review.models import (
    ClauseTemplate,
    ContractType,
    Parameter,
    PlaybookVersion,
    Review,
    Side,
)
from verticals.contract_review.service import engine, facts, playbooks, wording
from verticals.contract_review.service.playbook_forms import settings_from
from verticals.contract_review.service.rights import EDIT, READ_ALL, TASK


def _may(request: HttpRequest, permission: str) -> bool:
    actor = actor_of(request)
    return bool(actor) and actor.can(permission, task=TASK)


class ContractsAdmin(ReadOnlyAdmin):
    """The permissions of this vertical are asked for its task, so that a lawyer's role gives them."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, self.view_permission)


class PlaybookForm(forms.ModelForm):  # type: ignore[type-arg]
    """A switch, a weight and the thresholds of every rule, as they are shipped."""

    contract_type = forms.ChoiceField(
        label=capfirst(_("type of contract")),
        choices=[("", _("All types")), *ContractType.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    side = forms.ChoiceField(
        label=capfirst(_("our side")),
        choices=[("", _("All sides")), *Side.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = PlaybookVersion
        fields = ("four_eyes", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in engine.rules():
            self.fields[f"on.{row.code}"].initial = True
            self.fields[f"score.{row.code}"].initial = row.score
            for name, value in row.thresholds.items():
                self.fields[f"threshold.{row.code}.{name}"].initial = value

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            given["settings"] = settings_from(
                {
                    **{f"shown.{row.code}": "1" for row in engine.rules()},
                    **{
                        name: str(value)
                        for name, value in given.items()
                        if "." in name and value not in (None, False, "")
                    },
                }
            )
        except SunmaoError as error:
            self.add_error(None, cast(str, error.message))
        return given


def _fields() -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for row in engine.rules():
        title = row.titles.get("zh", row.code)
        found[f"on.{row.code}"] = forms.BooleanField(
            label=f"{row.code} {title}", required=False, widget=UnfoldBooleanSwitchWidget
        )
        found[f"score.{row.code}"] = forms.IntegerField(
            label=_("Weight"),
            required=False,
            min_value=0,
            max_value=100,
            widget=UnfoldAdminIntegerFieldWidget,
        )
        for name in row.thresholds:
            found[f"threshold.{row.code}.{name}"] = forms.FloatField(
                label=name, required=False, min_value=0, widget=UnfoldAdminTextInputWidget
            )
    return found


FullPlaybookForm = type("FullPlaybookForm", (PlaybookForm,), _fields())


@admin.register(PlaybookVersion)
class PlaybookVersionAdmin(ContractsAdmin):
    """Every change is a version of its own; adding one puts it into force."""

    view_permission = EDIT
    form = FullPlaybookForm
    list_display = ("playbook", "number", "shown_changes", "four_eyes", "created_by", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _may(request, EDIT)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return (
                (None, {"fields": ("playbook", "number", "settings", "four_eyes", "note", "created_at")}),
            )
        head = (None, {"fields": ("contract_type", "side", "four_eyes", "note")})
        rules = [
            (
                f"on.{row.code}",
                f"score.{row.code}",
                *(f"threshold.{row.code}.{name}" for name in row.thresholds),
            )
            for row in engine.rules()
        ]
        return (head, (_("Rules"), {"fields": rules}))

    def save_model(self, request: HttpRequest, obj: PlaybookVersion, form: Any, change: bool) -> None:
        given = form.cleaned_data
        made = playbooks.save_playbook(
            actor=actor_of(request),
            contract_type=given["contract_type"],
            side=given["side"],
            settings=given["settings"],
            four_eyes=given["four_eyes"],
            note=given["note"],
        )
        obj.pk, obj.playbook, obj.number = made.pk, made.playbook, made.number

    @display(description=_("changes"))
    def shown_changes(self, obj: PlaybookVersion) -> int:
        return sum(len(part) for part in obj.settings.values())


@admin.register(Parameter)
class ParameterAdmin(ContractsAdmin):
    view_permission = EDIT
    list_display = ("shown_name", "region", "value", "valid_from", "source", "entered_by")

    @display(description=_("name"), ordering="name")
    def shown_name(self, obj: Parameter) -> str:
        return wording.told(wording.PARAMETERS, obj.name)


@admin.register(ClauseTemplate)
class ClauseTemplateAdmin(ContractsAdmin):
    view_permission = EDIT
    list_display = ("title", "contract_type", "side", "language", "rule", "created_by", "created_at")
    list_filter = ("contract_type", "language")


@admin.register(Review)
class ReviewAdmin(ContractsAdmin):
    """What was reviewed by which rules; the text itself is read in the portal."""

    view_permission = READ_ALL
    list_display = ("shown_title", "state", "verdict", "shown_type", "ruleset_version", "created_at")
    list_filter = ("state", "verdict")
    fields = (
        "state", "side", "contract_type", "as_of", "ruleset_version", "playbook", "parameters", "four_eyes",
        "engine", "model", "model_notes", "verdict", "counts", "seconds", "created_at", "signed_at",
    )  # fmt: skip

    @display(description=_("title"))
    def shown_title(self, obj: Review) -> str:
        return str(obj.contract.title)

    @display(description=_("type of contract"), ordering="contract_type")
    def shown_type(self, obj: Review) -> Message:
        return facts.type_name(obj.contract_type)
