import re

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app.page.filters import Filters
from tests.app.page.fake_services import FakeServices
from tests.app.page.test_tabs import card_ids

ALL = [
    ("genre", "Comedy"),
    ("genre", "War"),
    ("without", "Horror"),
    ("kind", "film"),
    ("country", "USSR"),
    ("decade", "1990"),
    ("sort", "year"),
]


def test_an_address_is_read_as_it_was_written() -> None:
    filters = Filters.read(MultiDict(ALL))

    assert filters.pairs() == ALL
    assert Filters.read(MultiDict(reversed(ALL))).address == filters.address


@pytest.mark.parametrize(
    "sent", [{"kind": "opera"}, {"decade": "1995"}, {"decade": "x"}, {"sort": "x"}, {"genre": ""}]
)
def test_what_cannot_be_is_left_out(sent: dict[str, str]) -> None:
    assert not Filters.read(MultiDict(sent))


def test_a_decade_is_ten_years() -> None:
    assert Filters(decade=1990, kind="film").asked() == {"kind": "film", "year": "1990-1999"}


def test_a_country_is_asked_for() -> None:
    assert Filters.read(MultiDict({"country": "USSR"})).asked() == {"country": "USSR"}


@pytest.mark.parametrize("tab", ["/?", "/popular?", "/genre?name=Drama&"])
def test_every_list_follows_its_filters(
    visitor: FlaskClient, services: FakeServices, tab: str
) -> None:
    shown = card_ids(visitor.get(f"{tab}genre=War&without=Romance&decade=1990").text)

    assert shown
    for item in shown:
        assert "Romance" not in services.genres[item]
        assert 1990 <= services.told[item]["year"] <= 1999
    assert len(shown) == len(set(shown))


def test_films_or_series(visitor: FlaskClient, services: FakeServices) -> None:
    shown = card_ids(visitor.get("/popular?kind=series").text)

    assert {services.told[item]["kind"] for item in shown} == {"series"}


def test_titles_of_one_country(visitor: FlaskClient, services: FakeServices) -> None:
    page = visitor.get("/popular?country=USSR&lang=ru")

    shown = card_ids(page.text)
    assert shown
    assert all("USSR" in services.told[item]["countries"] for item in shown)
    assert '<option value="USSR" selected>СССР</option>' in page.text


def test_popular_titles_are_sorted_by_year_or_name(
    visitor: FlaskClient, services: FakeServices
) -> None:
    by_year = card_ids(visitor.get("/popular?sort=year").text)
    by_name = card_ids(visitor.get("/popular?sort=title").text)

    years = [services.told[item]["year"] for item in by_year]
    names = [services.told[item]["title"].casefold() for item in by_name]
    assert years == sorted(years, reverse=True)
    assert names == sorted(names)


def test_the_latest_additions_come_first(visitor: FlaskClient, services: FakeServices) -> None:
    shown = card_ids(visitor.get("/popular?sort=latest").text)

    assert shown == list(services.genres)[::-1][: len(shown)]


def test_filters_are_remembered_until_they_are_cleared(visitor: FlaskClient) -> None:
    visitor.get("/?kind=series")
    assert visitor.get("/").headers["Location"] == "/?kind=series"
    assert visitor.get("/popular").headers["Location"] == "/popular?kind=series"

    visitor.get("/?all=1")
    assert visitor.get("/").status_code == 200


def test_an_empty_form_clears_them_too(visitor: FlaskClient) -> None:
    visitor.get("/?kind=series")
    visitor.get("/?kind=&decade=")

    assert visitor.get("/").status_code == 200


def test_each_choice_has_a_list_of_its_own_that_stays(visitor: FlaskClient) -> None:
    series = card_ids(visitor.get("/?kind=series").text)
    films = card_ids(visitor.get("/?kind=film").text)

    assert set(series).isdisjoint(films)
    assert card_ids(visitor.get("/?kind=series").text) == series


def test_of_thousands_of_genres_the_largest_and_the_chosen_are_offered(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.genres |= {f"item-{n}": [f"keyword-{n}"] for n in range(3_000)}
    services.genres["item-0"] = ["keyword-0", "keyword-2999"]

    page = visitor.get("/?genre=keyword-2998").text

    offered = re.findall(r'name="genre" value="([^"]*)"', page)
    assert len({*offered}) == 200
    assert {"Drama", "keyword-2999", "keyword-2998"} <= {*offered}
