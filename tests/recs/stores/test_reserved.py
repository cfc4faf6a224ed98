from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random

import pytest

from recs.ranking.reservations import Wish
from recs.stores import connection
from recs.stores.keys import Keys
from recs.stores.reserved import Reserved
from recs.types import Generation, Row
from simulator.reservations import LocalReservations

G = Generation(1_732_531_737_123)
TTL = 600.5


ClaimAll = Callable[[float, Sequence[Wish]], list[list[Row]]]
Claim = Callable[..., list[Row]]


@pytest.fixture(params=["in memory", "redis_url", "redis_cluster_url"])
def claim_all(request: pytest.FixtureRequest, namespace: str) -> Iterator[ClaimAll]:
    """Fulfil wishes. Reservations in memory and in Redis pass the same tests."""
    if request.param == "in memory":
        yield LocalReservations(TTL).claim
    else:
        with connection.long_timeout(request.getfixturevalue(request.param)) as redis:
            yield partial(Reserved(redis, namespace, TTL).claim, G)


@pytest.fixture
def claim(claim_all: ClaimAll) -> Claim:
    """Fulfil one wish."""

    def one(
        now: float, preferred: list[Row], count: int, release: list[Row] | None = None
    ) -> list[Row]:
        [given] = claim_all(now, [Wish(release or [], preferred, count)])
        return given

    return one


def test_a_wish_gets_what_it_prefers(claim: Claim) -> None:
    assert claim(1.0, [70_000, 7, 8], 2) == [70_000, 7]


def test_no_two_wishes_get_the_same(claim_all: ClaimAll) -> None:
    wish = Wish([], [1, 2, 3, 4, 5], 2)

    assert claim_all(1.0, [wish, wish]) == [[1, 2], [3, 4]]


def test_no_two_rankers_get_the_same(claim: Claim) -> None:
    claim(1.0, [1, 2, 3], 2)

    assert claim(1.1, [1, 2, 3, 4], 2) == [3, 4]


def test_a_reservation_ends(claim: Claim) -> None:
    claim(1.0, [1, 2], 1)

    assert claim(1.0 + TTL - 0.1, [1, 2, 3], 1) == [2]
    assert claim(1.0 + TTL, [1, 2, 3], 1) == [1]


def test_what_is_released_is_free(claim: Claim) -> None:
    claim(1.0, [1, 2], 2)
    claim(1.1, [], 0, release=[2, 99])

    assert claim(1.2, [1, 2, 3], 1) == [2]


def test_all_are_released_before_any_is_given(claim_all: ClaimAll, claim: Claim) -> None:
    claim(1.0, [1], 1)

    assert claim_all(1.1, [Wish([], [1, 2], 1), Wish([1], [2, 3], 1)]) == [[1], [2]]


def test_where_too_few_are_free_those_come_that_end_first(claim: Claim) -> None:
    claim(2.0, [1], 1)
    claim(1.0, [2], 1)
    claim(3.0, [3], 1)

    assert claim(4.0, [1, 2, 3, 4], 3) == [4, 2, 1]


def test_of_those_that_end_together_the_better_comes_first(claim: Claim) -> None:
    claim(1.0, [1, 2], 2)

    assert claim(2.0, [2, 1], 2) == [2, 1]


def test_a_row_that_is_given_again_is_reserved_for_longer(claim: Claim) -> None:
    claim(1.0, [1], 1)
    claim(2.0, [1], 1)

    assert claim(1.5 + TTL, [1, 2], 1) == [2]


def test_none_is_given_twice(claim: Claim) -> None:
    assert claim(1.0, [1, 1, 2], 3) == [1, 2]
    assert claim(1.0, [1, 1, 2], 3) == [1, 2]


def test_fewer_are_given_where_fewer_are_preferred(claim: Claim) -> None:
    assert claim(1.0, [1], 2) == [1]
    assert claim(1.0, [], 2) == []


def test_many_are_preferred(claim: Claim) -> None:
    claim(1.0, list(range(2_500)), 2_400)

    assert claim(1.0, list(range(2_500)), 3) == [2_400, 2_401, 2_402]

    released = list(range(1_000, 2_200))
    assert claim(1.0, released, 1_200, release=released[::-1]) == released


@pytest.mark.parametrize("n_rows", [20, 200, 3_000])
def test_redis_gives_what_memory_gives(
    redis: connection.Client, namespace: str, n_rows: int
) -> None:
    rng = Random(n_rows)
    in_redis, in_memory = Reserved(redis, namespace, TTL), LocalReservations(TTL)
    given: list[Row] = []
    for now in range(0, 2_400, 60):
        wishes = [
            Wish(
                rng.sample(given, min(len(given), rng.randrange(4))),
                rng.sample(range(n_rows), rng.randrange(min(n_rows, 400))),
                rng.randrange(5),
            )
            for _ in range(rng.randrange(1, 40))
        ]

        answers = in_redis.claim(G, float(now), wishes)

        assert answers == in_memory.claim(float(now), wishes)
        given = [row for rows in answers for row in rows]


def test_generations_have_their_own(redis: connection.Client, namespace: str) -> None:
    reserved = Reserved(redis, namespace, TTL)
    reserved.claim(G, 1.0, [Wish([], [1], 1)])

    assert reserved.claim(Generation(G + 1), 1.0, [Wish([], [1, 2], 1)]) == [[1]]


def test_no_wishes_get_nothing(claim_all: ClaimAll) -> None:
    assert claim_all(1.0, []) == []


def test_the_key_expires(redis: connection.Client, namespace: str) -> None:
    Reserved(redis, namespace, 60.5).claim(G, 1.0, [Wish([], [1], 1)])

    assert 0 < redis.ttl(Keys(namespace, G).reserved) <= 61
