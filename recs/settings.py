"""All settings of the service: variable, default, meaning. Read once from the environment."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass
from ipaddress import ip_address
from pathlib import Path
from ssl import CERT_REQUIRED
from typing import Any, Self
from urllib.parse import quote, urlsplit

from recs.errors import SettingError
from recs.origins import read_origins
from recs.ranking.settings import RankingSettings, is_fixed
from recs.training.settings import TrainingSettings

BROKERS = ("amqp://", "amqps://", "pyamqp://", "redis://", "rediss://")
REDISES = ("redis://", "rediss://", "redis+cluster://", "rediss+cluster://", "unix://")
PRINTABLE = re.compile("[ -~]*")
QUEUE_TYPES = ("classic", "quorum")
CHOICES: dict[str, tuple[Any, ...]] = {
    "queue_type": QUEUE_TYPES,
    "log_format": ("console", "json"),
    "log_level": ("info", "warning", "error"),  # debug would log the content of messages: user ids
    "access_log": (0, 1),
}
ANY = 2**60
"""No number is larger: those of Redis and numpy have an end."""
RANGES = {
    **dict.fromkeys(("COLLECTOR_PORT", "RECOMMENDER_PORT"), (1, 65_535)),
    **dict.fromkeys(("PAGE_PORT", "FLOWER_PORT"), (1, 65_535)),
    # A connection with a timeout of 0 never comes about; with a long one, requests hang.
    **dict.fromkeys(("REDIS_TIMEOUT_SECONDS", "CONFIRM_TIMEOUT_SECONDS"), (0.01, 60)),
    **dict.fromkeys(("LIST_SIZE", "LIST_SIZE_MOST", "SLATE_LISTS"), (1, 1_000)),
    "COLD_START_SLATES": (0, 10_000),
    "COLD_START_EVERY_SECONDS": (0, 86_400),
    "RERANK_BUDGET_SECONDS": (0, 1),
    "TRAIN_EVERY_SECONDS": (1, 30 * 86_400),  # RabbitMQ lets no message wait for 50 days
    "BATCH_SIZE": (1, 10_000),  # RabbitMQ counts what it sends ahead, three batches, in 16 bits
    "BATCH_SECONDS": (0, 60),  # what a batch waits for is not in the log yet
    # Redis deletes at once what shall live 0 s, and refuses times that 64 bits cannot hold.
    **dict.fromkeys(("USER_TTL_SECONDS", "VISITOR_TTL_SECONDS"), (1, 10**10)),
    "STATISTICS_WINDOW": (1, ANY),
    # Divisors and sizes of arrays.
    "RANKING_NEIGHBOURS": (1, 10_000),
    "RANKING_POSITION_BINS": (2, 1_000),
    **dict.fromkeys(("RANKING_OPTIMISM", "RANKING_PRIOR_EXPOSURE"), (0.01, ANY)),
    **dict.fromkeys(("RANKING_PRIOR_OPINIONS", "RANKING_PRIOR_NEIGHBOURHOOD"), (0.01, ANY)),
    **dict.fromkeys(("RANKING_PRIOR_POSITION_INTERACTIONS", "RANKING_PRIOR_TOGETHER"), (0.01, ANY)),
    "RANKING_NEIGHBOURHOOD_WEIGHT": (0, 1),  # an exponent
    "RANKING_NEIGHBOURHOOD_WIDTH": (0.5, 100_000),  # a kernel of some times this size
    **dict.fromkeys(("TRAINING_COMPONENTS", "TRAINING_EPOCHS"), (1, 1_000)),
    **dict.fromkeys(("TRAINING_REFIT_EPOCHS", "TRAINING_FINAL_EPOCHS"), (0, 1_000)),
    "TRAINING_LEARNING_RATE": (0, 1),  # with a large one no fit converges
    "TRAINING_EASE_ITEMS": (0, 20_000),  # memory grows with its square: 1.6 GB a matrix
    "TRAINING_EASE_REGULARIZATION": (1, 10**9),  # with 0 items liked by the same users are singular
    "TRAINING_VALIDATION_SHARE": (0, 0.9),
}
"""Variable -> the lowest and the highest value with which the service can work; else (0, ANY)."""


def setting(default: Any, why: str) -> Any:
    """Declare a field with a variable of its own: its name in capitals."""
    return field(default=default, metadata={"why": why})


def variable_of(figure: Field[Any], prefix: str = "") -> str | None:
    """Return the variable that sets a field; None if there is none. prefix: of a group's fields."""
    if is_fixed(figure) or is_dataclass(figure.type):
        return None
    name = "CELERY_BROKER_URL" if figure.name == "broker_url" else figure.name.upper()
    return prefix + name


