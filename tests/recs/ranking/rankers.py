"""Rankers of short lists, items that they rank, and what their slates hold."""

from collections.abc import Sequence

from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.ranker import Ranker
from recs.ranking.reservations import Wish
from recs.ranking.settings import RankingSettings
from recs.ranking.slates import SOURCES, Entries
from recs.ranking.sources import Sources
from recs.ranking.user_state import UserState
from recs.types import Row
from tests.recs.ranking.tables import counts, item_statistics

PLAIN = RankingSettings(
    list_length=3, exploration_slots=0, exploration_slots_for_newcomers=0, overlap_weight=0.0
)
"""Lists of three, the best scored in order."""
RATES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
KNOWN_ENOUGH = item_statistics(RATES)
"""Every item was shown twice."""
HALF_KNOWN = item_statistics(RATES, items=counts(impressions=[0, 0, 0, 0, 0, 5, 5, 5]))
"""Items 0 to 4 were never shown."""


def claim(wishes: Sequence[Wish]) -> list[list[Row]]:
    """Give everybody what they want."""
    return [list(wish.preferred[: wish.count]) for wish in wishes]


def slate_of(
    state: UserState,
    statistics: ItemStatistics = KNOWN_ENOUGH,
    settings: RankingSettings = PLAIN,
    n_lists: int = 1,
    vectors: ItemVectors | None = None,
) -> Entries:
    sources = Sources(statistics, vectors)
    return Ranker(settings).rank([state], sources, claim, n_lists)[0]


def rows_of(slate: Entries) -> list[Row]:
    return [int(row) for row in slate["row"]]


def sources_in(slate: Entries) -> list[str]:
    return [SOURCES[number] for number in slate["source"]]
