"""What people are told of a training that could not begin, or did not come to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Conflict, Message, NotFound, SunmaoError


class UnknownTraining(NotFound):
    code = "unknown_training"
    default_message = _("There is no such training, or you may not see it.")


class TrainingConflict(Conflict):
    code = "training_not_ready"
    messages: ClassVar[Mapping[str, Message]] = {
        "model_not_ready": _("The base model has not been read yet, or its reading failed."),
        "dataset_not_approved": _(
            "Trainings read approved versions of data sets only. Have somebody approve this one first."
        ),
        "dataset_wrong_kind": _(
            "The data set holds another kind of examples than this objective learns from."
        ),
        "training_no_examples": _("No example is left that could be learnt from."),
        "training_too_big": _(
            "This training would need more memory than there is. `fields` says how much of what. Choose "
            "QLoRA, a smaller batch, shorter texts, or a smaller model."
        ),
        "training_not_resumable": _("Only a training that was cancelled or has failed goes on."),
        "training_ended": _("This training has already ended."),
        "judge_not_confirmed": _(
            "A judge whose grades are learnt must have been held against people first. `fields` says what is "
            "missing."
        ),
        "training_without_result": _("There is nothing to export: the training has no adapter of the hub."),
    }


class TrainingFailed(SunmaoError):
    """Ends the job; the run keeps its last good checkpoint, from which it can go on."""

    code, status = "training_failed", 422
    messages: ClassVar[Mapping[str, Message]] = {
        "training_failed": _(
            "The training stopped with an unexpected error. The last checkpoint is kept; the worker's log "
            "has the details."
        ),
        "training_out_of_memory": _(
            "Memory ran out. The last checkpoint is kept. Choose a smaller batch (and more accumulation), "
            "shorter texts, gradient checkpointing, or QLoRA, and resume."
        ),
        "training_not_finite": _(
            "The loss was not a number any more. The last good checkpoint is kept. Choose a lower learning "
            "rate, or look for damaged examples, and start again."
        ),
        "training_disk_full": _(
            "There was no room on the disk for a checkpoint. The last good one is kept. Free some space and "
            "resume."
        ),
        "training_base_missing": _(
            "The files of the base model are not on this worker, or cannot be read. Put them back and resume."
        ),
        "training_text_too_long": _(
            "An example is longer than the training reads. Choose to cut or to skip such examples, or a "
            "longer length."
        ),
        "training_no_examples": _("No example is left that could be learnt from."),
        "training_single_class": _(
            "All examples say the same: this objective needs good answers and bad ones."
        ),
        "training_template": _(
            "The chat template of the base does not let its answers be told apart from its questions. Mark "
            "them in the template with `generation`."
        ),
        "training_tokenizer": _("The tokenizer of the base is too old: it tells no places of its tokens."),
        "training_reward": _("A reward cannot be computed. `fields` says which and why."),
        "training_judge": _("The reward of a judge can only be asked for by a worker."),
        "training_init": _("This beginning is for LoRA on a base that is not quantised."),
        "training_needs_adapter": _(
            "To stay near its base a model must be able to answer as it: choose an adapter, or set beta to 0."
        ),
        "training_recipe": _("This recipe does not fit the base model."),
        "training_reload": _(
            "The best checkpoint did not say the same after it was read again. Nothing was registered."
        ),
        "training_checkpoint": _("The best checkpoint is damaged. Nothing was registered."),
    }


__all__ = ["TrainingConflict", "TrainingFailed", "UnknownTraining"]
