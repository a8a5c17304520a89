"""Which adapter answers: the one that the release pins, and what the record and the label say of it."""

from __future__ import annotations

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.answering.run import Run
from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import Finished
from sunmao.modelhub import serving


def choose(run: Run) -> None:
    """In the organisation's scope. A release whose adapter may not answer, answers nothing."""
    assert run.release is not None  # noqa: S101
    assert run.engine is not None  # noqa: S101
    if run.release.adapter is None:
        loaded = getattr(run.engine, "loaded", None)
        run.served = serving.described_base(loaded.print) if loaded is not None else None
        return
    run.served = serving.served(run.release.adapter)
    if not run.engine.capabilities.adapters:
        raise EngineFailure(
            format_lazy(
                _("The engine {engine} takes no adapters, and the release pins one."), engine=run.engine.name
            ),
            code="adapters_not_supported",
        )


def name_of(run: Run) -> str:
    """As engines call it; empty for the base alone."""
    return run.served.name if run.served else ""


def model_of(run: Run) -> str:
    """As the record keeps it: base and adapter, where the model hub knows them."""
    assert run.engine is not None  # noqa: S101
    return run.served.model if run.served else run.engine.model


def producer_of(run: Run) -> dict[str, str]:
    """Who answers for the model, for the label; empty where nobody said."""
    told = {"provider": "", "filing_number": ""} if run.served is None else vars(run.served)
    return {name: told[name] for name in ("provider", "filing_number") if told[name]}


def note(run: Run, event: Any) -> None:
    """That a part of the prompt was left out stands in the record."""
    if isinstance(event, Finished) and event.trimmed:
        run.guards["context"] = {"trimmed_tokens": event.trimmed}


__all__ = ["choose", "model_of", "name_of", "note", "producer_of"]
