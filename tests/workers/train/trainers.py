"""A training worker to play with."""

from collections.abc import Sequence
from pathlib import Path

from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.arrays_file import write_arrays
from recs.stores.keys import Keys
from recs.stores.models import Choice, Models
from recs.stores.vectors import connect
from recs.types import Generation
from tests.recs.training.datasets import GENRES, Fact, dataset
from workers.train import make_version


class Trainer:
    """A training worker, and the window that the statistics worker leaves it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stores = Stores(settings, connection.long_timeout(settings.redis_url))
        self.vectors = connect(settings)
        self.generation = self.stores.generations.begin()

    def see(self, facts: Sequence[Fact], genres: Sequence[Sequence[str]] = GENRES) -> None:
        """Put a snapshot of the window in place."""
        write_arrays(self.window, *dataset(facts, genres).to_arrays())

    @property
    def window(self) -> Path:
        return self.stores.generations.folder(self.generation) / "statistics" / "window.arrays"

    @property
    def lock(self) -> str:
        return Keys(self.settings.namespace, self.generation).lock("train")

    def train(self) -> int | None:
        version = make_version(self.stores, self.vectors)
        return version.number if version else None

    def current(self, generation: Generation | None = None) -> Choice | None:
        return self.stores.models.current(generation or self.generation)

    @property
    def models(self) -> Models:
        return self.stores.models
