import pytest
from redis.crc import key_slot

from recs.stores.keys import Keys
from recs.types import Generation, UserId

KEYS = Keys("kinolenta", Generation(1_732_531_737_123))
HOSTILE = ["anna", "a}b", "}", "{", "{}", "a:shown", "x}:shown", "*", "Ännchen 🎬", "é" * 256]


def test_names() -> None:
    assert KEYS.waiting == "{kinolenta:1732531737123}:waiting"
    assert KEYS.slate(UserId("anna")) == "{kinolenta:1732531737123:anna}:slate"


@pytest.mark.parametrize("user", HOSTILE)
def test_the_keys_of_a_user_lie_in_one_slot(user: str) -> None:
    slots = {key_slot(key.encode()) for key in KEYS.of_user(UserId(user))}

    assert len(slots) == 1


def test_the_shared_keys_lie_in_one_slot() -> None:
    shared = [key for name, key in vars(KEYS).items() if name[0] != "_" and name != "pattern"]

    assert len(shared) == 11
    assert len({key_slot(key.encode()) for key in [*shared, KEYS.lock("train")]}) == 1


def test_no_user_reaches_the_key_of_another() -> None:
    names = [key for user in HOSTILE for key in KEYS.of_user(UserId(user))]

    assert len(set(names)) == 3 * len(HOSTILE)


def test_users_lie_in_different_slots() -> None:
    slots = {key_slot(KEYS.slate(UserId(str(number))).encode()) for number in range(100)}

    assert len(slots) > 90
