"""What import leaves in the log, the catalogue and Redis."""

from pathlib import Path
from time import sleep

import pytest

from app.demonstration import demonstration
from cli.importer import GenerationEnded, bring_in, generation_for_import
from cli.matching import Matching
from recs.interactions import LIKED, WATCHED
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.cli.files import MOVIES, RATINGS, facts, prepared, write
from tests.recs.stores.catalogues import add_to

DEMO = sorted(demonstration())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "movielens", {"movies.csv": MOVIES, "ratings.csv": RATINGS})


@pytest.fixture
def offline(settings: Settings) -> Stores:
    """Stores whose Redis does not answer."""
    return Stores(settings, connection.short_timeout("redis://127.0.0.1:1/0", 0.1))


def logged(stores: Stores, generation: Generation) -> list[list[str]]:
    return [row for _, rows in stores.log.tail(generation, Kind.INTERACTIONS, {}) for row in rows]


def test_interactions_come_into_the_log_and_into_redis(stores: Stores, folder: Path) -> None:
    generation = generation_for_import(stores)

    done = bring_in(prepared(folder), stores, generation)

    assert (done.interactions, done.told, done.in_redis) == (4, 3, True)
    assert [row[:3] for row in logged(stores, generation)] == [
        ["7", "1", "like"], ["7", "2", "watched"], ["8", "1", "dislike"], ["8", "3", "like"]
    ]  # fmt: skip
    rows = stores.catalogues.of(generation).rows
    assert stores.users.interactions(generation, UserId("7")) == {
        rows[ItemId("2")]: WATCHED, rows[ItemId("1")]: LIKED
    }  # fmt: skip
    assert stores.waiting.length(generation) == 2
    assert stores.applied.offsets(generation) == stores.log.sizes(generation, Kind.INTERACTIONS)


def test_users_become_due_a_few_at_a_time_the_newest_first(stores: Stores, tmp_path: Path) -> None:
    rows = [f"user-{number},a,5,{number}" for number in range(1, 1_001)]
    text = "\n".join(["user,item,rating,time", *rows])
    generation = generation_for_import(stores)
    bring_in(prepared(write(tmp_path, {"mine.csv": text}) / "mine.csv"), stores, generation)

    due = stores.waiting.take(generation, 10_000, now=1e12)
    times = sorted({since for _, since in due})

    assert [sum(since == at for _, since in due) for at in times] == [300, 300, 300, 100]
    assert [round(at - times[0], 3) for at in times] == [0, 1, 2, 3]
    first = {user for user, since in due if since == times[0]}
    assert first == {f"user-{number}" for number in range(701, 1_001)}


def test_titles_keep_what_is_told_of_them(stores: Stores, folder: Path) -> None:
    generation = generation_for_import(stores)
    bring_in(prepared(folder), stores, generation)

    catalogue = stores.catalogues.of(generation)
    row = catalogue.rows[ItemId("2")]

    assert catalogue.about([row]) == [{"title": "The Matrix", "year": 1999, "kind": "film"}]
    assert catalogue.genres[row] == ("Action", "Sci-Fi")
    assert catalogue.known[row]


def test_titles_that_are_met_in_opinions_only_can_be_recommended(
    stores: Stores, tmp_path: Path
) -> None:
    path = write(tmp_path, {"mine.csv": "user,item,rating\nu,a,5\n"}) / "mine.csv"
    generation = generation_for_import(stores)
    bring_in(prepared(path), stores, generation)

    catalogue = stores.catalogues.of(generation)

    assert catalogue.known[catalogue.rows[ItemId("a")]]


def test_a_second_import_adds_nothing(stores: Stores, folder: Path) -> None:
    generation = generation_for_import(stores)
    bring_in(prepared(folder), stores, generation)
    before = stores.log.sizes(generation), stores.catalogues.of(generation).read_bytes

    done = bring_in(prepared(folder), stores, generation)

    assert (done.interactions, done.known_before, done.told) == (0, 4, 0)
    assert (stores.log.sizes(generation), stores.catalogues.of(generation).read_bytes) == before


def test_what_has_grown_adds_what_is_new(stores: Stores, folder: Path) -> None:
    generation = generation_for_import(stores)
    bring_in(prepared(folder), stores, generation)
    odd = '9,"a, ""b""",5.0,1000000009\n'
    (folder / "ratings.csv").write_text(RATINGS + odd)

    again = [bring_in(prepared(folder), stores, generation) for _ in range(2)]

    assert [(each.interactions, each.known_before) for each in again] == [(1, 4), (0, 5)]


