"""Pictures: their words, where text recognition is installed. A picture of several pages keeps them apart."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.knowledge.text.parsing.flow import flowed
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import PageSpan, Parsed, Picture, Remark, unreadable
from sunmao.knowledge.text.parsing.pictures import LARGEST_ALL, TYPES
from sunmao.knowledge.text.parsing.source import Content, Format, Source

MEDIA_TYPE = "image/*"
MAX_PIXELS = 50_000_000
"""Of one page: a sheet of A3 at 400 dpi has 31 million."""
MAX_PAGES = 200

_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"GIF8", b"BM")
_KINDS = ("Bmp", "Gif", "Jpeg", "Mpo", "Png", "Ppm", "Tiff", "WebP")
_LONGEST_SIDE = 2000


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile`: `no_text_layer`, `file_too_complex`, `corrupt_file` or `empty_file`."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # its own limit only warns; ours follows
    with Image.open(BytesIO(source.data), formats=("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP")) as picture:
        count = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
        if picture.width * picture.height > MAX_PIXELS or count > MAX_PAGES:
            raise unreadable(
                "file_too_complex", _("The picture has too many pixels or pages. Save it smaller.")
            )
        if source.wordless and picture.format in TYPES and len(source.data) <= LARGEST_ALL:
            return _shown(source, picture, TYPES[picture.format])
        if source.recognise is None:
            raise unreadable(
                "no_text_layer",
                _("This installation does not read words in pictures. Upload a text instead."),
            )
        text, starts = flowed([source.recognise(_pixels(picture, page)) for page in range(count)])
    if not text.strip():
        raise unreadable("empty_file", _("No words were recognised in the picture."))
    ends = [*starts[1:], len(text)]
    return Parsed(
        text=text,
        title=title_from(source.name),
        media_type=MEDIA_TYPE,
        pages=tuple(PageSpan(i, *span) for i, span in enumerate(zip(starts, ends, strict=True), start=1)),
        remarks=(Remark("recognised_pages", str(count)),),
    )


def _shown(source: Source, picture: Any, media_type: str) -> Parsed:
    """A passage that is found by its looks, whether words are read in it or not."""
    shot = f"![{title_from(source.name)}]"
    words = source.recognise(_pixels(picture, 0)) if source.recognise else []
    text = "\n".join([shot, *(line.strip() for line in words if line.strip())])
    read = Remark("recognised_pages", "1") if source.recognise else Remark("unread_pictures", "1")
    encoded = base64.b64encode(source.data).decode()
    return Parsed(
        text=text,
        title=title_from(source.name),
        media_type=MEDIA_TYPE,
        pages=(PageSpan(1, 0, len(text)),),
        remarks=(read,),
        pictures=(Picture(media_type, encoded, 0, len(text)),),
    )


def _pixels(picture: Any, page: int) -> Any:
    """Upright, small enough, and in the order of channels that OpenCV expects."""
    import numpy as np
    from PIL import ImageOps

    picture.seek(page)
    upright = ImageOps.exif_transpose(picture.convert("RGB"))
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return np.asarray(upright)[:, :, ::-1]


def _is_picture(content: Content) -> bool:
    data = content.data
    return data.startswith(_SIGNATURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


FORMAT = Format(
    MEDIA_TYPE,
    (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".gif"),
    parse,
    _is_picture,
    needs=("PIL.Image", "PIL.ImageOps", "numpy", *(f"PIL.{kind}ImagePlugin" for kind in _KINDS)),
)
__all__ = ["FORMAT"]
