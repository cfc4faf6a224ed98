"""What /readyz finds wrong, each as the server, the worker or the disk really has it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from errno import EACCES
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import NoReturn, cast

import pytest
from kombu import Connection, Consumer
from redis import Redis

from app import probes
from app.probes import IDLE_SECONDS, PROCESSES, SILENT_SECONDS
from app.readiness import HANGING_SECONDS, OK, Readiness, RecentErrors, State
from celeryconfig import TASKS
from recs.settings import Settings
from recs.stores import connection, keys
from recs.stores.signs import KEPT_MILLISECONDS, Signs
from tests import waiting
from tests.app.conftest import NOWHERE
from tests.clock import Clock
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisServer
from workers import celery
from workers.queues import queue
from workers.signs import consumer_of, task_of

# --- Redis


@pytest.fixture
def redis(own_redis: RedisServer) -> Iterator[Redis]:
    with connection.short_timeout(own_redis.url, 1.0) as client:
        yield client


def of(redis: Redis) -> State:
    return probes.of_redis(redis, "test")()["redis"]


def test_a_redis_is_ready_when_a_write_comes_back(redis: Redis) -> None:
    assert of(redis) == OK
    assert 0 < redis.pttl(keys.readiness("test")) <= probes.KEPT_MILLISECONDS


@pytest.mark.parametrize(
    ("spoil", "told", "advice"),
    [
        (["REPLICAOF", "127.0.0.1", "1"], "ReadOnlyError", "REDIS_URL must name the primary"),
        (["CONFIG", "SET", "maxmemory", "1"], "OutOfMemoryError", "maxmemory"),
        (["CONFIG", "SET", "min-replicas-to-write", "1"], "ResponseError", "replicas"),
        (["ACL", "SETUSER", "default", "-@scripting"], "NoPermissionError", "may not do"),
        (["ACL", "SETUSER", "default", "-@write"], "ResponseError", "may not do"),
        (["CONFIG", "SET", "requirepass", "hush"], "AuthenticationError", "password"),
    ],
    ids=lambda value: value[-2] if isinstance(value, list) else "",
)
def test_a_redis_that_takes_no_write_is_not_ready_and_the_reason_is_told(
    redis: Redis, own_redis: RedisServer, spoil: list[str], told: str, advice: str
) -> None:
    redis.execute_command(*spoil)
    with connection.short_timeout(own_redis.url, 1.0) as client:
        state = of(client)

    assert state.text == f"refuses writes: {told}"
    assert advice in state.advice


def test_a_redis_that_cannot_write_to_its_own_disk_is_not_ready(
    redis: Redis, own_redis: RedisServer
) -> None:
    redis.config_set("save", "3600 1")
    folder = Path(redis.config_get("dir")["dir"], redis.config_get("dbfilename")["dbfilename"])
    folder.unlink(missing_ok=True)
    folder.mkdir()
    redis.set("k", "v")
    redis.bgsave()
    while redis.info("persistence")["rdb_bgsave_in_progress"]:
        pass

    state = of(redis)
    redis.config_set("save", "")  # or it would not end, for it cannot save

    assert state.text == "refuses writes: ResponseError"
    assert "its own disk" in state.advice


def test_a_redis_that_is_gone_or_hangs_is_down(own_redis: RedisServer) -> None:
    with connection.short_timeout(own_redis.url, 1.0) as client:
        client.ping()
        own_redis.pause()
        hangs = of(client)
        own_redis.resume()
    with connection.short_timeout(NOWHERE["redis_url"], 0.2) as client:
        gone = of(client)

    assert (hangs.text, gone.text) == ("down: TimeoutError", "down: ConnectionError")


def test_a_redis_that_gives_back_something_else_is_not_ready() -> None:
    class Forgetful:
        def eval(self, *_: object) -> bytes | None:
            return None

    state = of(cast(Redis, Forgetful()))

    assert state.text == "loses what is written"
    assert state.advice


# --- The broker


@pytest.fixture
def declared(settings: Settings, broker_url: str) -> Iterator[Connection]:
    """A connection to a broker that has all queues."""
    with Connection(settings.broker_url) as broker:
        for name in TASKS:
            queue(settings, name).bind(broker).declare()
        yield broker
        for name in TASKS:
            queue(settings, name).bind(broker).delete()


def test_each_queue_without_a_consumer_is_named_by_its_process(
    settings: Settings, declared: Connection
) -> None:
    with Consumer(declared, [queue(settings, "ranking"), queue(settings, "training")]):
        states = probes.of_broker(celery, settings)()

    assert {name for name, state in states.items() if state == OK} == {"broker", "rank", "train"}
    assert set(states) == {"broker", *PROCESSES.values()}


def test_what_waits_in_a_queue_that_nobody_takes_from_is_counted(
    settings: Settings, declared: Connection
) -> None:
    producer = declared.Producer()
    for _ in range(3):
        producer.publish({}, routing_key=settings.queue("interactions"))

    def ingest() -> State:
        return probes.of_broker(celery, settings)()["ingest"]

    with Consumer(declared, [queue(settings, "ranking")]):
        assert waiting.until(lambda: "3 messages wait" in ingest().text)
        assert "start the ingest process" in ingest().advice


def test_a_queue_that_is_not_there_has_no_consumer(settings: Settings, broker_url: str) -> None:
    states = probes.of_broker(celery, settings)()

    assert states["broker"] == OK
    assert "nobody takes from" in states["maintain"].text


def test_a_broker_that_refuses_us_is_down(settings: Settings, broker_url: str) -> None:
    wrong = replace(settings, broker_url=broker_url.replace("guest:guest", "guest:wrong"))
    states = probes.of_broker(celery, wrong)()

    assert list(states) == ["broker"]
    assert "refuses us" in states["broker"].advice


@pytest.mark.parametrize(
    ("raise_alarm", "end_alarm"),
    [
        (["set_disk_free_limit", "9000GB"], ["set_disk_free_limit", "1MB"]),
        (
            ["set_vm_memory_high_watermark", "absolute", "1000000"],
            ["set_vm_memory_high_watermark", "0.4"],
        ),
    ],
    ids=["disk", "memory"],
)
def test_a_broker_with_an_alarm_takes_no_messages(
    settings: Settings, own_broker: RabbitMQServer, raise_alarm: list[str], end_alarm: list[str]
) -> None:
    probe = probes.of_broker(celery, replace(settings, broker_url=own_broker.url))
    before = probe()["broker"]
    own_broker.control(*raise_alarm)

    assert waiting.until(lambda: "takes no messages" in probe()["broker"].text, seconds=60)
    assert "alarms" in probe()["broker"].advice
    own_broker.control(*end_alarm)
    assert waiting.until(lambda: probe()["broker"] == OK, seconds=60)
    assert before == OK


# --- Workers


@pytest.fixture
def signs(settings: Settings, redis_url: str) -> Iterator[Signs]:
    with connection.short_timeout(settings.redis_url, 1.0) as client:
        yield Signs(client, settings.namespace)


def live(signs: Signs, settings: Settings) -> None:
    """Give all signs that a whole service gives."""
    signs.give(*(consumer_of(settings.queue(name)) for name in TASKS))
    signs.give(*map(task_of, ("rank", "statistics", "reconcile")))


def age(signs: Signs, settings: Settings, name: str, seconds: float) -> None:
    """Let a sign be so old."""
    key = keys.sign_of_life(settings.namespace, name)
    left = KEPT_MILLISECONDS - int(1000 * seconds)
    with connection.short_timeout(settings.redis_url, 1.0) as client:
        client.pexpire(key, left)


def wrong(signs: Signs, settings: Settings) -> dict[str, str]:
    states = probes.of_workers(signs, settings)()
    return {name: state.text for name, state in states.items() if state != OK}


def test_workers_that_have_never_given_a_sign_are_named(signs: Signs, settings: Settings) -> None:
    assert set(wrong(signs, settings)) == set(PROCESSES.values())


def test_workers_that_gave_signs_lately_are_fine(signs: Signs, settings: Settings) -> None:
    live(signs, settings)

    assert wrong(signs, settings) == {}
    assert set(probes.of_workers(signs, settings)()) == set(PROCESSES.values())


def test_a_worker_that_hangs_is_silent_though_it_is_connected(
    signs: Signs, settings: Settings
) -> None:
    live(signs, settings)
    age(signs, settings, consumer_of(settings.queue("interactions")), SILENT_SECONDS + 5)

    [(process, said)] = wrong(signs, settings).items()
    assert process == "ingest"
    assert re.fullmatch("silent: no sign of life for 3[5-9] s", said)


def test_a_worker_whose_tasks_all_fail_or_never_come_is_idle(
    signs: Signs, settings: Settings
) -> None:
    live(signs, settings)
    age(signs, settings, task_of("rank"), IDLE_SECONDS + 1)
    age(signs, settings, task_of("statistics"), IDLE_SECONDS - 5)

    [(process, said)] = wrong(signs, settings).items()
    assert process == "rank"
    assert re.fullmatch("idle: no rank was done for 6[1-5] s", said)


def test_while_redis_is_away_only_the_broker_tells_of_workers(settings: Settings) -> None:
    with connection.short_timeout(NOWHERE["redis_url"], 0.2) as client:
        assert probes.of_workers(Signs(client, "x"), settings)() == {}


def test_of_what_two_have_found_the_first_that_is_wrong_tells() -> None:
    silent, down = State("silent"), State("down")

    both = Readiness([lambda: {"a": OK, "b": down, "c": OK}, lambda: {"a": silent, "b": silent}])

    assert both.states() == {"a": silent, "b": down, "c": OK}


# --- The disk


def test_a_disk_with_room_is_fine_and_one_without_is_named(tmp_path: Path) -> None:
    assert probes.of_disk(tmp_path, 1)() == {"disk": OK}

    state = probes.of_disk(tmp_path, 2**60)()["disk"]

    assert state.text.startswith("full: ")
    assert "room" in state.advice


def test_a_disk_without_a_free_byte_is_full_though_none_is_spared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert probes.of_disk(tmp_path, 0)() == {"disk": OK}

    usage = probes.shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(probes.shutil, "disk_usage", lambda _: usage)

    assert "0 MiB free" in probes.of_disk(tmp_path, 0)()["disk"].text


def test_a_folder_that_is_made_later_is_on_the_disk_of_its_parent(tmp_path: Path) -> None:
    assert probes.of_disk(tmp_path / "data" / "deep", 1)() == {"disk": OK}


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    file = probes.of_disk(tmp_path / "file", 1)()["disk"]
    monkeypatch.setattr(probes.os, "access", lambda *_: False)  # root may write everywhere
    read_only = probes.of_disk(tmp_path, 1)()["disk"]

    assert (file.text, read_only.text) == ("cannot be written", "cannot be written")
    assert "DATA_DIR" in file.advice


def test_a_folder_that_cannot_be_looked_at_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **_: object) -> NoReturn:
        raise PermissionError(EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", refuse)  # root may look everywhere

    assert probes.of_disk(tmp_path, 1)()["disk"].text == "down: Permission denied"


# --- Errors of requests


def test_an_error_of_a_request_is_told_for_a_minute(clock: Clock) -> None:
    errors = RecentErrors(clock)
    before = errors.probe()
    errors.note(ZeroDivisionError())
    clock.now += 60
    during = errors.probe()["lists"].text
    clock.now += 1

    assert (before, during, errors.probe()) == ({"lists": OK}, "fails: ZeroDivisionError", before)


# --- All of it


def test_everything_is_looked_at_once_a_second(clock: Clock) -> None:
    looks: list[int] = []

    def probe() -> dict[str, State]:
        looks.append(1)
        return {"a": State(str(len(looks)))}

    ready = Readiness([probe], clock=clock)
    first = [ready.states()["a"].text for _ in range(5)]
    clock.now += 1.0

    assert (first, ready.states()["a"].text) == (["1"] * 5, "2")


def test_nobody_waits_for_a_look_that_takes_long(clock: Clock) -> None:
    hangs, may_go_on, begun = Event(), Event(), Barrier(2)

    def probe() -> dict[str, State]:
        if hangs.is_set():
            begun.wait(5)
            may_go_on.wait(5)
        return {"a": State("late" if hangs.is_set() else "early")}

    ready = Readiness([probe], clock=clock)
    ready.states()
    clock.now += 60
    hangs.set()
    slow = Thread(target=ready.states)
    slow.start()
    begun.wait(5)
    meanwhile = ready.states()
    clock.now += HANGING_SECONDS
    later = ready.states()
    may_go_on.set()
    slow.join(5)

    assert meanwhile == {"a": State("early")}
    assert later["a"].text == "early"
    assert later["readiness"].text == "hangs for 15 s"
    assert ready.states() == {"a": State("late")}


def test_all_who_ask_first_get_an_answer(clock: Clock) -> None:
    ready = Readiness([lambda: {"a": OK}], clock=clock)
    answers: list[object] = []
    ask: Callable[[], None] = lambda: answers.append(ready.states())  # noqa: E731
    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert answers == [{"a": OK}] * 8
