"""Chinese names by what stands around them: a label, a title, a list, a column, a number beside them.

Without such context a name of two or three signs cannot be told from ordinary words by rules alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sunmao.guards.personal.found import Found
from sunmao.guards.personal.patterns.lexicon import words
from sunmao.guards.personal.patterns.places import CITIES
from sunmao.guards.personal.patterns.surnames import COMMON, COMPOUND, DOUBTFUL, GIVEN, SINGLE, WORDS

SURE, LIKELY, TITLED = 0.85, 0.7, 0.75

_LABELS = words("labels")
_LABEL = "|".join(sorted(set(_LABELS), key=len, reverse=True))
_GLUE = r"(?:[（(](?:签字|签名|盖章|姓名|甲方|乙方|本人)[)）])?"
# With a sign between them a label is certain; "患者张三" must look like a name by itself.
_LABELLED = re.compile(
    rf"(?:{_LABEL}){_GLUE}[］\]】」]?[ \t]*[:：=|｜][ \t]*|(?:姓名|户名|名字)[］\]】」]?(?:为|是|叫)?[ \t　]*"
)
_BESIDE = re.compile(rf"(?:{_LABEL})(?:是|为|叫|系|写)?[ \t　]?|这位是|联系|[我他她]是|找|问")
_COLON = re.compile(r"[:：][ \t　]*")
_CALLED = re.compile(r"(?:我|名|他|她|孩子|儿子|女儿|爱人|名字)叫做?|名字是|本人姓名")
_TITLES = words("titles")
_TITLE = re.compile("|".join(sorted(_TITLES, key=len, reverse=True)))
_LONE = re.compile(r"[一-鿿]{2,4}(?![一-鿿])")
_SOMEBODY = re.compile("某某?")
_FOREIGN = re.compile(r"(?<![一-鿿])[一-鿿]{2,6}(?:·[一-鿿]{1,8}){1,3}|[一-鿿]{2,4}(?:·[一-鿿]{1,8}){1,3}")
_FAMILY_ALONE = re.compile(
    r"(?<![一-鿿])(?:他|她|我|本人)?姓([一-鿿])(?![一-鿿名氏])|[他她我]姓([一-鿿])(?![一-鿿名氏])"
)

_STOP = re.compile(r"[^一-鿿]|$")
_VERBS = frozenset(("联系", "我是", "他是", "她是", "找", "问"))
_ENDS = re.compile(r"[^一-鿿]|$|电话|手机|身份证|微信")

# What may come straight after a name. Some of it is also part of given names: the longer name is tried first.
_FOLLOW = re.compile(
    r"[^一-鿿]|$|先生|女士|小姐|太太|阿姨|叔叔|老师|医生|教授|主任|律师|经理|师傅|夫妇|夫妻|本人|"
    r"[的与和及在将对向诉今昨于因是说为系已曾从就写同等称拟出持自之被把给让请问并代也都还电手身性男女住家陪订购买投反来下签提共名两三四五委保借应]"
)
# Signs that no name is made of, however sure the place.
_NEVER = frozenset(
    "的了是不在我你您他她它们这那哪什么须必或者等每各该本某及与和为被把让吗呢吧啊呀号码名称称姓无未请勿需"
)
# Words that begin like a name.
_WORDS = words("words")
_ALL_WORDS = frozenset((*_WORDS, *WORDS, *CITIES))
_PARTICLES = frozenset("和向都从由与但同那于应师")
_RARE = (SINGLE - COMMON) | DOUBTFUL
_BEFORE_TITLE = frozenset("我的是请给找和与跟到让由对向从叫说为问系谢好联把被替帮于当托问有看约")
# "班主任" and "总经理" are offices; after these signs a title names nobody.
_NOT_FAMILY = frozenset(
    "和向从都同经有时能由与对该本各诸老小总班全副段门单家管车店国公那于商应相计原都区房海强应位云"
)


_HEADER = re.compile(r"^[^\n]*姓名[^\n]*[|｜\t,，][^\n]*$|^[^\n]*[|｜\t,，][^\n]*姓名[^\n]*$", re.MULTILINE)
_CELL = re.compile(r"[|｜\t,，]")
_LIST_GAP = re.compile(r"(?:、|和|与|及|以及|,|，)[ ]?")
_AFTER_START = re.compile(
    r"[ ，,]*(?:男|女)[，,、 ]|今天|昨天|前天|上周|今早|说|反映|主诉|诉|称|因|的(?:妈|爸|"
    r"父|母|妻|丈|儿|女|订单|电话|手机|身份|账|病|检查|报告|微信|住址|地址)"
)
_START = re.compile(r"(?:^|(?<=[。；！？\n：:]))[ 　]*")
_GAP_LEFT = re.compile(
    r"[^一-鿿0-9A-Za-z]{1,5}$|[^一-鿿0-9A-Za-z]{0,3}(?:联系)?(?:电话|手机|身份证|护照|"
    r"邮箱|微信|卡号|车牌|证件)(?:号码|号)?[:：为是\s]{0,3}$"
)
_GAP_RIGHT = re.compile(r"[^一-鿿0-9A-Za-z]{1,3}")
_LATIN = re.compile(r"[A-Z][a-z]+(?:[ -][A-Z][a-z]+){0,3}|[A-Z]{2,}(?: [A-Z]{2,}){1,3}")


def _stops(text: str, at: int) -> bool:
    """Two to four signs and then a stop: nothing else fits there."""
    return bool(_LONE.match(text, at))


def name_at(text: str, at: int, *, sure: bool) -> int:
    """Where the name that begins at `at` ends, or `at` when there is none."""
    family = 2 if text[at : at + 2] in COMPOUND else int(text[at : at + 1] in SINGLE)
    if not family:
        return at
    for given in (2, 1, 3) if sure else (2, 1):
        end = at + family + given
        name = text[at:end]
        if given == 3 and family == 1 and not _STOP.match(text, end):
            continue
        if len(name) < family + given or not _is_name(name, family, sure=sure):
            continue
        if _FOLLOW.match(text, end) and (sure or _ENDS.match(text, end) or not _is_doubtful(name)):
            return end
    return at


def _is_name(name: str, family: int, *, sure: bool) -> bool:
    given = name[family:]
    if name[:2] in _ALL_WORDS or not all("一" <= sign <= "鿿" for sign in given):
        return sure and name[:2] in COMPOUND and not _NEVER & set(given)
    if sure:
        return not _NEVER & set(given)
    return name[0] not in _PARTICLES and all(sign in GIVEN for sign in given)


def _is_doubtful(name: str) -> bool:
    """Two signs make a word more often than a name, unless a stop or a number stands beside them."""
    return name[:2] not in COMPOUND and name[0] in (DOUBTFUL if len(name) > 2 else _RARE)


def names(text: str, neighbours: Sequence[Found] = ()) -> Iterator[Found]:
    """`neighbours` are the numbers found already: a lone name beside one of them is that person's."""
    found = [*_labelled(text), *_titled(text), *_foreign(text), *_columns(text)]
    found += [*_beside_numbers(text, neighbours), *_at_start(text)]
    found += _continued(text, found)
    yield from found
    yield from _repeated(text, found)


