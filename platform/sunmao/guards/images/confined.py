"""`protect_image` in a process of its own, with little memory and time: decoders have faults.

The child reads the picture from standard input and writes a line of JSON, then the protected picture.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import UnreadableFile
from sunmao.guards.images.protecting import ProtectedImage
from sunmao.guards.personal.policy import ImageMode

SECONDS, MEMORY = 60, 3 * 1024**3
ROOT = Path(__file__).parents[3]


def protect_confined(data: bytes, mode: ImageMode, *, words: str = "") -> ProtectedImage:
    """`words` is the dotted path of a function that reads words and their places in a picture."""
    if mode == "off":
        return ProtectedImage(data)
    try:
        done = subprocess.run(  # noqa: S603  our own module
            [sys.executable, "-m", "sunmao.guards.images", mode, words, settings.SUNMAO_FACE_MODEL],
            input=data, capture_output=True, timeout=SECONDS, check=True, cwd="/",
            env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}, preexec_fn=_confine,
        )  # fmt: skip
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise UnreadableFile(
            _("The picture could not be searched for personal data. Save it smaller and try again."),
            code="image_not_checked",
        ) from error
    head, _newline, picture = done.stdout.partition(b"\n")
    told = json.loads(head)
    return ProtectedImage(picture, told["found"], told["refused"], told["partial"])


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


__all__ = ["protect_confined"]
