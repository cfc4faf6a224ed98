from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep, time

import pytest

from recs.stores import connection
from recs.stores.connection import Client
from recs.stores.generations import LEASE_SECONDS, GenerationLease, Generations
from recs.stores.keys import current_generation, latest_stamp
from recs.types import Generation
from tests.clock import Clock
from tests.servers.redis_servers import RedisServer

Seconds = Callable[[Callable[[], object]], float]
IN_THE_FUTURE = Generation(99_999_999_999_999)


@pytest.fixture
def generations(redis: Client, namespace: str, tmp_path: Path) -> Generations:
    return Generations(redis, namespace, tmp_path / "data")


@pytest.fixture(params=["redis", "redis+cluster"])
def nobody(request: pytest.FixtureRequest, tmp_path: Path, namespace: str) -> Iterator[Generations]:
    """Generations over a Redis, or a cluster, that is not there."""
    with connection.short_timeout(f"{request.param}://127.0.0.1:1", 0.1) as redis:
        yield Generations(redis, namespace, tmp_path / "data")


def test_the_first_look_begins_a_generation_and_the_next_ones_keep_it(
    generations: Generations,
) -> None:
    first = generations.current()

    assert generations.current() == first == generations.on_disk()
    assert generations.is_first(first)


def test_a_generation_that_was_asked_for_is_not_the_first(generations: Generations) -> None:
    assert not generations.is_first(generations.begin())


def test_each_generation_is_greater_than_the_last(generations: Generations) -> None:
    begun = [generations.begin() for _ in range(5)]

    assert begun == sorted(set(begun))
    assert generations.current() == begun[-1]
    assert generations.all_on_disk() == begun


def test_a_generation_is_greater_than_one_on_disk_that_lies_in_the_future(
    generations: Generations,
) -> None:
    generations.folder(IN_THE_FUTURE).mkdir(parents=True)

    assert generations.begin() > IN_THE_FUTURE


def test_a_generation_is_greater_than_one_in_redis_that_lies_in_the_future(
    generations: Generations, redis: Client, namespace: str
) -> None:
    redis.set(current_generation(namespace), IN_THE_FUTURE)

    assert generations.begin() > IN_THE_FUTURE
    assert generations.current() > IN_THE_FUTURE


def test_the_folder_of_a_generation_is_there_when_redis_names_it(
    generations: Generations, redis: Client, namespace: str
) -> None:
    generations.begin()

    named = redis.get(current_generation(namespace))

    assert generations.folder(Generation(int(named))).is_dir()


def test_an_emptied_redis_learns_the_generation_from_the_disk(
    generations: Generations, redis: Client, namespace: str
) -> None:
    generation = generations.begin()
    redis.delete(current_generation(namespace))

    assert generations.current() == generation
    assert redis.get(current_generation(namespace)) == str(generation).encode()


@pytest.mark.parametrize(
    "ask", [Generations.current, Generations.look, lambda generations: generations.stamp()[0]]
)
def test_a_redis_that_went_back_does_not_bring_an_old_generation_back(
    generations: Generations,
    redis: Client,
    namespace: str,
    ask: Callable[[Generations], Generation],
) -> None:
    old, new = generations.begin(), generations.begin()
    redis.set(current_generation(namespace), old)

    assert ask(generations) == new


def test_a_process_that_is_behind_does_not_bring_an_old_generation_back(
    generations: Generations, redis: Client, namespace: str, tmp_path: Path
) -> None:
    behind = Generations(redis, namespace, tmp_path / "other")
    behind.folder(Generation(5)).mkdir(parents=True)
    new = generations.begin()

    assert behind.restore() == new == generations.current()


