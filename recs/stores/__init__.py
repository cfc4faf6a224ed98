"""All access to servers and disks, and `Stores`, which opens all stores of one process."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from recs.settings import Settings
from recs.stores.applied import Applied
from recs.stores.catalogue import Catalogues
from recs.stores.cold_start import ColdStart
from recs.stores.connection import Client
from recs.stores.erasures import Erasures
from recs.stores.generations import Generations
from recs.stores.impressions import ImpressionLog
from recs.stores.log import Log
from recs.stores.losses import Losses
from recs.stores.replay import Replay
from recs.stores.shared_folder import SharedFolder
from recs.stores.time_series import TimeSeries
from recs.stores.traces import Traces
from recs.stores.users import Users
from recs.stores.waiting import Waiting

if TYPE_CHECKING:
    from recs.stores.models import Models
    from recs.stores.reserved import Reserved
    from recs.stores.statistics_files import StatisticsFiles


@dataclass(frozen=True)
class Stores:
    """The stores of one process, over one connection pool."""

    settings: Settings
    redis: Client
    generations: Generations
    log: Log
    impressions: ImpressionLog
    catalogues: Catalogues
    users: Users
    waiting: Waiting
    cold_start: ColdStart
    time_series: TimeSeries
    traces: Traces
    applied: Applied
    replay: Replay
    losses: Losses
    shared_folder: SharedFolder

    @classmethod
    def open(cls, settings: Settings, redis: Client) -> Self:
        """Create the stores. Connects to nothing yet."""
        namespace = settings.namespace
        log = Log(settings.data_dir, settings.segment_bytes)
        catalogues = Catalogues(settings.data_dir)
        users = Users(redis, namespace, settings.user_ttl_seconds, settings.visitor_ttl_seconds)
        waiting = Waiting(redis, namespace)
        applied = Applied(redis, namespace)
        return cls(
            settings=settings,
            redis=redis,
            generations=Generations(redis, namespace, settings.data_dir),
            log=log,
            impressions=ImpressionLog(log),
            catalogues=catalogues,
            users=users,
            waiting=waiting,
            cold_start=ColdStart(redis, namespace),
            time_series=TimeSeries(redis, namespace),
            traces=Traces(redis, namespace),
            applied=applied,
            replay=Replay(applied, log, catalogues, users, waiting, settings.active_seconds),
            shared_folder=SharedFolder(redis, namespace, settings.data_dir),
            losses=Losses(redis, namespace, log, catalogues, applied, settings.user_ttl_seconds),
        )

    @cached_property
    def erasures(self) -> Erasures:
        """Which users were erased."""
        return Erasures(self.settings.data_dir)

    # These load numpy, which the processes that only receive and pass on interactions do not need.

    @cached_property
    def statistics(self) -> "StatisticsFiles":
        """What the statistics worker has published."""
        from recs.stores.statistics_files import StatisticsFiles

        return StatisticsFiles(self.settings.data_dir)

    @cached_property
    def models(self) -> "Models":
        """The models that training has saved."""
        from recs.stores.models import Models

        return Models(self.settings.data_dir)

    @cached_property
    def reserved(self) -> "Reserved":
        """Items that are reserved for the exploration slots of prepared slates."""
        from recs.stores.reserved import Reserved

        return Reserved(self.redis, self.settings.namespace)
