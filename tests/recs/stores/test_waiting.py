import pytest

from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.waiting import Waiting
from recs.types import Generation, UserId

G = Generation(1_732_531_737_123)
ANNA, BEN, CLEO = UserId("anna"), UserId("b}e{n:*"), UserId("Клео")


@pytest.fixture
def waiting(redis: Client, namespace: str) -> Waiting:
    return Waiting(redis, namespace)


def taken(waiting: Waiting, now: float, count: int = 9) -> list[UserId]:
    return [user for user, _ in waiting.take(G, count, now)]


def test_who_waits_longest_comes_first(waiting: Waiting) -> None:
    waiting.add(G, [ANNA], 3.25)
    waiting.add(G, [BEN], 2.5)
    waiting.add(G, [CLEO], 4.0)

    assert waiting.take(G, 2, 5.0) == [(BEN, 2.5), (ANNA, 3.25)]


def test_whose_time_has_not_come_is_not_taken(waiting: Waiting) -> None:
    waiting.add(G, [ANNA], 6.0)

    assert taken(waiting, 5.9) == []
    assert taken(waiting, 6.0) == [ANNA]


def test_who_waits_already_does_not_wait_for_longer(waiting: Waiting) -> None:
    waiting.add(G, [ANNA], 3.0)
    waiting.add(G, [ANNA], 4.0)

    assert waiting.take(G, 1, 5.0) == [(ANNA, 3.0)]


def test_who_is_leased_is_not_taken_by_another(waiting: Waiting) -> None:
    waiting.add(G, [ANNA, BEN], 1.0)

    assert taken(waiting, 2.0, count=1) == [ANNA]
    assert taken(waiting, 2.0) == [BEN]
    assert taken(waiting, 11.9) == []


def test_who_was_leased_by_a_ranker_that_died_is_taken_when_the_lease_ends(
    waiting: Waiting,
) -> None:
    waiting.add(G, [ANNA], 1.0)
    taken(waiting, 2.0)

    assert taken(waiting, 12.0) == [ANNA]


def test_who_was_ranked_waits_no_more(waiting: Waiting) -> None:
    waiting.add(G, [ANNA, BEN], 1.0)
    taken(waiting, 2.3)
    waiting.done(G, [ANNA, BEN], waiting.lease(2.3))

    assert waiting.length(G) == 0


def test_who_did_something_while_they_were_ranked_keeps_waiting(waiting: Waiting) -> None:
    waiting.add(G, [ANNA, BEN], 1.0)
    taken(waiting, 2.3)
    waiting.add(G, [ANNA], 2.5)
    waiting.done(G, [ANNA, BEN], waiting.lease(2.3))

    assert waiting.length(G) == 1
    assert waiting.take(G, 9, 3.0) == [(ANNA, 2.5)]


def test_who_was_too_slow_does_not_end_the_lease_of_another(waiting: Waiting) -> None:
    waiting.add(G, [ANNA], 1.0)
    taken(waiting, 2.0)
    taken(waiting, 13.0)
    waiting.done(G, [ANNA], waiting.lease(2.0))

    assert waiting.length(G) == 1


def test_the_pauses_of_a_failing_user_grow_to_an_hour(waiting: Waiting) -> None:
    pauses = [waiting.failed(G, ANNA, 1.0) for _ in range(14)]

    assert pauses[:5] == [1, 2, 4, 8, 16]
    assert pauses[11:] == [2048, 3600, 3600]


def test_a_failing_user_is_tried_again_after_the_pause(waiting: Waiting) -> None:
    waiting.add(G, [ANNA], 1.0)
    taken(waiting, 2.0)
    waiting.failed(G, ANNA, 3.0)

    assert taken(waiting, 3.9) == []
    assert taken(waiting, 4.0) == [ANNA]


def test_a_failing_user_is_not_taken_before_whatever_they_do(waiting: Waiting) -> None:
    waiting.failed(G, ANNA, 3.0)
    waiting.failed(G, ANNA, 3.0)
    waiting.add(G, [ANNA], 3.1)

    assert taken(waiting, 4.9) == []
    assert taken(waiting, 5.0) == [ANNA]


