"""Which encoder's vectors each base is searched by, and changing them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.core.errors import Message
from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.embedding.models import Medium, Space, SpaceState
from sunmao.knowledge.encoders import shown
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.policies import bases_visible_to

COLOURS = {SpaceState.SERVING: "success", SpaceState.FILLING: "info", SpaceState.KEPT: "warning"}
LANGUAGES: dict[str, Message] = {"": _("every language"), "zh": _("Chinese"), "en": _("English")}


class EncoderForm(forms.Form):
    base = forms.ModelChoiceField(
        KnowledgeBase.objects.none(), label=_("Base"), widget=UnfoldAdminSelectWidget
    )
    encoder = forms.CharField(
        max_length=300,
        label=_("Encoder"),
        help_text=_("minilm, st:PATH-OR-ID or openai:MODEL"),
        widget=UnfoldAdminTextInputWidget,
    )
    language = forms.ChoiceField(
        choices=[
            ("*", _("every language")),
            ("zh", _("Chinese")),
            ("en", _("English")),
            ("picture", _("Pictures")),
        ],
        label=_("For passages in"),
        widget=UnfoldAdminSelectWidget,
    )


@admin.register(Space)
class SpaceAdmin(ReadOnlyAdmin):
    """Questions keep the vectors that serve until all new ones are there."""

    view_permission = spaces.READ
    list_display = ("base", "shown_state", "encoder_name", "for_language", "dimensions", "vectors", "way")
    list_display_links = ("base",)
    list_select_related = ("base",)
    fields = (
        "base", "state", "encoder_name", "for_language", "name", "revision", "dimensions", "vectors", "way",
        "created_at", "served_at",
    )  # fmt: skip
    actions = ("go_back",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).can(spaces.REBUILD)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Space]:
        bases = bases_visible_to(actor_of(request), self.view_permission)
        return Space.objects.filter(base__in=bases).order_by("base__name", "-served_at")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = EncoderForm(request.POST or None)
        form.fields["base"].queryset = bases_visible_to(actor_of(request), spaces.REBUILD)  # type: ignore[attr-defined]
        if request.method == "POST" and form.is_valid() and self._asked(request, form.cleaned_data):
            return redirect(reverse("admin:embedding_space_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "title": _("Change the encoder of a base"),
            "opts": self.opts,
        }
        return render(request, "console/encoder.html", context)

    def _asked(self, request: HttpRequest, given: dict[str, Any]) -> bool:
        done = gettext("The new vectors are being made. Questions keep the present ones until all are there.")
        pictures = given["language"] == Medium.PICTURE
        return self.attempt(
            request,
            done,
            spaces.reembed,
            base=given["base"],
            encoder=given["encoder"],
            language="" if pictures or given["language"] == "*" else given["language"],
            medium=Medium.PICTURE if pictures else Medium.TEXT,
        )

    @admin.action(description=_("Go back to these vectors"))
    def go_back(self, request: HttpRequest, queryset: QuerySet[Space]) -> None:
        done = gettext("The vectors are completed, and then serve again.")
        for space in queryset.select_related("base"):
            self.attempt(
                request,
                done,
                spaces.reembed,
                base=space.base,
                encoder=space.encoder,
                language=space.language,
                medium=space.medium,
            )

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Space) -> tuple[str, Message]:
        return obj.state, SpaceState(obj.state).label

    @display(description=_("encoder"))
    def encoder_name(self, obj: Space) -> str:
        return shown(obj.encoder)

    @display(description=_("for passages in"))
    def for_language(self, obj: Space) -> Message:
        if obj.of_pictures:
            return Medium.PICTURE.label
        return LANGUAGES.get(obj.language, obj.language)

    @display(description=_("searched"))
    def way(self, obj: Space) -> str:
        return gettext("by an index") if obj.indexed else gettext("one by one")
