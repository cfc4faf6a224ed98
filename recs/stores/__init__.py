"""Everything that touches a server or a disk, and `Stores`, which opens it all for one process."""

from dataclasses import dataclass
from typing import Self

from redis import Redis

from recs.settings import Settings
from recs.stores.catalogue import Catalogue
from recs.stores.generations import Generations
from recs.stores.events import Events
from recs.stores.figures import Figures
from recs.stores.lists import Lists
from recs.stores.log import Log
from recs.stores.models import Models
from recs.stores.state import State
from recs.stores.viewers import Viewers


@dataclass(frozen=True)
class Stores:
    """The stores of one process, over one connection pool."""

    redis: Redis
    generations: Generations
    log: Log
    state: State
    catalogue: Catalogue
    viewers: Viewers
    events: Events
    lists: Lists
    figures: Figures
    models: Models

    @classmethod
    def open(cls, settings: Settings, redis: Redis) -> Self:
        """Join the stores. Connects to nothing yet."""
        namespace = settings.namespace
        log = Log(settings.data_dir, settings.segment_bytes)
        state = State(redis, namespace, log, settings.events_kept, settings.viewer_ttl_seconds)
        return cls(
            redis=redis,
            generations=Generations(redis, namespace, settings.data_dir),
            log=log,
            state=state,
            catalogue=Catalogue(redis, namespace, log, state),
            viewers=Viewers(redis, namespace),
            events=Events(redis, namespace),
            lists=Lists(redis, namespace, settings.events_kept, settings.viewer_ttl_seconds),
            figures=Figures(redis, namespace),
            models=Models(settings.data_dir),
        )
