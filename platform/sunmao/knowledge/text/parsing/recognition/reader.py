"""A picture → its lines: find where words are, straighten each place, read it."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from rapidocr.ch_ppocr_det.utils import DBPostProcess, DetPreProcess
from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode
from rapidocr.utils.process_img import get_rotate_crop_image

from sunmao.knowledge.text.parsing.recognition.models import Network
from sunmao.knowledge.text.parsing.recognition.order import Box, lines_of

_FINDER, _READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
LONGEST_SIDE, _SHORTEST_SIDE = 2000, 32
_LINE_HEIGHT, _WIDEST = 48, 3200
_SURE = 0.5
"""Lines that the network is less sure of are smudges more often than words."""


class Recogniser:
    """Holds both networks. Thresholds are those of rapidocr's own configuration for these models."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._find, self._read = Network(_FINDER), Network(_READER)
        self._prepare = DetPreProcess(736, "min", [0.5] * 3, [0.5] * 3)
        self._boxes = DBPostProcess(
            thresh=0.3, box_thresh=0.5, max_candidates=1000, unclip_ratio=1.6, use_dilation=True
        )
        self._decode = CTCLabelDecode(character=self._read.characters())

    def __call__(self, picture: Any) -> list[str]:
        return lines_of(self.boxes(picture))

    def boxes(self, picture: Any) -> list[Box]:
        """Places are those of the picture as it is fitted: no side longer than `LONGEST_SIDE`."""
        image = _fitted(_three_channels(picture))
        if min(image.shape[:2]) < _SHORTEST_SIDE:
            return []
        corners, _scores = self._boxes(self._find(self._prepare(image)), image.shape[:2])
        return [box for place in corners if (box := self._box(image, place))]

    def _box(self, image: Any, corners: Any) -> Box | None:
        cut = get_rotate_crop_image(image, np.asarray(corners, dtype=np.float32))
        if cut.size == 0:
            return None
        [(text, sure)], _words = self._decode(self._read(_line_batch(cut)))
        if sure < _SURE or not text.strip():
            return None
        xs, ys = [float(x) for x, _y in corners], [float(y) for _x, y in corners]
        return Box(min(xs), min(ys), max(xs), max(ys), text.strip())


def _three_channels(picture: Any) -> Any:
    if picture.ndim == 2 or picture.shape[2] == 1:
        return cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_GRAY2BGR)
    return np.ascontiguousarray(picture[:, :, :3])


def _fitted(image: Any) -> Any:
    scale = LONGEST_SIDE / max(image.shape[:2])
    if scale >= 1:
        return image
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def _line_batch(cut: Any) -> Any:
    """Scaled to the height that the network was trained on; at least as wide as it expects."""
    height, width = cut.shape[:2]
    scaled = min(_WIDEST, math.ceil(_LINE_HEIGHT * width / height))
    line = cv2.resize(cut, (scaled, _LINE_HEIGHT)).astype(np.float32)
    batch = np.zeros((1, 3, _LINE_HEIGHT, max(320, scaled)), dtype=np.float32)
    batch[0, :, :, :scaled] = (line.transpose(2, 0, 1) / 255 - 0.5) / 0.5
    return batch


__all__ = ["LONGEST_SIDE", "Recogniser"]
