"""Statistics of all items. One process writes them as a whole; all rankers map the files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recs.ranking.candidate_lists import CandidateLists
from recs.ranking.genres import GenreTable
from recs.ranking.popularity import Counts
from recs.ranking.ragged import Ragged
from recs.ranking.similarity import Neighbours, Similarity
from recs.types import FloatArray, IntArray, Json


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One version of the statistics. Arrays are by row, (n_items,), unless stated otherwise.

    counts: of interactions and impressions. rates: chance of a like if the item is shown to an
    average user. qualities: share of likes among interactions. known: whether it is in the
    catalogue. genre_shares: (n_genres,), share of an average user's likes that have each genre.
    interactions_by_position: (position_bins,), expected interactions of an average user who knows
    the whole catalogue. positions_matter: whether users keep to parts of the catalogue.
    """

    counts: Counts
    rates: FloatArray
    qualities: FloatArray
    known: NDArray[np.bool_]
    genres: GenreTable
    candidates: CandidateLists
    similarity: Similarity
    genre_shares: FloatArray
    interactions_by_position: FloatArray
    positions_matter: bool

    def __len__(self) -> int:
        return len(self.rates)

    def tries(self, rows: IntArray) -> IntArray:
        """Return how often each item was tried, (len(rows),): its impressions or interactions.

        The larger number counts: an item with an imported history is well known before we show it.
        """
        counts = self.counts
        interactions = counts.likes[rows] + counts.dislikes[rows]
        return np.maximum(counts.impressions[rows], interactions.astype(np.int64))

    def to_arrays(self) -> tuple[dict[str, NDArray[Any]], Json]:
        """Return everything for a file, except the similarity, which has a file of its own."""
        arrays = {
            **{f"counts_{name}": getattr(self.counts, name) for name in Counts.PER_ITEM},
            "rates": self.rates,
            "qualities": self.qualities,
            "known": self.known,
            **_flat("genres", self.genres.of_items),
            "popular": self.candidates.popular.astype(np.int32),
            **_flat("by_genre", self.candidates.by_genre),
            "fresh": self.candidates.fresh.astype(np.int32),
            "new": self.candidates.new.astype(np.int32),
            "genre_shares": self.genre_shares,
            "interactions_by_position": self.interactions_by_position,
        }
        return arrays, {
            "genres": list(self.genres.names),
            "traits": list(self.genres.traits),
            "totals": self.counts.totals(),
            "positions_matter": self.positions_matter,
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], meta: Json, similarity: Similarity
    ) -> Self:
        """Read what `to_arrays` returned."""
        per_item: dict[str, Any] = {name: arrays[f"counts_{name}"] for name in Counts.PER_ITEM}
        return cls(
            Counts(**per_item, **meta["totals"]),
            arrays["rates"],
            arrays["qualities"],
            arrays["known"],
            GenreTable(_ragged("genres", arrays), meta["genres"], meta.get("traits", ())),
            CandidateLists(
                arrays["popular"], _ragged("by_genre", arrays), arrays["fresh"], arrays["new"]
            ),
            similarity,
            arrays["genre_shares"],
            arrays["interactions_by_position"],
            meta["positions_matter"],
        )  # fmt: skip


def similarity_to_arrays(similarity: Similarity) -> dict[str, NDArray[Any]]:
    """Return neighbour lists for a separate file: they are large and change seldom."""
    return {
        name: array
        for kind in ("liked", "interacted")
        for name, array in (
            *_flat(kind, getattr(similarity, kind).lists).items(),
            (f"{kind}_weights", getattr(similarity, kind).weights.astype(np.float32)),
        )
    }


def similarity_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Similarity:
    """Read what `similarity_to_arrays` returned."""
    liked, interacted = (
        Neighbours(_ragged(kind, arrays), arrays[f"{kind}_weights"])
        for kind in ("liked", "interacted")
    )
    return Similarity(liked, interacted)


def _flat(name: str, lists: Ragged) -> dict[str, NDArray[Any]]:
    return {f"{name}_starts": lists.starts, f"{name}_values": lists.values.astype(np.int32)}


def _ragged(name: str, arrays: Mapping[str, NDArray[Any]]) -> Ragged:
    return Ragged(arrays[f"{name}_starts"], arrays[f"{name}_values"])
