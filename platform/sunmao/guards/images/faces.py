"""Finding faces: by YuNet where the operator names its file, else by the cascade that scikit-image brings.

The cascade finds upright faces that look at the camera. It misses profiles and small faces, and now and then
takes a pattern for a face: good enough to blur, and said so (`ProtectedImage.partial`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings

Rectangle = tuple[int, int, int, int]
Finder = Callable[[Any], list[Rectangle]]

_SMALLEST, _LARGEST, _SIDE = 24, 600, 640
_SURE = 0.8


@cache
def finder() -> Finder | None:
    """None where neither is installed: then nobody can say that a picture shows no face."""
    if settings.SUNMAO_FACE_MODEL:
        return _yunet(settings.SUNMAO_FACE_MODEL)
    return _cascade() if find_spec("skimage") else None


def _yunet(model: str) -> Finder:
    import cv2

    def find(image: Any) -> list[Rectangle]:
        height, width = image.shape[:2]
        network = cv2.FaceDetectorYN.create(model, "", (width, height), _SURE)
        _count, faces = network.detect(image)
        return [(int(x), int(y), int(w), int(h)) for x, y, w, h, *_ in ([] if faces is None else faces)]

    return find


def _cascade() -> Finder:
    import cv2

    data, feature = import_module("skimage.data"), import_module("skimage.feature")
    cascade = feature.Cascade(data.lbp_frontal_face_cascade_filename())

    def find(image: Any) -> list[Rectangle]:
        scale = max(1.0, max(image.shape[:2]) / _SIDE)
        height, width = (round(side / scale) for side in image.shape[:2])
        small = cv2.cvtColor(cv2.resize(image, (width, height)), cv2.COLOR_BGR2RGB)
        largest = min(_LARGEST, height, width)
        if largest < _SMALLEST:
            return []
        found = cascade.detect_multi_scale(
            img=small, scale_factor=1.2, step_ratio=1,
            min_size=(_SMALLEST, _SMALLEST), max_size=(largest, largest),
        )  # fmt: skip
        return [_rectangle(one, scale) for one in found]

    return find


def _rectangle(found: Mapping[str, int], scale: float) -> Rectangle:
    left, top = round(found["c"] * scale), round(found["r"] * scale)
    return left, top, round(found["width"] * scale), round(found["height"] * scale)


__all__ = ["Finder", "Rectangle", "finder"]
