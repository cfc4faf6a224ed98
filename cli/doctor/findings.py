"""What the doctor finds, and what to do."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    FINE = "ok"
    NOTE = "note"
    """It works, but perhaps not for long, or not as expected."""
    WRONG = "wrong"
    """The service cannot work like this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """subject: the variable or the part. cure: what to do; empty if nothing."""

    level: Level
    subject: str
    said: str
    cure: str = ""


def fine(subject: str, said: str) -> Finding:
    """Return a finding: all is well."""
    return Finding(Level.FINE, subject, said)


def note(subject: str, said: str, cure: str) -> Finding:
    """Return a finding that deserves a look."""
    return Finding(Level.NOTE, subject, said, cure)


def wrong(subject: str, said: str, cure: str = "") -> Finding:
    """Return a finding that stops the service. Without a cure, one is looked up."""
    return Finding(Level.WRONG, subject, said, cure or cure_of(subject, said))


BROKER, REDIS = "CELERY_BROKER_URL", "REDIS_URL"
CURES: tuple[tuple[str, str, str], ...] = (
    (BROKER, "it is a Redis", "name a RabbitMQ (amqp://…:5672//), or begin the URL with redis://"),
    (
        BROKER,
        "certificate verify failed",
        "set CA_FILE to the certificate of the CA that signed RabbitMQ's",
    ),
    (
        BROKER,
        r"SSL|TLS|socket closed|it answers, but: (Server unexpectedly closed|\[Errno 104)",
        "amqp:// goes with port 5672, amqps:// with 5671: change one of them",
    ),
    (
        BROKER,
        "ACCESS_REFUSED.*(login|Login)|AMQPLAIN|PLAIN",
        "correct user and password in the URL, or: rabbitmqctl change_password USER PASSWORD",
    ),
    (
        BROKER,
        "vhost|NOT_ALLOWED|InvalidPath",
        "make it: rabbitmqctl add_vhost NAME; rabbitmqctl set_permissions -p NAME USER .* .* .*",
    ),
    (BROKER, "password", "write @ : / ? # % of the password as %40 %3A %2F %3F %23 %25"),
    (BROKER, "URL", "write amqp://USER:PASSWORD@HOST:5672/VHOST, with // for the virtual host /"),
    (REDIS, "certificate verify failed", "set CA_FILE to the certificate of the CA of that Redis"),
    (REDIS, "no TLS", "write redis:// instead of rediss://"),
    (REDIS, "too old", "install Redis 6.2 or newer, or Valkey; `make run` brings one of its own"),
    (REDIS, "write redis\\+cluster", "write redis+cluster:// instead of redis://"),
    (REDIS, "it is no Redis Cluster", "write redis:// instead of redis+cluster://"),
    (REDIS, "replica", "name the primary: redis-cli INFO replication tells which it is"),
    (REDIS, "max number of clients", "redis-cli CONFIG SET maxclients 10000"),
    (REDIS, "out of range", "end the URL with /0, or raise `databases` in redis.conf"),
    (
        REDIS,
        "no permissions|NOPERM|ping",
        "redis-cli ACL SETUSER USER on ~NAMESPACE* ~{NAMESPACE* +@all -@dangerous +info +keys",
    ),
    (REDIS, "%40", "write @ : / ? # % of the password as %40 %3A %2F %3F %23 %25"),
    (REDIS, "password|WRONGPASS|NOAUTH|username", "put the right one into redis://USER:PASSWORD@…"),
    (REDIS, "URL|Port", "write redis://HOST:6379/0"),
    (REDIS, "it answers, but", "another server has this port: look with `ss -ltnp`"),
    ("DATA_DIR", "no other", "stop the other one, or give this one another DATA_DIR"),
    ("DATA_DIR", "", "give a folder on a disk of yours: chown it, or set DATA_DIR"),
    ("CA_FILE", "", "name the file of the certificate, or take CA_FILE away"),
    ("HOST", "", "HOST=127.0.0.1 for this machine alone, 0.0.0.0 for all that reach it"),
    ("_PORT", "a number|from 1 to", "write a number from 1 to 65535"),
    ("_PORT", "", "see who has it: ss -ltnp; stop that, or set the variable to a free port"),
)
"""Variable, or its end; pattern of the message; cure. The first that fits counts."""


def cure_of(subject: str, said: str) -> str:
    """Return what to do, by CURES, or else to correct the variable."""
    reason = said.partition(" cannot be used: ")[2] or said
    for variable, pattern, cure in CURES:
        if subject.endswith(variable) and re.search(pattern, reason, re.IGNORECASE):
            return cure
    return f"correct {subject} in .env or in the environment: docs/configuration.md"
