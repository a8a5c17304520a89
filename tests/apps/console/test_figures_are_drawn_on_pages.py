"""What a page draws and says of trainings and evaluations."""

from __future__ import annotations

from django.utils import translation

from apps.console import charts, training_words
from apps.console.suites import _spoken
from apps.console.training_shown import plots
from sunmao.core.ids import new_id
from sunmao.training.runs.models import Figure


def test_the_runs_of_a_suite_stand_at_their_rates() -> None:
    drawn = charts.history(
        [("#1", {"pass_rate": 0.5, "interval": (0.25, 0.75)}), ("#2", {"pass_rate": 1.0}), ("#3", {})]
    )
    assert drawn is not None
    assert drawn["line"] == "140.0,90.0 420.0,0.0"
    assert [(one["low"], one["high"]) for one in drawn["points"]] == [("135.0", "45.0"), ("", "")]
    assert charts.history([("#3", {})]) is None


def test_bars_stay_within_their_row_and_say_their_share() -> None:
    (bars,) = charts.side_by_side([("ROUGE-L", 0.4, 1.2), ("none", None, None)])
    assert bars["before"] == {"wide": "40.00%", "shown": "40.0 %"}
    assert bars["after"]["wide"] == "100.00%"


def test_figures_of_a_training_are_lines_with_their_ends_in_words() -> None:
    rows = [
        Figure(organisation_id=new_id(), part="train", step=step, figures={"perplexity": value})
        for step, value in ((10, 2_000.0), (20, 1_000.0))
    ]
    (drawn,) = plots(rows)
    assert drawn["train"] == "280.0,0.0 560.0,180.0"
    assert (drawn["highest"], drawn["lowest"], drawn["furthest"]) == ("2,000", "1,000", "20")


def test_codes_are_told_in_words() -> None:
    with translation.override("en"):
        assert str(training_words.recipe("lora")) == "LoRA"
        assert str(training_words.objective("sft")) == "Answers as they stand (SFT)"
        assert training_words.figure("token_accuracy", 0.5) == "50.0 %"
        told = training_words.details({"step": "7", "figure": "loss"})
        assert [str(name) for name, _said in told] == ["Step", "Figure that was no number"]
        assert [said for _name, said in told] == ["7", "Loss"]
        assert _spoken({"kind": "contains", "any": ["7 days", "a week"]}).endswith(": any of 7 days, a week")
