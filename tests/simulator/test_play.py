"""The game over HTTP, against a service in memory."""

from dataclasses import replace
from time import time

import pytest

from simulator.client import Answer
from simulator.datasets import Dataset
from simulator.play import Game, NotReadyError, Options, lay_lanes, listed
from simulator.schedule import Visit, visits
from simulator.synthetic import synthetic
from simulator.variations import with_history
from tests.simulator.fake import Fake

pytestmark = pytest.mark.slow

DATASET = synthetic(seed=1, n_users=20, n_items=300, mean_opinions=40)


def play(address: str, dataset: Dataset = DATASET, **options: object) -> Game:
    game = Game(dataset, replace(Options(address, address, pace=0), **options))
    game.play(lambda: None)
    return game


def test_a_game_begins_with_health_cleanup_and_the_catalogue(fake: Fake, address: str) -> None:
    play(address)

    assert fake.calls[:4] == [
        ("GET", "/healthcheck"),
        ("GET", "/healthcheck"),
        ("GET", "/cleanup"),
        ("POST", "/add_items"),
    ]


def test_the_catalogue_goes_out_in_one_call_with_genres(fake: Fake, address: str) -> None:
    play(address)

    assert fake.bodies == [{"item_ids": DATASET.item_ids, "genres": DATASET.genres}]


def test_every_visit_is_one_list(address: str) -> None:
    game = play(address)

    assert game.scores.summary().lists == 20 * 3 * 2
    assert game.complete


def test_each_user_interacts_once_with_each_item_by_their_opinion(fake: Fake, address: str) -> None:
    game = play(address)
    said = {(user_id, item_id): action for user_id, item_id, action in fake.interactions}

    assert len(said) == len(fake.interactions) > 50
    assert all(
        DATASET.opinions[user_id][item_id] == (action == "like")
        for (user_id, item_id), action in said.items()
    )
    assert sum(map(len, game.scores.interacted.values())) == len(said)


def test_a_service_that_keeps_the_contract_has_no_breach_and_no_error(address: str) -> None:
    game = play(address)

    assert (game.scores.summary().breaches, game.traffic.errors()) == (0, {})


def test_repeats_are_seen(fake: Fake, address: str) -> None:
    fake.repeating = True

    assert play(address).scores.summary().repeats > 0


def test_short_lists_are_seen(fake: Fake, address: str) -> None:
    fake.length = 9

    assert play(address).scores.summary().short_lists == 120


def test_refused_interactions_are_errors_and_not_accepted(fake: Fake, address: str) -> None:
    fake.break_every = 5
    game = play(address)
    refused = len(fake.interactions) // 5

    assert game.traffic.errors() == {"interact": {"503": refused}}
    assert sum(map(len, game.scores.interacted.values())) == len(fake.interactions) - refused


def test_late_items_arrive_between_the_phases(fake: Fake, address: str) -> None:
    dataset = synthetic(seed=1, n_users=20, n_items=300, late_share=0.2)
    game = play(address, dataset)

    assert [len(body["item_ids"]) for body in fake.bodies] == [240, 60]
    assert game.scores.summary(phase=1).late_shown == 0


def test_late_items_that_are_refused_are_an_error_and_the_game_goes_on(
    fake: Fake, address: str
) -> None:
    fake.catalogues_taken = 1
    game = play(address, synthetic(seed=1, n_users=5, n_items=300, late_share=0.2))

    assert game.traffic.errors() == {"add_items": {"503": 1}}
    assert game.complete


def test_a_refused_catalogue_ends_the_game(fake: Fake, address: str) -> None:
    fake.catalogues_taken = 0

    with pytest.raises(NotReadyError, match="/add_items answered 503"):
        play(address)


def test_visits_keep_the_pace(address: str) -> None:
    game = play(address, synthetic(seed=1, n_users=5, n_items=100), pace=100)

    assert game.seconds >= 2 * 14 / 100
    assert len(game.traffic.lags) == 30


def test_a_missing_service_is_named_with_what_to_do() -> None:
    game = Game(DATASET, Options("http://127.0.0.1:1", "http://127.0.0.1:1"))

    with pytest.raises(NotReadyError, match=r"No collector at .*make run.*--collector"):
        game.play(lambda: None)


def test_a_stop_keeps_what_there_is_so_far(address: str) -> None:
    game = Game(DATASET, Options(address, address, pace=50))

    def stop() -> None:
        raise KeyboardInterrupt

    game.play(stop)

    assert not game.complete
    assert 0 < game.scores.summary().lists < 60


def test_visits_of_one_user_never_overlap() -> None:
    planned = [visit for visit in visits(DATASET, seed=1) if visit.phase == 1]
    lanes = lay_lanes(planned, threads=3)
    users_of_lanes = [{visit.user_id for _, visit in lane} for lane in lanes]

    assert sum(map(len, users_of_lanes)) == len(set().union(*users_of_lanes)) == 20


def test_a_lane_keeps_the_order_of_the_visits() -> None:
    ann, bob, eve = (Visit(1, name) for name in ("ann", "bob", "eve"))

    assert lay_lanes([ann, bob, eve, ann, bob], threads=2) == [
        [(0, ann), (2, eve), (3, ann)],
        [(1, bob), (4, bob)],
    ]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"item_ids": 3}', b'{"item_ids": [1]}'])
def test_an_answer_of_another_shape_is_no_list(body: bytes) -> None:
    assert listed(Answer("200", body, 0.0)) is None


def test_a_list_is_read() -> None:
    assert listed(Answer("200", b'{"item_ids": ["a", "b"]}', 0.0)) == ["a", "b"]


def test_a_history_is_imported_in_order_before_the_first_visit(fake: Fake, address: str) -> None:
    dataset = with_history(DATASET, 0.5)

    game = play(address, dataset, learning_seconds=0)

    told = [(each["user_id"], each["item_id"], each["action"] == "like") for each in fake.imported]
    assert told == [
        (user_id, item_id, like)
        for user_id, opinions in dataset.history.items()
        for item_id, like in opinions.items()
    ]
    times = [each["timestamp"] for each in fake.imported]
    assert times == sorted(times)
    assert times[-1] < time()
    begun = fake.calls.index(("POST", "/interactions"))
    assert begun < fake.calls.index(("GET", "/recs"))
    assert sum(map(len, game.accepted().values())) == len(told) + len(fake.interactions)


def test_with_a_history_all_get_a_first_list_before_anybody_gets_a_second_one() -> None:
    game = Game(with_history(DATASET, 0.5), Options())

    assert len({visit.user_id for visit in game.planned[:20]}) == 20


def test_a_history_that_is_refused_ends_the_game(fake: Fake, address: str) -> None:
    fake.break_every = 1

    with pytest.raises(NotReadyError, match="interactions"):
        play(address, with_history(DATASET, 0.5), learning_seconds=0)
