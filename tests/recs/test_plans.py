"""Prepared lists explore different titles."""

import numpy as np

from recs.plans import Plans
from recs.ranker import Ranker
from recs.ranking_settings import RankingSettings
from recs.types import ItemId, UserId


def test_a_new_list_of_a_viewer_replaces_his_earlier_one():
    plans = Plans()
    plans.grow_to(4)

    plans.add(UserId("anna"), [0, 1])
    plans.add(UserId("boris"), [1])
    plans.withdraw(UserId("anna"))
    plans.add(UserId("anna"), [3])

    assert plans.of(np.arange(4)).tolist() == [0, 1, 0, 1]


def test_lists_that_are_not_served_yet_do_not_explore_the_same_titles():
    ranker = Ranker(RankingSettings(explore_places=2, explore_places_for_newcomers=2))
    ranker.add_items((ItemId(str(n)), ("Drama",)) for n in range(200))
    ranker.learn()

    lists = [ranker.rank(UserId(str(n)), pages=1) for n in range(20)]

    explored = [entry.item for entries in lists for entry in entries if entry.source == "explore"]
    assert len(explored) == 40
    assert len(set(explored)) == 40