def test_failing_users_delay_nobody(waiting: Waiting) -> None:
    failing = [UserId(f"failing {number}") for number in range(20)]
    for user in failing:
        waiting.failed(G, user, 3.0)
    waiting.add(G, failing, 1.0)
    waiting.add(G, [ANNA, BEN], 3.0)

    assert taken(waiting, 3.5, count=2) == [ANNA, BEN]


def test_a_pause_that_a_clock_that_was_ahead_has_set_ends(waiting: Waiting) -> None:
    for _ in range(14):
        waiting.failed(G, ANNA, 3.0)  # for an hour
        waiting.failed(G, BEN, 100_000.0)
    waiting.put_clock_back(G, 4.0)

    assert taken(waiting, 5.0) == [BEN]
    assert waiting.failing(G) == 1


def test_a_clock_that_is_put_back_has_all_who_wait_ranked_now(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recs.stores.waiting.USERS_A_CALL", 2)
    users = [UserId(f"u{number}") for number in range(5)]
    waiting.add(G, users, 100_000.0)
    for user in users[:3]:
        waiting.failed(G, user, 700.0 + int(user[1:]))
    for _ in range(11):  # they pause for half an hour, which is right
        for user in users[:3]:
            waiting.failed(G, user, 700.0 + int(user[1:]))
    waiting.note_ranked(G, users, 100_000.0)
    waiting.put_clock_back(G, 800.0)

    assert taken(waiting, 801.0) == users[3:]
    assert waiting.oldest_ranked(G, 801.0, 10) == users[3:]


def test_success_forgets_failures(waiting: Waiting) -> None:
    for _ in range(5):
        waiting.failed(G, ANNA, 3.0)
    assert waiting.failing(G) == 1
    waiting.done(G, [ANNA], waiting.lease(3.0))

    assert waiting.failing(G) == 0
    assert waiting.failed(G, ANNA, 30.0) == 1


def test_no_more_are_taken_than_are_asked_for(waiting: Waiting) -> None:
    waiting.add(G, [UserId(str(number)) for number in range(2_500)], 1.0)

    assert len(taken(waiting, 2.0, count=2_000)) == 2_000
    assert len(taken(waiting, 2.0, count=2_000)) == 500


def test_active_users_come_by_the_age_of_their_ranking(waiting: Waiting) -> None:
    waiting.note_ranked(G, [ANNA], 3.0)
    waiting.note_ranked(G, [BEN], 2.0)
    waiting.note_ranked(G, [CLEO], 4.0)

    assert waiting.oldest_ranked(G, 4.0, 9) == [BEN, ANNA]
    assert waiting.oldest_ranked(G, 4.0, 1) == [BEN]


def test_who_is_ranked_again_comes_last(waiting: Waiting) -> None:
    waiting.note_ranked(G, [ANNA, BEN], 3.0)
    waiting.note_ranked(G, [ANNA], 4.0)

    assert waiting.oldest_ranked(G, 5.0, 9) == [BEN, ANNA]


def test_who_is_not_active_any_more_is_forgotten(waiting: Waiting) -> None:
    waiting.note_ranked(G, [ANNA, BEN], 3.0)
    waiting.forget_ranked(G, [ANNA])

    assert waiting.oldest_ranked(G, 5.0, 9) == [BEN]


def test_nobody_is_nobody(waiting: Waiting) -> None:
    waiting.add(G, [], 1.0)
    waiting.done(G, [], 1.0)
    waiting.note_ranked(G, [], 1.0)
    waiting.forget_ranked(G, [])

    assert waiting.take(G, 9, 2.0) == []


def test_the_queue_does_not_expire(waiting: Waiting, redis: Client, namespace: str) -> None:
    waiting.add(G, [ANNA], 1.0)

    assert redis.ttl(Keys(namespace, G).waiting) == -1
