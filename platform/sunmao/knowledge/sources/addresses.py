"""What may be the address of a source, and how it is written down. Asks nobody."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from django.conf import settings

from sunmao.accounts.models import Organisation
from sunmao.knowledge.fetching import policy
from sunmao.knowledge.sources.models import LONGEST_ADDRESS, SourceKind
from sunmao.knowledge.sources.problems import InvalidSource

EVERYBODY = "*"
_SECRET = re.compile(
    r"(?:.*[_-])?(?:token|key|apikey|secret|password|passwd|pwd|auth|authorization|credentials?|session|sid"
    r"|signature|sig|jwt)",
    re.IGNORECASE,
)


def clean(*, kind: str, address: str, organisation_id: uuid.UUID) -> str:
    """The address as it is kept. Raises `InvalidSource`."""
    text = address.strip()
    if not text or len(text.encode(errors="replace")) > LONGEST_ADDRESS or not text.isprintable():
        raise InvalidSource(code="invalid_url" if kind != SourceKind.FOLDER else "folder_not_allowed")
    if kind == SourceKind.FOLDER:
        return str(allowed_folder(text, organisation_id=organisation_id))
    return page(text)


def page(address: str) -> str:
    """A page's address without its fragment, in ASCII. Raises `InvalidSource`."""
    try:
        target = policy.target_of(address, private_hosts=frozenset(settings.SUNMAO_FETCH_PRIVATE_HOSTS))
    except policy.Refused as error:
        raise InvalidSource(code=error.code) from error
    parts = urlsplit(address)
    if any(_SECRET.fullmatch(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise InvalidSource(code="credentials_in_address")
    host = f"[{target.host}]" if ":" in target.host else target.host
    where = host if target.port == policy.PORTS[target.scheme] else f"{host}:{target.port}"
    path, query = (quote(part, safe="/%:;,@!$&'()*+=~?") for part in (parts.path or "/", parts.query))
    written = urlunsplit((target.scheme, where, path, query, ""))
    if len(written) > LONGEST_ADDRESS:
        raise InvalidSource(code="invalid_url")
    return written


def host_of(address: str) -> str:
    """Scheme aside, what must stay the same for a page to belong to a list."""
    return urlsplit(address).netloc.lower().removeprefix("www.")


def allowed_folder(text: str, *, organisation_id: uuid.UUID) -> Path:
    """The real place of a folder, when it lies in one that the operator opened for the organisation."""
    try:
        folder = Path(text).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise InvalidSource(code="folder_not_allowed") from error
    if not Path(text).is_absolute() or not any(
        folder.is_relative_to(root) for root in open_folders(organisation_id)
    ):
        raise InvalidSource(code="folder_not_allowed")
    return folder


def open_folders(organisation_id: uuid.UUID) -> Iterator[Path]:
    """The folders of the setting that are for this organisation, or for all."""
    slug = Organisation.objects.filter(pk=organisation_id).values_list("slug", flat=True).first()
    for whose, root in settings.SUNMAO_SOURCE_FOLDERS:
        if whose in (EVERYBODY, slug):
            yield Path(root).resolve()
