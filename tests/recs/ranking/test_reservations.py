"""What holds in memory and in Redis alike is in tests/recs/stores/test_reserved.py."""

from recs.ranking.reservations import LocalReservations, Wish


def test_no_two_slates_explore_the_same_item_while_there_are_others() -> None:
    reservations = LocalReservations(ttl_seconds=60.0)
    wish = Wish([], [9, 7, 8], 1)

    given = [reservations.claim(now, [wish])[0] for now in (0.0, 1.0, 2.0, 3.0)]

    # then the one whose slate is oldest
    assert given == [[9], [7], [8], [9]]


def test_what_a_slate_lets_go_is_free_for_those_that_are_claimed_with_it() -> None:
    reservations = LocalReservations(ttl_seconds=60.0)
    reservations.claim(0.0, [Wish([], [7], 1)])

    given = reservations.claim(1.0, [Wish([], [7, 8], 1), Wish([7, 99], [8, 9], 1)])

    assert given == [[7], [8]]


def test_a_reservation_ends_after_its_time() -> None:
    reservations = LocalReservations(ttl_seconds=60.0)
    reservations.claim(0.0, [Wish([], [7], 1)])

    assert reservations.claim(59.0, [Wish([], [7, 8], 1)]) == [[8]]
    assert reservations.claim(60.0, [Wish([], [7, 9], 1)]) == [[7]]
