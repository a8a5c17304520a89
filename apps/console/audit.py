"""The audit log in the console: to read and to export, never to change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.accounts.models import ApiKey, Membership
from sunmao.audit.exporting.services import EXPORT, FORMATS, TYPES, export
from sunmao.audit.models import Entry
from sunmao.audit.retention import CLASSES
from sunmao.audit.selectors import Filter, Place, opened, place_of, status, verbs_in_use
from sunmao.audit.verbs import subject_title, title_of
from sunmao.core.errors import Message

FORMAT_NAMES: Mapping[str, Message] = {
    "jsonl": _("JSON lines with proof"),
    "csv": _("CSV for spreadsheets"),
    "syslog": _("Syslog"),
}
KINDS: Mapping[str, Message] = {
    "user": _("Person"),
    "api_key": _("API key"),
    "system": _("The system"),
}
MOST_CHOICES, LINES_AT_ONCE, SHORT = 60, 500, 8


class VerbFilter(admin.SimpleListFilter):
    title = _("action")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return sorted(((verb, title_of(verb)) for verb in verbs_in_use(actor_of(request))), key=_by_name)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(Filter(verb=self.value() or "").query())


class ActorFilter(admin.SimpleListFilter):
    title = _("person")
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        members = Membership.objects.select_related("user").order_by("user__username")[:MOST_CHOICES]
        keys = ApiKey.objects.order_by("name")[:MOST_CHOICES]
        return [
            *((f"user:{one.user_id}", one.user.get_full_name() or one.user.username) for one in members),
            *((f"api_key:{key.pk}", f"{gettext('API key')} {key.name}") for key in keys),
            ("system", KINDS["system"]),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(Filter(actor=self.value() or "").query())


def _by_name(choice: tuple[str, str]) -> str:
    return choice[1]


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    view_permission = "audit.entry.read"
    list_before_template = "console/audit_status.html"
    list_display = ("shown_time", "shown_actor", "shown_verb", "shown_subject", "shown_address")
    list_filter = ("at", VerbFilter, ActorFilter)
    search_fields = ("subject_id__exact", "request_id__exact")
    search_help_text = _("The id of a subject or of a request")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "shown_time",
                    "shown_verb",
                    "shown_actor",
                    "shown_on_behalf_of",
                    "subject",
                    "origin_text",
                )
            },
        ),
        (_("What changed"), {"fields": ("changes", "shown_detail", "shown_personal")}),
        (_("Chain"), {"fields": ("place", "entry_hash", "kept", "request_id", "shown_id")}),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        base: Any = super().get_changelist(request, **kwargs)

        class EntryList(base):  # type: ignore[misc]
            def get_results(self, request: HttpRequest) -> None:
                super().get_results(request)
                page: Any = vars(self)["result_list"]
                self.result_list = opened(page, actor_of(request).organisation_id)

        return EntryList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        actor = actor_of(request)
        context = {
            **(extra_context or {}),
            "status": status(actor),
            "formats": FORMAT_NAMES.items() if actor.can(EXPORT) else (),
        }
        return cast(HttpResponse, super().changelist_view(request, context))

    def get_urls(self) -> list[URLPattern]:
        own = path("export/", self.admin_site.admin_view(self.export_view), name="audit_entry_export")
        return [own, *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """By POST, since it leaves an entry. The filters of the list come along."""
        form = request.POST.get("format", "")
        if request.method != "POST" or form not in FORMATS:
            raise PermissionDenied
        wanted = Filter(verb=request.GET.get("verb", ""), actor=request.GET.get("actor", ""))
        lines = export(actor=actor_of(request), form=form, wanted=wanted)
        response = StreamingHttpResponse(_blocks(lines), content_type=TYPES[form])
        ending = "log" if form == "syslog" else form
        response["Content-Disposition"] = f'attachment; filename="audit.{ending}"'
        return response

    @display(description=_("time"), ordering="at")
    def shown_time(self, obj: Entry) -> str:
        """To the second, which the usual way of writing leaves out."""
        return f"{localtime(obj.at):%Y-%m-%d %H:%M:%S}"

    @display(description=_("who"))
    def shown_actor(self, obj: Entry) -> str:
        who = str(KINDS.get(obj.who, obj.who))
        return f"{KINDS['system']} · {who}" if obj.actor_kind == "system" and obj.who not in KINDS else who

    @display(description=_("action"), ordering="verb")
    def shown_verb(self, obj: Entry) -> str:
        return title_of(obj.verb)

    @display(description=_("subject"))
    def shown_subject(self, obj: Entry) -> SafeString:
        return format_html(
            '{} <code title="{}">{}</code>', _kind(obj), obj.subject_id, obj.subject_id[-SHORT:]
        )

    @display(description=_("from"))
    def shown_address(self, obj: Entry) -> str:
        return str((obj.origin or {}).get("address", ""))

    @display(description=_("on behalf of"))
    def shown_on_behalf_of(self, obj: Entry) -> str:
        return str((obj.origin or {}).get("on_behalf_of", ""))

    @display(description=_("subject"))
    def subject(self, obj: Entry) -> SafeString:
        return format_html("{} <code>{}</code>", _kind(obj), obj.subject_id)

    @display(description=_("from"))
    def origin_text(self, obj: Entry) -> str:
        origin = obj.origin or {}
        return " · ".join(str(origin[name]) for name in ("address", "agent") if origin.get(name))

    @display(description=_("before and after"))
    def changes(self, obj: Entry) -> SafeString | str:
        before, after = obj.before or {}, obj.after or {}
        rows = [
            (name, _shown(before.get(name)), _shown(after.get(name)))
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        ]
        return _table((gettext("field"), gettext("before"), gettext("after")), rows) if rows else ""

    @display(description=_("detail"))
    def shown_detail(self, obj: Entry) -> SafeString | str:
        return _table((), [(name, _shown(value)) for name, value in obj.detail.items()])

    @display(description=_("personal data"))
    def shown_personal(self, obj: Entry) -> SafeString | str:
        if obj.person_key and obj.personal is None:
            return gettext("Erased at the person's request")
        return _table((), [(name, _shown(value)) for name, value in (obj.personal or {}).items()])

    @display(description=_("place in the chain"))
    def place(self, obj: Entry) -> str:
        found = _place(obj)
        if found is None:
            return gettext("Waits for its seal")
        return gettext("Number %(number)d, in seal %(seal)d of %(time)s") % {
            "number": found.number,
            "seal": found.seal,
            "time": f"{localtime(found.sealed_at):%Y-%m-%d %H:%M:%S}",
        }

    @display(description=_("hash"))
    def entry_hash(self, obj: Entry) -> SafeString | str:
        found = _place(obj)
        return format_html("<code>{}</code>", found.hash) if found else ""

    @display(description=_("id"))
    def shown_id(self, obj: Entry) -> str:
        return str(obj.pk)

    @display(description=_("kept as"))
    def kept(self, obj: Entry) -> str:
        known = CLASSES.get(obj.retention)
        return str(known.title) if known else obj.retention


def _place(entry: Entry) -> Place | None:
    if not hasattr(entry, "_place"):
        entry._place = place_of(entry)  # type: ignore[attr-defined]
    return cast("Place | None", entry._place)  # type: ignore[attr-defined]


def _kind(entry: Entry) -> str:
    return subject_title(entry.subject_kind)


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> SafeString | str:
    if not rows:
        return ""
    head = _cells('<th class="text-left pr-4">{}</th>', header)
    lines = [(_cells('<td class="pr-4 align-top break-all">{}</td>', row),) for row in rows]
    body = format_html_join("", "<tr>{}</tr>", lines)
    return format_html('<table class="w-full">{}{}</table>', head, body)


def _cells(form: str, texts: Sequence[str]) -> SafeString:
    return format_html_join("", form, ((text,) for text in texts))


def _blocks(lines: Iterator[str]) -> Iterator[str]:
    while block := "".join(f"{line}\n" for line in islice(lines, LINES_AT_ONCE)):
        yield block
