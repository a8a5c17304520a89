"""The header of a safetensors file, read without the library: every claim of it is checked before it counts.

The format: eight bytes of length, that many bytes of JSON (name → dtype, shape, data_offsets), then the data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1,
    "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
}  # fmt: skip
LONGEST_HEADER = 25 * 2**20
MOST_TENSORS, MOST_DIMENSIONS, LONGEST_NAME = 200_000, 8, 500
PIECE = 4 * 2**20
# All bits of the exponent set: not a number, or infinite.
EXPONENTS: Mapping[str, tuple[Any, int]] = {
    "F64": (np.dtype("<u8"), 0x7FF0_0000_0000_0000),
    "F32": (np.dtype("<u4"), 0x7F80_0000),
    "F16": (np.dtype("<u2"), 0x7C00),
    "BF16": (np.dtype("<u2"), 0x7F80),
}


class Malformed(ValueError):
    """Says what is wrong with the file, for whoever made it."""


@dataclass(frozen=True)
class Tensor:
    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int

    @property
    def numbers(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class Header:
    """`data` is where the numbers begin; `raw` is the header's own bytes, for who must compare two files."""

    tensors: tuple[Tensor, ...]
    data: int
    raw: bytes

    @property
    def numbers(self) -> int:
        return sum(tensor.numbers for tensor in self.tensors)


def header_of(file: BinaryIO, *, size: int, longest: int = LONGEST_HEADER) -> Header:
    """Raises `Malformed` unless the tensors fill the file, without a gap and without an overlap."""
    file.seek(0)
    first = file.read(8)
    if len(first) < 8:
        raise Malformed("shorter than a header")
    length = int.from_bytes(first, "little")
    if not 2 <= length <= min(longest, size - 8):
        raise Malformed(f"a header of {length} bytes")
    raw = file.read(length)
    tensors = tuple(_tensors(_json(raw)))
    _check_layout(tensors, size - 8 - length)
    return Header(tensors, 8 + length, raw)


def _json(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("its header is not JSON") from error
    if not isinstance(found, dict):
        raise Malformed("its header is no object")
    return found


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _tensors(header: Mapping[str, Any]) -> Iterator[Tensor]:
    if len(header) > MOST_TENSORS:
        raise Malformed(f"more than {MOST_TENSORS} tensors")
    for name, told in header.items():
        if name == "__metadata__":
            _check_metadata(told)
        else:
            yield _tensor(name, told)


def _check_metadata(told: Any) -> None:
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise Malformed("its metadata are not texts")


def _tensor(name: str, told: Any) -> Tensor:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Malformed("a tensor without a proper name")
    if not isinstance(told, dict) or set(told) != {"dtype", "shape", "data_offsets"}:
        raise Malformed(f"{name} is not described by dtype, shape and data_offsets")
    dtype, shape, offsets = told["dtype"], told["shape"], told["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BYTES:
        raise Malformed(f"{name} has an unknown dtype")
    if not _whole(shape) or len(shape) > MOST_DIMENSIONS:
        raise Malformed(f"{name} has no proper shape")
    if not _whole(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise Malformed(f"{name} has no proper offsets")
    if math.prod(shape) * BYTES[dtype] != offsets[1] - offsets[0]:
        raise Malformed(f"{name} is longer or shorter than its shape")
    return Tensor(name, dtype, tuple(shape), offsets[0], offsets[1])


def _whole(values: Any) -> bool:
    return isinstance(values, list) and all(type(one) is int and 0 <= one < 2**48 for one in values)


def _check_layout(tensors: Iterable[Tensor], length: int) -> None:
    reached = 0
    for tensor in sorted(tensors, key=lambda one: (one.start, one.end)):
        if tensor.start != reached:
            raise Malformed(f"{tensor.name} overlaps another tensor, or leaves a gap")
        reached = tensor.end
    if reached != length:
        raise Malformed("its data end elsewhere than its header says")


def not_finite(file: BinaryIO, header: Header) -> Iterator[str]:
    """The names of tensors that hold a value which is no number, or infinite; read in pieces."""
    for tensor in header.tensors:
        kind = EXPONENTS.get(tensor.dtype)
        if kind and _has_wild_values(file, header.data + tensor.start, tensor.end - tensor.start, *kind):
            yield tensor.name


def _has_wild_values(file: BinaryIO, start: int, length: int, dtype: Any, exponent: int) -> bool:
    file.seek(start)
    while length > 0:
        piece = file.read(min(PIECE, length))
        if not piece:
            raise Malformed("its data end too early")
        values = np.frombuffer(piece, dtype=dtype)
        if bool(((values & dtype.type(exponent)) == dtype.type(exponent)).any()):
            return True
        length -= len(piece)
    return False


__all__ = ["Header", "Malformed", "Tensor", "header_of", "not_finite"]
