"""Arrays in one file that many processes map into memory. It is written completely or not at all.

Layout: MAGIC, length of the header (8 bytes, little-endian), header (JSON: meta, the dtype, shape
and offset of each array, and a checksum if the file is durable), the arrays, each at a multiple of
64 bytes, and MAGIC again.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import prod
from pathlib import Path
from time import time, time_ns
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from recs.errors import ArraysUnreadable
from recs.types import Json

Arrays = Mapping[str, NDArray[Any]]

MAGIC = b"ARRAYS01"
LENGTH_BYTES = 8
ALIGNED_BYTES = 64
"""A cache line: processors read aligned numbers faster."""
DRAFT_SECONDS = 600.0
"""Age (s) at which the draft of a killed writer is deleted."""


def write_arrays(path: Path, arrays: Arrays, meta: Json, durable: bool = True) -> None:
    """Write or replace a file in one step: a reader gets either the old or the new one.

    meta: any JSON value. durable: flush it to disk before it gets its name, and give it a checksum;
    otherwise a power cut may leave a file that `map_arrays` rejects. Raises OSError, and leaves no
    draft behind.
    """
    parts = list(_parts(arrays, meta, with_checksum=durable))
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


def remove_drafts(folder: Path) -> None:
    """Delete what killed writers have left in a folder. Raises OSError."""
    for draft in folder.glob(".*"):
        with suppress(FileNotFoundError):
            if draft.stat().st_mtime < time() - DRAFT_SECONDS:
                draft.unlink()


def map_arrays(path: Path, check: bool = True) -> tuple[dict[str, NDArray[Any]], Json]:
    """Map a file; return its arrays, read-only, and meta.

    check: compare with the checksum, if there is one; this reads the whole file. The arrays stay
    valid when the file is replaced or deleted. Raises ArraysUnreadable if the file is damaged, and
    OSError: then another try may succeed.
    """
    try:
        content = np.memmap(path, mode="r")
        header, places = _read_header(content)
        arrays = {}
        for name, (dtype, shape, offset) in places.items():
            size = dtype.itemsize * prod(shape)
            arrays[name] = content[offset : offset + size].view(np.ndarray).view(dtype)
            arrays[name] = arrays[name].reshape(shape)
        expected = header.pop("checksum", None)
        if check and expected is not None and expected != _checksum(arrays, header):
            raise ValueError("its content is not what was written")
        return arrays, header["meta"]
    except OSError:
        raise
    except Exception as error:  # a damaged header fails in many ways, even with a SyntaxError
        raise ArraysUnreadable(path, error) from error


Place = tuple[np.dtype[Any], tuple[int, ...], int]


def _parts(arrays: Arrays, meta: Json, with_checksum: bool) -> Iterator[bytes | memoryview]:
    """Yield the file in pieces."""
    packed = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    described, position = {}, 0
    for name, array in packed.items():
        if array.dtype.kind in "OV":
            raise ValueError(f"{name} holds objects or records, not numbers or texts")
        shape = arrays[name].shape  # ascontiguousarray turns a number into an array of length 1
        described[name] = {"dtype": array.dtype.str, "shape": shape, "offset": position}
        position += array.nbytes + -array.nbytes % ALIGNED_BYTES
    told: Json = {"meta": meta, "arrays": described}
    if with_checksum:
        told["checksum"] = _checksum(packed, told)
    header = json.dumps(told).encode()
    start = len(MAGIC) + LENGTH_BYTES + len(header)
    yield MAGIC + len(header).to_bytes(LENGTH_BYTES, "little") + header
    yield bytes(-start % ALIGNED_BYTES)
    for array in packed.values():
        yield array.reshape(-1).view(np.uint8).data
        yield bytes(-array.nbytes % ALIGNED_BYTES)
    yield MAGIC


def _checksum(arrays: Arrays, header: Json) -> int:
    """Return the checksum of contiguous arrays, and of a header without its checksum."""
    checksum = crc32(json.dumps(header).encode())
    for array in arrays.values():
        checksum = crc32(array.reshape(-1).view(np.uint8).data, checksum)
    return checksum


def _read_header(content: NDArray[np.uint8]) -> tuple[Json, dict[str, Place]]:
    """Return the header, and where each array is."""
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
    return header, places
