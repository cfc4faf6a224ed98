"""Everything that touches a server or a disk, and `Stores`, which opens it all for one process."""

from dataclasses import dataclass
from typing import Self

from recs.settings import Settings
from recs.stores.catalogue import Catalogues
from recs.stores.connection import Client
from recs.stores.generations import Generations
from recs.stores.log import Log
from recs.stores.models import Models


@dataclass(frozen=True)
class Stores:
    """The stores of one process, over one connection pool."""

    redis: Client
    generations: Generations
    log: Log
    catalogues: Catalogues
    models: Models

    @classmethod
    def open(cls, settings: Settings, redis: Client) -> Self:
        """Join the stores. Connects to nothing yet."""
        namespace = settings.namespace
        return cls(
            redis=redis,
            generations=Generations(redis, namespace, settings.data_dir),
            log=Log(settings.data_dir, settings.segment_bytes),
            catalogues=Catalogues(settings.data_dir),
            models=Models(settings.data_dir),
        )
