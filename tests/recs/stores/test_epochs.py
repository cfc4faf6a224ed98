from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recs.stores import Stores, connection
from recs.stores.epochs import Epochs
from recs.stores.keys import current_epoch
from recs.types import Epoch
from tests.servers.redis import RedisServer

Seconds = Callable[[Callable[[], object]], float]
IN_THE_FUTURE = Epoch(99_999_999_999_999)


@pytest.fixture
def epochs(stores: Stores) -> Epochs:
    return stores.epochs


@pytest.fixture
def nobody(tmp_path: Path, namespace: str) -> Iterator[Epochs]:
    """Epochs over a Redis that is not there."""
    with connection.impatient("redis://127.0.0.1:1/0", 0.1) as redis:
        yield Epochs(redis, namespace, tmp_path / "data")


def test_the_first_look_begins_an_epoch_and_the_next_ones_keep_it(epochs: Epochs) -> None:
    first = epochs.current()

    assert epochs.current() == first == epochs.on_disk()
    assert epochs.is_first(first)


def test_an_epoch_that_was_asked_for_is_not_the_first(epochs: Epochs) -> None:
    assert not epochs.is_first(epochs.begin())


def test_each_epoch_is_greater_than_the_last(epochs: Epochs) -> None:
    begun = [epochs.begin() for _ in range(5)]

    assert begun == sorted(set(begun))
    assert epochs.current() == begun[-1]
    assert epochs.all_on_disk() == begun


def test_an_epoch_is_greater_than_one_on_disk_that_lies_in_the_future(epochs: Epochs) -> None:
    epochs.folder(IN_THE_FUTURE).mkdir(parents=True)

    assert epochs.begin() > IN_THE_FUTURE


def test_an_epoch_is_greater_than_one_in_redis_that_lies_in_the_future(
    epochs: Epochs, stores: Stores, namespace: str
) -> None:
    stores.redis.set(current_epoch(namespace), IN_THE_FUTURE)

    assert epochs.begin() > IN_THE_FUTURE
    assert epochs.current() > IN_THE_FUTURE


def test_the_folder_of_an_epoch_is_there_when_redis_names_it(
    epochs: Epochs, stores: Stores, namespace: str
) -> None:
    epochs.begin()

    named = stores.redis.get(current_epoch(namespace))

    assert epochs.folder(Epoch(int(named))).is_dir()


def test_an_emptied_redis_learns_the_epoch_from_the_disk(
    epochs: Epochs, stores: Stores, namespace: str
) -> None:
    epoch = epochs.begin()
    stores.redis.delete(current_epoch(namespace))

    assert epochs.current() == epoch
    assert stores.redis.get(current_epoch(namespace)) == str(epoch)


@pytest.mark.parametrize("ask", [Epochs.current, lambda epochs: epochs.stamp()[0]])
def test_a_redis_that_went_back_does_not_bring_an_old_epoch_back(
    epochs: Epochs, stores: Stores, namespace: str, ask: Callable[[Epochs], Epoch]
) -> None:
    old, new = epochs.begin(), epochs.begin()
    stores.redis.set(current_epoch(namespace), old)

    assert ask(epochs) == new


def test_an_epoch_that_only_redis_knows_goes_on(
    epochs: Epochs, stores: Stores, namespace: str
) -> None:
    stores.redis.set(current_epoch(namespace), 5)

    assert epochs.current() == epochs.restore() == 5


def test_foreign_files_among_the_epochs_are_no_epochs(epochs: Epochs) -> None:
    epoch = epochs.begin()
    for name in ("lost+found", ".DS_Store", "²"):
        (epochs.folder(epoch).parent / name).mkdir()

    assert epochs.all_on_disk() == [epoch]


def test_a_stamp_carries_the_epoch_and_the_clock_of_redis(epochs: Epochs, stores: Stores) -> None:
    epoch = epochs.begin()
    before, _ = stores.redis.time()

    stamped, now = epochs.stamp()

    assert stamped == epoch
    assert before <= now <= before + 2


def test_without_redis_a_stamp_takes_the_epoch_from_the_disk(
    nobody: Epochs, epochs: Epochs
) -> None:
    epoch = epochs.begin()

    assert nobody.stamp()[0] == epoch


def test_a_stamp_is_nought_where_nobody_knows_of_an_epoch(nobody: Epochs) -> None:
    assert nobody.stamp()[0] == 0


def test_epochs_of_two_namespaces_on_one_redis_are_their_own(
    epochs: Epochs, stores: Stores, tmp_path: Path
) -> None:
    other = Epochs(stores.redis, "test-other", tmp_path / "other")
    mine = epochs.begin()

    others = other.begin()
    stores.redis.delete(current_epoch("test-other"))

    assert epochs.current() == mine
    assert others >= mine


def test_a_hung_redis_is_asked_once_and_then_left_alone_for_a_moment(
    own_redis: RedisServer, tmp_path: Path, namespace: str, seconds: Seconds
) -> None:
    with connection.impatient(own_redis.url, 0.2) as redis:
        epochs = Epochs(redis, namespace, tmp_path / "data")
        epoch = epochs.begin()
        own_redis.pause()

        assert epochs.stamp()[0] == epoch
        assert seconds(epochs.stamp) < 0.05

        own_redis.resume()


def test_keys_of_others_are_not_touched(epochs: Epochs, stores: Stores, namespace: str) -> None:
    other = f"{namespace}x:epoch"
    stores.redis.set(other, "theirs", ex=60)

    epochs.begin()
    epochs.begin()

    assert stores.redis.get(other) == "theirs"


def test_processes_that_start_together_begin_one_epoch(
    stores: Stores, namespace: str, tmp_path: Path
) -> None:
    everybody = [Epochs(stores.redis, namespace, tmp_path / "data") for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        begun = set(pool.map(lambda epochs: epochs.current(), everybody))

    assert len(begun) == 1
    assert everybody[0].all_on_disk() == list(begun)
