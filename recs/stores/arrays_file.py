"""Arrays in one file that many processes map into memory. It is written completely or not at all.

Layout: MAGIC, length of the header (8 bytes, little-endian), header (JSON: meta, and the dtype,
shape and offset of each array), the arrays, each at a multiple of 64 bytes, and MAGIC again.
"""

import json
import os
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from time import time_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recs.errors import ArraysUnreadable
from recs.types import Json

Arrays = Mapping[str, NDArray[Any]]

MAGIC = b"ARRAYS01"
LENGTH_BYTES = 8
ALIGNED_BYTES = 64
"""A cache line: processors read aligned numbers faster."""


def write_arrays(path: Path, arrays: Arrays, meta: Json, durable: bool = True) -> None:
    """Write or replace a file in one step: a reader gets either the old or the new one.

    meta: any JSON value. durable: flush it to disk before it gets its name; otherwise a power cut
    may leave a file that `map_arrays` rejects. Raises OSError, and leaves no draft behind.
    """
    parts = list(_parts(arrays, meta))
    draft = path.with_name(f".{path.name}.{os.getpid()}-{time_ns()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with draft.open("wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def map_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], Json]:
    """Map a file; return its arrays, read-only, and meta.

    The arrays stay valid when the file is replaced or deleted. Raises ArraysUnreadable if the file
    is damaged, FileNotFoundError.
    """
    try:
        content = np.memmap(path, mode="r")
        meta, places = _read_header(content)
        arrays = {}
        for name, (dtype, shape, offset) in places.items():
            size = dtype.itemsize * prod(shape)
            arrays[name] = content[offset : offset + size].view(np.ndarray).view(dtype)
            arrays[name] = arrays[name].reshape(shape)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ArraysUnreadable(path, error) from error
    return arrays, meta


Place = tuple[np.dtype[Any], tuple[int, ...], int]


def _parts(arrays: Arrays, meta: Json) -> Iterator[bytes | memoryview]:
    """Yield the file in pieces."""
    packed = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    described, position = {}, 0
    for name, array in packed.items():
        if array.dtype.kind in "OV":
            raise ValueError(f"{name} holds objects or records, not numbers or texts")
        shape = arrays[name].shape  # ascontiguousarray turns a number into an array of length 1
        described[name] = {"dtype": array.dtype.str, "shape": shape, "offset": position}
        position += array.nbytes + -array.nbytes % ALIGNED_BYTES
    header = json.dumps({"meta": meta, "arrays": described}).encode()
    start = len(MAGIC) + LENGTH_BYTES + len(header)
    yield MAGIC + len(header).to_bytes(LENGTH_BYTES, "little") + header
    yield bytes(-start % ALIGNED_BYTES)
    for array in packed.values():
        yield array.reshape(-1).view(np.uint8).data
        yield bytes(-array.nbytes % ALIGNED_BYTES)
    yield MAGIC


def _read_header(content: NDArray[np.uint8]) -> tuple[Json, dict[str, Place]]:
    """Return meta, and where each array is. Raises ValueError, KeyError, TypeError."""
    start = len(MAGIC) + LENGTH_BYTES
    if content[: len(MAGIC)].tobytes() != MAGIC or content[-len(MAGIC) :].tobytes() != MAGIC:
        raise ValueError("the magic bytes at its beginning or end are wrong")
    length = int.from_bytes(content[len(MAGIC) : start].tobytes(), "little")
    header = json.loads(content[start : start + length].tobytes())
    if any(each["offset"] % ALIGNED_BYTES for each in header["arrays"].values()):
        raise ValueError("the offset of an array is not aligned")
    first = start + length + -(start + length) % ALIGNED_BYTES
    places = {
        name: (
            np.dtype(each["dtype"]),
            tuple(each["shape"]),
            first + each["offset"],
        )
        for name, each in header["arrays"].items()
    }
    return header["meta"], places
