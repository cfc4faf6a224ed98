"""Probes of what this service needs: its servers, its workers, its disk."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any

from amqp import Message
from amqp.exceptions import AMQPError
from celery import Celery
from redis.exceptions import RedisError

from app.confirming import Confirmations, refuse_blocked
from app.readiness import OK, Probe, State
from celeryconfig import TASKS
from recs.errors import BrokerUnavailable
from recs.settings import Settings
from recs.stores import Stores, connection, keys
from recs.stores.connection import Client
from recs.stores.signs import Signs
from recs.stores.trouble import advice_on, is_away
from workers.queues import counts, short_timeout
from workers.signs import consumer_of, task_of

KEPT_MILLISECONDS = 10_000
SILENT_SECONDS = 30.0
"""A worker sends a heartbeat every five seconds; one that is silent for so long hangs."""
IDLE_SECONDS = 60.0
"""rank, statistics and reconcile run every second or two; under load a few times less often."""
INODES_LEAST = 1_000
NOBODY = "kinolenta.nobody"
"""The name of a queue that does not exist."""
WRITE_AND_READ = """
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('GET', KEYS[1])
"""
PROCESSES = {
    "interactions": "ingest",
    "ranking": "rank",
    "statistics": "statistics",
    "training": "train",
    "maintenance": "maintain",
}
"""Queue -> process of the Procfile that reads it."""
REGULAR_TASKS = {"ranking": "rank", "statistics": "statistics", "maintenance": "reconcile"}
"""Queue -> task that beat sends every second or two."""


def of_all(stores: Stores, celery: Celery) -> list[Probe]:
    """Return the probes that collector and recommender have in common."""
    settings = stores.settings
    return [
        of_redis(stores.redis, settings.namespace),
        of_broker(celery, settings),
        of_workers(stores.signs, settings),
        of_disk(settings.data_dir, settings.disk_spare_bytes),
    ]


def of_redis(redis: Client, namespace: str, name: str = "redis") -> Probe:
    """Check that Redis runs scripts, and stores what it is given."""

    def probe() -> dict[str, State]:
        written = token_hex(8)
        key = keys.readiness(namespace)
        try:
            found: Any = redis.eval(WRITE_AND_READ, 1, key, written, str(KEPT_MILLISECONDS))
        except RedisError as error:
            how = "down" if is_away(error) else "refuses writes"
            return {name: State(f"{how}: {type(error).__name__}", advice_on(error))}
        except Exception as error:  # whatever goes wrong, the answer is its name
            return {name: State(f"down: {type(error).__name__}", "see the log of this process")}
        if found != written.encode():
            return {name: State("loses what is written", "look at its log, and who else uses it")}
        return {name: OK}

    return probe


def of_broker(celery: Celery, settings: Settings) -> Probe:
    """Check that the broker answers and takes messages, and that each queue has a consumer."""
    timeout = settings.confirm_timeout_seconds
    if settings.broker_url.startswith("redis"):
        redis = connection.short_timeout(settings.broker_url, timeout)
        return of_redis(redis, settings.namespace, "broker")

    def probe() -> dict[str, State]:
        try:
            _send_to_nobody(celery, settings, timeout)
            queues = counts(celery, settings, TASKS, timeout)
        except BrokerUnavailable as error:
            advice = "give it memory or disk space: see `rabbitmq-diagnostics alarms`"
            return {"broker": State(str(error), advice)}
        except Exception as error:  # whatever goes wrong, the answer is its name
            advice = "nobody answers at CELERY_BROKER_URL: start it, or mend the address"
            if isinstance(error, AMQPError):
                advice = "it refuses us: look at its log, and at CELERY_BROKER_URL"
            return {"broker": State(f"down: {type(error).__name__}", advice)}
        return {"broker": OK} | {
            PROCESSES[name]: _taken_from(settings.queue(name), PROCESSES[name], *found)
            for name, found in queues.items()
        }

    return probe


def _send_to_nobody(celery: Celery, settings: Settings, timeout: float) -> None:
    """Publish a message for which there is no queue: a broker with an alarm does not take it.

    It answers everything else until then. Raises BrokerUnavailable, and what py-amqp raises.
    """
    url = settings.broker_url
    transport: Any = short_timeout(celery, url, timeout, on_blocked=refuse_blocked).transport
    broker = transport.establish_connection()
    try:
        channel = broker.channel()
        confirmations = Confirmations(channel, timeout)
        channel.basic_publish(Message(), routing_key=NOBODY)
        confirmations.wait()
    except BrokerUnavailable:
        broker.collect()  # it does not read what we send: it would not answer to a farewell
        raise
    finally:
        transport.close_connection(broker)


def _taken_from(queue: str, process: str, messages: int, consumers: int) -> State:
    if consumers:
        return OK
    waiting = f", and {messages:,} messages wait" if messages else ""
    return State(
        f"down: nobody takes from {queue}{waiting}",
        f"start the {process} process; its log says why it ended",
    )


def of_workers(signs: Signs, settings: Settings) -> Probe:
    """Check when each worker last gave a sign of life. Empty while Redis is away."""

    def probe() -> dict[str, State]:
        wanted = [consumer_of(settings.queue(name)) for name in TASKS]
        wanted += [task_of(name) for name in REGULAR_TASKS.values()]
        try:
            ages = signs.ages(wanted)
        except Exception:  # the probe of Redis reports it
            return {}
        return {PROCESSES[name]: _sign(name, ages, settings) for name in TASKS}

    return probe


def _sign(queue: str, ages: Mapping[str, float | None], settings: Settings) -> State:
    process = PROCESSES[queue]
    lived = ages[consumer_of(settings.queue(queue))]
    if lived is None or lived > SILENT_SECONDS:
        return State(
            f"silent: no sign of life {_since(lived)}",
            f"look at the log of the {process} process, and start it again",
        )
    if queue in REGULAR_TASKS:
        done = ages[task_of(REGULAR_TASKS[queue])]
        if done is None or done > IDLE_SECONDS:
            return State(
                f"idle: no {REGULAR_TASKS[queue]} was done {_since(done)}",
                f"look at the logs of {process}, and of beat, which sends the tasks",
            )
    return OK


def _since(age: float | None) -> str:
    return "within an hour" if age is None else f"for {age:.0f} s"


def of_disk(folder: Path, bytes_least: int) -> Probe:
    """Check that the disk of DATA_DIR has room, and that we can write to it."""

    def probe() -> dict[str, State]:
        try:
            # The folder is made when there is something to keep in it.
            there = next(
                (each for each in (folder, *folder.absolute().parents) if each.exists()), folder
            )
            free, inodes = shutil.disk_usage(there).free, os.statvfs(there)
        except OSError as error:
            advice = "DATA_DIR must be a folder that can be read and written"
            return {"disk": State(f"down: {error.strerror}", advice)}
        if free < max(bytes_least, 1):
            told = f"{free / 2**20:,.0f} MiB free, {bytes_least / 2**20:,.0f} wanted"
            return {"disk": State(f"full: {told}", "make room where DATA_DIR is")}
        if inodes.f_files and inodes.f_favail < INODES_LEAST:
            return {"disk": State("full: no inodes", "delete small files where DATA_DIR is")}
        is_read_only = inodes.f_flag & os.ST_RDONLY or not os.access(there, os.W_OK | os.X_OK)
        if is_read_only or not there.is_dir():
            return {"disk": State("cannot be written", "let this service write to DATA_DIR")}
        return {"disk": OK}

    return probe
