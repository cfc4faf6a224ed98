from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recs.errors import ArraysUnreadable
from recs.stores import arrays_file
from recs.stores.arrays_file import map_arrays, write_arrays
from tests.recs.stores.faults import files_of_at_most

ARRAYS = {
    "counts": np.arange(7, dtype=np.int32),
    "flags": np.array([True, False]),
    "none": np.zeros((0, 3), np.float32),
    "number": np.array(3),
    "table": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "every second": np.arange(10)[::2],
    "names": np.array(["a", "бв"]),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "some.arrays"


def test_arrays_come_back_as_they_were(path: Path) -> None:
    write_arrays(path, ARRAYS, {"offsets": {"a": 5}})

    arrays, meta = map_arrays(path)

    assert meta == {"offsets": {"a": 5}}
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype, name
        assert arrays[name].shape == array.shape, name
        np.testing.assert_array_equal(arrays[name], array)


def test_arrays_are_aligned_and_read_only(path: Path) -> None:
    write_arrays(path, ARRAYS, {})

    arrays, _ = map_arrays(path)

    assert all(array.ctypes.data % 64 == 0 for array in arrays.values())
    with pytest.raises(ValueError, match="read-only"):
        arrays["counts"][0] = 1


def test_arrays_stay_when_their_file_is_replaced_or_goes(path: Path) -> None:
    write_arrays(path, {"a": np.arange(100_000)}, {})
    arrays, _ = map_arrays(path)
    write_arrays(path, {"a": np.zeros(100_000)}, {})
    path.unlink()

    np.testing.assert_array_equal(arrays["a"], np.arange(100_000))


@pytest.mark.parametrize("array", [np.array(["a", None]), np.zeros(1, [("row", "<u4")])])
def test_arrays_of_objects_or_records_are_refused(path: Path, array: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match="names holds objects or records"):
        write_arrays(path, {"names": array}, {})

    assert not path.parent.exists()


def test_a_full_disk_leaves_the_old_file_and_no_part_of_the_new_one(path: Path) -> None:
    write_arrays(path, {"a": np.arange(3)}, {})

    with files_of_at_most(1_000), pytest.raises(OSError, match="too large"):
        write_arrays(path, {"a": np.zeros(1_000)}, {})

    assert map_arrays(path)[0]["a"].tolist() == [0, 1, 2]
    assert list(path.parent.iterdir()) == [path]


def damaged(whole: bytes) -> dict[str, bytes]:
    return {
        "empty": b"",
        "short": whole[:10],
        "cut": whole[:-1],
        "half": whole[: len(whole) // 2],
        "zeros": bytes(len(whole)),
        "head": b"X" + whole[1:],
        "header": whole[:20] + b"\xff" * 40 + whole[60:],
        "length": whole[:8] + b"\xff" * 8 + whole[16:],
        "objects": whole.replace(b'"<i8"', b'"|O" '),
        "shape": whole.replace(b"[1000]", b"[9000]"),
        "offset": whole.replace(b'"offset": 0', b'"offset": 7'),
        "dtype": whole.replace(b'"<i8"', b'",i8"'),
        "meta": whole.replace(b'"meta"', b'"about"'),
    }


@pytest.mark.parametrize("kind", damaged(b"x" * 100))
def test_a_damaged_file_is_refused(path: Path, kind: str) -> None:
    write_arrays(path, {"a": np.arange(1_000)}, {}, durable=False)
    path.write_bytes(damaged(path.read_bytes())[kind])

    with pytest.raises(ArraysUnreadable, match=r"some\.arrays"):
        map_arrays(path)


def test_one_changed_bit_of_a_durable_file_is_noticed(path: Path) -> None:
    write_arrays(path, {"a": np.arange(9), "b": np.ones(3)}, {"trust": 0.25, "of": ["a"]})
    whole = path.read_bytes()
    numbers = whole.index(np.arange(9).tobytes()), whole.index(np.ones(3).tobytes())
    for place in (*(number + 9 for number in numbers), whole.index(b"0.25") + 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])

        with pytest.raises(ArraysUnreadable, match="not what was written"):
            map_arrays(path)
        map_arrays(path, check=False)


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_without_a_checksum_is_read(path: Path, durable: bool) -> None:
    write_arrays(path, {"a": np.arange(9)}, {}, durable)

    assert (b"checksum" in path.read_bytes()) == durable
    assert map_arrays(path)[0]["a"].tolist() == list(range(9))


def test_a_file_that_is_not_there_is_not_found(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        map_arrays(path)


@pytest.mark.parametrize(("durable", "synced"), [(True, 1), (False, 0)])
def test_a_durable_file_is_on_disk_before_it_has_its_name(
    path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool, synced: int
) -> None:
    calls = []
    monkeypatch.setattr("os.fsync", lambda _: calls.append(path.exists()))

    write_arrays(path, {"a": np.arange(3)}, {}, durable=durable)

    assert calls == [False] * synced


def test_a_reader_has_one_version_or_the_other_while_it_is_replaced(path: Path) -> None:
    def write() -> None:
        for n in range(200):
            write_arrays(path, {"a": np.full(5_000, n)}, {"n": n}, durable=False)

    write_arrays(path, {"a": np.full(5_000, -1)}, {"n": -1})
    writer = get_context("fork").Process(target=write)
    writer.start()
    seen = set()
    while writer.is_alive():
        arrays, meta = map_arrays(path)
        assert set(arrays["a"].tolist()) == {meta["n"]}
        seen.add(meta["n"])
    writer.join()

    assert len(seen) > 1


@pytest.mark.parametrize(("durable", "check"), [(False, True), (True, False)])
def test_a_file_without_a_checksum_to_compare_is_not_read_whole(
    path: Path, durable: bool, check: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_arrays(path, {"a": np.arange(3)}, {}, durable)
    monkeypatch.setattr(arrays_file, "_checksum", None)

    arrays, _ = map_arrays(path, check)

    assert arrays["a"].tolist() == [0, 1, 2]
