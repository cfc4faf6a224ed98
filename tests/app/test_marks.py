from time import time

import pytest

from app import marks
from app.marks import Marks
from recs.types import Generation, UserId


class Waiting:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Generation, list[UserId], float]] = []

    def add(self, generation: Generation, users: dict[UserId, None], at: float) -> None:
        self.told.append((generation, list(users), at))


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def of_users(waiting: Waiting) -> Marks:
    return Marks(waiting)  # type: ignore[arg-type]


def test_marks_go_out_together_each_user_once(of_users: Marks, waiting: Waiting) -> None:
    for generation, user in ((1, "u"), (1, "v"), (1, "u"), (2, "u")):
        of_users.add(Generation(generation), UserId(user))
    of_users.flush()
    of_users.flush()

    assert [(generation, users) for generation, users, _ in waiting.told] == [
        (1, ["u", "v"]),
        (2, ["u"]),
    ]
    assert all(abs(at - time()) < 5 for _, _, at in waiting.told)


def test_while_nobody_takes_them_the_newest_are_kept(
    monkeypatch: pytest.MonkeyPatch, waiting: Waiting
) -> None:
    monkeypatch.setattr(marks, "MARKS_AT_MOST", 2)
    of_users = Marks(waiting)  # type: ignore[arg-type]
    for user in "uvw":
        of_users.add(Generation(1), UserId(user))
    of_users.flush()

    assert [users for _, users, _ in waiting.told] == [["v", "w"]]
