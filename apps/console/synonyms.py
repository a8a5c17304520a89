"""Words that mean the same in a base: they are found, added and withdrawn here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from apps.console.access_pages import FormPage
from apps.console.base import actor_of
from apps.console.decorators import display
from sunmao.knowledge.learning import synonyms
from sunmao.knowledge.learning.models import Synonyms
from sunmao.knowledge.learning.selectors import named, synonyms_visible_to
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.policies import bases_visible_to


class SynonymsForm(forms.Form):
    base = forms.ModelChoiceField(
        KnowledgeBase.objects.none(), label=_("Base"), widget=UnfoldAdminSelectWidget
    )
    words = forms.CharField(
        label=_("Words of one meaning, each on a line of its own"),
        max_length=2_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )

    def clean_words(self) -> list[str]:
        return str(self.cleaned_data["words"]).splitlines()


@admin.register(Synonyms)
class SynonymsAdmin(FormPage):
    view_permission = manage_permission = synonyms.MANAGE
    list_display = ("shown_words", "base", "who", "created_at")
    list_filter = ("base",)
    search_fields = ("words",)
    fields = ("shown_words", "base", "who", "created_at")
    actions = ("withdraw",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Synonyms]:
        return synonyms_visible_to(actor_of(request))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        form = SynonymsForm(request.POST or None)
        bases = bases_visible_to(actor_of(request), self.manage_permission)
        form.fields["base"].queryset = bases  # type: ignore[attr-defined]
        return self.form_page(request, form, synonyms.add, title=_("Say which words mean the same"))

    @display(description=_("words"))
    def shown_words(self, obj: Synonyms) -> str:
        return str(obj)

    @display(description=_("added by"))
    def who(self, obj: Synonyms) -> str:
        return named([obj.added_by]).get(obj.added_by, "–")

    @admin.action(description=_("Withdraw: they are no longer taken for one"))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Synonyms]) -> None:
        done = sum(self.attempt(request, "", synonyms.withdraw, synonyms=one) for one in queryset)
        if done:
            told = ngettext("%(count)d group was withdrawn.", "%(count)d groups were withdrawn.", done)
            self.message_user(request, told % {"count": done})
