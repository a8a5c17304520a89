"""The structured form of a prompt: parts, variables with types, examples, strategies; faults by line."""

from __future__ import annotations

import pytest

from sunmao.core.errors import InvalidInput
from sunmao.core.vertical import configs
from sunmao.prompts.source import examine, read, render, typed_values
from sunmao.prompts.strategy import calls_of

PARTS = """---
language: zh
role: 零售客服助理
task: 回答 {{ question }}
constraints:
  - 不超过 50 字
  - 不猜测
format: 一句话
variables:
  question: {description: 顾客的问题}
  tone: {default: 礼貌}
examples:
  - {input: 能退吗, output: 可以}
---
"""


def test_parts_without_a_body_are_put_together() -> None:
    text = render(read(PARTS), {"question": "多久到账？"})
    assert text == (
        "# 角色\n\n零售客服助理\n\n# 任务\n\n回答 多久到账？\n\n# 要求\n\n- 不超过 50 字\n- 不猜测\n\n"
        "# 示例\n\n输入: 能退吗\n输出: 可以\n\n# 格式\n\n一句话\n\n# tone\n\n礼貌"
    )


def test_a_body_names_the_parts() -> None:
    front = "---\nrole: A clerk\nconstraints: [Be kind, Be brief]\nvariables: [q]\n---\n"
    source = front + "{{ role }}.\n{{constraints}}\n{{ q }}"
    assert render(read(source), {"q": "?"}) == "A clerk.\n- Be kind\n- Be brief\n?"


def test_examples_of_few_shot_are_left_to_the_strategy() -> None:
    source = PARTS.replace("---\n\n", "").replace("format: 一句话", "format: 一句话\nstrategy: [few_shot]")
    assert "示例" not in render(read(source), {"question": "?"})


FAULTS = {
    "an unknown variable": ("---\nvariables: []\n---\n\nHi\n{{ name }}", [(6, "unknown_variable")]),
    "an unused variable": ("---\nvariables:\n  - a\n  - b\n---\n{{ a }}", [(4, "unused_variable")]),
    "a capital letter": ("---\nvariables: [a]\n---\n{{ a }} {{ A }}", [(4, "unknown_variable")]),
    "an unknown variable in a part": ("---\nrole: x\ntask: do {{ y }}\n---\n", [(3, "unknown_variable")]),
    "an unknown type": (
        "---\nvariables:\n  a: {type: colour}\n---\n{{ a }}", [(3, "bad_variable"), (5, "unknown_variable")],
    ),
    "a default of another type": (
        "---\nvariables:\n  a: {type: integer, default: many}\n---\n{{ a }}",
        [(3, "bad_variable"), (5, "unknown_variable")],
    ),
    "an unknown strategy": ("---\nstrategy: [magic]\n---\nHi", [(2, "bad_strategy")]),
    "too many samples": ("---\nstrategy: [self_consistency: {samples: 10}]\n---\nHi", [(2, "bad_strategy")]),
    "few_shot without examples": ("---\nstrategy: [few_shot]\n---\nHi", [(2, "no_examples")]),
    "an example without an output": ("---\nexamples: [{input: a}]\n---\nHi", [(2, "bad_example")]),
    "a schema that is none": ("---\nname: x\nschema: {type: nope}\n---\nHi", [(3, "bad_schema")]),
    "a schema of text": ("---\nschema: nope\n---\nHi", [(2, "bad_schema")]),
    "a schema with a day": ("---\nschema: {const: 2026-01-01}\n---\nHi", [(2, "bad_schema")]),
    "a schema from elsewhere": ("---\nschema: {$ref: 'http://a/b'}\n---\nHi", [(2, "bad_schema")]),
    "a pattern that never ends": ("---\nschema: {pattern: '(a+)+b'}\n---\nHi", [(2, "bad_schema")]),
    "nothing to say": ("---\nname: x\n---\n", [(4, "empty_body")]),
    "a control sign": ("---\nname: x\n---\nHi\x00", [(1, "too_long")]),
    "names for what stands elsewhere": ("---\nname: &a x\nrole: *a\n---\nHi", [(2, "no_yaml")]),
    "YAML that is none": ("---\nname: x\n  y: [\n---\nHi", [(3, "no_yaml")]),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_told_with_its_line(case: str) -> None:
    source, problems = FAULTS[case]
    assert [(one.line, one.code) for one in examine(source)[1]] == problems


def test_values_are_of_their_types() -> None:
    prompt = read(
        "---\nvariables:\n  n: {type: integer}\n  x: {type: number, default: 1.5}\n"
        "  agreed: {type: boolean}\n  rows: {type: json}\n  photo: {type: image}\n---\n"
        "{{ n }}{{ x }}{{ agreed }}{{ rows }}"
    )
    given = {"n": "12", "agreed": True, "rows": [{"a": "好"}]}
    assert typed_values(prompt, given) == {"n": "12", "agreed": "true", "rows": '[{"a": "好"}]'}
    assert render(prompt, typed_values(prompt, given)) == '121.5true[{"a": "好"}]'
    with pytest.raises(InvalidInput) as caught:
        typed_values(prompt, {"n": "1.5", "x": "much", "agreed": "maybe", "rows": "{", "other": 1})
    assert sorted(caught.value.fields) == ["agreed", "n", "other", "rows", "x"]


def test_what_a_strategy_costs_is_known_beforehand() -> None:
    def calls(strategy: str) -> int:
        return calls_of(read(f"---\nstrategy: {strategy}\n---\nHi").strategy)

    assert calls("[]") == 1
    assert calls("[chain_of_thought]") == 2
    assert calls("[{self_consistency: {samples: 7}}]") == 7
    assert calls("[{tree_of_thought: {depth: 2, width: 3, beam: 2}}]") == 17


def test_every_prompt_of_the_product_can_be_read() -> None:
    files = [file for config in configs() for file in (config.folder / "prompts").glob("*.md")]
    assert len(files) == 10
    for file in files:
        prompt, problems = examine(file.read_text(encoding="utf-8"))
        assert problems == [], file
        assert prompt is not None
        assert prompt.template == prompt.body