def test_the_folder_is_on_disk_before_redis_names_the_generation(
    generations: Generations, redis: Client, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = []
    monkeypatch.setattr(
        "recs.stores.generations.sync_folder",
        lambda folder: named.append((folder.name, redis.get(current_generation(namespace)))),
    )

    generations.begin()

    assert named == [("generations", None)]


def test_a_generation_that_only_redis_knows_goes_on(
    generations: Generations, redis: Client, namespace: str
) -> None:
    redis.set(current_generation(namespace), 5)

    assert generations.current() == generations.restore() == 5


def test_foreign_files_among_the_generations_are_no_generations(generations: Generations) -> None:
    generation = generations.begin()
    for name in ("lost+found", ".DS_Store", "²"):
        (generations.folder(generation).parent / name).mkdir()

    assert generations.all_on_disk() == [generation]


def test_a_stamp_carries_the_generation_and_the_clock_of_redis(
    generations: Generations, redis: Client
) -> None:
    generation = generations.begin()
    before = time()

    stamped, now = generations.stamp()

    assert stamped == generation
    assert before - 1 <= now <= before + 2


def test_without_redis_a_stamp_takes_the_generation_from_the_disk(
    nobody: Generations, generations: Generations
) -> None:
    generation = generations.begin()

    assert nobody.stamp()[0] == generation


def test_without_redis_a_generation_begins_and_ends_on_disk(
    nobody: Generations, generations: Generations
) -> None:
    first = nobody.begin()
    second = nobody.begin()

    assert first < second == nobody.look() == generations.look() == generations.current()


def test_without_redis_a_wrong_clock_does_not_bring_an_old_generation_back(
    nobody: Generations, generations: Generations
) -> None:
    generations.folder(IN_THE_FUTURE).mkdir(parents=True)

    assert nobody.begin() > IN_THE_FUTURE
    assert generations.begin() > IN_THE_FUTURE + 1


def test_a_redis_that_comes_back_learns_what_began_meanwhile(
    nobody: Generations, generations: Generations
) -> None:
    generations.begin()
    new = nobody.begin()

    assert generations.current() == new == generations.stamp()[0]


def test_without_the_disk_redis_tells(
    generations: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = generations.begin()
    monkeypatch.setattr(Generations, "all_on_disk", broken_disk)

    assert generations.look() == generations.stamp()[0] == generation


def test_without_redis_and_the_disk_nobody_guesses(
    nobody: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Generations, "all_on_disk", broken_disk)

    with pytest.raises(OSError, match="broken"):
        nobody.look()


def broken_disk(_: Generations) -> list[Generation]:
    raise OSError(5, "the disk is broken")


def test_a_stamp_is_nought_where_nobody_knows_of_a_generation(nobody: Generations) -> None:
    assert nobody.stamp()[0] == 0


def test_generations_of_two_namespaces_on_one_redis_are_their_own(
    generations: Generations, redis: Client, tmp_path: Path
) -> None:
    other = Generations(redis, "test-other", tmp_path / "other")
    mine = generations.begin()

    others = other.begin()
    redis.delete(current_generation("test-other"))

    assert generations.current() == mine
    assert others >= mine


def test_a_hung_redis_is_asked_once_and_then_left_alone_for_a_moment(
    own_redis: RedisServer, tmp_path: Path, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.short_timeout(own_redis.url, 0.2) as redis:
        generations = Generations(redis, namespace, tmp_path / "data")
        generation = generations.begin()
        asked: list[None] = []
        ask = generations._generation_and_time
        monkeypatch.setattr(
            generations, "_generation_and_time", lambda: (asked.append(None), ask())[1]
        )
        own_redis.pause()

        assert generations.stamp()[0] == generation
        assert generations.stamp()[0] == generation
        assert len(asked) == 1

        own_redis.resume()


def test_keys_of_others_are_not_touched(
    generations: Generations, redis: Client, namespace: str
) -> None:
    other = f"{namespace}x:generation"
    redis.set(other, "theirs", ex=60)

    generations.begin()
    generations.begin()

    assert redis.get(other) == b"theirs"


def test_processes_that_start_together_begin_one_generation(
    redis: Client, namespace: str, tmp_path: Path
) -> None:
    everybody = [Generations(redis, namespace, tmp_path / "data") for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        begun = set(pool.map(lambda generations: generations.current(), everybody))

    assert len(begun) == 1
    assert everybody[0].all_on_disk() == list(begun)


@pytest.fixture
def lease(generations: Generations, clock: Clock) -> GenerationLease:
    return GenerationLease(generations, clock)


def test_within_a_lease_nobody_is_asked(
    lease: GenerationLease, generations: Generations, clock: Clock
) -> None:
    first = generations.begin()
    before = lease.now()
    second = generations.begin()
    clock.now += LEASE_SECONDS * 0.9
    within = lease.now()
    clock.now += LEASE_SECONDS * 0.2

    assert (before, within, lease.now()) == (first, first, second)


def test_a_lease_begins_before_the_look(
    lease: GenerationLease,
    generations: Generations,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What begins while a slow Redis answers is known when the lease is over."""
    first = generations.begin()

    def slow_look(self: Generations) -> Generation:
        clock.now += LEASE_SECONDS
        return first

    with monkeypatch.context() as patch:
        patch.setattr(Generations, "look", slow_look)
        lease.now()
    second = generations.begin()

    assert lease.now() == second


def test_a_look_lets_the_lease_begin_anew(
    lease: GenerationLease, generations: Generations, clock: Clock
) -> None:
    generations.begin()
    lease.now()
    clock.now += LEASE_SECONDS * 0.9
    seen = lease.look()
    generations.begin()
    clock.now += LEASE_SECONDS * 0.9

    assert lease.now() == seen


def test_one_that_begins_within_a_lease_is_current_at_once(
    lease: GenerationLease, generations: Generations, clock: Clock
) -> None:
    first = generations.begin()
    lease.now()
    second = generations.begin()
    clock.now += LEASE_SECONDS * 0.9

    assert lease.is_current(second)
    assert not lease.is_current(first)


def test_one_that_is_over_is_current_for_no_longer_than_a_lease(
    lease: GenerationLease, generations: Generations, clock: Clock
) -> None:
    first = generations.begin()
    lease.now()
    generations.begin()
    clock.now += LEASE_SECONDS * 0.9
    within = lease.is_current(first)
    clock.now += LEASE_SECONDS * 0.2

    assert (within, lease.is_current(first)) == (True, False)


def test_one_that_has_not_begun_is_not_current(
    lease: GenerationLease, generations: Generations
) -> None:
    first = generations.begin()

    assert not lease.is_current(Generation(first + 1))
    assert lease.is_current(first)


def test_every_process_has_the_new_generation_a_lease_after_it_began(
    generations: Generations, redis: Client, namespace: str, tmp_path: Path
) -> None:
    others = [GenerationLease(Generations(redis, namespace, tmp_path / "data")) for _ in range(3)]
    generations.begin()
    for lease in others:
        lease.now()
    new = generations.begin()
    sleep(LEASE_SECONDS)

    assert [lease.now() for lease in others] == [new] * 3


def test_a_lease_lives_on_the_disk_while_redis_is_away(nobody: Generations, clock: Clock) -> None:
    lease = GenerationLease(nobody, clock)
    none = lease.now()
    clock.now += 1
    first = nobody.begin()
    seen = lease.now()
    clock.now += 1
    second = nobody.begin()

    assert (none, seen, lease.now()) == (0, first, second)


def test_each_stamp_is_later_than_all_before(generations: Generations) -> None:
    stamps = [generations.stamp()[1] for _ in range(100)]

    assert stamps == sorted(set(stamps))
    assert abs(stamps[0] - time()) < 10


def test_stamps_go_on_when_the_clock_is_put_back(
    generations: Generations, redis: Client, namespace: str
) -> None:
    told = int((time() + 3_600) * 1e6)
    redis.set(latest_stamp(namespace), told)

    assert [round(1e6 * generations.stamp()[1]) - told for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("is_list", [False, True], ids=["a text", "a list"])
def test_what_others_wrote_in_place_of_the_generation_is_replaced(
    generations: Generations, redis: Client, namespace: str, is_list: bool
) -> None:
    begun = generations.begin()
    _, before = generations.stamp()
    for key in (current_generation(namespace), latest_stamp(namespace)):
        redis.delete(key)
        redis.rpush(key, "x") if is_list else redis.set(key, "nan")

    assert generations.look() == begun
    generation, now = generations.stamp()
    assert generation == begun
    assert now > before
    assert generations.current() == begun
    assert redis.get(current_generation(namespace)) == str(begun).encode()


def test_a_redis_that_is_full_tells_the_time_still(
    namespace: str, tmp_path: Path, own_redis: RedisServer
) -> None:
    with connection.short_timeout(own_redis.url, 1.0) as redis:
        generations = Generations(redis, namespace, tmp_path / "data")
        begun = generations.begin()
        redis.config_set("maxmemory", "1")

        assert generations.stamp()[0] == begun
        assert generations._generation_and_time()[0] == begun
