"""All access to servers and disks, and `Stores`, which opens all stores of one process."""

from functools import cached_property
from typing import TYPE_CHECKING

from recs.settings import Settings
from recs.stores.applied import Applied
from recs.stores.catalogue import Catalogues
from recs.stores.cold_start import ColdStart
from recs.stores.connection import Client
from recs.stores.erasures import Erasures
from recs.stores.generations import GenerationLease, Generations
from recs.stores.impressions import ImpressionLog
from recs.stores.log import Log
from recs.stores.losses import Losses
from recs.stores.replay import Replay
from recs.stores.shared_folder import SharedFolder
from recs.stores.signs import Signs
from recs.stores.tallies import Tallies
from recs.stores.time_series import TimeSeries
from recs.stores.traces import Traces
from recs.stores.users import Users
from recs.stores.waiting import Waiting

if TYPE_CHECKING:
    from recs.stores.models import Models
    from recs.stores.reserved import Reserved
    from recs.stores.statistics_files import StatisticsFiles


class Stores:
    """The stores of one process, over one connection pool. Connects to nothing yet."""

    def __init__(self, settings: Settings, redis: Client) -> None:
        namespace, folder = settings.namespace, settings.data_dir
        self.settings = settings
        self.redis = redis
        self.generations = Generations(redis, namespace, folder)
        self.lease = GenerationLease(self.generations)
        self.log = Log(folder, settings.segment_bytes)
        self.impressions = ImpressionLog(self.log)
        self.catalogues = Catalogues(folder)
        self.users = Users(
            redis, namespace, settings.user_ttl_seconds, settings.visitor_ttl_seconds
        )
        self.waiting = Waiting(redis, namespace)
        self.cold_start = ColdStart(redis, namespace)
        self.time_series = TimeSeries(redis, namespace)
        self.traces = Traces(redis, namespace)
        self.signs = Signs(redis, namespace)
        self.tallies = Tallies(redis, namespace)
        self.applied = Applied(redis, namespace)
        self.replay = Replay(
            self.applied, self.log, self.catalogues, self.users, self.waiting,
            settings.active_seconds,
        )  # fmt: skip
        self.losses = Losses(
            redis, namespace, self.log, self.catalogues, self.applied, settings.user_ttl_seconds
        )
        self.shared_folder = SharedFolder(redis, namespace, folder)
        self.erasures = Erasures(folder)

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
