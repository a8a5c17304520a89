"""The networks of PP-OCR as they come in the rapidocr wheel, run by OpenCV's own runtime.

rapidocr would run them with onnxruntime; OpenCV, which it brings along, runs them as well, with one thread
and without a second runtime.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import cv2
import numpy as np

_METADATA, _KEY, _VALUE = 14, 1, 2
"""Field numbers of `metadata_props` in onnx.proto."""


class Network:
    """One network: an array in, an array out."""

    def __init__(self, name: str) -> None:
        self.content = (files("rapidocr") / "models" / name).read_bytes()
        self._network = cv2.dnn.readNetFromONNX(np.frombuffer(self.content, np.uint8))

    def __call__(self, batch: Any) -> Any:
        self._network.setInput(np.ascontiguousarray(batch, dtype=np.float32))
        return self._network.forward()

    def characters(self) -> list[str]:
        """The alphabet of a recognising network, which stands in its metadata."""
        return metadata_of(self.content)["character"].splitlines()


def metadata_of(model: bytes) -> dict[str, str]:
    """The `metadata_props` of an ONNX file, read by the wire format of protocol buffers."""
    found = {}
    for number, value in _fields(model):
        if number == _METADATA:
            entry = dict(_fields(value))
            found[entry[_KEY].decode()] = entry[_VALUE].decode()
    return found


def _fields(data: bytes) -> list[tuple[int, bytes]]:
    """The length-delimited fields of a message; others are passed over."""
    found, at = [], 0
    while at < len(data):
        tag, at = _number(data, at)
        kind = tag & 7
        if kind == 0:
            _skipped, at = _number(data, at)
        elif kind == 2:
            size, at = _number(data, at)
            found.append((tag >> 3, data[at : at + size]))
            at += size
        else:
            at += {1: 8, 5: 4}[kind]
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at


__all__ = ["Network", "metadata_of"]
