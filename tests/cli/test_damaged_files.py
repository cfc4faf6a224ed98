"""Packed files that cannot be unpacked: one sentence, and nothing is read of them."""

import gzip
import zipfile
from pathlib import Path

import pytest

from cli.formats.records import Unreadable
from tests.cli.files import prepared

TABLE = "userId,movieId,rating,timestamp\n" + "".join(
    f"{n},{n * 7 % 13},4,{1_000_000_000 + n * 977}\n" for n in range(3_000)
)
PACKED = gzip.compress(TABLE.encode())


def torn(content: bytes) -> bytes:
    return content[:3_000] + b"\xff" * 30 + content[3_030:]


@pytest.mark.parametrize(
    "content",
    [PACKED[: len(PACKED) // 2], torn(PACKED), PACKED[:-8] + bytes(8), TABLE.encode()],
    ids=["cut", "torn", "checksum", "not packed"],
)
def test_a_damaged_gz_is_called_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ratings.csv.gz"
    path.write_bytes(content)

    with pytest.raises(Unreadable, match=r"ratings\.csv\.gz is damaged"):
        prepared(path)


@pytest.mark.parametrize("damage", ["torn", "with a password", "no zip"])
def test_a_zip_that_cannot_be_unpacked_is_called_so(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ratings.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", TABLE)
    content = bytearray(path.read_bytes())
    if damage == "torn":
        content = bytearray(torn(bytes(content)))
    elif damage == "no zip":
        content = bytearray(TABLE.encode())
    else:  # the flag of an encrypted entry: in its own header, and in the list of all
        content[6] |= 1
        content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    with pytest.raises(Unreadable, match=r"ratings\.zip cannot be unpacked"):
        prepared(path)
