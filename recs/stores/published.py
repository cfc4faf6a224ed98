"""The newest item statistics of one generation that this process has mapped."""

import logging

from recs.ranking.item_statistics import ItemStatistics, similarity_from_arrays
from recs.ranking.similarity import NO_SIMILARITY
from recs.stores.statistics_files import StatisticsFiles, Version
from recs.types import Generation, Json

log = logging.getLogger(__name__)


class PublishedStatistics:
    """The newest version that this process has mapped."""

    def __init__(self, files: StatisticsFiles, generation: Generation) -> None:
        self.generation = generation
        self.number = 0
        """Number of the mapped version; 0 before the first."""
        self.statistics: ItemStatistics | None = None
        self.figures: Json = {}
        """Figures of the statistics worker for the dashboard."""
        self._files = files
        self._looked: dict[str, int] = {}
        self._similarity = NO_SIMILARITY

    def refresh(self) -> bool:
        """Map newer statistics; say whether there were any. Raises OSError.

        Files in the format of another version of this code are left out: after an upgrade the
        statistics worker soon publishes new ones.
        """
        try:
            if (similarity := self._newer("similarity")) is not None:
                self._similarity = similarity_from_arrays(similarity[1])
            if (statistics := self._newer("statistics")) is not None:
                number, arrays, meta = statistics
                # The worker publishes similarity first: it may know items that came since.
                similar = self._similarity.of_first(len(arrays["rates"]))
                self.statistics = ItemStatistics.from_arrays(arrays, meta, similar)
                self.number, self.figures = number, meta["figures"]
        except (KeyError, TypeError, ValueError) as error:
            log.error("item statistics of another version of this service are left out: %r", error)
            return False
        return statistics is not None

    def _newer(self, name: str) -> Version | None:
        newest = self._files.newest(self.generation, name, known=self._looked.get(name, 0))
        if newest is not None:
            self._looked[name] = newest[0]
        return newest
