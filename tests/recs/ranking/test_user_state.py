from recs.ranking.user_state import UserState
from tests.recs.ranking.tables import rows


def test_likes_are_what_has_a_plus_oldest_first() -> None:
    state = UserState(rows(7, 3, 5), rows(+1, -1, +1))

    assert state.liked.tolist() == [7, 5]


def test_a_user_never_heard_of_has_nothing() -> None:
    state = UserState()

    lengths = [len(each) for each in (state.rows, state.signs, state.shown, state.slate)]
    assert (lengths, state.visited) == ([0, 0, 0, 0], 0.0)
