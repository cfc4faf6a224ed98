"""How clients behave while servers are slow, gone or new; how scripts get to where they run."""

import gc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread, Timer
from time import monotonic, sleep

import pytest
from redis.cluster import RedisCluster as ClusterClient
from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from recs.stores import connection
from recs.stores.connection import Client, OwnConnections, Script
from recs.stores.keys import Keys
from recs.types import Generation, UserId
from tests import waiting
from tests.servers.redis_servers import RedisCluster, RedisServer

Seconds = Callable[[Callable[[], object]], float]
NOBODY = "127.0.0.1:1"

PATIENCE = 2.0
"""As shipped, redis-py tries again and again for 2.5 s, or for 10 s."""


@pytest.fixture
def own_cluster(tmp_path: Path, redis_server: RedisServer) -> Iterator[RedisCluster]:
    """A cluster for this test alone, to break. Not started yet."""
    cluster = RedisCluster(tmp_path / "own-cluster")
    yield cluster
    cluster.stop()
    with warnings.catch_warnings():
        # redis-py forgets sockets to nodes that have left; they are closed when they are collected.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def keys(namespace: str) -> Keys:
    return Keys(namespace, Generation(1))


def of_users(keys: Keys, count: int) -> list[tuple[str, str]]:
    """Interactions and slates of several users: they lie on all nodes."""
    names = [UserId(str(number)) for number in range(count)]
    return [(keys.interactions(user), keys.slate(user)) for user in names]


def fails(call: Callable[[], object], error: type[Exception]) -> Callable[[], None]:
    def check() -> None:
        with pytest.raises(error):
            call()

    return check


# One server


def test_a_request_does_not_wait_long_for_a_redis_that_hangs(
    own_redis: RedisServer, seconds: Seconds
) -> None:
    with connection.short_timeout(own_redis.url, 0.2) as client:
        client.ping()
        own_redis.pause()

        assert seconds(fails(client.ping, TimeoutError)) < PATIENCE
        assert seconds(fails(client.ping, TimeoutError)) < PATIENCE
        own_redis.resume()


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
def test_a_request_notices_at_once_that_redis_is_gone(scheme: str, seconds: Seconds) -> None:
    with connection.short_timeout(f"{scheme}://{NOBODY}", 0.2) as client:
        assert seconds(fails(lambda: client.get("key"), ConnectionError)) < PATIENCE
        assert seconds(fails(lambda: client.get("key"), ConnectionError)) < PATIENCE


def test_a_restart_of_redis_goes_unnoticed(own_redis: RedisServer) -> None:
    with connection.short_timeout(own_redis.url, 0.5) as client:
        client.set("kept", "yes")
        own_redis.restart()

        assert client.get("kept") == b"yes"


def test_a_script_does_not_notice_a_restart_of_redis(own_redis: RedisServer) -> None:
    with connection.short_timeout(own_redis.url, 0.5) as client:
        advance = Script(client, "advance")
        advance(["kept"], [7])
        own_redis.restart()

        assert int(advance(["kept"], [3])) == 7


def test_a_late_answer_is_not_taken_for_the_next_one(own_redis: RedisServer) -> None:
    with connection.short_timeout(own_redis.url, 0.2) as client:
        advance = Script(client, "advance")
        advance(["first"], [1])
        own_redis.pause()
        with pytest.raises(TimeoutError):
            advance(["first"], [2])
        own_redis.resume()

        assert int(advance(["second"], [9])) == 9


def test_a_script_goes_on_after_an_error(redis_url: str, keys: Keys) -> None:
    with connection.short_timeout(redis_url, 0.5) as client:
        advance, key = Script(client, "advance"), keys.waiting
        with pytest.raises(ResponseError):
            advance([key], ["no number"])

        assert int(advance([key], [5])) == 5


def test_options_of_the_url_are_taken(redis_url: str) -> None:
    with connection.short_timeout(f"{redis_url}?client_name=kinolenta", 0.5) as client:
        assert client.client_getname() in (b"kinolenta", "kinolenta")


# A cluster


def test_a_client_is_made_while_its_cluster_is_away(own_cluster: RedisCluster) -> None:
    with connection.short_timeout(own_cluster.url, 0.5) as client:
        fails(lambda: client.get("key"), ConnectionError)()
        own_cluster.start()

        assert client.set("key", "value")


