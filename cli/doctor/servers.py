"""Checks of RabbitMQ, Redis and Qdrant: do they answer, and allow what we need?"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

from amqp.exceptions import AMQPError, NotFound, PreconditionFailed
from kombu import Connection
from redis.exceptions import RedisError

from app.probes import of_redis
from app.readiness import OK
from celeryconfig import TASKS
from cli.doctor.findings import BROKER, REDIS, Finding, fine, note, wrong
from launch.discovery import broker_answers, redis_facts
from recs.errors import SettingError
from recs.settings import Settings
from recs.stores import connection, keys
from recs.stores.connection import Client
from recs.stores.shared_folder import FILE

START = (
    "start it (`make services`, or systemctl start {}); `make run` goes on in trial mode without"
)
LAZY_BELOW = (3, 12)
"""An older RabbitMQ keeps waiting messages in memory."""


def look_at_broker(settings: Settings) -> Iterator[Finding]:
    """Check each URL of the broker, then its queues."""
    answering = []
    for url in settings.broker_url.split(";"):
        try:
            if broker_answers(url, settings):
                answering.append(url)
        except SettingError as error:
            yield wrong(BROKER, str(error))
            return
    if not answering:
        yield wrong(BROKER, "nobody answers", START.format("rabbitmq-server"))
    elif answering[0].startswith("redis"):
        said = "Redis is the broker (trial mode): what a worker has in hand is lost when it crashes"
        yield note(BROKER, said, "use RabbitMQ for anything that matters")
    else:
        yield from _look_into_rabbitmq(answering[0], settings)


def look_at_redis(settings: Settings) -> Iterator[Finding]:
    """Check what Redis reports, then have it do what we need."""
    try:
        facts = redis_facts(settings.redis_url, REDIS)
    except SettingError as error:
        yield wrong(REDIS, str(error))
        return
    if not facts:
        yield wrong(REDIS, "nobody answers", START.format("redis-server"))
        return
    if facts.get("loading"):
        yield note(REDIS, "it is reading its data back", "wait, and look again")
        return
    name = "Valkey" if "valkey_version" in facts else "Redis"
    yield fine(REDIS, f"{name} {facts.get('valkey_version', facts['redis_version'])}")
    yield from _look_at_memory(facts)
    with connection.short_timeout(settings.redis_url, 2.0) as client:
        state = of_redis(client, settings.namespace)()["redis"]
        if state == OK:
            yield fine(REDIS, "it runs scripts, and takes writes")
        else:
            yield wrong(REDIS, state.text, state.advice)
            return
        yield from _look_at_folder(client, settings)


def look_at_qdrant(settings: Settings) -> Iterator[Finding]:
    """Check that Qdrant, if it is configured, answers and accepts our key."""
    if not settings.qdrant_url:
        return
    from recs.stores.qdrant import client_of

    try:
        client_of(settings, timeout_seconds=2).get_collections()
    except Exception as error:  # whatever its client raises
        said = " ".join(str(error).split())[:200] or type(error).__name__
        is_refused = any(word in said for word in ("401", "403", "Unauthorized", "Forbidden"))
        cure = "set QDRANT_API_KEY" if is_refused else "start it, or mend or empty QDRANT_URL"
        yield note("QDRANT_URL", f"it cannot be used; rankers compare with all items: {said}", cure)
    else:
        yield fine("QDRANT_URL", "Qdrant answers")


def _look_at_folder(client: Client, settings: Settings) -> Iterator[Finding]:
    """Check that no running processes have another DATA_DIR."""
    ours = settings.data_dir / FILE
    with suppress(RedisError, OSError):
        theirs = cast(bytes | None, client.get(keys.folder(settings.namespace)))
        if theirs and (not ours.exists() or ours.read_text(errors="replace") != theirs.decode()):
            said = "processes with another DATA_DIR use this Redis and this NAMESPACE"
            yield wrong("DATA_DIR", said, "give all the same folder, or this one a NAMESPACE")


def _look_at_memory(facts: dict[str, Any]) -> Iterator[Finding]:
    policy, most = facts.get("maxmemory_policy", "noeviction"), int(facts.get("maxmemory") or 0)
    if most and policy != "noeviction":
        said = f"it throws keys away when it is full (maxmemory-policy {policy})"
        yield wrong(REDIS, said, "redis-cli CONFIG SET maxmemory-policy noeviction, and redis.conf")
    used = int(facts.get("used_memory") or 0)
    if most and used > 0.9 * most:
        cure = "redis-cli CONFIG SET maxmemory, or a smaller USER_TTL_SECONDS"
        yield wrong(REDIS, f"its memory is full to {used / most:.0%}", cure)


def _look_into_rabbitmq(url: str, settings: Settings) -> Iterator[Finding]:
    """Check the version, and that our queues can be declared."""
    tls: Any = settings.broker_tls or url.startswith("amqps://")
    with Connection(url, connect_timeout=2, ssl=tls) as broker:
        facts = cast(Any, broker.connection).server_properties
        version = str(facts.get("version", "0"))
        yield fine(BROKER, f"{facts.get('product', 'RabbitMQ')} {version}")
        if _numbers(version) < LAZY_BELOW:
            said = "before 3.12 it keeps messages that wait in memory"
            yield note(BROKER, said, "launch/policy.sh has it keep them on disk; once is enough")
        for name in TASKS:
            yield from _look_at_queue(broker, settings, name)


def _look_at_queue(broker: Connection, settings: Settings, name: str) -> Iterator[Finding]:
    """Declare a queue as the service does; delete it if it did not exist before."""
    full = settings.queue(name)
    arguments = {"x-queue-type": settings.queue_type}
    try:
        is_there = _exists(broker, full)
        with cast(Any, broker.channel()) as channel:
            channel.queue_declare(full, durable=True, auto_delete=False, arguments=arguments)
            if not is_there:
                channel.queue_delete(full)
    except PreconditionFailed as error:
        cure = f"stop the service, then rabbitmqctl delete_queue {full}; or the other QUEUE_TYPE"
        yield wrong("QUEUE_TYPE", f"{full} is of another type: {_short(error)}", cure)
    except AMQPError as error:
        cure = "rabbitmqctl set_permissions -p VHOST USER '.*' '.*' '.*'"
        yield wrong(BROKER, f"{full} cannot be declared: {_short(error)}", cure)


def _exists(broker: Connection, name: str) -> bool:
    try:
        with cast(Any, broker.channel()) as channel:
            channel.queue_declare(name, passive=True)
    except NotFound:
        return False
    return True


def _short(error: AMQPError) -> str:
    return " ".join(str(error).split())[:200]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
