"""Policies on personal data, and surrogates turned back, in the console."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.core.errors import Message, SunmaoError
from sunmao.core.ids import reference
from sunmao.core.vertical import installed
from sunmao.guards.models import ImageMode, PersonalDataPolicy, PolicyPlace, PolicyScope, SurrogateMap
from sunmao.guards.personal import services
from sunmao.guards.personal.kinds import IDENTITY, KINDS, NAMES, Kind
from sunmao.guards.personal.policy import DEFAULTS, Mode
from sunmao.knowledge.policies import bases_visible_to

MANAGE = "guards.policy.manage"
MODE_NAMES: dict[Mode, Message] = {
    "off": _("Leave alone"),
    "surrogate": _("Replace, can be turned back"),
    "mask": _("Mask for good"),
    "refuse": _("Refuse the text"),
}
NUMBERS: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind in IDENTITY)
OTHERS: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind not in IDENTITY)


class BasePolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """`target` says in one choice what a row keeps in two columns."""

    target = forms.ChoiceField(label=capfirst(_("applies to")), widget=UnfoldAdminSelectWidget)
    allowed_values = forms.CharField(
        label=capfirst(_("values that may stand")),
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text=_(
            "One on each line: hotlines, addresses and names that the organisation itself publishes."
        ),
    )

    class Meta:
        model = PersonalDataPolicy
        fields = ("place", "images")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        stored = row.modes if row.pk and not row._state.adding else dict(DEFAULTS["question"].modes)
        for kind in KINDS:
            self.fields[f"mode_{kind}"].initial = stored.get(kind, "off")
        if not row._state.adding:
            self.fields["target"].initial = f"{row.scope_kind}:{row.scope}"
            self.fields["allowed_values"].initial = "\n".join(row.allowed)
            for name in ("place", "target"):
                self.fields[name].disabled = True

    @property
    def wanted(self) -> dict[str, Any]:
        """What the service takes."""
        given = self.cleaned_data
        scope_kind, _colon, scope = given["target"].partition(":")
        return {
            "place": given["place"],
            "scope_kind": scope_kind,
            "scope": scope,
            "modes": {kind: given[f"mode_{kind}"] for kind in KINDS},
            "images": given["images"],
            "allowed": [line.strip() for line in given["allowed_values"].splitlines() if line.strip()],
        }

    def clean(self) -> dict[str, Any]:
        """The same rules as for every door; what is wrong with the kinds is said at the first of them."""
        given = super().clean() or {}
        if not self.errors:
            for name, text in services.problems(**self.wanted).items():
                shown = {"modes": f"mode_{KINDS[0]}", "allowed": "allowed_values", "scope": "target"}
                self.add_error(shown.get(name, name), cast(str, text))
        return given


PolicyForm = type(
    "PolicyForm",
    (BasePolicyForm,),
    {
        f"mode_{kind}": forms.ChoiceField(
            label=capfirst(cast(str, NAMES[kind])),
            choices=list(MODE_NAMES.items()),
            widget=UnfoldAdminSelectWidget,
        )
        for kind in KINDS
    },
)


@admin.register(PersonalDataPolicy)
class PersonalDataPolicyAdmin(ReadOnlyAdmin):
    """Where no row says otherwise, the built-in defaults hold; they are told in the guide."""

    view_permission = MANAGE
    form = PolicyForm
    list_display = ("shown_place", "shown_target", "shown_modes", "shown_images", "updated_at")
    actions = ("remove",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can(MANAGE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor_of(request).can(MANAGE)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            (None, {"fields": ("place", "target")}),
            (_("Numbers that name one person"), {"fields": tuple(f"mode_{kind}" for kind in NUMBERS)}),
            (_("Other personal data"), {"fields": tuple(f"mode_{kind}" for kind in OTHERS)}),
            (_("Images and exceptions"), {"fields": ("images", "allowed_values")}),
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.base_fields["target"].choices = _targets(request)
        return form

    def save_model(self, request: HttpRequest, obj: PersonalDataPolicy, form: Any, change: bool) -> None:
        obj.pk = services.set_policy(actor=actor_of(request), **form.wanted).pk

    @admin.action(description=_("Remove"))
    def remove(self, request: HttpRequest, queryset: QuerySet[PersonalDataPolicy]) -> None:
        for policy in queryset:
            self.attempt(request, gettext("The policy was removed."), services.remove_policy, policy=policy)

    @display(description=_("place"), ordering="place")
    def shown_place(self, obj: PersonalDataPolicy) -> Message:
        return PolicyPlace(obj.place).label

    @display(description=_("applies to"))
    def shown_target(self, obj: PersonalDataPolicy) -> str:
        return obj.scope or str(PolicyScope(obj.scope_kind).label)

    @display(description=_("kinds"))
    def shown_modes(self, obj: PersonalDataPolicy) -> str:
        """How many kinds each treatment has: "mask 7 · refuse 1"."""
        counts = {mode: sum(one == mode for one in obj.modes.values()) for mode in MODE_NAMES}
        return " · ".join(f"{MODE_NAMES[mode]} {n}" for mode, n in counts.items() if n and mode != "off")

    @display(description=_("images"))
    def shown_images(self, obj: PersonalDataPolicy) -> Message:
        return ImageMode(obj.images).label


def _targets(request: HttpRequest) -> list[tuple[str, str]]:
    lines = [(f"vertical:{one.slug}", f"{gettext('Business line')}: {one.title}") for one in installed()]
    bases = bases_visible_to(actor_of(request))
    return [
        ("organisation:", gettext("The whole organisation")),
        *lines,
        *((f"base:{base.slug}", f"{gettext('Base')}: {base.name}") for base in bases),
    ]


@admin.register(SurrogateMap)
class SurrogateMapAdmin(ReadOnlyAdmin):
    """What was replaced, without what it stands for; seeing that takes a reason and leaves an audit entry."""

    view_permission = "privacy.surrogate.reverse"
    list_display = ("about", "shown_count", "created_at")
    fields = ("about", "created_at")
    change_form_outer_before_template = "console/reversal.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_queryset(request).filter(pk=reference(object_id)).first()
        shown: dict[str, Any] = {"reversed": {}, "reason": request.POST.get("reason", "")}
        if request.method == "POST" and found:
            try:
                values = services.reverse(actor=actor_of(request), about=found.about, reason=shown["reason"])
                shown["reversed"] = dict(sorted(values.items()))
            except SunmaoError as error:
                shown["refused"] = error.fields.get("reason") or error.message
            request.method = "GET"  # the page below is read again, with what was turned back above it
        return cast(
            HttpResponse, super().change_view(request, object_id, form_url, shown | (extra_context or {}))
        )

    @display(description=_("replaced"))
    def shown_count(self, obj: SurrogateMap) -> int:
        return len(obj.values)
