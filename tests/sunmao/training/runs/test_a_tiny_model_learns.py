from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from sunmao.inference.engines.local import loading
from sunmao.training.runs.trainer.encoding import IGNORED, Encoder
from sunmao.training.runs.trainer.learner import Learner
from sunmao.training.runs.trainer.loop import train
from sunmao.training.runs.trainer.objectives import objectives
from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.recipes import recipes
from tests.fixtures.training import OF_KIND, Remembers, chats, examples, plan


def test_no_question_that_is_measured_was_learnt() -> None:
    for kind in OF_KIND:
        asked = {
            part: {json.dumps(one.get("prompt") or one["messages"][:-1]) for one in rows}
            for part, rows in examples(kind).items()
        }
        assert asked["train"].isdisjoint(asked["validation"] | asked["test"])
        assert asked["validation"].isdisjoint(asked["test"])


def learnt(base: Path, folder: Path, objective: str, recipe: str, **more: Any) -> dict[str, Any]:
    channel = Remembers()
    made = plan(base, folder, objective=objective, recipe=recipe, **more)
    train(made, examples(objectives()[objective].kind), channel)
    return channel.one("finished")


@pytest.mark.parametrize("recipe", sorted(recipes()))
def test_held_out_loss_falls_with_every_recipe(recipe: str, speaking_base: Path, tmp_path: Path) -> None:
    found = learnt(speaking_base, tmp_path, "sft", recipe, epochs=3.0)

    assert found["after"]["loss"] < found["before"]["loss"]
    assert found["after"]["perplexity"] < found["before"]["perplexity"]
    assert found["reload_apart"] <= 1e-6


def test_a_base_in_few_bits_still_passes_its_gradients_on(speaking_base: Path, tmp_path: Path) -> None:
    """Also after it has answered without learning, when the library would have packed its weights."""
    made = Learner(plan(speaking_base, tmp_path, recipe="qlora"))
    items = [one for one in (made.work.encode(made, data) for data in chats(4)) if one]

    def first_layer() -> float:
        made.model.train()
        made.model.zero_grad()
        loss, _sums = made.work.loss(made, items)
        loss.backward()
        learns = made.learns()
        return sum(float(one.grad.abs().sum()) for name, one in learns.items() if "layers.0." in name)

    before = first_layer()
    made.figures(items)

    assert first_layer() == pytest.approx(before, rel=1e-3)


@pytest.mark.parametrize("objective", ["dpo", "orpo", "simpo", "cpo", "kto", "reward"])
def test_preferences_are_learnt(objective: str, speaking_base: Path, tmp_path: Path) -> None:
    found = learnt(speaking_base, tmp_path, objective, "lora")

    assert found["after"]["loss"] < found["before"]["loss"]
    assert found["after"]["preference_accuracy"] > 0.9
    assert found["reload_apart"] <= 1e-6


def test_rewards_are_sought_within_a_group(speaking_base: Path, tmp_path: Path) -> None:
    """The pattern alone is worth something: a word that begins as every tenth does."""
    found = learnt(
        speaking_base, tmp_path, "grpo", "lora", epochs=12.0, learning_rate=2e-2,
        rewards=({"name": "pattern", "pattern": "^wb"},), options={"tokens": 2, "group": 8, "beta": 0.0},
    )  # fmt: skip

    assert found["after"]["reward"] > found["before"]["reward"]


def test_only_what_the_assistant_said_is_learnt(speaking_base: Path) -> None:
    loaded = loading.load(str(speaking_base))
    encoder = Encoder(loaded.tokenizer, longest=64, too_long="skip")
    turns = [
        {"role": "system", "content": "wba"},
        {"role": "user", "content": "wbb"},
        {"role": "assistant", "content": "wbc"},
        {"role": "user", "content": "wbd"},
        {"role": "assistant", "content": "wbe wbf"},
    ]
    found = encoder.chat(turns)
    last = encoder.chat(turns, last_only=True)

    assert found is not None
    assert last is not None
    said = [token for token in found.labels if token != IGNORED]
    assert loaded.tokenizer.decode(said) == "wbc </s> wbe wbf </s>"
    assert loaded.tokenizer.decode([one for one in last.labels if one != IGNORED]) == "wbe wbf </s>"


def test_a_template_that_marks_its_answers_is_believed(speaking_base: Path) -> None:
    tokenizer = loading.load(str(speaking_base)).tokenizer
    tokenizer.chat_template = (
        "{% for message in messages %}<{{ message['role'] }}> {% if message['role'] == 'assistant' %}"
        "{% generation %}{{ message['content'] }}{% endgeneration %} </s> {% else %}"
        "{{ message['content'] }} </s> {% endif %}{% endfor %}"
    )
    found = Encoder(tokenizer, longest=64, too_long="skip").chat(chats(1)[0]["messages"])

    assert found is not None
    said = [token for token in found.labels if token != IGNORED]
    assert tokenizer.decode(said) == chats(1)[0]["messages"][1]["content"]


