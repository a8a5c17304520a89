"""Each strategy does what its name says, with an engine that answers by rule."""

from __future__ import annotations

import pytest

from sunmao.inference.engine import Finished, GenerationRequest, Image, Token
from sunmao.inference.strategies import Told, events
from sunmao.inference.strategies.dressing import NoImages
from sunmao.inference.strategies.reasoning import Hidden, answer_of
from sunmao.inference.strategies.similarity import nearest
from sunmao.inference.strategies.voting import elected
from sunmao.prompts.source import Example, read
from sunmao.prompts.strategy import calls_of
from tests.sunmao.inference.strategies.ruled import Ruled, asked, said


def _prompt(strategy: str, more: str = "") -> str:
    return f"---\nlanguage: en\nvariables: [q]\nstrategy: {strategy}\n{more}---\nSay: {{{{ q }}}}\n"


def test_without_a_strategy_the_request_is_the_engines() -> None:
    engine = Ruled(lambda request: "fine")
    text, told = said(engine, _prompt("[zero_shot]"))
    assert (text, told.calls, told.notes) == ("fine", 1, {})
    assert engine.asked[0].messages == ()


def test_an_engine_that_quotes_is_asked_as_it_is() -> None:
    engine = Ruled(lambda request: "quoted")
    engine.generative = False  # type: ignore[misc]
    source = read(_prompt("[chain_of_thought]"))
    request = asked(source, "?")
    assert list(events(engine, request, source))[-1] == Finished("stop", 6, len(request.prompt))  # type: ignore[arg-type]
    assert engine.asked == [request]


EXAMPLES = """examples:
  - {input: "How do I return a chair?", output: return}
  - {input: "When does my order arrive?", output: delivery}
  - {input: "Can I return a damaged table?", output: return}
  - {input: "How do I pay by card?", output: payment}
"""


def test_few_shot_shows_the_most_similar_examples_last() -> None:
    engine = Ruled(lambda request: "x")
    _text, told = said(
        engine, _prompt("[{few_shot: {examples: 2}}]", EXAMPLES), "Can I return a damaged lamp?"
    )
    turns = [(one.role, one.content) for one in engine.asked[0].messages]
    assert turns[:4] == [
        ("user", "How do I return a chair?"),
        ("assistant", "return"),
        ("user", "Can I return a damaged table?"),
        ("assistant", "return"),
    ]
    assert turns[4] == ("user", "Say: Can I return a damaged lamp?")
    assert told.notes["examples"] == [2, 0]


def test_an_example_that_is_the_question_itself_is_left_out() -> None:
    examples = [Example("多久退款", "七天"), Example("多久退款 ", "x"), Example("怎么付款", "扫码")]
    assert nearest("多久退款", examples, limit=3) == [examples[2]]


def test_chinese_examples_are_found_by_their_words() -> None:
    examples = [Example("怎么开发票", "a"), Example("退货运费谁出", "b"), Example("发票抬头写错了", "c")]
    assert nearest("发票怎么改抬头", examples, limit=1) == [examples[2]]


def test_what_is_thought_aloud_is_no_part_of_the_answer() -> None:
    engine = Ruled(lambda request: "<reasoning>2 + 2 is 4</reasoning>\n\nIt is 4.", pieces=2)
    text, told = said(engine, _prompt("[chain_of_thought]"))
    assert text == "It is 4."
    assert "<reasoning>" in engine.asked[0].prompt
    assert (told.calls, told.notes) == (1, {"reasoned": 10})


def test_a_model_that_only_thinks_is_asked_once_more_for_the_answer() -> None:
    engine = Ruled(lambda request: "<think>on and on" if "<reasoning>" in request.prompt else "4")
    text, told = said(engine, _prompt("[chain_of_thought]"))
    assert (text, told.calls, told.notes["asked_again"]) == ("4", 2, True)
    assert calls_of(read(_prompt("[chain_of_thought]")).strategy) == 2


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_marks_are_found_in_pieces_of_any_size(size: int) -> None:
    whole = "<think>a < b</think> 1 < 2 and <reason why> <reasoning>x</reasoning> end <rea"
    hidden = Hidden()
    out = "".join(hidden.through(whole[at : at + size]) for at in range(0, len(whole), size)) + hidden.rest()
    assert out == "1 < 2 and <reason why>  end <rea"
    assert answer_of(whole) == out


def test_of_several_samples_the_one_wins_that_most_agree_on() -> None:
    answers = ["Result: 41", "The answer is 42.", "42", "Forty-two, so 42%", "It is 42"]
    engine = Ruled(lambda request: answers[request.seed or 0])
    text, told = said(engine, _prompt("[{self_consistency: {samples: 5, compare: number}}]"), temperature=0.1)
    assert text == "The answer is 42."
    assert told.notes == {"votes": 3, "samples": 5}
    assert sorted((one.seed, one.temperature) for one in engine.asked) == [(n, 0.7) for n in range(5)]
    assert told.calls == 5


