import errno
import json
import os
import random
import signal
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from recs.errors import TooManyGenres
from recs.stores import catalogue as module
from recs.stores import catalogue_lines
from recs.stores.catalogue import HOLE, Catalogue, Catalogues
from recs.types import Generation, ItemId
from tests.recs.stores.faults import files_of_at_most, frozen, in_other_processes


def items(*ids: str, genres: tuple[str, ...] | None = ("Drama",)) -> list:
    return [(ItemId(each), genres) for each in ids]


def file_of(folder: Path) -> Path:
    return folder / "catalogue.jsonl"


def lines_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in file_of(folder).read_bytes().splitlines()]


def read(folder: Path) -> Catalogue:
    """Read a catalogue as a process does that has just started."""
    catalogue = Catalogue(folder)
    catalogue.refresh()
    return catalogue


def contents(catalogue: Catalogue) -> dict[str, tuple]:
    return {
        item: (row, catalogue.known[row], catalogue.genres[row])
        for item, row in catalogue.rows.items()
    }


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path)


def test_items_have_rows_in_the_order_of_their_arrival(catalogue: Catalogue) -> None:
    catalogue.add(items("b", "a"))
    catalogue.add(items("c", "a"))

    assert catalogue.ids == ["b", "a", "c"]
    assert catalogue.rows == {"b": 0, "a": 1, "c": 2}


def test_another_process_reads_the_same(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.add([(ItemId('a,"б'), ("Film-Noir", "Сказка")), (ItemId("c\u2028"), ())])
    catalogue.rows_of([ItemId("met")])

    other = read(tmp_path)

    assert contents(other) == contents(catalogue)
    assert other.ids == catalogue.ids == ['a,"б', "c\u2028", "met"]
    assert other.genres[0] == ("Film-Noir", "Сказка")


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([["Drama"], ["War"]], ("War",)),
        ([["Drama"], []], ()),
        ([["Drama"], ["(no genres listed)"]], ()),
        ([["Drama"], None], ("Drama",)),
        ([["Drama"], [], None], ()),
        ([None, ["War"]], ("War",)),
        ([["War", "", "War", "Drama"]], ("War", "Drama")),
        ([["War"], [" WAR "]], ("War",)),
        ([[28], ["28"]], ("28",)),
    ],
)
def test_new_genres_replace_the_old_ones_none_keeps_them(
    catalogue: Catalogue, tmp_path: Path, told: list, kept: tuple[str, ...]
) -> None:
    for genres in told:
        catalogue.add([(ItemId("a"), genres)])

    assert catalogue.genres == read(tmp_path).genres == [kept]