def test_a_template_that_rewrites_what_came_before_is_refused(speaking_base: Path) -> None:
    tokenizer = loading.load(str(speaking_base)).tokenizer
    tokenizer.chat_template = (
        "{{ messages | length }} {% for message in messages %}{{ message['content'] }} {% endfor %}"
    )
    with pytest.raises(Problem) as refused:
        Encoder(tokenizer, longest=64, too_long="skip").chat(chats(1)[0]["messages"])

    assert refused.value.code == "training_template"


@pytest.mark.parametrize(("setting", "skipped", "cut"), [("skip", 1, 0), ("cut", 0, 1)])
def test_what_is_too_long_is_told(
    setting: str, skipped: int, cut: int, speaking_base: Path, tmp_path: Path
) -> None:
    given = examples("chat", 16)
    given["train"].append(
        {"messages": [{"role": "user", "content": "wba"}, {"role": "assistant", "content": "wbb " * 80}]}
    )
    channel = Remembers()
    train(plan(speaking_base, tmp_path, too_long=setting, epochs=1.0), given, channel)

    told = channel.one("started")
    assert (told["skipped"], told["cut"]) == (skipped, cut)


def test_what_is_too_long_is_refused_when_it_should_be(speaking_base: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        train(
            plan(speaking_base, tmp_path, too_long="refuse", max_length=5), examples("chat", 8), Remembers()
        )

    assert refused.value.code == "training_text_too_long"


def test_a_loss_that_is_no_number_stops_it_with_the_last_good_checkpoint(
    speaking_base: Path, tmp_path: Path
) -> None:
    from sunmao.training.runs.trainer import checkpoints

    channel = Remembers()
    with pytest.raises(Problem) as stopped:
        train(
            plan(speaking_base, tmp_path, recipe="full", learning_rate=1e30, clip=0.0, schedule="constant"),
            examples("chat"), channel,
        )  # fmt: skip

    assert stopped.value.code == "training_not_finite"
    kept = checkpoints.newest(tmp_path)
    assert kept is not None
    assert all(bool(torch.isfinite(one).all()) for one in kept.tensors("learnt").values())


def test_a_validation_that_is_no_number_stops_it_before_it_is_told(
    speaking_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sunmao.training.runs.trainer.learner import Learner

    monkeypatch.setattr(Learner, "figures", lambda *_: {"loss": float("nan")})
    channel = Remembers()
    with pytest.raises(Problem) as stopped:
        train(plan(speaking_base, tmp_path), examples("chat"), channel)

    assert stopped.value.code == "training_not_finite"
    assert "nan" not in str(channel.said).lower()


def test_judged_answers_must_be_of_both_kinds(speaking_base: Path, tmp_path: Path) -> None:
    given = examples("judged")
    given["train"] = [one for one in given["train"] if one["good"]]
    with pytest.raises(Problem) as refused:
        train(plan(speaking_base, tmp_path, objective="kto"), given, Remembers())

    assert refused.value.code == "training_single_class"


def test_a_beginning_from_what_the_base_uses_least_is_an_ordinary_lora(
    speaking_base: Path, tmp_path: Path
) -> None:
    found = learnt(speaking_base, tmp_path, "sft", "lora", init="cur")

    made = Learner(plan(speaking_base, tmp_path, init="cur"))
    frozen = {name for name, one in made.model.named_parameters() if "lora_A" in name and one.requires_grad}
    written = load_file(Path(found["result"]["folder"]) / "adapter_model.safetensors")
    config = json.loads((Path(found["result"]["folder"]) / "adapter_config.json").read_text())
    assert frozen == set()
    assert found["after"]["loss"] < found["before"]["loss"]
    assert (config["peft_type"], config["r"]) == ("LORA", 4)
    assert sum(one.numel() for name, one in written.items() if "lora_B" in name and one.abs().sum() > 0) > 0


def test_what_must_not_be_forgotten_is_measured_before_and_after(speaking_base: Path, tmp_path: Path) -> None:
    given = {**examples("chat"), "general": chats(30)[24:]}
    channel = Remembers()
    train(plan(speaking_base, tmp_path), given, channel)

    said = channel.one("finished")
    assert said["before"]["general_perplexity"] > 0
    assert said["after"]["general_perplexity"] != said["before"]["general_perplexity"]
