"""What all pages of the console share: rights from the actor, changes only through services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from sunmao.accounts.middleware import MemberRequest
from sunmao.core.actor import Actor
from sunmao.core.errors import Message, SunmaoError


def actor_of(request: HttpRequest) -> Actor:
    return cast(MemberRequest, request).actor


def shown_label(told: Mapping[str, Any]) -> SafeString | str:
    """As everywhere: what a text is, said to people and to machines. `told` as `Label.sent` has it."""
    aigc = json.dumps(told["aigc"], ensure_ascii=False) if told["aigc"] else ""
    return format_html('<span data-aigc="{}">{}</span>', aigc, told["label"]) if told["label"] else ""


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """A list and a detail page. Subclasses name the permissions; nothing is written through forms."""

    view_permission: ClassVar[str]
    empty: ClassVar[Message] = ""
    """What an empty list lacks, and what to do about it."""
    change_list_template = "console/change_list.html"
    list_filter_submit = False
    list_per_page = 50
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(actor_of(request)) and actor_of(request).can(self.view_permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        """What is not theirs is as absent as what never was, here as at every other door."""
        raise Http404

    def log_addition(self, *args: Any, **kwargs: Any) -> None:
        """The audit log is written by the services; Django's own admin log is not kept."""

    log_change = log_deletions = log_addition

    def attempt(self, request: HttpRequest, done: str, verb: Any, **arguments: Any) -> bool:
        """Run a verb and say what came of it: a refusal is a message, not an error page."""
        try:
            verb(actor=actor_of(request), **arguments)
        except SunmaoError as error:
            self.message_user(request, f"{arguments.get('name', '')} {error.message}".strip(), messages.ERROR)
            return False
        if done:
            self.message_user(request, done, messages.SUCCESS)
        return True
