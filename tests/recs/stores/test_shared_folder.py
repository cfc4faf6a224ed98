"""Two folders on one Redis."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recs.errors import SettingError
from recs.stores import connection, keys
from recs.stores.connection import Client
from recs.stores.shared_folder import HELD_SECONDS, SharedFolder


def test_processes_with_one_folder_get_along(redis: Client, namespace: str, tmp_path: Path) -> None:
    (tmp_path / "mount").symlink_to(tmp_path / "data")
    SharedFolder(redis, namespace, tmp_path / "data").check()

    SharedFolder(redis, namespace, tmp_path / "mount").check()


def test_one_with_another_folder_is_refused_by_name(
    redis: Client, namespace: str, tmp_path: Path
) -> None:
    SharedFolder(redis, namespace, tmp_path / "one").check()

    with pytest.raises(SettingError, match=r"DATA_DIR=.*two.*NAMESPACE"):
        SharedFolder(redis, namespace, tmp_path / "two").check()
    SharedFolder(redis, f"{namespace}-2", tmp_path / "two").check()


def test_a_folder_that_nobody_has_any_more_may_be_followed_by_another(
    redis: Client, namespace: str, tmp_path: Path
) -> None:
    one, two = (SharedFolder(redis, namespace, tmp_path / name) for name in ("one", "two"))
    one.check()
    assert 0 < redis.ttl(keys.folder(namespace)) <= HELD_SECONDS
    redis.delete(keys.folder(namespace))  # as it expires

    two.check()
    assert not one.hold()


def test_holding_goes_on_holding(redis: Client, namespace: str, tmp_path: Path) -> None:
    folder = SharedFolder(redis, namespace, tmp_path)
    folder.check()
    redis.expire(keys.folder(namespace), 1)

    assert folder.hold()
    assert redis.ttl(keys.folder(namespace)) > 1


def test_processes_that_start_together_make_one_id(
    redis: Client, namespace: str, tmp_path: Path
) -> None:
    folders = [SharedFolder(redis, namespace, tmp_path / "data") for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(SharedFolder.hold, folders)) == [True] * 8
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["id"]


def test_without_redis_a_process_starts(namespace: str, tmp_path: Path) -> None:
    with connection.short_timeout("redis://127.0.0.1:1", 0.1) as redis:
        SharedFolder(redis, namespace, tmp_path).check()


def test_an_id_that_is_no_text_is_an_id_too(redis: Client, namespace: str, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "id").write_bytes(b"\x99\x00\xff")

    SharedFolder(redis, namespace, tmp_path / "one").check()
    SharedFolder(redis, namespace, tmp_path / "one").check()
    with pytest.raises(SettingError, match="DATA_DIR"):
        SharedFolder(redis, namespace, tmp_path / "two").check()
