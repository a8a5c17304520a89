"""Western postal addresses: the street with its number, and what follows it down to the country.

Streets of English-speaking countries are known by their last word (Street, Crescent), others by how the word
is made (…strasse, …gatan) or by its first (rue, Calle). A tail belongs to a street only: unit, place, region,
postal code. Patterns know no places, so that a tail is taken as long as it looks like one.
"""

from __future__ import annotations

import re

from sunmao.guards.personal.pattern import Pattern

_I = re.IGNORECASE
_CAP = r"[A-ZÀ-ÞĀ-ŽΑ-Ω]"
_WORD = (
    rf"(?:(?!(?:Apt|Suite|Unit|Flat|Room)\b){_CAP}[\w'’.-]{{0,24}}|"
    r"de|du|des|della?|di|da|do|dos|la|le|les|van|von|der|den|the|y|of)"
)
_NAME = rf"(?:{_WORD} ){{1,4}}"
_TYPE = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|"
    r"Way|Place|Pl|Square|Sq|Terrace|Ter|Trail|"
    r"Parkway|Pkwy|Highway|Hwy|Crescent|Close|Grove|Row|Mews|Gardens|Quay|Alley|Plaza|Loop|Path|Pike|Run|"
    r"Crossroad|Turnpike|Esplanade|Parade|Walk|Wharf|Cove|Coves|Rise|Vale)"
)
# Words that name a street in the way they are made: German, Dutch, Nordic, Hungarian.
_MADE = (
    rf"{_CAP}[\w'’-]{{0,20}}(?:[ ]?(?:stra(?:ss|ß)e|str\.|terrasse)|weg|gasse|platz|allee|vej|vejen|gade|"
    r"gatan|vägen|väg|veien|gata|gate|katu|kuja|tie|straat|laan|plein|gracht|(?: \w+)? (?:út|utca|útja|tér)|"
    r"ulica|gatvė|tänav)"
)
_FIRST = (
    r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Ii]mpasse|[Cc]hemin|[Pp]lace|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]alle|C/|"
    r"[Aa]venida|[Aa]v\.|[Rr]ua|[Tt]ravessa|ul\.|[Uu]lica|Λεωφόρος|Οδός)"
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_UNIT = r"(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Rm|Floor|Level|#)\.?[ ]?[0-9A-Za-z-]{1,6}\b"
_BOX = r"(?:P\.? ?O\.? ?Box|GPO Box|Locked Bag|Postfach) \d{1,6}\b"

_STREET = (
    rf"(?:(?:{_UNIT}, )?\d{{1,6}}[A-Za-z]?,? (?:\d{{1,5}} )?(?:[NSEW]\.? )?{_NAME}{_TYPE}\b\.?"
    r"(?: [NSEW]{1,2}\b)?"
    rf"|(?:\d{{1,6}} )?(?:\d{{1,5}} )?{_MADE} \d{{1,5}}[a-zA-Z]?\b"
    rf"|\d{{1,6}}(?:,? \d{{1,5}})?,? {_FIRST} (?:{_WORD}[ ]?){{1,5}}"
    rf"|(?:\d{{1,6}} )?(?:\d{{1,5}} )?{_FIRST} (?:{_WORD} ){{1,4}}\d{{1,5}}\b)"
)
# A number before and after a name: how many countries write it.
_BETWEEN = rf"\d{{2,6}} (?!{_MONTH}){_NAME}\d{{1,5}}\b"
_NAMED = rf"{_NAME}\d{{1,5}}(?: {_NAME})?"

_POSTAL = (
    r"(?:\d{4,6}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{3} \d{2}|"
    r"\d{4} ?[A-Z]{2})\b"
)
_REGION = r"(?:[A-Z]{2,3})\b"
_TOWN = (
    rf"{_CAP}[\w'’()./-]{{1,24}}"
    rf"(?:[ -](?:{_CAP}|\()[\w'’()./-]{{0,24}}|[ -](?:de|la|le|sur|upon|am|im|of)){{0,3}}(?<!\.)"
)
_STOP = r"(?=\s*(?:[,;:.!?)\n]|$))"
# A part of an address ends where a line or a clause does, or with its postal code.
_SOFT = (
    rf"\s*[,\n]\s*(?:(?:{_TOWN}|{_REGION})(?: {_REGION})?(?: {_POSTAL}|{_STOP})|{_POSTAL} {_TOWN})"
    rf"|\s*[,\n]?\s*{_POSTAL}"
)
_TAIL = rf"(?:[, \n]{{1,3}}{_UNIT})?(?:{_SOFT}){{0,5}}"
# After a unit the place may follow without a comma; so it may where a postal code ends it.
_LOOSE = (
    rf"(?:[, \n]{{1,3}}{_UNIT}(?: {_TOWN})?(?: {_REGION})?|(?: {_TOWN})(?: {_REGION})?(?=[ ,]+{_POSTAL}))?"
    rf"(?:{_SOFT}){{0,5}}"
)

_ANCHOR = (
    r"address(?: of [^\n:]{1,40})?(?: is)?|lives? at|(?:is |are )?located at|live at|"
    r"resid(?:es?|ing) at|meet (?:me|you) at|"
    r"(?:ship|deliver|send|mail)(?:p?ed)? (?:it |them )?to|sent to|return to|arrived at|enter on|moved? to"
)
_BEFORE = r"(?<![0-9A-Za-z.,/-])"

PATTERNS: tuple[Pattern, ...] = (
    Pattern(kind="address", regex=re.compile(rf"{_BEFORE}{_STREET}{_LOOSE}"), score=0.75),
    Pattern(
        kind="address",
        regex=re.compile(rf"{_BEFORE}{_BETWEEN}(?=[, \n]{{1,3}}(?:{_UNIT}|{_CAP}))(?:{_LOOSE})"),
        score=0.65,
    ),
    Pattern(
        kind="address",
        regex=re.compile(
            rf"(?:{_ANCHOR})[ :\n]+(?P<value>(?:\d{{1,6}}|P\.? ?O\.? ?Box|PSC|"
            rf"Unit)[^?!\"]{{4,110}}?)(?=[.?!\"]?\s*(?:$|\n\n)|[.?!] (?!\d))",
            _I,
        ),
        score=0.7,
    ),
    Pattern(
        kind="address",
        regex=re.compile(rf"\b{_BOX}(?: (?:{_WORD} ?){{1,3}})?{_TAIL}"),
        score=0.7,
    ),
    # Mail of armed forces abroad.
    Pattern(
        kind="address",
        regex=re.compile(
            r"\b(?:(?:PSC|CMR|Unit) \d{1,5},? Box \d{1,5}|US[A-Z]{1,3} [A-Z][\w-]+)[\s,]+[ADF]PO A[AEP] \d{5}"
        ),
        score=0.8,
    ),
    Pattern(
        kind="address",
        regex=re.compile(rf"\bthe corner of (?P<value>{_NAMED}(?: ?and (?:{_WORD} ?){{1,3}})?)"),
        score=0.6,
    ),
)

__all__ = ["PATTERNS"]
