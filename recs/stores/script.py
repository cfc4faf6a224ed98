"""Lua scripts in Redis: one call, or many together, each on the node that has its keys."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha1
from importlib.resources import files
from time import monotonic
from typing import Any, cast

from redis.cluster import ClusterNode
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ConnectionError,
    MovedError,
    NoScriptError,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

from recs.stores.connection import Client, LazyCluster, SingleRedis
from recs.stores.own_connections import Command, OwnConnections

CALLS_A_PIPELINE = 500
REST_SHARE = 5
"""A node that did not answer in time is left alone for so many times as long as that time."""
TO_REPEAT = (
    *(NoScriptError, ConnectionError),
    *(MovedError, AskError, TryAgainError, ClusterDownError),
)
"""Errors of a pipelined call after which it is repeated alone: that finds the right node."""
Call = tuple[Sequence[str], Sequence[bytes | str | int | float]]
"""Keys and arguments of a script."""
AskAll = Callable[[Sequence[Command]], list[Any]]
"""Sends commands together; returns the answer or the error of each."""


class SomeNodesAway(ConnectionError):
    """Nodes of a cluster did not answer; the others have run their calls."""


class Script:
    """One of the Lua scripts beside this module.

    It is called by its digest. A node that does not know it (it was restarted or has just joined)
    gets the text once, and knows the digest from then on.
    """

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._own = client.own_connections if isinstance(client, SingleRedis) else None
        self._execute = cast(Any, client).execute_command
        self._text = files("recs.stores.scripts").joinpath(f"{name}.lua").read_text()
        self._digest = sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: Sequence[str], args: Sequence[bytes | str | int | float]) -> Any:
        """Run it once."""
        if self._own is not None:
            with suppress(NoScriptError, ConnectionError):  # then the calls below try again
                return self._own.ask(*self._command(keys, args))
        try:
            return self._execute(*self._command(keys, args))
        except NoScriptError:
            return self._execute("EVAL", self._text, len(keys), *keys, *args)

    def run_many(self, calls: Sequence[Call]) -> list[Any]:
        """Run many calls in pipelines; return their results.

        All of them run even if one raises; then the first error is raised. Those of a node that is
        away do not: then SomeNodesAway is raised, or the error itself if no other node was asked.
        """
        results: list[Any] = []
        for start in range(0, len(calls), CALLS_A_PIPELINE):
            results += self._run_portion(calls[start : start + CALLS_A_PIPELINE])
        for result in results:
            if isinstance(result, Exception):
                raise result
        return results

    def _run_portion(self, calls: Sequence[Call]) -> list[Any]:
        results: list[Any] = [None] * len(calls)
        by_node = list(self._by_node(calls))
        away: list[Exception] = []
        for ask_all, numbers in by_node:
            try:
                answers = self._ask(ask_all, [calls[number] for number in numbers])
            except (ConnectionError, TimeoutError) as error:
                away.append(error)
                continue
            for number, answer in zip(numbers, answers, strict=True):
                results[number] = answer
        if away and len(away) < len(by_node):
            raise SomeNodesAway(str(away[0])) from away[0]
        if away:
            raise away[0]
        return results

    def _ask(self, ask_all: AskAll, calls: Sequence[Call]) -> list[Any]:
        """Run the calls of one node; return the result or the error of each."""
        commands = [self._command(*call) for call in calls]
        try:
            answers = ask_all(commands)
        except ConnectionError as error:
            # Another node of a cluster may have taken over: repeating finds it.
            answers = [error] * len(commands)
        return [
            self._repeat(call) if isinstance(answer, TO_REPEAT) else answer
            for call, answer in zip(calls, answers, strict=True)
        ]

    def _repeat(self, call: Call) -> Any:
        try:
            return self(*call)
        except ResponseError as error:
            return error

    def _command(self, keys: Sequence[str], args: Sequence[bytes | str | int | float]) -> Command:
        return ("EVALSHA", self._digest, len(keys), *keys, *args)

    def _by_node(self, calls: Sequence[Call]) -> Iterable[tuple[AskAll, Sequence[int]]]:
        """Group calls by the node that has their keys: how to ask it, indices of its calls.

        redis-py can pipeline scripts to a cluster, too, but asks it for the keys of each call.
        """
        if self._own is not None:
            return [(self._ask_own, range(len(calls)))]
        cluster = cast(Any, self._client)
        numbers: dict[str, list[int]] = {}
        nodes = {}
        for number, (keys, _) in enumerate(calls):
            node = cluster.get_node_from_key(keys[0])
            nodes[node.name] = node
            numbers.setdefault(node.name, []).append(number)
        return [(partial(self._ask_node, nodes[name]), numbers[name]) for name in nodes]

    def _ask_node(self, node: ClusterNode, commands: Sequence[Command]) -> list[Any]:
        """Ask a node of a cluster, unless it hangs: each time it would delay users of the others.

        After a timeout the cluster is asked who has the keys now: another may have taken over.
        """
        cluster, began = cast(LazyCluster, self._client), monotonic()
        if began < cluster.resting.get(node.name, 0.0):
            raise TimeoutError(f"{node.name} is left alone: it did not answer in time")
        try:
            pipeline = cast(Any, cluster.get_redis_connection(node)).pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            answers: list[Any] = pipeline.execute(raise_on_error=False)
        except TimeoutError:
            now = monotonic()
            cluster.resting[node.name] = now + REST_SHARE * (now - began)
            cluster.find_nodes_again(besides=node)
            raise
        return answers

    def _ask_own(self, commands: Sequence[Command]) -> list[Any]:
        """Ask, and again as often as the client does, like a pipeline of redis-py."""
        client, own = cast(Any, self._client), cast(OwnConnections, self._own)
        answers: list[Any] = client.get_retry().call_with_retry(
            lambda: own.ask_all(commands), lambda _: None
        )
        return answers
