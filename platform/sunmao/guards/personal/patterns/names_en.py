"""Names in English text, by title, label or the sentence that introduces them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sunmao.guards.personal.found import Found
from sunmao.guards.personal.patterns.lexicon import words

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĪİŁŃŇŐŘŚŞŠŤŪŮŰŹŻŽ"
_LOWER = "a-zß-öø-ÿāăąćčďđēėęěğīıłńňőřśşšťūůűźżž'’"
_WORD = rf"[{_UPPER}][{_LOWER}]*(?:[{_UPPER}][{_LOWER}]+)?(?:-[{_UPPER}][\w'’]+)?"
_NAME = (
    rf"(?P<value>(?:{_WORD}\.?)(?: (?:(?:van|von|de|der|den|da|di|del|la|le|bin|ibn|al|el|"
    rf"dos) ){{0,2}}{_WORD}\.?){{0,3}})"
)
_NO_NAMES = """
    the a an this that these those my your his her our their its it i we you he she they who what when
    where why how is are was were not no yes and or but if in on at to from for of with by as please
    thank thanks dear hello hi sir madam customer customers client team all monday tuesday wednesday
    thursday friday saturday sunday january february march april may june july august september october
    november december today tomorrow yesterday patient doctor support service order card account bank
"""
_NOT = frozenset(_NO_NAMES.split())
# What a person is to somebody, or does for a living, stands right before a name.
_RELATION = (
    r"(?:wife|husband|son|daughter|partner|brother|sister|mother|father|mom|mum|dad|uncle|aunt|cousin|nephew|"
    r"niece|grandmother|grandfather|fianc[ée]e?|girlfriend|boyfriend|friend|neighbou?r|boss|manager|colleague|"
    r"assistant|secretary|lawyer|attorney|nurse|dentist|teacher|professor|author|writer|poet|journalist|"
    r"reporter|editor|singer|songwriter|guitarist|drummer|composer|actor|actress|director|producer|"
    r"photographer|painter|artist|architect|engineer|scientist|president|chairman|chairwoman|ceo|cfo|founder|"
    r"senator|governor|mayor|minister|judge|detective|officer|sergeant|captain|coach|employee|adviser|agent)"
)
_SAYS = (
    r"(?:said|says|asked|told|replied|explained|wrote|writes|thinks|thought|believes|knows|loves|hates|wants|"
    r"married|died|smiled|laughed|cried|listed|complained|resigned|was born|has been married|lives|lived|"
    r"moved|studied|graduated|grew up|is (?:my|his|her|our|so|very|a very|married|divorced|\d+ years))"
)

_SHAPES = (
    (re.compile((
        rf"(?<![A-Za-z])(?:[Mm]rs?|[Mm]s|[Mm]iss|[Dd]r|[Pp]rof|[Pp]rofessor|Doctor|Sir|Madam|"
        rf"Mister|MR\.|MRS|MS\.|DR\.?)\.? {_NAME}"
    )), 0.8),
    (re.compile(
        rf"(?<![A-Za-z])(?i:my name is|my name's|i am called|call me|name is|named|"
        rf"name of) {_NAME}"
    ), 0.75),
    (re.compile(
        rf"(?<![A-Za-z])(?i:(?:first|last|full|given|family|middle|customer|patient|account|"
        rf"holder|beneficiary|cardholder|contact)? ?name)\??[ ]?[:=][ ]?{_NAME}"
    ), 0.8),
    (re.compile(rf"(?i:what'?s your (?:first|last|full)? ?name)\? {_NAME}"), 0.7),
    (re.compile(
        rf"(?<![A-Za-z])(?i:i am|i'm|this is) {_NAME}(?= (?:speaking|from|and|calling|here)|"
        rf"[,.!]|$)"
    ), 0.6),
    (re.compile(rf"(?<![A-Za-z])(?:Dear|Hi|Hello|Attn:?|Attention:?) {_NAME}(?=[,!:\n])"), 0.7),
    (re.compile(
        rf"(?i:(?:kind |best |warm )?regards|sincerely(?: yours)?|yours (?:truly|sincerely)|"
        rf"cheers|signed|thanks),?\s*\n+\s*{_NAME}(?=\s*(?:\n|$))"
    ), 0.75),
    (re.compile(
        rf"(?<![A-Za-z])(?i:patient|beneficiary|tenant|landlord|lessee|lessor|borrower|lender|"
        rf"guarantor|plaintiff|defendant|cardholder|billing address|shipping address|"
        rf"attn):?\s{_NAME}"
    ), 0.65),
    (re.compile(rf"(?<![A-Za-z])(?i:{_RELATION}),? {_NAME}"), 0.65),
    (re.compile(rf"(?<![\w.] )(?<![\w'’]){_NAME}(?= {_SAYS}\b)"), 0.55),
    (re.compile(rf"(?<![A-Za-z])(?i:i am|i'm) {_NAME}(?=, )"), 0.6),
    (re.compile(
        r"(?<![A-Za-z])(?i:(?:my|his|her|maiden|last|first|full|middle|sur) ?name is|(?:his|her|their|my) "
        rf"(?:partner|wife|husband|son|daughter|mother|father)(?:'s|’s) name (?:is )?){_NAME}"
    ), 0.7),
    (re.compile(
        rf"(?<![A-Za-z])(?i:(?:my|maiden|last|first|sur) ?name is) (?P<value>[{_LOWER}]{{3,20}})"
        r"(?=\s*[.,!]|\s*$)"
    ), 0.6),
    (re.compile(rf"(?<![A-Za-z])(?:(?:[Ss]he|[Hh]e|[Tt]hey) (?:named|called) (?:him|her|it)) {_NAME}"), 0.6),
)  # fmt: skip
# Runs of words that begin with a capital; the lexicon decides.
_RUN = re.compile(
    rf"(?<![\w@./'’-]){_WORD}(?: (?:(?:van|von|de|der|den|da|di|del|la|le|bin|ibn|al|el|dos) ){{0,2}}"
    rf"(?:{_WORD}|[A-Z]\.)){{0,3}}(?![\w@])"
)
_ELSE = re.compile(
    r"(?i:inc|ltd|llc|gmbh|corp|corporation|co|group|company|bank|university|institute|hotel|street|st|avenue|"
    r"ave|road|rd|lane|drive|square|school|college|hospital|church|foundation|airport|park|orchestra|act|law|"
    r"museum|station|stadium|award|prize|theorem|disease|syndrome|cup|series|day|records|magazine|times|"
    r"weekly|museum|library|bridge|center|centre|island|islands|city|county|river|lake|mountain|valley)\.?"
)
_DOUBTFUL = frozenset(words("given_en_doubtful"))
_GIVEN = frozenset(words("given_en")) - _DOUBTFUL
_OWNED = re.compile(r"['’]s$")
_INITIAL = re.compile(rf"[{_UPPER}]\.")


def names(text: str) -> Iterator[Found]:
    found: dict[str, float] = {}
    for shape, score in _SHAPES:
        for match in shape.finditer(text):
            start, end = match.span("value")
            end = _trimmed(text, start, end)
            if end > start:
                found[text[start:end]] = max(score, found.get(text[start:end], 0))
                yield Found(start, end, "person", score, score >= 0.8)
    yield from _by_given_name(text, found)
    for name, score in found.items():
        if " " in name:
            for again in re.finditer(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", text):
                yield Found(again.start(), again.end(), "person", score)


def _by_given_name(text: str, found: dict[str, float]) -> Iterator[Found]:
    """A given name alone, or before a surname; one that is a word, too, only before a surname."""
    for run in _RUN.finditer(text):
        parts = list(re.finditer(r"\S+", run[0]))
        for place, part in enumerate(parts):
            alone = place == len(parts) - 1
            given = _OWNED.sub("", part[0])
            if given not in _GIVEN and (alone or given not in _DOUBTFUL):
                continue
            start = run.start() + part.start()
            end = _trimmed(text, start, run.end())
            is_one = " " not in text[start:end]
            if end > start and not (
                is_one and (given in _DOUBTFUL or _is_part_of_more(text, start, run.end()))
            ):
                found[text[start:end]] = max(0.6, found.get(text[start:end], 0))
                yield Found(start, end, "person", 0.6)
            break


def _is_part_of_more(text: str, start: int, end: int) -> bool:
    """`St. Helena`, `Charlotte, NC`, `Martin & Co`, `Jones, Martin and Baker`."""
    return bool(
        re.search(r"(?:\b[Ss]te?\.?|\b[Ss]an|&|/|[A-Z]\w+,) $", text[max(0, start - 20) : start])
        or re.match(r" ?&|, [A-Z]{2}\b| and [A-Z]", text[end : end + 8])
    )


def _trimmed(text: str, start: int, end: int) -> int:
    """Up to the first word that is no name or the first that owns what follows; nothing where a word makes it
    the name of something else."""
    at = start
    for word in re.finditer(r"\S+", text[start:end]):
        bare = word[0].rstrip(".,")
        if bare.lower() in _NOT and not _INITIAL.fullmatch(word[0]):
            break
        if at > start and _ELSE.fullmatch(bare):
            return start
        at = start + word.end()
        if owner := _OWNED.search(word[0]):
            return at - len(owner[0])
    return at - 1 if at > start and text[at - 1] == "." and at - start > 3 and text[at - 3] != " " else at


__all__ = ["names"]
