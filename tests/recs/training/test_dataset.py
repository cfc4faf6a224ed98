import pandas as pd

from recs.facts import Facts, facts_of
from tests.recs.worlds import interactions


def spelled_out(facts: Facts) -> list[tuple[str, str, int]]:
    return [
        (facts.users[viewer], facts.titles[item], taste)
        for viewer, item, taste in zip(
            facts.viewers.tolist(), facts.items.tolist(), facts.tastes.tolist(), strict=True
        )
    ]


def test_the_last_action_of_a_pair_counts() -> None:
    facts = facts_of(interactions([("ann", "alien", "like"), ("ann", "alien", "dislike")]))

    assert spelled_out(facts) == [("ann", "alien", -1)]


def test_the_timestamp_decides_which_action_is_the_last() -> None:
    log = interactions([("ann", "alien", "like"), ("ann", "alien", "dislike")])
    log["timestamp"] = [20.0, 10.0]

    assert spelled_out(facts_of(log)) == [("ann", "alien", 1)]


def test_the_log_decides_between_equal_timestamps() -> None:
    log = interactions([("ann", "alien", "like"), ("ann", "alien", "dislike")])
    log["timestamp"] = 10.0

    assert spelled_out(facts_of(log)) == [("ann", "alien", -1)]


def test_what_was_taken_back_is_no_fact() -> None:
    log = interactions([("ann", "alien", "like"), ("bob", "alien", "like"), ("ann", "alien", "undo")])

    assert spelled_out(facts_of(log)) == [("bob", "alien", 1)]


def test_facts_are_in_order_of_time() -> None:
    log = interactions([("ann", "alien", "like"), ("ann", "brazil", "like")])
    log["timestamp"] = [20.0, 10.0]

    assert spelled_out(facts_of(log)) == [("ann", "brazil", 1), ("ann", "alien", 1)]


def test_an_empty_log_has_no_facts() -> None:
    log = pd.DataFrame(columns=["user_id", "item_id", "action", "timestamp"])

    assert spelled_out(facts_of(log)) == []