def test_a_request_does_not_wait_long_for_a_node_that_hangs(
    own_cluster: RedisCluster, seconds: Seconds
) -> None:
    own_cluster.start()
    with connection.short_timeout(own_cluster.url, 0.5) as client:
        client.set("foo", "bar")
        node = _holder(own_cluster, client, "foo")
        node.pause()

        assert seconds(fails(lambda: client.get("foo"), TimeoutError)) < PATIENCE
        node.resume()


def test_a_client_finds_its_cluster_again(own_cluster: RedisCluster, keys: Keys) -> None:
    own_cluster.start()
    with connection.short_timeout(own_cluster.url, 0.5) as client:
        write_slate = Script(client, "write_slate")
        calls = [(own, ARGUMENTS) for own in of_users(keys, 9)]
        write_slate.run_many(calls)
        own_cluster.stop()
        fails(lambda: client.get(keys.asked), ConnectionError)()
        fails(lambda: write_slate.run_many(calls), ConnectionError)()
        for node in own_cluster.nodes:
            node.start()

        assert until(lambda: write_slate.run_many(calls)) == [None] * 9
        assert client.get(keys.asked) is None


def until(call: Callable[[], object]) -> object:
    """Try again while nobody answers: a node that has just started refuses for 2 s."""
    deadline = monotonic() + 10
    while True:
        try:
            return call()
        except (ConnectionError, TimeoutError):
            if monotonic() > deadline:
                raise
            sleep(0.1)


def test_one_node_that_answers_is_enough(redis_cluster_url: str) -> None:
    node = redis_cluster_url.removeprefix("redis+cluster://")
    with connection.short_timeout(f"redis+cluster://{NOBODY},{node}", 0.5) as client:
        assert client.get("key") is None


def test_a_client_that_was_never_used_is_closed_without_connecting() -> None:
    connection.short_timeout(f"redis+cluster://{NOBODY}", 0.5).close()


def test_what_no_client_has_is_missing(redis_cluster_url: str) -> None:
    with connection.short_timeout(redis_cluster_url, 0.5) as client:
        assert not hasattr(client, "no_such_thing")


# Scripts


@pytest.fixture
def write_slate(redis: Client) -> Script:
    return Script(redis, "write_slate")


ARGUMENTS = (b"", 7, 60, 60)


def test_a_script_that_no_server_knows_is_loaded(
    redis: Client, write_slate: Script, keys: Keys
) -> None:
    for own in of_users(keys, 20):
        redis.script_flush()
        write_slate(own, ARGUMENTS)

    assert all(redis.exists(slate) for _, slate in of_users(keys, 20))


def test_a_script_is_sent_by_its_digest(redis: Client, write_slate: Script, keys: Keys) -> None:
    [own] = of_users(keys, 1)
    write_slate(own, ARGUMENTS)
    texts = redis.info("commandstats", **_on(redis, own[0])).get("cmdstat_eval", {"calls": 0})
    write_slate(own, ARGUMENTS)

    again = redis.info("commandstats", **_on(redis, own[0])).get("cmdstat_eval", {"calls": 0})
    assert again["calls"] == texts["calls"]


def test_a_pipeline_loads_what_no_server_knows(
    redis: Client, write_slate: Script, keys: Keys
) -> None:
    redis.script_flush()
    write_slate.run_many([(own, ARGUMENTS) for own in of_users(keys, 20)])

    assert all(redis.exists(slate) for _, slate in of_users(keys, 20))


def test_results_come_in_the_order_of_calls(redis: Client, keys: Keys) -> None:
    states, users = Script(redis, "states"), [UserId(str(number)) for number in range(1_100)]
    for number, user in enumerate(users[::100]):
        redis.set(keys.shown(user), number)

    results = states.run_many([(keys.of_user(user), ()) for user in users])
    assert [int(shown) for _, shown, *_ in results[::100]] == list(range(11))
    assert {shown for _, shown, *_ in results} == {b"", *(b"%d" % each for each in range(11))}


def test_all_calls_are_run_even_if_one_raises(
    redis: Client, write_slate: Script, keys: Keys
) -> None:
    pairs = of_users(keys, 20)
    redis.hset(pairs[0][1], "no", "string")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        write_slate.run_many([(own, ARGUMENTS) for own in pairs])

    assert all(redis.exists(slate) for _, slate in pairs)


def test_all_calls_are_run_even_if_one_raises_when_it_is_repeated(
    redis: Client, write_slate: Script, keys: Keys
) -> None:
    pairs = of_users(keys, 20)
    redis.hset(pairs[0][1], "no", "string")
    redis.script_flush()
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        write_slate.run_many([(own, ARGUMENTS) for own in pairs])

    assert all(redis.exists(slate) for _, slate in pairs)


