"""The confined child of `sunmao.guards.images.confined`."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import cast

from django.conf import settings

from sunmao.guards.images.protecting import Words, protect_image
from sunmao.guards.personal.policy import ImageMode


def main() -> None:
    mode, dotted, model = sys.argv[1:4]
    settings.configure(SUNMAO_FACE_MODEL=model)
    module, _dot, name = dotted.rpartition(".")
    words = cast(Words, getattr(import_module(module), name)) if dotted else None
    made = protect_image(sys.stdin.buffer.read(), cast(ImageMode, mode), words=words)
    head = {"found": made.found, "refused": made.refused, "partial": made.partial}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + made.data)


if __name__ == "__main__":
    main()