def test_without_redis_it_is_on_disk_and_redis_takes_it_from_there(
    offline: Stores, stores: Stores, folder: Path
) -> None:
    generation = generation_for_import(offline)
    done = bring_in(prepared(folder), offline, generation)
    assert (done.in_redis, len(logged(offline, generation))) == (False, 4)

    sleep(0.6)  # a younger segment is left to its writer
    assert stores.generations.current() == generation
    stores.replay.reconcile(generation)

    assert len(stores.users.interactions(generation, UserId("8"))) == 2


def test_a_cleanup_in_between_is_told(stores: Stores, folder: Path) -> None:
    generation = generation_for_import(stores)
    stores.generations.begin()

    with pytest.raises(GenerationEnded):
        bring_in(prepared(folder), stores, generation)


def test_what_was_said_before_an_erasure_does_not_come_back(stores: Stores, folder: Path) -> None:
    stores.erasures.add(UserId("7"), 1_000_000_000.5)
    generation = generation_for_import(stores)

    done = bring_in(prepared(folder), stores, generation)

    assert (done.interactions, done.erased) == (3, 1)
    assert [row[:2] for row in logged(stores, generation)] == [["7", "2"], ["8", "1"], ["8", "3"]]


def test_the_demonstration_makes_room(stores: Stores, folder: Path) -> None:
    generation = generation_for_import(stores)
    catalogue = stores.catalogues.of(generation)
    add_to(catalogue, [(ItemId(item), ["Drama"]) for item in DEMO[:5]])

    done = bring_in(prepared(folder), stores, generation)

    assert done.demo == 5
    assert [catalogue.ids[row] for row in range(len(catalogue)) if catalogue.known[row]] == [
        "1", "2", "3"
    ]  # fmt: skip


def test_the_demonstration_stays_if_it_is_wanted(stores: Stores, folder: Path) -> None:
    generation = generation_for_import(stores)
    catalogue = stores.catalogues.of(generation)
    add_to(catalogue, [(ItemId(item), ["Drama"]) for item in DEMO[:5]])

    assert bring_in(prepared(folder), stores, generation, keep_demo=True).demo == 0
    assert sum(catalogue.known) == 8


def test_after_a_cleanup_nothing_is_a_demonstration(stores: Stores, folder: Path) -> None:
    generation = stores.generations.begin()
    add_to(stores.catalogues.of(generation), [(ItemId(item), None) for item in DEMO[:5]])

    assert bring_in(prepared(folder), stores, generation).demo == 0


def test_a_name_is_found_in_the_catalogue_whatever_its_spelling(
    stores: Stores, folder: Path
) -> None:
    generation = generation_for_import(stores)
    bring_in(prepared(folder), stores, generation)

    matching = Matching(stores.catalogues.of(generation))

    assert matching.id_of("x", {"title": "the  MATRIX!", "year": 1999}) == "2"
    assert matching.id_of("x", {"title": "The Matrix", "year": 1998}) == "2"
    assert matching.id_of("x", {"title": "The Matrix", "year": 2021}) == "x"
    assert matching.id_of("x", {"title": "Toy Story (1995)"}) == "1"
    assert matching.id_of("2", {"title": "Toy Story", "year": 1995}) == "2"


def test_accents_and_apostrophes_differ_between_sites_and_signs_are_no_name(
    stores: Stores,
) -> None:
    catalogue = stores.catalogues.of(generation_for_import(stores))
    named = {"a": "Amélie", "b": "Schindler's List", "c": "!!!"}
    catalogue.change((ItemId(item), {"title": name}) for item, name in named.items())

    matching = Matching(catalogue)

    assert matching.id_of("x", {"title": "Amelie"}) == "a"
    assert matching.id_of("x", {"title": "Schindler\u2019s list"}) == "b"
    assert matching.id_of("x", {"title": "???"}) == "x"


@pytest.mark.slow
def test_movielens_comes_in_whole(offline: Stores) -> None:
    folder = Path(__file__).parents[3] / "shared" / "ml-latest-small"
    if not (folder / "ratings.csv").exists():
        pytest.skip("MovieLens is not in ../shared")
    found = prepared(folder)
    done = bring_in(found, offline, generation_for_import(offline))

    lines = (folder / "ratings.csv").read_bytes().count(b"\n") - 1
    assert (done.interactions, found.refused) == (lines, [])
    assert len({fact[:2] for fact in facts(found)}) == lines