def test_of_an_item_twice_in_one_call_the_last_genres_count(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.add([(ItemId("a"), ["Drama"]), (ItemId("b"), None), (ItemId("a"), ["War"])])
    catalogue.add([(ItemId("b"), ["War"]), (ItemId("b"), None)])
    catalogue.add([(ItemId("c"), ["War"]), (ItemId("c"), [])])

    assert contents(read(tmp_path)) == {
        "a": (0, 1, ("War",)),
        "b": (1, 1, ("War",)),
        "c": (2, 1, ()),
    }


def test_a_genre_is_spelled_as_it_was_first_by_whoever_reads_it(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.add([(ItemId("a"), ["Sci-Fi"]), (ItemId("b"), ["sci-fi ", "War"])])
    other = read(tmp_path)
    other.add([(ItemId("c"), ["SCI-FI", "war"])])
    catalogue.refresh()

    assert catalogue.genres == other.genres == read(tmp_path).genres
    assert catalogue.genres == [("Sci-Fi",), ("Sci-Fi", "War"), ("Sci-Fi", "War")]
    assert (catalogue.find_genre("sci-FI"), catalogue.find_genre("Horror")) == ("Sci-Fi", None)


def test_another_spelling_of_the_same_genres_is_no_change(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.add([(ItemId("a"), ["Drama"])])
    size = file_of(tmp_path).stat().st_size
    catalogue.add([(ItemId("a"), ["DRAMA", "drama"])])

    assert file_of(tmp_path).stat().st_size == size


def test_spellings_in_an_older_file_are_made_one(tmp_path: Path) -> None:
    file_of(tmp_path).write_text(
        '{"id": "a", "genres": ["Drama", "drama ", "(no genres listed)"]}\n'
        '{"id": "b", "genres": ["DRAMA"]}\n'
    )

    assert read(tmp_path).genres == [("Drama",), ("Drama",)]


def test_a_damaged_line_names_no_genre(tmp_path: Path) -> None:
    file_of(tmp_path).write_text(
        '{"id": "a", "row": -1, "genres": ["DRAMA"]}\n{"id": "a", "genres": ["Drama"]}\n'
    )

    assert read(tmp_path).genres == [("Drama",)]


def many_genres(count: int, prefix: str = "g") -> list:
    """Return items of 50 genres each, so many distinct ones in all."""
    names = [f"{prefix}{n}" for n in range(count)]
    return [(ItemId(f"{prefix}{n}"), names[n : n + 50]) for n in range(0, count, 50)]


def test_a_catalogue_has_a_thousand_distinct_genres_at_most(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.add(many_genres(1_000))
    size = file_of(tmp_path).stat().st_size

    with pytest.raises(TooManyGenres, match="1,001"):
        catalogue.add([(ItemId("good"), ["g1"]), (ItemId("bad"), ["one more"])])
    refused = file_of(tmp_path).stat().st_size
    catalogue.add([(ItemId("good"), ["G1"]), (ItemId("plain"), [])])

    assert refused == size
    assert {"good", "plain"} < read(tmp_path).rows.keys()
    assert "bad" not in read(tmp_path).rows


def test_another_process_counts_the_genres_of_the_first(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    other = Catalogue(tmp_path)
    catalogue.add(many_genres(600))

    with pytest.raises(TooManyGenres):
        other.add(many_genres(401, "h"))


def test_genres_that_no_item_has_any_more_make_room(catalogue: Catalogue) -> None:
    wrong = many_genres(1_000)
    catalogue.add(wrong)
    catalogue.add([(item, ["Drama"]) for item, _ in wrong])
    catalogue.add(many_genres(999, "h"))

    with pytest.raises(TooManyGenres):
        catalogue.add([(ItemId("x"), ["one more"])])


def test_an_item_that_was_only_met_is_not_known_until_it_is_added(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    assert catalogue.rows_of([ItemId("x"), ItemId("y"), ItemId("x")]) == [0, 1, 0]
    assert list(read(tmp_path).known) == [0, 0]

    catalogue.add(items("y"))

    assert contents(read(tmp_path)) == {"x": (0, 0, ()), "y": (1, 1, ("Drama",))}


def test_beyond_a_number_items_that_nobody_added_get_no_row(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGERS_MOST", 2)
    catalogue.add(items("a", "b", "c"))
    catalogue.change([(ItemId("b"), {"hidden": True})])

    met = catalogue.rows_of([ItemId(each) for each in ("a", "x", "y", "z", "b")])

    assert met == [0, 3, 4, None, 1]
    assert len(read(tmp_path)) == 5
    catalogue.add(items("z"))
    assert catalogue.rows_of([ItemId("z"), ItemId("other")]) == [5, None]


def test_an_item_that_is_added_after_all_makes_room_for_another(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGERS_MOST", 1)
    assert catalogue.rows_of([ItemId("x"), ItemId("y")]) == [0, None]

    catalogue.add(items("x"))

    assert catalogue.rows_of([ItemId("x"), ItemId("y")]) == [0, 1]


def test_a_row_is_asked_for_without_giving_one(catalogue: Catalogue) -> None:
    catalogue.add(items("a"))

    assert (catalogue.row_or_none(ItemId("a")), catalogue.row_or_none(ItemId("b"))) == (0, None)
    assert len(catalogue) == 1


def test_only_what_is_new_is_written(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.add(items("a", "b"))
    before = file_of(tmp_path).stat().st_size
    catalogue.add(items("a", "b"))
    catalogue.add(items("a", "b", genres=None))
    catalogue.rows_of([ItemId("b")])
    unchanged = file_of(tmp_path).stat().st_size
    catalogue.add([(ItemId("a"), ["War"]), (ItemId("b"), ["Drama"])])

    assert unchanged == before
    assert lines_of(tmp_path)[2:] == [{"id": "a", "genres": ["War"]}]


def test_adding_nothing_leaves_no_file(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.add([])
    catalogue.rows_of([])

    assert not file_of(tmp_path).exists()
    assert not catalogue.refresh()


def test_genres_that_another_process_changed_are_changed_back(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.add(items("a"))
    read(tmp_path).add([(ItemId("a"), ["War"])])
    catalogue.add(items("a"))

    assert read(tmp_path).genres == [("Drama",)]


def test_a_refresh_tells_whether_there_was_anything(catalogue: Catalogue, tmp_path: Path) -> None:
    other = Catalogue(tmp_path)
    other.add(items("a"))

    assert (catalogue.refresh(), catalogue.refresh()) == (True, False)


def test_keys_that_nobody_knows_are_ignored_and_kept(catalogue: Catalogue, tmp_path: Path) -> None:
    line = '{"id": "a", "year": 1979, "genres": ["War"], "known": true}\n'
    file_of(tmp_path).write_text(line)

    catalogue.add(items("b"))

    assert contents(catalogue) == {"a": (0, 1, ("War",)), "b": (1, 1, ("Drama",))}
    assert file_of(tmp_path).read_text().startswith(line)


def test_items_are_on_disk_before_they_are_used(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    sync, write, take = os.fdatasync, module.write_all, Catalogue._take
    monkeypatch.setattr(os, "fdatasync", lambda file: (calls.append("sync"), sync(file))[1])
    monkeypatch.setattr(module, "write_all", lambda *args: (calls.append("write"), write(*args)))
    monkeypatch.setattr(Catalogue, "_take", lambda *args: (calls.append("take"), take(*args)))

    catalogue.add(items("a"))
    read(tmp_path)

    assert calls == ["write", "sync", "take", "sync", "take"]


def test_the_name_of_the_file_is_on_disk_too(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(module, "sync_folder", synced.append)

    catalogue.add(items("a"))
    catalogue.add(items("b"))

    assert synced == [tmp_path, tmp_path.parent]


@pytest.mark.parametrize(
    "damage",
    [
        b"\x00\xff\xfe\n",
        b"\n",
        b"null\n",
        b"[]\n",
        b"7\n",
        b'{"id": "\xff"}\n',
        b'{"genres": ["War"]}\n',
        b'{"id": ""}\n',
        b'{"id": 5}\n',
        b'{"id": ["x"]}\n',
        b'{"id": "x", "known": 1}\n',
        b'{"id": "x", "genres": "War"}\n',
        b'{"id": "x", "genres": [5.5]}\n',
        b'{"id": "x", "row": true}\n',
        b'{"id": "x", "row": -1}\n',
        b'{"id": "x", "row": 1.5}\n',
        b'{"id": "x", "row": 0}\n',
        b'{"id": "x", "row": 99999999999}\n',
        b'{"id": "x", "ge\n',
        b'{"id": "x"}, {"id": "y"}\n',
    ],
)
def test_a_damaged_line_is_left_out_and_takes_no_others_with_it(
    catalogue: Catalogue, tmp_path: Path, damage: bytes
) -> None:
    catalogue.add(items("a"))
    with file_of(tmp_path).open("ab") as file:
        file.write(damage)

    catalogue.add(items("b"))

    assert contents(catalogue) == {"a": (0, 1, ("Drama",)), "b": (1, 1, ("Drama",))}
    assert contents(read(tmp_path)) == contents(catalogue)
    assert catalogue.damaged_lines == 1


def damage_line(folder: Path, number: int) -> None:
    lines = file_of(folder).read_bytes().splitlines(keepends=True)
    lines[number] = b"\x00" * (len(lines[number]) - 1) + b"\n"
    file_of(folder).write_bytes(b"".join(lines))


def test_a_line_that_is_damaged_later_moves_no_other_item(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.add(items("a", "b", "c"))
    damage_line(tmp_path, 1)

    other = read(tmp_path)

    assert other.ids == ["a", HOLE, "c"]
    assert other.rows == {"a": 0, "c": 2}
    assert list(other.known) == [1, 0, 1]


def test_a_lost_item_that_is_added_again_has_one_new_row_in_every_process(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.add(items("a", "b", "c"))
    damage_line(tmp_path, 1)
    other = read(tmp_path)
    other.add(items("b"))

    catalogue.refresh()

    assert catalogue.rows == other.rows == read(tmp_path).rows == {"a": 0, "b": 3, "c": 2}
    assert list(catalogue.known) == list(other.known) == [1, 0, 1, 1]


def test_a_torn_last_line_is_not_read_and_cut_off_by_the_next_writer(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.add(items("a"))
    with file_of(tmp_path).open("ab") as file:
        file.write(b'{"id": "b", "row": 1, "kno')

    other = read(tmp_path)
    seen = list(other.ids)
    other.add(items("c"))
    catalogue.refresh()

    assert seen == ["a"]
    assert catalogue.ids == other.ids == read(tmp_path).ids == ["a", "c"]


def test_a_line_that_is_being_written_is_read_once_it_is_whole(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    with file_of(tmp_path).open("ab", buffering=0) as file:
        file.write(b'{"id": "a", "row": 0')
        catalogue.refresh()
        before = list(catalogue.ids)
        file.write(b"}\n")
    catalogue.refresh()

    assert (before, catalogue.ids) == ([], ["a"])


@pytest.mark.slow
def test_many_processes_that_write_at_once_give_each_item_one_row(tmp_path: Path) -> None:
    def write(seed: int) -> Callable[[], None]:
        def work() -> None:
            chance, catalogue = random.Random(seed), Catalogue(tmp_path)
            for _ in range(40):
                chosen = [ItemId(f"i{chance.randrange(150)}") for _ in range(8)]
                if chance.random() < 0.5:
                    catalogue.add([(each, [f"genre {seed}"]) for each in chosen])
                rows = catalogue.rows_of(chosen)
                assert [catalogue.ids[row] for row in rows] == chosen

        return work

    with in_other_processes(*map(write, range(6))):
        pass

    catalogue = read(tmp_path)
    assert len(catalogue) == len(set(catalogue.ids)) == len(catalogue.rows)
    assert catalogue.damaged_lines == 0
    assert [line["row"] for line in lines_of(tmp_path) if "row" in line] == list(
        range(len(catalogue))
    )


@pytest.mark.slow
def test_writers_that_are_killed_at_any_moment_leave_a_whole_catalogue(tmp_path: Path) -> None:
    def write(number: int) -> Callable[[], None]:
        def work() -> None:
            catalogue = Catalogue(tmp_path)
            for n in range(100_000):
                catalogue.add(items(*(f"{number}-{n}-{m}" for m in range(50))))

        return work

    chance = random.Random(1)
    witness, seen = Catalogue(tmp_path), {}
    for attempt in range(6):
        with in_other_processes(write(2 * attempt), write(2 * attempt + 1)) as children:
            sleep(0.05 + chance.random() / 10)
            witness.refresh()
            for child in children:
                os.kill(child, signal.SIGKILL)
        seen |= dict(enumerate(witness.ids))
    last = read(tmp_path)
    last.add(items("at last"))

    assert len(seen) > 100
    assert all(last.ids[row] == item for row, item in seen.items())
    assert read(tmp_path).ids == last.ids
    assert last.damaged_lines == 0


@pytest.mark.slow
def test_a_writer_that_is_killed_in_the_middle_of_an_append_frees_the_lock(tmp_path: Path) -> None:
    def stop_in_the_middle() -> None:
        file = os.open(file_of(tmp_path), os.O_CREAT | os.O_RDWR | os.O_APPEND)
        flock(file, LOCK_EX)
        os.write(file, b'{"id": "a", "row": 0}\n{"id": "b"')

    catalogue, waiting = Catalogue(tmp_path), Thread()
    with frozen(stop_in_the_middle):
        waiting = Thread(target=catalogue.add, args=(items("c"),))
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
    waiting.join(5)

    assert catalogue.ids == read(tmp_path).ids == ["a", "c"]


def test_a_process_that_stands_still_with_the_lock_holds_nobody_up_for_ever(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_lines, "LOCK_SECONDS", 0.1)
    file = os.open(file_of(tmp_path), os.O_CREAT | os.O_RDWR)
    flock(file, LOCK_EX)

    with pytest.raises(TimeoutError):
        catalogue.add(items("a"))
    os.close(file)
    catalogue.add(items("a"))

    assert catalogue.ids == ["a"]


def test_a_full_disk_leaves_whole_lines_only(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.add(items("a"))
    size = file_of(tmp_path).stat().st_size

    with files_of_at_most(size + 100), pytest.raises(OSError, match="too large") as full:
        catalogue.add(items(*(f"i{n}" for n in range(10))))
    after = file_of(tmp_path).read_bytes()
    catalogue.add(items(*(f"i{n}" for n in range(10))))

    assert full.value.errno == errno.EFBIG
    assert size < len(after) <= size + 100
    assert after.endswith(b"\n")
    assert read(tmp_path).ids == catalogue.ids == ["a", *(f"i{n}" for n in range(10))]
    assert read(tmp_path).damaged_lines == 0


def test_with_a_disk_that_was_full_from_the_start_the_catalogue_begins_later(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    with files_of_at_most(0), pytest.raises(OSError, match="too large"):
        catalogue.add(items("a"))
    catalogue.add(items("b"))

    assert read(tmp_path).ids == ["b"]


def test_threads_share_one_catalogue(catalogue: Catalogue, tmp_path: Path) -> None:
    threads = [
        Thread(target=catalogue.rows_of, args=([ItemId(f"i{n % 7}"), ItemId(f"j{n}")],))
        for n in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(catalogue.ids) == sorted(
        {f"i{n % 7}" for n in range(30)} | {f"j{n}" for n in range(30)}
    )
    assert contents(read(tmp_path)) == contents(catalogue)


@pytest.mark.slow
def test_a_hundred_thousand_items_are_added_in_one_call(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    many = [(ItemId(f"{n:036d}"), ["Drama", f"Genre {n % 20}"]) for n in range(100_000)]

    catalogue.add(many)

    assert len(read(tmp_path)) == 100_000


def test_a_generation_has_one_catalogue_in_a_process(tmp_path: Path) -> None:
    catalogues = Catalogues(tmp_path)
    first = catalogues.of(Generation(1))
    first.add(items("a"))

    assert catalogues.of(Generation(1)) is first
    assert catalogues.of(Generation(2)) is not first
    assert (tmp_path / "generations" / "1" / "catalogue.jsonl").exists()


def test_catalogues_of_old_generations_are_forgotten(tmp_path: Path) -> None:
    catalogues = Catalogues(tmp_path)
    first, second = catalogues.of(Generation(1)), catalogues.of(Generation(2))
    for n in (3, 1, 4):
        catalogues.of(Generation(n))

    assert catalogues.of(Generation(1)) is first
    assert catalogues.of(Generation(2)) is not second


ALIEN = {
    "title": "Alien", "year": 1979, "kind": "film", "countries": ["UK", "USA"],
    "people": ["Ridley Scott"], "link": "https://a.example/",
}  # fmt: skip


def about(catalogue: Catalogue, *ids: str) -> list[dict]:
    return catalogue.about([catalogue.rows[ItemId(each)] for each in ids])


def test_what_is_told_of_items_is_read_from_the_disk(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.change([(ItemId("a"), ALIEN), (ItemId("b"), {})])

    other = read(tmp_path)

    assert about(other, "b", "a") == about(catalogue, "b", "a") == [{}, ALIEN]
    assert ([*other.years], other.kinds) == ([1979, 0], ["film", ""])
    assert other.countries == [("UK", "USA"), ()]
    assert other.country_counts() == {"UK": 1, "USA": 1}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([{"title": "Aliens"}], {**ALIEN, "title": "Aliens"}),
        ([{"year": None}, {"kind": None}, {"countries": [], "people": None}],
         {"title": "Alien", "link": "https://a.example/"}),
        ([{"description": "In space."}, {"genres": ["Horror"]}],
         {**ALIEN, "description": "In space."}),
        ([dict.fromkeys(ALIEN)], {}),
        ([{}], ALIEN),
    ],
)  # fmt: skip
def test_a_change_changes_what_it_names(
    catalogue: Catalogue, tmp_path: Path, changes: list[dict], told: dict
) -> None:
    catalogue.change([(ItemId("a"), ALIEN)])
    for each in changes:
        catalogue.change([(ItemId("a"), each)])

    assert about(catalogue, "a") == about(read(tmp_path), "a") == [told]
    assert read(tmp_path).years[0] == told.get("year", 0)


def test_what_is_told_already_is_not_written_again(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.change([(ItemId("a"), {**ALIEN, "hidden": False, "genres": ["Horror"]})])
    catalogue.change([(ItemId("a"), {"year": 1979, "hidden": False})])
    catalogue.add([(ItemId("a"), ["Horror"])])

    assert len(lines_of(tmp_path)) == 1


def test_a_hidden_item_is_not_known_until_it_is_shown_again(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.change([(ItemId("a"), {"hidden": True}), (ItemId("b"), {})])
    catalogue.add(items("a"))
    assert (list(read(tmp_path).known), read(tmp_path).hidden) == ([0, 1], {0})

    catalogue.change([(ItemId("a"), {"hidden": False})])
    assert (list(read(tmp_path).known), read(tmp_path).hidden) == ([1, 1], set())
    assert list(catalogue.known) == [1, 1]


def test_a_deleted_item_keeps_its_row_and_nothing_else(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.change([(ItemId("a"), {**ALIEN, "hidden": True}), (ItemId("b"), {"genres": ["War"]})])
    catalogue.remove([ItemId("a"), ItemId("b"), ItemId("unknown")])
    for each in (catalogue, read(tmp_path)):
        assert contents(each) == {"a": (0, 0, ()), "b": (1, 0, ())}
        assert (about(each, "a"), each.hidden) == ([{}], set())

    catalogue.add(items("c", "b"))

    assert contents(read(tmp_path)) == {
        "a": (0, 0, ()), "b": (1, 1, ("Drama",)), "c": (2, 1, ("Drama",)),
    }  # fmt: skip


@pytest.mark.parametrize("told", [{"year": "1979"}, {"year": 10_000}, {"title": 7}, 7, ["a"]])
def test_a_line_that_tells_nonsense_of_an_item_is_left_out(tmp_path: Path, told: object) -> None:
    good = {"id": "a", "row": 0, "known": True, "about": ALIEN}
    lines = [good, {"id": "a", "about": told}]
    file_of(tmp_path).write_text("".join(json.dumps(each) + "\n" for each in lines))

    assert read(tmp_path).damaged_lines == 1
    assert about(read(tmp_path), "a") == [ALIEN]


def test_a_line_that_was_damaged_since_it_was_read_tells_nothing(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.change([(ItemId("a"), ALIEN)])
    file_of(tmp_path).write_bytes(b"x" * file_of(tmp_path).stat().st_size)

    assert about(catalogue, "a") == [{}]
