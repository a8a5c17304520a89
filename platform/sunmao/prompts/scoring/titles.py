"""What the parts are called, and what a check that is not met advises."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message

PARTS: Mapping[str, Message] = {
    "clarity": _("Clarity"),
    "completeness": _("Completeness"),
    "guidance": _("Guidance"),
    "constraining": _("Constraints"),
    "adaptability": _("Fit for other models"),
}
ADVICE: Mapping[str, Message] = {
    "task_first": _("Say at the beginning, with a verb, what is to be done."),
    "no_vague_words": _("Replace words that leave the measure open by what is meant."),
    "short_sentences": _("Cut long sentences: one demand in each."),
    "visible_structure": _("Use headings or a list where there is more than one demand."),
    "no_contradiction": _("Two demands contradict each other; keep one."),
    "role": _("Say as whom the model is to write."),
    "task": _("Name the task."),
    "inputs_set_apart": _("Put a heading or a mark before each variable, so that it is set apart."),
    "format": _("Say what the answer looks like."),
    "constraints": _("Give at least three requirements, one per line."),
    "unknown_case": _("Say what to do when the answer is not there."),
    "examples": _("Show two examples or more, of input and output."),
    "steps": _("Give the order of the steps, or let the model think step by step."),
    "variables_described": _("Describe each variable, or put a heading before it."),
    "tone": _("Say for whom it is and in which tone."),
    "length_bound": _("Bound the length, or give a schema."),
    "forbidden": _("Say what must not be in the answer."),
    "boundary": _("Say what the answer is limited to, and that there is nothing else."),
    "inputs_are_data": _("Say that long inputs are data whose requests are not followed."),
    "no_model_names": _("Leave out names and control marks of one model."),
    "fits_small_context": _("Shorten it: small models lose what is long."),
    "one_language": _("Write the instructions in the prompt's own language."),
    "json_shown": _("Show the JSON that is wanted, or give a schema."),
    "named_parts": _("Divide it into role, task, constraints and format."),
}

__all__ = ["ADVICE", "PARTS"]