@dataclass(frozen=True, repr=False)  # no log or traceback must show passwords
class Settings:
    """The service's configuration. The defaults work on one machine with standard ports."""

    namespace: str = setting(
        "kinolenta", "prefix of every Redis key and queue: several may share servers"
    )
    data_dir: Path = setting(Path("data"), "logs, catalogue, models: all permanent data")
    host: str = setting("127.0.0.1", "address that the three HTTP services bind to")
    collector_port: int = setting(5000, "port of the collector: it takes interactions")
    recommender_port: int = setting(5001, "port of the recommender: it serves lists")
    page_port: int = setting(8000, "port of the page")
    flower_port: int = setting(5555, "port of Flower, the monitor of the workers")
    flower_host: str = setting(
        "127.0.0.1", "address that Flower binds to; its metrics need no password"
    )
    flower_user: str = setting("admin", "Flower's user, if a password is set")
    flower_password: str = setting("", "Flower's password; empty: none")

    broker_url: str = setting(
        "amqp://guest:guest@127.0.0.1:5672//", "RabbitMQ (or Redis, for trials)"
    )
    queue_type: str = setting(
        "classic", "type of all RabbitMQ queues: classic, or quorum for a cluster"
    )
    redis_url: str = setting("redis://127.0.0.1:6379/0", "lists, counters, state")
    ca_file: str = setting("", "PEM file of a private CA for RabbitMQ and Redis (amqps, rediss)")
    qdrant_url: str = setting("", "Qdrant server; empty: rankers search all vectors themselves")
    qdrant_api_key: str = setting("", "API key, if the Qdrant server needs one")
    redis_timeout_seconds: float = setting(
        0.3, "a request waits this long for Redis; then /recs has popular items"
    )
    confirm_timeout_seconds: float = setting(
        0.5, "a broker that sends nothing for this long is down: 503. Slow confirms are fine"
    )
    collector_url: str = setting("", "address for the page; empty: this machine's")
    recommender_url: str = setting("", "address for the page; empty: this machine's")
    catalogue_dir: str = setting("", "a MovieLens folder for the page; empty: the built-in titles")

    api_token: str = setting(
        "", "needed by /interact, /add_items, /cleanup; empty: open, as the graders expect"
    )
    cors_origins: str = setting(
        "", "origins whose pages may call the services, separated by commas; * for all"
    )
    proxies: int = setting(
        0, "number of proxies in a chain whose X-Forwarded-* headers are trusted"
    )
    requests_per_minute: int = setting(
        0, "limit of one client at one service; more get 429; 0: no limit"
    )

    log_format: str = setting(
        "console", "format of log lines: console, or json (one object for each line)"
    )
    log_level: str = setting(
        "warning", "lowest level that is logged; info follows each request to its list"
    )
    access_log: int = setting(
        0, "1: log a line for each request to the three services, without ids"
    )

    list_size: int = setting(10, "items in an answer of /recs without ?k=")
    list_size_most: int = setting(100, "the largest ?k= that is allowed")
    slate_lists: int = setting(3, "lists prepared for a user between two rankings")
    cold_start_slates: int = setting(24, "slates kept ready for unknown users")
    cold_start_every_seconds: float = setting(
        0.25, "the most that these slates age: popularity changes"
    )
    rerank_budget_seconds: float = setting(0.15, "time in each second for ranking old slates again")
    rerank_age_seconds: float = setting(
        5.0, "slates younger than this are not ranked again without a request"
    )
    active_seconds: float = setting(
        3_600.0, "slates of users away for longer than this are not ranked again"
    )
    train_every_seconds: float = setting(60.0, "pause between trainings, if there is new data")
    batch_size: int = setting(100, "the most messages that ingest takes at once")
    batch_seconds: float = setting(0.005, "the longest time that ingest waits for more messages")
    segment_bytes: int = setting(64 * 2**20, "size at which a new log file begins")
    user_ttl_seconds: int = setting(
        30 * 86_400, "Redis forgets a user away for this long: /recs may show old items again"
    )
    visitor_ttl_seconds: int = setting(86_400, "the same, for an id that never interacted")
    disk_spare_bytes: int = setting(
        256 * 2**20, "with less free space on its disk, a service is not ready"
    )
    statistics_window: int = setting(
        5_000_000, "how many of the newest impressions and interactions count"
    )

    ranking: RankingSettings = RankingSettings()
    """RANKING_<NAME>: weights and priors of the ranking, see recs/ranking/settings.py."""
    training: TrainingSettings = TrainingSettings()
    """TRAINING_<NAME>: how models are fitted and evaluated, see recs/training/settings.py."""

    def __post_init__(self) -> None:
        if not self.namespace.replace("-", "").replace("_", "").isalnum():
            raise SettingError("NAMESPACE", self.namespace, "letters, digits, - and _")
        for variable, number in self._numbers():
            _check_range(variable, number)
        if self.list_size > self.list_size_most:
            most = f"at most LIST_SIZE_MOST ({self.list_size_most})"
            raise SettingError("LIST_SIZE", str(self.list_size), most)
        read_origins(self.cors_origins)
        for variable, urls, schemes in (
            ("CELERY_BROKER_URL", self.broker_url.split(";"), BROKERS),
            ("REDIS_URL", [self.redis_url], REDISES),
        ):
            if not urls[0].startswith(schemes):
                raise SettingError(variable, "…", f"a URL of {' or '.join(schemes)}")
            for url in urls:
                _check_url(variable, url)
        if self.ca_file and not Path(self.ca_file).is_file():
            raise SettingError("CA_FILE", self.ca_file, "a file that can be read")
        for name, allowed in CHOICES.items():
            if (value := getattr(self, name)) not in allowed:
                raise SettingError(name.upper(), str(value), " or ".join(map(str, allowed)))
        for variable, secret in (
            ("API_TOKEN", self.api_token),
            ("QDRANT_API_KEY", self.qdrant_api_key),
            ("FLOWER_USER", self.flower_user),
            ("FLOWER_PASSWORD", self.flower_password),
        ):
            if not PRINTABLE.fullmatch(secret):  # it stands in a header
                raise SettingError(variable, "…", "one line of letters, digits and signs of ASCII")
        for variable, url in (
            ("QDRANT_URL", self.qdrant_url),
            ("COLLECTOR_URL", self.collector_url),
            ("RECOMMENDER_URL", self.recommender_url),
        ):
            if url and not re.match("https?://[^/:?#]", url):
                raise SettingError(variable, "…", "a URL of http:// or https://, with a host")

    def _numbers(self) -> Iterator[tuple[str, float]]:
        """Yield the variable and the value of each setting that is a number."""
        for group, prefix in ((self, ""), (self.ranking, "RANKING_"), (self.training, "TRAINING_")):
            for figure in fields(group):
                if figure.type in (int, float) and (variable := variable_of(figure, prefix)):
                    yield variable, getattr(group, figure.name)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the environment. Raises SettingError, which names the variable."""
        ranking = _read(RankingSettings, environ, "RANKING_")
        training = _read(TrainingSettings, environ, "TRAINING_")
        own = _read(cls, environ)
        ranking["list_length"] = own.get("list_size", cls.list_size)
        own["host"] = own.get("host", cls.host).removeprefix("[").removesuffix("]")
        if own.get("ca_file"):
            own["redis_url"] = _with_ca(own.get("redis_url", cls.redis_url), own["ca_file"])
        return cls(**own, ranking=RankingSettings(**ranking), training=TrainingSettings(**training))

    @property
    def collector(self) -> str:
        """The address of the collector for the page."""
        return self.collector_url or f"http://{reachable(self.host)}:{self.collector_port}"

    @property
    def recommender(self) -> str:
        """The address of the recommender for the page."""
        return self.recommender_url or f"http://{reachable(self.host)}:{self.recommender_port}"

    @property
    def broker_tls(self) -> dict[str, Any] | None:
        """Celery's options for checking the broker's certificate; None for the defaults."""
        if not self.ca_file or not self.broker_url.startswith(("amqps://", "rediss://")):
            return None
        if self.broker_url.startswith("rediss://"):
            return {"ssl_ca_certs": self.ca_file, "ssl_cert_reqs": CERT_REQUIRED}
        # server_hostname None: check the name in the URL of the server that is used.
        return {"ca_certs": self.ca_file, "cert_reqs": CERT_REQUIRED, "server_hostname": None}

    def queue(self, name: str) -> str:
        """Return the full name of a queue on the broker. name: such as interactions or ranking."""
        return f"{self.namespace}.{name}"


def reachable(host: str) -> str:
    """Return the host to use in a URL for a server that binds to this address."""
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]" if ":" in host else host


def is_this_machine(host: str) -> bool:
    """Return whether a server that binds to `host` is reachable only from this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:  # a name, or empty, which means all addresses
        return host == "localhost"


