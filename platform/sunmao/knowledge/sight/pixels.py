"""What a reading process does with a picture: decodes it, upright and small. Runs confined."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from sunmao.knowledge.text.parsing.formats.image import MAX_PIXELS
from sunmao.knowledge.text.parsing.parsed import unreadable

SIDE = 512
"""Encoders look at 224 to 512 pixels a side."""


def taken(*, name: str, data: bytes, recognise: Any) -> dict[str, Any]:
    """The first frame of whatever moves."""
    Image.MAX_IMAGE_PIXELS = None  # its own limit only warns; ours follows
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP", "BMP")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise unreadable("file_too_complex", _("The picture has too many pixels. Save it smaller."))
            upright = ImageOps.exif_transpose(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise unreadable("corrupt_file", _("The picture is damaged. Save it again.")) from error
    upright.thumbnail((SIDE, SIDE))
    rgb = base64.b64encode(upright.tobytes()).decode()
    return {"width": upright.width, "height": upright.height, "rgb": rgb}


__all__ = ["SIDE", "taken"]
