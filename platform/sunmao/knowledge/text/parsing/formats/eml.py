"""Mail: who wrote what to whom and when, the body, and every attachment as a part or a document of
its own."""

from __future__ import annotations

from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import partial

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing import records
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import Parsed, Remark, unreadable
from sunmao.knowledge.text.parsing.source import Format, Member, Source
from sunmao.knowledge.text.parsing.writing import Text

MEDIA_TYPE = "message/rfc822"

_SHOWN = ("From", "To", "Cc", "Date")
_MAX_PARTS = 200
_STOPS = ("file_too_large_inside", "file_too_complex", "unsafe_file")


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile`: `corrupt_file`, `empty_file`, or `file_too_complex` for very many parts."""
    mail = _opened(source)
    subject = records.tidy(str(mail.get("Subject", "")))
    title = subject or title_from(source.name)
    text = Text()
    text.add(f"# {title}")
    text.add("\n".join(f"{name}: {records.tidy(str(mail[name]))}" for name in _SHOWN if mail.get(name)))
    body = _body(mail)
    attached = list(_attached(mail))
    if body is not None:
        _add(text, source, body, name="")
    if not source.apart:
        for name, leaf in attached:
            _add(text, source, leaf, name=name)
    for leaf in _leaves(mail):
        if leaf is not body and not _name_of(leaf) and leaf.get_content_maintype() == "text":
            _look_at(text, source, leaf)
    return text.parsed(title=title, media_type=MEDIA_TYPE)


def unpack(source: Source) -> Iterator[Member]:
    """The attachments, a forwarded mail as one of them. Raises as `parse` does."""
    for name, leaf in _attached(_opened(source)):
        content = _bytes_of(leaf)
        source.budget.take(entries=1, unpacked=len(content))
        yield Member(name, len(content), partial(bytes, content))


def _opened(source: Source) -> EmailMessage:
    mail = BytesParser(policy=policy.default).parsebytes(source.data)
    if not any(name in mail for name in ("From", "Subject", "Date", "To", "Received")):
        raise unreadable("corrupt_file", _("The mail has no sender, no subject and no date. Save it again."))
    return mail


def _body(mail: EmailMessage) -> EmailMessage | None:
    body = mail.get_body(("plain", "html"))
    return body if isinstance(body, EmailMessage) else None


def _attached(mail: EmailMessage) -> Iterator[tuple[str, EmailMessage]]:
    body = _body(mail)
    for leaf in _leaves(mail):
        if leaf is not body and (name := _name_of(leaf)):
            yield name, leaf


def _leaves(mail: EmailMessage) -> Iterator[EmailMessage]:
    """Parts that hold something, a forwarded mail as one of them. A stack, because depth is the sender's."""
    waiting, seen = [mail], 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > _MAX_PARTS:
            raise unreadable(
                "file_too_complex", _("The mail has too many parts. Save its attachments, then upload them.")
            )
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting.extend(
                child for child in reversed(list(part.iter_parts())) if isinstance(child, EmailMessage)
            )
        else:
            yield part


def _name_of(part: EmailMessage) -> str:
    """Of an attachment; other parts are versions of the body, and pictures in it."""
    if part.get_content_type() == "message/rfc822":
        return part.get_filename() or "forwarded.eml"
    return part.get_filename() or ""


def _add(text: Text, source: Source, part: EmailMessage, *, name: str) -> None:
    try:
        content = _bytes_of(part)
        source.budget.take(entries=1, unpacked=len(content))
        inner = source.inside(name or _body_name(part), content)
    except UnreadableFile as error:
        if error.code in _STOPS:
            raise
        if name:
            text.remarks.append(Remark("skipped_part", name, error.code))
        return
    if name:
        text.add_part(name, inner)
    else:
        text.add(inner.text)
        text.hidden += inner.hidden
        text.aside += inner.aside


def _look_at(text: Text, source: Source, other: EmailMessage) -> None:
    """Another version of the body, which should say the same: kept apart for the guards."""
    try:
        content = _bytes_of(other)
        source.budget.take(entries=1, unpacked=len(content))
        inner = source.inside(_body_name(other), content)
    except UnreadableFile as error:
        if error.code in _STOPS:
            raise
        return
    text.aside += [inner.text, *inner.hidden, *inner.aside]


def _body_name(part: EmailMessage) -> str:
    return "body.html" if part.get_content_subtype() == "html" else "body.txt"


def _bytes_of(part: EmailMessage) -> bytes:
    """As it was before it was packed; text in the encoding that the mail names, in UTF-8."""
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return b"".join(mail.as_bytes() for mail in inner if isinstance(mail, EmailMessage))
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("")).encode()
    except (LookupError, UnicodeError, TypeError):
        return content


FORMAT = Format(MEDIA_TYPE, (".eml",), parse, needs=("email.policy", "email.contentmanager"), unpack=unpack)
__all__ = ["FORMAT"]
