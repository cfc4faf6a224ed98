from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recs.stores import Stores, connection
from recs.stores.generations import Generations
from recs.stores.keys import current_generation
from recs.types import Generation
from tests.servers.redis import RedisServer

Seconds = Callable[[Callable[[], object]], float]
IN_THE_FUTURE = Generation(99_999_999_999_999)


@pytest.fixture
def generations(stores: Stores) -> Generations:
    return stores.generations


@pytest.fixture
def nobody(tmp_path: Path, namespace: str) -> Iterator[Generations]:
    """Generations over a Redis that is not there."""
    with connection.impatient("redis://127.0.0.1:1/0", 0.1) as redis:
        yield Generations(redis, namespace, tmp_path / "data")


def test_the_first_look_begins_an_generation_and_the_next_ones_keep_it(generations: Generations) -> None:
    first = generations.current()

    assert generations.current() == first == generations.on_disk()
    assert generations.is_first(first)


def test_an_generation_that_was_asked_for_is_not_the_first(generations: Generations) -> None:
    assert not generations.is_first(generations.begin())


def test_each_generation_is_greater_than_the_last(generations: Generations) -> None:
    begun = [generations.begin() for _ in range(5)]

    assert begun == sorted(set(begun))
    assert generations.current() == begun[-1]
    assert generations.all_on_disk() == begun


def test_an_generation_is_greater_than_one_on_disk_that_lies_in_the_future(generations: Generations) -> None:
    generations.folder(IN_THE_FUTURE).mkdir(parents=True)

    assert generations.begin() > IN_THE_FUTURE


def test_an_generation_is_greater_than_one_in_redis_that_lies_in_the_future(
    generations: Generations, stores: Stores, namespace: str
) -> None:
    stores.redis.set(current_generation(namespace), IN_THE_FUTURE)

    assert generations.begin() > IN_THE_FUTURE
    assert generations.current() > IN_THE_FUTURE


def test_the_folder_of_an_generation_is_there_when_redis_names_it(
    generations: Generations, stores: Stores, namespace: str
) -> None:
    generations.begin()

    named = stores.redis.get(current_generation(namespace))

    assert generations.folder(Generation(int(named))).is_dir()


def test_an_emptied_redis_learns_the_generation_from_the_disk(
    generations: Generations, stores: Stores, namespace: str
) -> None:
    generation = generations.begin()
    stores.redis.delete(current_generation(namespace))

    assert generations.current() == generation
    assert stores.redis.get(current_generation(namespace)) == str(generation)


@pytest.mark.parametrize("ask", [Generations.current, lambda generations: generations.stamp()[0]])
def test_a_redis_that_went_back_does_not_bring_an_old_generation_back(
    generations: Generations, stores: Stores, namespace: str, ask: Callable[[Generations], Generation]
) -> None:
    old, new = generations.begin(), generations.begin()
    stores.redis.set(current_generation(namespace), old)

    assert ask(generations) == new


def test_an_generation_that_only_redis_knows_goes_on(
    generations: Generations, stores: Stores, namespace: str
) -> None:
    stores.redis.set(current_generation(namespace), 5)

    assert generations.current() == generations.restore() == 5


def test_foreign_files_among_the_generations_are_no_generations(generations: Generations) -> None:
    generation = generations.begin()
    for name in ("lost+found", ".DS_Store", "²"):
        (generations.folder(generation).parent / name).mkdir()

    assert generations.all_on_disk() == [generation]


def test_a_stamp_carries_the_generation_and_the_clock_of_redis(generations: Generations, stores: Stores) -> None:
    generation = generations.begin()
    before, _ = stores.redis.time()

    stamped, now = generations.stamp()

    assert stamped == generation
    assert before <= now <= before + 2


def test_without_redis_a_stamp_takes_the_generation_from_the_disk(
    nobody: Generations, generations: Generations
) -> None:
    generation = generations.begin()

    assert nobody.stamp()[0] == generation


def test_a_stamp_is_nought_where_nobody_knows_of_an_generation(nobody: Generations) -> None:
    assert nobody.stamp()[0] == 0


def test_generations_of_two_namespaces_on_one_redis_are_their_own(
    generations: Generations, stores: Stores, tmp_path: Path
) -> None:
    other = Generations(stores.redis, "test-other", tmp_path / "other")
    mine = generations.begin()

    others = other.begin()
    stores.redis.delete(current_generation("test-other"))

    assert generations.current() == mine
    assert others >= mine


def test_a_hung_redis_is_asked_once_and_then_left_alone_for_a_moment(
    own_redis: RedisServer, tmp_path: Path, namespace: str, seconds: Seconds
) -> None:
    with connection.impatient(own_redis.url, 0.2) as redis:
        generations = Generations(redis, namespace, tmp_path / "data")
        generation = generations.begin()
        own_redis.pause()

        assert generations.stamp()[0] == generation
        assert seconds(generations.stamp) < 0.05

        own_redis.resume()


def test_keys_of_others_are_not_touched(generations: Generations, stores: Stores, namespace: str) -> None:
    other = f"{namespace}x:generation"
    stores.redis.set(other, "theirs", ex=60)

    generations.begin()
    generations.begin()

    assert stores.redis.get(other) == "theirs"


def test_processes_that_start_together_begin_one_generation(
    stores: Stores, namespace: str, tmp_path: Path
) -> None:
    everybody = [Generations(stores.redis, namespace, tmp_path / "data") for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        begun = set(pool.map(lambda generations: generations.current(), everybody))

    assert len(begun) == 1
    assert everybody[0].all_on_disk() == list(begun)
