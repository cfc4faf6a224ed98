import numpy as np
import pytest

from recs.ranking.slates import ENTRY, EXPLORE, NO_ENTRIES, SOURCES, pack, unpack

ENTRIES = np.array([(1, EXPLORE, -0.5), (2**32 - 1, 0, 1.0)], ENTRY)


def test_an_entry_has_nine_bytes_in_the_order_that_redis_cuts() -> None:
    # 1 in four bytes, the lowest first; 5; -0.5 as an IEEE 754 single
    assert pack(ENTRIES)[:9] == b"\x01\x00\x00\x00" + b"\x05" + b"\x00\x00\x00\xbf"


def test_slates_come_back_as_they_were() -> None:
    assert unpack(pack(ENTRIES)).tolist() == ENTRIES.tolist()


def test_an_empty_slate_has_no_bytes() -> None:
    assert pack(NO_ENTRIES) == b""
    assert len(unpack(b"")) == 0


def test_half_an_entry_is_an_error() -> None:
    with pytest.raises(ValueError, match="multiple"):
        unpack(b"12345")


def test_the_numbers_of_sources_stay() -> None:
    assert SOURCES == ("popular", "genre", "similar", "personal", "fresh", "explore")
