"""Why a source or one of its entries was not taken."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message, SunmaoError


class InvalidSource(InvalidInput):
    """What somebody wants to add cannot be a source."""

    code = "invalid_source"
    default_message = _("This cannot be a source of documents.")
    messages: ClassVar[dict[str, Message]] = {
        "invalid_url": _("Give the address of a page: http:// or https://, without a password."),
        "forbidden_address": _("This address belongs to a private network. It is not fetched."),
        "credentials_in_address": _(
            "The address carries a key or a password, which everybody who sees the source would see. "
            "Leave it out."
        ),
        "folder_not_allowed": _(
            "This folder is not one of those that the operator has opened for this organisation."
        ),
        "duplicate_source": _("This base has a source with this address already."),
    }


class SourceFailed(SunmaoError):
    """The source as a whole could not be looked at; nothing was changed."""

    code, status = "source_failed", 422
    default_message = _("The source could not be looked at. Nothing was changed.")
    messages: ClassVar[dict[str, Message]] = {
        "folder_not_found": _("The folder is not there, or may not be read. Nothing was changed."),
        "nothing_listed": _(
            "The source lists nothing any more. Nothing was removed: look whether the folder is mounted or "
            "the list has moved."
        ),
        "no_list": _("There is no list of pages at this address. Nothing was changed."),
        "too_many_entries": _("The source lists more than its limit. The rest was left out."),
    }


class EntryRefused(SunmaoError):
    """One page or file was not taken; the others were."""

    code, status = "entry_refused", 422
    default_message = _("This entry was not taken.")
    messages: ClassVar[dict[str, Message]] = {
        "still_changing": _("The file is still being written. It is taken at the next look."),
        "other_host": _("The page leads to another site. Add that one as a source of its own."),
        "robots_forbid": _("The site asks programs not to read this page."),
        "name_taken": _("Another source has brought a document of this name."),
        "cannot_open": _("The file cannot be opened."),
        "unsupported_type": _("Files of this kind are not read."),
        "document_removed": _("A person removed the document. It stays out."),
        "invalid_file_name": _("The file has no usable name."),
    }
