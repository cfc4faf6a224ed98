"""Ranks slates from item statistics and user states. Keeps no user between calls."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recs.ranking.candidates import candidates_for, candidates_within
from recs.ranking.explanations import sources_of
from recs.ranking.genre_shares import limits
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.popularity import like_rates
from recs.ranking.reranking import Draft, draft_lists
from recs.ranking.reservations import Claim, Wish
from recs.ranking.scoring import Scores, least, score
from recs.ranking.scratch import Scratch
from recs.ranking.settings import RankingSettings
from recs.ranking.slates import ENTRY, EXPLORE, NO_ENTRIES, Entries
from recs.ranking.sources import Sources
from recs.ranking.user_profile import UserProfile, profile_of
from recs.ranking.user_state import UserState
from recs.types import FloatArray, IntArray, Row

NEWCOMER = UserState()


class Ranker:
    """Ranks for one process. Not safe for threads."""

    def __init__(self, settings: RankingSettings, seed: int = 0) -> None:
        self.settings = settings
        self._rng = np.random.default_rng(seed)
        self._scratch = Scratch()

    def rank(
        self, users: Sequence[UserState], sources: Sources, claim: Claim, n_lists: int
    ) -> list[Entries]:
        """Rank the next lists of some users: one slate for each user, best items first.

        claim: called once, for the exploration slots of all users.
        """
        drafts = [self.draft(user, sources, n_lists) for user in users]
        claimed = claim([draft.wish for draft in drafts])
        return [draft.finish(rows) for draft, rows in zip(drafts, claimed, strict=True)]

    def draft(
        self,
        user: UserState,
        sources: Sources,
        n_lists: int,
        rates: FloatArray | None = None,
    ) -> "SlateDraft":
        """Rank all but the exploration slots of a slate. An error concerns this user only.

        rates: (n_items,), in place of those of the statistics.
        """
        statistics, settings = sources.statistics, self.settings
        rates = statistics.rates if rates is None else rates
        profile = profile_of(user, sources, settings, self._scratch)
        hidden = np.concatenate([user.shown, user.rows])
        rows = candidates_for(hidden, profile, sources, settings, self._scratch, self._rng)
        scores = score(rows, rates[rows], profile, sources, settings, self._scratch)
        new, slots = self._new_items(scores, statistics), self._slots(profile, n_lists)
        draft = self._lists(scores, new, slots, statistics, [profile])
        return SlateDraft(draft, scores, statistics, user.slate, settings.list_length)

    def rank_now(
        self,
        users: Sequence[UserState],
        sources: Sources,
        n_lists: int,
        within: NDArray[np.bool_],
    ) -> Entries:
        """Rank lists that are shown immediately, to one user or to a group.

        within: (n_items,), the allowed items; it may be shorter, and items beyond its end are left
        out. A group gets the items that its least happy member likes best. It gets nothing that a
        member has seen, and no exploration.
        """
        statistics, settings = sources.statistics, self.settings
        profiles = [profile_of(user, sources, settings, self._scratch) for user in users]
        hidden = np.concatenate([rows for user in users for rows in (user.shown, user.rows)])
        some = np.flatnonzero(within)
        found = [
            candidates_within(some, hidden, profile, sources, settings, self._scratch, self._rng)
            for profile in profiles
        ]
        rows = found[0] if len(found) == 1 else np.unique(np.concatenate(found))
        rates = statistics.rates[rows]
        scores = least(
            [score(rows, rates, profile, sources, settings, self._scratch) for profile in profiles]
        )
        is_group = len(users) > 1
        slots = [0] * n_lists if is_group else self._slots(profiles[0], n_lists)
        new = self._new_items(scores, statistics)
        draft = self._lists(scores, new, slots, statistics, profiles)
        slate = SlateDraft(draft, scores, statistics, NO_ENTRIES, settings.list_length)
        return slate.finish_unreserved()

    def cold_start_slates(
        self,
        sources: Sources,
        claim: Claim,
        count: int,
        n_lists: int,
        before: Sequence[Entries] = (),
    ) -> list[Entries]:
        """Rank slates for unknown users, as if each came after the one before and did not react.

        before: the slates that these replace. The items they explore are released.
        """
        claim([Wish(explored_in(slate), (), 0) for slate in before])
        rates, counts = sources.statistics.rates.copy(), sources.statistics.counts
        shown = np.zeros(len(rates))
        slates = []
        for _ in range(count):
            draft = self.draft(NEWCOMER, sources, n_lists, rates)
            slate = draft.finish(claim([draft.wish])[0])
            first = slate["row"][: self.settings.list_length].astype(np.int64)
            shown[first] += 1.0
            rates[first] = like_rates(counts, self.settings, first, shown[first])[0]
            slates.append(slate)
        return slates

    def _lists(
        self,
        scores: Scores,
        new: IntArray,
        slots: Sequence[int],
        statistics: ItemStatistics,
        profiles: Sequence[UserProfile],
    ) -> Draft:
        """Fill the lists. profiles: of the users who get them."""
        unknown = all(profile.is_newcomer for profile in profiles)
        return draft_lists(
            scores.total,
            scores.rows,
            statistics.tries(scores.rows),
            new,
            statistics.genres,
            slots,
            self.settings,
            limits(statistics.genre_shares, self.settings.list_length) if unknown else None,
        )

    def _slots(self, profile: UserProfile, n_lists: int) -> list[int]:
        """Return the number of exploration slots of each list: fewer for users we know well."""
        settings = self.settings
        if profile.is_newcomer:
            return [settings.exploration_slots_for_newcomers] * n_lists
        if len(profile.rows) < settings.rich_history:
            return [settings.exploration_slots] * n_lists
        first = int(self._rng.integers(2))
        return [min(settings.exploration_slots, (number + first) % 2) for number in range(n_lists)]

    def _new_items(self, scores: Scores, statistics: ItemStatistics) -> IntArray:
        """Return places of new candidates whose genres fit the user, best first."""
        is_new = self._scratch.are_among(scores.rows, statistics.candidates.new, len(statistics))
        fits = scores.genre > self.settings.new_item_fit * scores.genre.max(initial=0.0)
        places = np.flatnonzero(is_new & fits)
        return places[np.argsort(-scores.total[places], kind="stable")]


@dataclass(frozen=True, slots=True)
class SlateDraft:
    """A slate whose exploration slots are still empty."""

    draft: Draft
    scores: Scores
    statistics: ItemStatistics
    before: Entries
    length: int

    @property
    def wish(self) -> Wish:
        """Return what this slate wants to explore, and what the slate before releases."""
        preferred = self.scores.rows[self.draft.preferred]
        return Wish(explored_in(self.before), preferred.tolist(), sum(self.draft.open_slots))

    def finish_unreserved(self) -> Entries:
        """Return the slate, which explores what it wants most. Other slates may explore it, too."""
        wish = self.wish
        return self.finish(wish.preferred[: wish.count])

    def finish(self, explored: Sequence[int]) -> Entries:
        """Return the slate. explored: rows, some of those preferred in the wish."""
        preferred = self.draft.preferred
        rows_of = self.scores.rows[preferred].tolist() if explored else []
        own = [preferred[rows_of.index(row)] for row in explored]
        places, flags = self.draft.fill(own, self.length)
        scores = self.scores
        rows = scores.rows[places]
        entries = np.empty(len(places), ENTRY)
        entries["row"] = rows
        entries["source"] = np.where(
            flags,
            EXPLORE,
            sources_of(
                self.statistics.tries(rows),
                scores.similar[places],
                scores.personal[places],
                scores.genre[places],
            ),
        )
        entries["score"] = scores.total[places]
        return entries


def explored_in(slate: Entries) -> list[Row]:
    """Return the rows in the exploration slots of a slate."""
    explored: list[Row] = slate["row"][slate["source"] == EXPLORE].tolist()
    return explored
