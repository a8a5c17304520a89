"""Reading and rendering a prompt's source: YAML front matter, then a body with `{{ name }}` placeholders.

There is no logic in a template, and only the declared variables are replaced, once: text that comes from a
person or a document cannot bring placeholders of its own. The parts of the front matter (`role`, `task`,
`constraints`, `examples`, `format`) may be named in the body like variables; a source without a body is put
together from them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message
from sunmao.core.texts import sound, storable
from sunmao.prompts.checking import is_schema
from sunmao.prompts.packs import CALCULATORS
from sunmao.prompts.strategy import Step, Unsuitable, steps_of

LONGEST = 60_000
MOST_EXAMPLES = 50
TYPES = ("text", "integer", "number", "boolean", "json", "image")
SECTIONS = ("role", "task", "constraints", "examples", "format")
HEADINGS: Mapping[str, Mapping[str, str]] = {
    "zh": {"role": "角色", "task": "任务", "constraints": "要求", "examples": "示例", "format": "格式"},
    "en": {
        "role": "Role", "task": "Task", "constraints": "Constraints", "examples": "Examples",
        "format": "Format",
    },
}  # fmt: skip
IN_AND_OUT = {"zh": ("输入", "输出"), "en": ("Input", "Output")}

_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_][a-z0-9_]*)\s*\}\}")
_NEARLY = re.compile(r"\{\{\s*([^{}\n]{0,60}?)\s*\}\}")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,59}\Z")


@dataclass(frozen=True)
class Variable:
    """What is filled in. Without a value the default is taken; one that is not required may be empty."""

    name: str
    type: str = "text"
    description: str = ""
    default: Any = None
    required: bool = True


@dataclass(frozen=True)
class Example:
    input: str
    output: str


@dataclass(frozen=True)
class Problem:
    """What is wrong, and in which line of the source."""

    line: int
    code: str
    message: Message
    name: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"line": self.line, "code": self.code, "message": str(self.message)}


@dataclass(frozen=True)
class PromptSource:
    """`template` is the body with its parts filled in: what a model reads, but for the variables."""

    front: Mapping[str, Any]
    body: str
    declared: tuple[Variable, ...] = ()
    examples: tuple[Example, ...] = ()
    strategy: tuple[Step, ...] = ()
    template: str = ""
    starts: int = field(default=1, compare=False)

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.declared if one.type != "image")

    @property
    def images(self) -> tuple[Variable, ...]:
        return tuple(one for one in self.declared if one.type == "image")

    @property
    def language(self) -> str:
        return "zh" if str(self.front.get("language", "")).startswith("zh") else "en"

    def section(self, name: str) -> str:
        """A part as text; several lines become a list."""
        given = self.front.get(name)
        if name == "examples":
            return _examples_as_text(self.examples, self.language)
        if isinstance(given, list):
            return "\n".join(f"- {str(one).strip()}" for one in given)
        return str(given).strip() if isinstance(given, str | int | float) else ""

    @property
    def constraints(self) -> tuple[str, ...]:
        given = self.front.get("constraints")
        rows = given if isinstance(given, list) else str(given or "").splitlines()
        return tuple(text for text in (str(row).strip().lstrip("-* ") for row in rows) if text)


def read(source: str) -> PromptSource:
    """The prompt, or `invalid_prompt` with every problem under its line."""
    prompt, problems = examine(source)
    if prompt is None or problems:
        raise InvalidInput(
            _told(problems),
            code="invalid_prompt",
            fields={f"line {one.line}": one.message for one in reversed(problems)},
        )
    return prompt


def _told(problems: list[Problem]) -> Message:
    names = sorted({one.name for one in problems if one.name})
    if names and len({one.code for one in problems} - {"unknown_variable", "unused_variable"}) == 0:
        return format_lazy(_("Declared variables and placeholders differ: {names}."), names=", ".join(names))
    return problems[0].message


def examine(source: str) -> tuple[PromptSource | None, list[Problem]]:
    """What the source says, and everything that is wrong with it, in the order of its lines."""
    text = source.replace("\r\n", "\n")
    if len(text) > LONGEST or not storable(text):
        return None, [
            Problem(1, "too_long", _("A prompt has at most 60,000 characters and no control signs."))
        ]
    match = _FRONT.match(text)
    if not match:
        said = _("A prompt starts with front matter between two lines of ---.")
        return None, [Problem(1, "no_front_matter", said)]
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(match[1])):
            raise ValueError("aliases")  # a few lines of them stand for more than any memory holds
        front = yaml.safe_load(match[1])
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 2
        return None, [Problem(line, "no_yaml", _("The front matter of the prompt is not valid YAML."))]
    if not isinstance(front, dict):
        return None, [Problem(2, "no_yaml", _("The front matter of the prompt is not valid YAML."))]
    return _understood(text, front, match)


def _understood(
    text: str, front: dict[str, Any], match: re.Match[str]
) -> tuple[PromptSource | None, list[Problem]]:
    problems: list[Problem] = []
    lines = match[1].split("\n")
    declared = tuple(_declared(front, lines, problems))
    examples = tuple(_examples(front, lines, problems))
    strategy = _strategy(front, lines, problems)
    body = match[2].strip()
    lead = match[2][: len(match[2]) - len(match[2].lstrip())].count("\n")
    starts = len(lines) + 3 + lead
    bare = PromptSource(front, body, declared, examples, strategy, "", starts)
    prompt = PromptSource(front, body, declared, examples, strategy, _template(bare), starts)
    if not prompt.template:
        problems.append(Problem(starts, "empty_body", _("The prompt says nothing.")))
    if front.get("computed") not in (None, *CALCULATORS):
        said = format_lazy(_("There is no such calculator; there are {names}"), names=", ".join(CALCULATORS))
        problems.append(Problem(_line_of("computed", lines), "bad_calculator", said))
    if front.get("schema") is not None and not is_schema(front["schema"]):
        said = _("The schema is no JSON schema, or refers to another place.")
        problems.append(Problem(_line_of("schema", lines), "bad_schema", said))
    if any(step.name == "few_shot" for step in strategy) and not examples:
        said = _("The strategy few_shot needs examples.")
        problems.append(Problem(_line_of("strategy", lines), "no_examples", said))
    problems += _placeholders(prompt, lines)
    return prompt, sorted(problems, key=lambda one: one.line)


def _line_of(word: str, lines: list[str], start: int = 0) -> int:
    """The line of the source in which a word of the front matter stands."""
    found = re.compile(rf"(?<![\w]){re.escape(word)}(?![\w])")
    return next((n + 2 for n, line in enumerate(lines[start:], start) if found.search(line)), 2)


def _declared(front: Mapping[str, Any], lines: list[str], problems: list[Problem]) -> Iterator[Variable]:
    given: Any = front.get("variables") or ()
    rows = [{"name": name, **(one or {})} for name, one in given.items()] if _is_named(given) else given
    begins = _line_of("variables", lines) - 2
    seen: set[str] = set()
    if not isinstance(rows, list | tuple):
        problems.append(Problem(begins + 2, "bad_variable", _("Variables are a list of names.")))
        return
    for row in rows:
        one = row if isinstance(row, Mapping) else {"name": row}
        name = str(one.get("name", ""))
        line = _line_of(name, lines, begins) if name else begins + 2
        said = _fault(name, one, seen)
        if said:
            problems.append(Problem(line, "bad_variable", said))
            continue
        seen.add(name)
        yield Variable(
            name,
            str(one.get("type", "text")),
            str(one.get("description", ""))[:500],
            one.get("default"),
            bool(one.get("required", one.get("default") is None)),
        )


def _is_named(given: object) -> bool:
    return isinstance(given, dict) and all(isinstance(one, dict | None) for one in given.values())


def _fault(name: str, one: Mapping[Any, Any], seen: set[str]) -> Message | None:
    if not _NAME.match(name):
        return format_lazy(
            _("A variable's name is small letters, digits and underscores: {name}"), name=name[:60]
        )
    if name in seen:
        return format_lazy(_("The variable is declared twice: {name}"), name=name)
    kind = one.get("type", "text")
    if kind not in TYPES:
        return format_lazy(
            _("{name} has no type that is known; there are {types}"), name=name, types=", ".join(TYPES)
        )
    default = one.get("default")
    if default is not None and _typed(str(kind), default) is None:
        return format_lazy(_("The default of {name} is not of its type."), name=name)
    return None


def _examples(front: Mapping[str, Any], lines: list[str], problems: list[Problem]) -> Iterator[Example]:
    given = front.get("examples") or []
    if not isinstance(given, list) or len(given) > MOST_EXAMPLES:
        said = _("Examples are a list of at most 50, each with an input and an output.")
        problems.append(Problem(_line_of("examples", lines), "bad_example", said))
        return
    for one in given:
        asked, told = (one.get("input"), one.get("output")) if isinstance(one, Mapping) else (None, None)
        plain = _plain(asked)
        if plain is None or not isinstance(told, str | int | float):
            said = _("Examples are a list of at most 50, each with an input and an output.")
            problems.append(Problem(_line_of("examples", lines), "bad_example", said))
            return
        yield Example(plain, str(told).strip())


def _plain(given: object) -> str | None:
    if isinstance(given, str | int | float):
        return str(given).strip()
    if isinstance(given, Mapping) and all(isinstance(one, str | int | float) for one in given.values()):
        return "\n".join(f"{name}: {str(one).strip()}" for name, one in given.items())
    return None


def _strategy(front: Mapping[str, Any], lines: list[str], problems: list[Problem]) -> tuple[Step, ...]:
    try:
        return steps_of(front.get("strategy"))
    except Unsuitable as error:
        said = format_lazy(
            _("This strategy or option is not known, or out of its bounds: {name}"), name=str(error)
        )
        problems.append(Problem(_line_of("strategy", lines), "bad_strategy", said))
        return ()


def _template(prompt: PromptSource) -> str:
    """The body with the parts that it names; without a body, all parts under headings, then the variables."""
    names = {one.name for one in prompt.declared}
    few = any(step.name == "few_shot" for step in prompt.strategy)
    parts = {
        name: "" if name == "examples" and few else prompt.section(name)
        for name in SECTIONS
        if name in prompt.front and name not in names
    }
    if prompt.body:
        return _PLACEHOLDER.sub(lambda match: parts.get(match[1], match[0]), prompt.body).strip()
    headings = HEADINGS[prompt.language]
    blocks = [f"# {headings[name]}\n\n{text}" for name in SECTIONS if (text := parts.get(name, ""))]
    if not blocks:
        return ""
    said = set(_PLACEHOLDER.findall("\n".join(blocks)))
    blocks += [
        f"# {one.description or one.name}\n\n{{{{ {one.name} }}}}"
        for one in prompt.declared
        if one.name not in said and one.type != "image"
    ]
    return "\n\n".join(blocks)


def _examples_as_text(examples: tuple[Example, ...], language: str) -> str:
    before, after = IN_AND_OUT[language]
    return "\n\n".join(f"{before}: {one.input}\n{after}: {one.output}" for one in examples)


def _placeholders(prompt: PromptSource, lines: list[str]) -> Iterator[Problem]:
    """A name that nothing fills in, and a variable that nothing asks for."""
    known = set(prompt.variables) | {name for name in SECTIONS if name in prompt.front}
    used = set(_PLACEHOLDER.findall(prompt.template)) | set(_PLACEHOLDER.findall(prompt.body))
    for line, name in _named_in(prompt, lines):
        if name not in known:
            said = format_lazy(_("Nothing is declared under this name: {name}"), name=name)
            yield Problem(line, "unknown_variable", said, name)
    begins = _line_of("variables", lines) - 2
    for one in prompt.declared:
        if one.type != "image" and one.name not in used:
            said = format_lazy(_("The variable is declared but stands nowhere: {name}"), name=one.name)
            yield Problem(_line_of(one.name, lines, begins), "unused_variable", said, one.name)


def _named_in(prompt: PromptSource, lines: list[str]) -> Iterator[tuple[int, str]]:
    for offset, line in enumerate(prompt.body.split("\n")):
        for match in _NEARLY.finditer(line):
            if re.fullmatch(r"\w+", match[1]):
                yield prompt.starts + offset, match[1]
    in_body = {name for _at, name in _lines_of(prompt.body)}
    for name in dict.fromkeys(_PLACEHOLDER.findall(prompt.template)):
        if name not in in_body:
            yield _line_of(name, lines), name


def _lines_of(text: str) -> list[tuple[int, str]]:
    return [(n, name) for n, line in enumerate(text.split("\n")) for name in _PLACEHOLDER.findall(line)]


def render(prompt: PromptSource, values: Mapping[str, str]) -> str:
    defaults = {
        one.name: _as_text(one.default)
        for one in prompt.declared
        if one.default is not None or not one.required
    }
    missing = [name for name in prompt.variables if name not in values and name not in defaults]
    if missing:
        raise InvalidInput(code="missing_prompt_variable", fields={name: _("is missing") for name in missing})
    return _PLACEHOLDER.sub(
        lambda match: values[match[1]] if match[1] in values else defaults[match[1]], prompt.template
    )


def typed_values(prompt: PromptSource, given: Mapping[str, Any]) -> dict[str, str]:
    """What somebody filled in, as text, after a look at the types. Raises `invalid_prompt_variable`."""
    wrong: dict[str, Message] = {
        sound(str(name))[:60]: _("is no variable of this prompt")
        for name in given
        if name not in prompt.variables
    }
    values: dict[str, str] = {}
    for one in prompt.declared:
        value = given.get(one.name)
        if one.type == "image" or one.name not in given or value is None:
            continue
        if value == "" and (one.default is not None or not one.required):
            continue
        text = _typed(one.type, value)
        if text is None or not storable(text):
            wrong[one.name] = format_lazy(_("is not of the type {type}"), type=one.type)
        else:
            values[one.name] = text
    if wrong:
        raise InvalidInput(code="invalid_prompt_variable", fields=wrong)
    return values


def _typed(kind: str, value: Any) -> str | None:
    """A value as the text that is filled in; None when it is not of its type."""
    if kind == "boolean":
        said = str(value).strip().lower()
        return said if said in ("true", "false") else None
    if kind in ("integer", "number"):
        pattern = r"[+-]?\d{1,30}" if kind == "integer" else r"[+-]?\d{1,30}(\.\d{1,15})?"
        said = str(value).strip()
        return said if not isinstance(value, bool) and re.fullmatch(pattern, said) else None
    if kind == "json":
        return _as_json(value)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _as_json(value: Any) -> str | None:
    try:
        found = json.loads(value) if isinstance(value, str) else value
        return json.dumps(found, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        return None


def _as_text(default: Any) -> str:
    if default is None:
        return ""
    return (
        str(default).lower()
        if isinstance(default, bool)
        else _as_json(default) or ""
        if isinstance(default, dict | list)
        else str(default)
    )


__all__ = [
    "Example", "Problem", "PromptSource", "Variable", "examine", "read", "render", "typed_values",
]  # fmt: skip
