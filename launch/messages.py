"""The texts that `make run` prints."""

from collections.abc import Container, Mapping, Sequence

from kombu.utils.url import maybe_sanitize_url as without_password

from launch.discovery import Servers
from recs.settings import Settings

NO_GUARANTEE = (
    "Interactions may be lost: Redis confirms no message, and a task that is being worked on "
    "during a crash comes back late or never. To get RabbitMQ: make services. What waits in a "
    "RabbitMQ that does not answer now is taken by the first start that finds it, and so is what "
    "waits here."
)


def choice(settings: Settings, servers: Servers) -> str:
    """Say which servers are used, what they stand in for, and what is not guaranteed then."""
    broker, redis = without_password(servers.broker_url), without_password(servers.redis_url)
    if servers.embedded_port:
        redis = f"an embedded Redis, port {servers.embedded_port}, data under {settings.data_dir}"
    warning = f"\nWARNING: {servers.warning}" if servers.warning else ""
    silent = [
        f"{variable} ({without_password(asked)})"
        for variable, asked, taken in (
            ("CELERY_BROKER_URL", settings.broker_url, servers.broker_url),
            ("REDIS_URL", settings.redis_url, servers.redis_url),
        )
        if asked != taken
    ]
    if not silent:
        return f"Broker: {broker}. Redis: {redis}.{warning}"
    gone = f"no server answers at {' and '.join(silent)}"
    if servers.broker_url == settings.broker_url:
        return f"Broker: {broker}. Redis: {redis}, because {gone}. To get a real one: make services"
    return f"TRIAL MODE: {gone}; in their place: {redis}. {NO_GUARANTEE}{warning}"


def running(
    endpoints: Mapping[str, str], silent: Container[str], who_reaches: Sequence[str]
) -> str:
    """List the URLs, say which do not answer yet, and who can reach them."""
    line = "-" * 64
    return "\n".join(
        [
            line,
            *(
                f"  {name:<12} {url}{'  does not answer yet' if name in silent else ''}"
                for name, url in endpoints.items()
            ),
            *(f"  {sentence}" for sentence in who_reaches),
            "  Ctrl-C stops everything.",
            line,
        ]
    )