def _name(start: int, end: int, score: float) -> Found:
    return Found(start, end, "person", score, score >= SURE)


def _labelled(text: str) -> Iterator[Found]:
    for match in _LABELLED.finditer(text):
        end = name_at(text, match.end(), sure=True)
        latin = _LATIN.match(text, match.end())
        if end > match.end():
            yield _name(match.end(), end, SURE)
        elif latin:
            yield _name(match.end(), latin.end(), SURE)
    for match in _COLON.finditer(text):
        end = name_at(text, match.end(), sure=False)
        if end - match.end() > 2 and _STOP.match(text, end):
            yield _name(match.end(), end, LIKELY)
    for match in _CALLED.finditer(text):
        end = name_at(text, match.end(), sure=_stops(text, match.end()))
        if end > match.end():
            yield _name(match.end(), end, LIKELY)
    for match in _BESIDE.finditer(text):
        end = name_at(text, match.end(), sure=False)
        if end > match.end() and not (
            match[0] in _VERBS and end - match.end() < 3 and not _ENDS.match(text, end)
        ):
            yield _name(match.end(), end, LIKELY)
    for match in _FAMILY_ALONE.finditer(text):
        group = 1 if match[1] else 2
        if match[group] in SINGLE:
            yield Found(match.start(group), match.end(group), "person", LIKELY)


def _titled(text: str) -> Iterator[Found]:
    for match in _TITLE.finditer(text):
        at = match.start()
        if text[match.end() : match.end() + 1] == "们":
            continue
        for length in (4, 3, 2):
            start = at - length
            if start >= 0 and _full_name(text, start, at):
                yield _name(start, at, LIKELY)
                break
        else:
            yield from _family_and_title(text, at, match.end())


def _full_name(text: str, start: int, end: int) -> bool:
    name = text[start:end]
    family = 2 if name[:2] in COMPOUND else int(name[:1] in SINGLE)
    given = name[family:]
    if not family or not 1 <= len(given) <= 2 or name[:1] in _NOT_FAMILY or name[:2] in _ALL_WORDS:
        return False
    # "请李医生": the second sign is the family name, the first a word before it
    return all(sign in GIVEN for sign in given) and not (
        len(name) == 2 and (given in COMMON or given in _PARTICLES)
    )


def _family_and_title(text: str, at: int, end: int) -> Iterator[Found]:
    for length in (2, 1):
        start = at - length
        family = text[start:at] if start >= 0 else ""
        known = family in COMPOUND if length == 2 else family in SINGLE and family not in _NOT_FAMILY
        before = text[start - 1 : start]
        stands = (
            not before
            or not "一" <= before <= "鿿"
            or before in _BEFORE_TITLE
            or text[start - 2 : start] in ("您好", "你好", "我们")
        )
        if known and stands:
            yield Found(start, end, "titled_person", TITLED)
            return


