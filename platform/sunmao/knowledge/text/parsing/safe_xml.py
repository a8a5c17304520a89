"""XML inside office documents: never one with a document type declaration.

ECMA-376 part 2 forbids DTDs in office documents, and everything dangerous in XML (entities that multiply,
entities that fetch) needs one. Expat reads a part up to its first element and stops there, so the look costs
next to nothing and stands before every library, also those that parse with something else.
"""

from __future__ import annotations

import re
from typing import IO, NoReturn
from xml.parsers import expat
from zipfile import ZipFile, ZipInfo

from defusedxml.common import DTDForbidden
from django.utils.translation import gettext_lazy as _
from lxml import etree

from sunmao.knowledge.text.parsing import archive
from sunmao.knowledge.text.parsing.parsed import unreadable

_HEAD = 256
_PICTURE = re.compile(r"/media/[^/]+\.svg$", re.IGNORECASE)
_ASIDE = re.compile(
    r"docProps/(?:core|custom)\.xml|(?:word|xl|ppt)/(?:threadedComments/|comments/)?"
    r"(?:threaded|modern)?[cC]omments?[^/]*\.xml"
)
_MOST_ASIDE = 200
_MARKS = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"


class _Begun(Exception):
    """The first element: a declaration can no longer follow."""


def check(container: ZipFile) -> None:
    """Raises `UnreadableFile`: `unsafe_file` or `corrupt_file`."""
    for entry in container.infolist():
        try:
            with container.open(entry) as member:
                if _looks_like_xml(member, entry):
                    _check(member)
        except (*archive.BROKEN, expat.ExpatError) as error:
            raise archive.damaged() from error


def said_aside(container: ZipFile) -> list[str]:
    """Comments and properties of an Office file that `check` let pass; its readers leave them out."""
    parts = [name for name in container.namelist() if _ASIDE.fullmatch(name)][:_MOST_ASIDE]
    roots = (root_of(container.read(name)) for name in parts)
    return [said for root in roots for inner in _paragraphs(root) if (said := _flat(inner))]


def _paragraphs(root: etree._Element) -> list[etree._Element]:
    """The comments or the properties: what lies right below the root, or below a list in it."""
    inner = list(root)
    return [one for child in inner for one in child] if len(inner) and _is_list(inner[-1]) else inner


def _is_list(element: etree._Element) -> bool:
    return isinstance(element.tag, str) and element.tag.endswith("}commentList")


def _flat(element: etree._Element) -> str:
    return " ".join("".join(str(part) for part in element.itertext()).split())


def root_of(data: bytes) -> etree._Element:
    """The root of a part that `check` let pass."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)


def _looks_like_xml(member: IO[bytes], entry: ZipInfo) -> bool:
    """A drawing in the folder of pictures may declare its type, and nobody reads it."""
    head = member.read(_HEAD).lstrip(_MARKS)
    member.seek(0)
    return head.startswith(b"<") and not _PICTURE.search(entry.filename)


def _check(member: IO[bytes]) -> None:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = _stop
    try:
        parser.ParseFile(member)
    except _Begun:
        return
    except DTDForbidden as error:
        raise unreadable(
            "unsafe_file",
            _("The document holds declarations that harm the program that opens it. Save it again."),
        ) from error


def _refuse(name: str, system: str | None, public: str | None, _internal: bool) -> NoReturn:
    raise DTDForbidden(name, system, public)


def _stop(_name: str, _attributes: dict[str, str]) -> NoReturn:
    raise _Begun


__all__ = ["check", "root_of", "said_aside"]