def test_a_pipeline_of_background_work_waits_for_a_redis_that_pauses(
    monkeypatch: pytest.MonkeyPatch, own_redis: RedisServer, keys: Keys
) -> None:
    connect = connection._connect
    monkeypatch.setattr(connection, "_connect", lambda url, _, *more: connect(url, 0.2, *more))
    with connection.long_timeout(own_redis.url) as client:
        write_slate = Script(client, "write_slate")
        calls = [(own, ARGUMENTS) for own in of_users(keys, 9)]
        write_slate.run_many(calls)
        own_redis.pause()
        later = Timer(0.4, own_redis.resume)
        later.start()

        assert write_slate.run_many(calls) == [None] * 9
        later.join()


def test_a_pipeline_follows_a_slot_that_has_moved(own_cluster: RedisCluster, keys: Keys) -> None:
    own_cluster.start()
    with connection.long_timeout(own_cluster.url) as client:
        [own] = of_users(keys, 1)
        write_slate = Script(client, "write_slate")
        write_slate(own, ARGUMENTS)
        client.delete(own[1])
        _move(client, client.keyslot(own[0]))
        write_slate.run_many([(own, ARGUMENTS)])

        assert client.exists(own[1])


def test_a_pipeline_follows_a_slot_whose_node_has_died(
    own_cluster: RedisCluster, keys: Keys
) -> None:
    own_cluster.start()
    with connection.short_timeout(own_cluster.url, 0.5) as client:
        [own] = of_users(keys, 1)
        write_slate = Script(client, "write_slate")
        write_slate(own, ARGUMENTS)
        client.delete(own[1])
        node = _holder(own_cluster, client, own[0])
        _move(client, client.keyslot(own[0]))
        node.kill()
        write_slate.run_many([(own, ARGUMENTS)])

        assert client.exists(own[1])


def test_a_pipeline_says_that_redis_is_away(own_redis: RedisServer, keys: Keys) -> None:
    with connection.short_timeout(own_redis.url, 0.2) as client:
        own_redis.kill()

        with pytest.raises(ConnectionError):
            Script(client, "write_slate").run_many([(own, ARGUMENTS) for own in of_users(keys, 9)])


def _on(redis: Client, key: str) -> dict[str, object]:
    """Return what sends a command to the node that has a key."""
    is_cluster = isinstance(redis, ClusterClient)
    return {"target_nodes": redis.get_node_from_key(key)} if is_cluster else {}  # type: ignore[union-attr]


def _holder(cluster: RedisCluster, client: Client, key: str) -> RedisServer:
    """Return the server that has a key."""
    assert isinstance(client, ClusterClient)
    port = client.get_node_from_key(key).port
    [node] = [node for node in cluster.nodes if node.port == port]
    return node


def _move(client: Client, slot: int) -> None:
    """Give a slot to another node, behind the client's back."""
    assert isinstance(client, ClusterClient)
    source = client.nodes_manager.get_node_from_slot(slot)
    target = next(node for node in client.get_primaries() if node != source)
    target_node, source_node = map(client.get_redis_connection, (target, source))
    source_id, target_id = (
        node.execute_command("CLUSTER MYID").decode() for node in (source_node, target_node)
    )
    target_node.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", source_id)
    source_node.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", target_id)
    target_node.execute_command("CLUSTER SETSLOT", slot, "NODE", target_id)
    source_node.execute_command("CLUSTER SETSLOT", slot, "NODE", target_id)


def test_the_connection_of_a_thread_ends_with_it(redis_url: str) -> None:
    kept = []
    with connection.long_timeout(redis_url) as redis:
        own = OwnConnections(redis)

        def ask() -> None:
            assert own.ask("PING") == b"PONG"
            kept.append(own._of_thread.connection)

        thread = Thread(target=ask)
        thread.start()
        thread.join()

        assert waiting.until(lambda: not kept[0].is_connected)


def test_a_connection_ends_with_those_who_ask(redis_url: str) -> None:
    """Also where they are thrown away together, in any order: no socket is left to the garbage."""
    redis = connection.long_timeout(redis_url)
    own = OwnConnections(redis)
    own.ask("PING")
    used = own._of_thread.connection
    redis.own, own.redis = own, redis  # type: ignore[union-attr]
    redis.close()
    del redis, own
    gc.collect()

    assert not used.is_connected