def _foreign(text: str) -> Iterator[Found]:
    for match in _FOREIGN.finditer(text):
        start = match.start()
        if text.rfind("《", 0, start) > text.rfind("》", 0, start):
            continue
        for label in _LABELS:
            if text.startswith(label, start):
                start += len(label)
                break
        if "·" in text[start + 1 : match.end()]:
            yield _name(start, _foreign_end(text, start, match.end()), LIKELY)


def _foreign_end(text: str, start: int, end: int) -> int:
    """The last part runs on into what follows it: cut before a title or a word that follows names."""
    last = text.rindex("·", start, end) + 1
    for at in range(last + 1, end):
        long_run = end - last > 4 and at - last >= 2 and _FOLLOW.match(text, at)
        if _TITLE.match(text, at) or (long_run and text[at] not in GIVEN):
            return at
    return end


def _columns(text: str) -> Iterator[Found]:
    """In a table, what stands below 姓名."""
    for header in _HEADER.finditer(text):
        wanted = next(i for i, cell in enumerate(_CELL.split(header[0])) if "姓名" in cell)
        at = header.end() + 1
        for line in text[at:].split("\n"):
            cells = _CELL.split(line)
            if len(cells) <= wanted:
                break
            start = at + sum(len(cell) + 1 for cell in cells[:wanted])
            start += len(cells[wanted]) - len(cells[wanted].lstrip())
            end = name_at(text, start, sure=True)
            if end > start:
                yield _name(start, end, SURE)
            at += len(line) + 1


def _beside_numbers(text: str, neighbours: Sequence[Found]) -> Iterator[Found]:
    for one in neighbours:
        if one.kind == "company_code":
            continue
        left = _GAP_LEFT.search(text, max(0, one.start - 14), one.start)
        if left and (start := _name_before(text, left.start())) < left.start():
            yield _name(start, left.start(), LIKELY)
        right = _GAP_RIGHT.match(text, one.end)
        if right and _STOP.match(text, end := name_at(text, right.end(), sure=False)) and end > right.end():
            yield _name(right.end(), end, LIKELY)


def _name_before(text: str, end: int) -> int:
    """Where a name begins that ends at `end` and follows a sign or a word that names follow."""
    for length in (4, 3, 2):
        start = end - length
        before = text[start - 1 : start]
        stands = not before or not "一" <= before <= "鿿" or before in _BEFORE_TITLE
        if start >= 0 and stands and name_at(text, start, sure=False) == end:
            return start
    return end


def _at_start(text: str) -> Iterator[Found]:
    for match in _START.finditer(text):
        at = match.end()
        family = 2 if text[at : at + 2] in COMPOUND else 1
        if text[at : at + family] not in COMPOUND and text[at : at + 1] not in COMMON:
            continue
        for end in (at + family + 2, at + family + 1):
            if _is_name(text[at:end], family, sure=False) and _AFTER_START.match(text, end):
                yield _name(at, end, LIKELY)
                break


def _continued(text: str, found: Sequence[Found]) -> list[Found]:
    """ "双方甲、乙": after one name of a list the next one needs no label."""
    more: list[Found] = []
    for one in found:
        end = one.end
        while one.kind == "person" and (gap := _LIST_GAP.match(text, end)):
            after = name_at(text, gap.end(), sure=False)
            if after == gap.end():
                break
            more.append(_name(gap.end(), after, LIKELY))
            end = after
    return more


def _repeated(text: str, found: Sequence[Found]) -> Iterator[Found]:
    """A name that was found once is that person everywhere in the text."""
    for name in {text[one.start : one.end] for one in found if one.kind == "person"}:
        if len(name) >= 3:
            yield from (_name(at, at + len(name), LIKELY) for at in _places(text, name))


def _places(text: str, name: str) -> Iterator[int]:
    at = text.find(name)
    while at >= 0:
        yield at
        at = text.find(name, at + len(name))


def known_name(text: str, name: str, *, score: float) -> Iterator[Found]:
    """Every mention of somebody whose name is known, also by family name and title."""
    yield from (_name(at, at + len(name), score) for at in _places(text, name))
    if not "一" <= name[0] <= "鿿" or "·" in name:
        return
    family = name[:2] if name[:2] in COMPOUND else name[:1]
    for at in _places(text, family):
        end = at + len(family)
        if title := _TITLE.match(text, end) or _SOMEBODY.match(text, end):
            yield Found(at, title.end(), "titled_person", score)
        elif text[at - 1 : at] in ("小", "老", "阿") and _STOP.match(text, end):
            yield Found(at - 1, end, "titled_person", score)


__all__ = ["known_name", "name_at", "names"]
