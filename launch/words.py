"""What `make run` says to the person who typed it."""

from collections.abc import Container, Mapping

from kombu.utils.url import maybe_sanitize_url as without_password

from launch.servers import Servers
from recs.settings import Settings

NO_PROMISE = (
    "It does not promise that nothing is lost: Redis confirms no message, and a task in hand at a "
    "crash comes back late or never. To get RabbitMQ: make services"
)


def choice(settings: Settings, servers: Servers) -> str:
    """Say which servers are used, what they stand in for, and what that does not promise."""
    broker, redis = without_password(servers.broker_url), without_password(servers.redis_url)
    if servers.embedded_port:
        redis = f"an embedded Redis, port {servers.embedded_port}, data under {settings.data_dir}"
    silent = [
        f"{variable} ({without_password(asked)})"
        for variable, asked, taken in (
            ("CELERY_BROKER_URL", settings.broker_url, servers.broker_url),
            ("REDIS_URL", settings.redis_url, servers.redis_url),
        )
        if asked != taken
    ]
    if not silent:
        return f"Broker: {broker}. Redis: {redis}."
    nobody = f"nobody answers at {' and '.join(silent)}"
    if servers.broker_url == settings.broker_url:
        return f"Broker: {broker}. Redis: {redis}, for {nobody}. To get a real one: make services"
    return f"TRIAL MODE: {nobody}; in their place: {redis}. {NO_PROMISE}"


def running(where: Mapping[str, str], silent: Container[str]) -> str:
    """Say where everything is, and what does not answer yet."""
    line = "─" * 64
    return "\n".join(
        [
            line,
            *(
                f"  {name:<12} {url}{'  does not answer yet' if name in silent else ''}"
                for name, url in where.items()
            ),
            "  Ctrl-C stops everything.",
            line,
        ]
    )