def _check_range(variable: str, number: float) -> None:
    least, most = RANGES.get(variable, (0, ANY))
    if not least <= number <= most:
        allowed = f"at least {least}" if most == ANY > number else f"from {least} to {most}"
        raise SettingError(variable, str(number), allowed)


def _check_url(variable: str, url: str) -> None:
    """Raise SettingError if a URL is invalid. Never shows the URL: it may contain a password."""
    rest = url.partition("://")[2]
    login, _, _ = rest.rpartition("@")
    if any(character in login for character in "@/?#"):
        allowed = "a URL in whose password @ : / ? # % are written %40 %3A %2F %3F %23 %25"
        raise SettingError(variable, "…", allowed)
    for place in rest[len(login) :].lstrip("@").partition("/")[0].split(","):
        try:
            urlsplit(f"//{place}").port  # noqa: B018
        except ValueError as error:
            raise SettingError(variable, "…", f"a URL that can be read ({error})") from None


def _with_ca(redis_url: str, ca_file: str) -> str:
    """Make redis-py check certificates with this CA."""
    if not redis_url.startswith("rediss") or "ssl_ca_certs=" in redis_url:
        return redis_url
    return f"{redis_url}{'&' if '?' in redis_url else '?'}ssl_ca_certs={quote(ca_file, safe='/')}"


def _read(kind: type, environ: Mapping[str, str], prefix: str = "") -> dict[str, Any]:
    """Return the fields of a dataclass that the environment sets, parsed to their types."""
    return {
        each.name: _parse(variable, each.type, text)
        for each in fields(kind)
        if (variable := variable_of(each, prefix))
        and (text := _text(variable, environ)) is not None
    }


def _text(variable: str, environ: Mapping[str, str]) -> str | None:
    """Return the value of a variable, or of the file named by `<variable>_FILE` (Docker secrets).

    An empty variable counts as not set: compose files pass unset variables on as empty ones.
    """
    path = environ.get(f"{variable}_FILE")
    if environ.get(variable) or not path:
        return environ.get(variable) or None
    try:
        secret = Path(path).read_text().strip()
    except OSError as error:
        raise SettingError(f"{variable}_FILE", path, "a file that can be read") from error
    if not secret:
        raise SettingError(f"{variable}_FILE", path, "a file that is not empty")
    return secret


def _parse(variable: str, kind: Any, text: str) -> Any:
    """Turn a variable's text into its field's type."""
    try:
        return kind(text)
    except ValueError:
        raise SettingError(variable, text, f"a number ({kind.__name__})") from None
