"""Which law makes an organisation keep what was asked and answered, and so which key of a person seals it."""

from __future__ import annotations

from sunmao.audit import retention


def duty_of(task_name: str) -> str:
    """The class of a task's records when a law stands behind it; empty when erasing may take them all."""
    return retention.duty_of(retention.class_of_task(task_name))