@pytest.mark.parametrize(
    ("case", "compare", "answers", "winner"),
    [
        ("signs and case do not count", "text", ["No!", "Yes.", "yes"], ("Yes.", 2)),
        ("of equals the first one wins", "text", ["B", "A", "b ", "a"], ("B", 2)),
        ("Chinese numerals are figures", "number", ["百分之五", "是 5%", "6%"], ("百分之五", 2)),
        ("only the last line counts", "last_line", ["so\nA", "thus\nB", "hence\nA"], ("so\nA", 2)),
        ("keys have no order", "json", ['{"a":1,"b":2}', '{"b":2,"a":1}'], ('{"a":1,"b":2}', 2)),
        ("empty answers have no vote", "text", ["", "", "A"], ("A", 1)),
        ("nothing at all", "text", ["", ""], ("", 0)),
    ],
)  # fmt: skip
def test_answers_are_compared_by_what_they_say(
    case: str, compare: str, answers: list[str], winner: tuple[str, int]
) -> None:
    assert elected(answers, compare) == winner, case


def test_thinking_and_voting_go_together() -> None:
    engine = Ruled(lambda request: f"<reasoning>{request.seed}</reasoning>{'A' if request.seed else 'B'}")
    text, told = said(engine, _prompt("[chain_of_thought, {self_consistency: {samples: 3}}]"))
    assert (text, told.notes["votes"]) == ("A", 2)


def _by_steps(request: GenerationRequest) -> str:
    last = request.conversation[-1].content
    if "Grade" in last:
        return "9" if "good" in last.rsplit("\n", 1)[-1] else "2 of 10"
    if "next steps" in last:
        return "1. a bad way\n- a good way\n\na good way\nanother"
    return "done by " + last.rsplit("1. ", 1)[-1].split("\n")[0]


def test_a_tree_keeps_the_best_steps_within_its_bounds() -> None:
    engine = Ruled(_by_steps)
    strategy = "[{tree_of_thought: {depth: 2, width: 3, beam: 2}}]"
    text, told = said(engine, _prompt(strategy))
    assert text == "done by a good way"
    assert told.notes["steps"] == ["a good way", "a good way"]
    assert told.calls == len(engine.asked) == 1 + 3 + 2 + 6 + 1
    assert told.calls <= calls_of(read(_prompt(strategy)).strategy)


def test_steps_that_lead_nowhere_end_in_a_plain_answer() -> None:
    engine = Ruled(lambda request: "" if "next steps" in request.prompt else "plain")
    text, told = said(engine, _prompt("[{tree_of_thought: {}}]"))
    assert (text, told.notes["steps"], told.calls) == ("plain", [], 2)


def test_the_role_speaks_first_and_the_format_last() -> None:
    engine = Ruled(lambda request: "x", schema=True)
    more = "role: A careful clerk\nformat: One line\nschema: {type: object}\n"
    said(engine, _prompt("[role, format]", more))
    request = engine.asked[0]
    assert [(one.role, one.content) for one in request.messages] == [
        ("system", "A careful clerk"),
        ("user", "Say: ?\n\nKeep exactly to this format:\nOne line"),
    ]
    assert request.schema == {"type": "object"}


def test_a_schema_is_written_down_where_it_cannot_be_enforced() -> None:
    engine = Ruled(lambda request: "x")
    said(engine, _prompt("[]", "schema: {type: object}\n"))
    assert engine.asked[0].prompt.endswith('that fits this JSON schema:\n{"type": "object"}')
    assert engine.asked[0].schema is None


def test_images_go_with_the_question_or_are_refused_clearly() -> None:
    picture = Image(b"\x89PNG", "image/png")
    able = Ruled(lambda request: str(len(request.conversation[-1].images)), images=True)
    assert said(able, _prompt("[images]"), images=[picture])[0] == "1"
    with pytest.raises(NoImages) as caught:
        said(Ruled(lambda request: "x"), _prompt("[images]"), images=[picture])
    assert caught.value.code == "engine_without_images"


@pytest.mark.parametrize(
    "strategy", ["[self_consistency: {}]", "[tree_of_thought: {}]", "[chain_of_thought]"]
)
def test_whoever_goes_away_stops_it(strategy: str) -> None:
    engine = Ruled(lambda request: "word")
    source = read(_prompt(strategy))
    out = list(events(engine, asked(source, "?", stopped=lambda: True), source, told=Told()))  # type: ignore[arg-type]
    assert [event for event in out if isinstance(event, Token)] == []
    assert out[-1].reason == "cancelled"  # type: ignore[union-attr]
    assert len(engine.asked) <= 5
