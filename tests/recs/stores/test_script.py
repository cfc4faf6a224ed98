"""How scripts get to where they run, and run in spite of restarts, moves and errors."""

from collections.abc import Sequence

import pytest
from redis.cluster import RedisCluster as ClusterClient
from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from recs.stores import connection, script
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.own_connections import Command
from recs.stores.script import Script, SomeNodesAway
from recs.types import Generation, UserId
from tests.recs.stores.servers import AMPLE, holder, move, until_answered
from tests.servers.redis_servers import RedisCluster, RedisServer

ARGUMENTS = (b"", 7, 60, 60)
"""Of `write_slate`."""


@pytest.fixture
def keys(namespace: str) -> Keys:
    return Keys(namespace, Generation(1))


@pytest.fixture
def write_slate(redis: Client) -> Script:
    return Script(redis, "write_slate")


def test_a_script_does_not_notice_a_restart_of_redis(own_redis: RedisServer) -> None:
    with connection.short_timeout(own_redis.url, AMPLE) as client:
        advance = Script(client, "advance")
        advance(["kept"], [7])
        own_redis.restart()

        assert int(advance(["kept"], [3])) == 7


def test_a_script_is_not_repeated_after_a_timeout(own_redis: RedisServer) -> None:
    with connection.short_timeout(own_redis.url, 0.2) as client:
        advance = Script(client, "advance")
        until_answered(lambda: advance(["first"], [1]))
        own_redis.pause()
        with pytest.raises(TimeoutError):
            advance(["first"], [2])
        own_redis.resume()

        assert int(until_answered(lambda: advance(["second"], [9]))) == 9


def test_a_script_goes_on_after_an_error(redis_url: str, keys: Keys) -> None:
    with connection.short_timeout(redis_url, AMPLE) as client:
        advance, key = Script(client, "advance"), keys.waiting
        with pytest.raises(ResponseError):
            advance([key], ["no number"])

        assert int(advance([key], [5])) == 5


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

    results = states.run_many([(keys.of_user(user), (1,)) for user in users])
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
        until_answered(lambda: write_slate.run_many(calls))
        own_redis.pause()
        ask_all = client.own_connections.ask_all

        def ask_until_resumed(commands: Sequence[Command]) -> list[object]:
            try:
                return ask_all(commands)
            except TimeoutError:
                own_redis.resume()
                raise

        monkeypatch.setattr(client.own_connections, "ask_all", ask_until_resumed)

        assert write_slate.run_many(calls) == [None] * 9


def test_a_client_finds_its_cluster_again(own_cluster: RedisCluster, keys: Keys) -> None:
    own_cluster.start()
    with connection.short_timeout(own_cluster.url, AMPLE) as client:
        write_slate = Script(client, "write_slate")
        calls = [(own, ARGUMENTS) for own in of_users(keys, 9)]
        write_slate.run_many(calls)
        own_cluster.stop()
        with pytest.raises(ConnectionError):
            client.get(keys.asked)
        with pytest.raises(ConnectionError):
            write_slate.run_many(calls)
        for node in own_cluster.nodes:
            node.start()

        assert until_answered(lambda: write_slate.run_many(calls)) == [None] * 9
        assert client.get(keys.asked) is None


def test_a_pipeline_follows_a_slot_that_has_moved(own_cluster: RedisCluster, keys: Keys) -> None:
    own_cluster.start()
    with connection.long_timeout(own_cluster.url) as client:
        [own] = of_users(keys, 1)
        write_slate = Script(client, "write_slate")
        write_slate(own, ARGUMENTS)
        client.delete(own[1])
        move(client, client.keyslot(own[0]))
        write_slate.run_many([(own, ARGUMENTS)])

        assert client.exists(own[1])


def test_a_pipeline_follows_a_slot_whose_node_has_died(
    own_cluster: RedisCluster, keys: Keys
) -> None:
    own_cluster.start()
    with connection.short_timeout(own_cluster.url, AMPLE) as client:
        [own] = of_users(keys, 1)
        write_slate = Script(client, "write_slate")
        write_slate(own, ARGUMENTS)
        client.delete(own[1])
        node = holder(own_cluster, client, own[0])
        move(client, client.keyslot(own[0]))
        node.kill()
        write_slate.run_many([(own, ARGUMENTS)])

        assert client.exists(own[1])


def test_a_node_that_hangs_is_left_alone_for_a_while(
    own_cluster: RedisCluster, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "REST_SHARE", 1_000)
    own_cluster.start()
    with connection.short_timeout(own_cluster.url, 0.5) as client:
        write_slate = Script(client, "write_slate")
        calls = [(own, ARGUMENTS) for own in of_users(keys, 9)]
        until_answered(lambda: write_slate.run_many(calls))
        node = holder(own_cluster, client, calls[0][0][0])
        node.pause()
        with pytest.raises(SomeNodesAway):
            write_slate.run_many(calls)
        node.resume()
        with pytest.raises(SomeNodesAway, match="left alone"):
            write_slate.run_many(calls)
        assert isinstance(client, connection.LazyCluster)
        client.resting.clear()  # as after a while

        assert write_slate.run_many(calls) == [None] * 9


def test_a_pipeline_follows_a_slot_whose_node_hangs(own_cluster: RedisCluster, keys: Keys) -> None:
    own_cluster.start()
    with connection.short_timeout(own_cluster.url, 0.5) as client:
        [own] = of_users(keys, 1)
        write_slate = Script(client, "write_slate")
        until_answered(lambda: write_slate(own, ARGUMENTS))
        client.delete(own[1])
        node = holder(own_cluster, client, own[0])
        move(client, client.keyslot(own[0]))
        node.pause()
        with pytest.raises(TimeoutError):
            write_slate.run_many([(own, ARGUMENTS)])
        write_slate.run_many([(own, ARGUMENTS)])
        node.resume()

        assert client.exists(own[1])


def test_a_pipeline_says_that_redis_is_away(own_redis: RedisServer, keys: Keys) -> None:
    with connection.short_timeout(own_redis.url, 0.2) as client:
        own_redis.kill()

        with pytest.raises(ConnectionError):
            Script(client, "write_slate").run_many([(own, ARGUMENTS) for own in of_users(keys, 9)])


def of_users(keys: Keys, count: int) -> list[tuple[str, str]]:
    """Interactions and slates of several users: they lie on all nodes."""
    names = [UserId(str(number)) for number in range(count)]
    return [(keys.interactions(user), keys.slate(user)) for user in names]


def _on(redis: Client, key: str) -> dict[str, object]:
    """Return what sends a command to the node that has a key."""
    is_cluster = isinstance(redis, ClusterClient)
    return {"target_nodes": redis.get_node_from_key(key)} if is_cluster else {}  # type: ignore[union-attr]
