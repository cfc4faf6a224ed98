import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.app.page.fake_services import FakeServices
from tests.app.page.test_tabs import card_ids


def meta(page: str, name: str) -> str:
    (content,) = re.findall(rf'<meta (?:property|name)="{name}" content="([^"]*)"', page)
    return unescape(content)


def test_a_title_has_both_names_its_year_and_its_genres(visitor: FlaskClient) -> None:
    page = visitor.get("/title?id=the-matrix-1999").text

    assert "<title>The Matrix (1999)" in page
    for told in ("Матрица", "1999 · film · USA", 'href="/genre?name=Sci-Fi"'):
        assert told in page


def test_people_and_countries_stand_in_the_language_of_the_page(visitor: FlaskClient) -> None:
    russian = unescape(visitor.get("/title?id=stalker-1979&lang=ru").text)
    english = unescape(visitor.get("/title?id=stalker-1979&lang=en").text)

    assert "1979 · фильм · СССР" in russian
    assert ">Андрей Тарковский</a>" in russian
    assert "1979 · film · USSR" in english
    assert ">Andrei Tarkovsky</a>" in english


def test_it_leads_to_other_sites(visitor: FlaskClient) -> None:
    page = unescape(visitor.get("/title?id=the-matrix-1999").text)

    assert "https://www.imdb.com/find/?q=The+Matrix+1999" in page
    assert "https://www.kinopoisk.ru/index.php?kp_query=%D0%9C%D0%B0%D1%82" in page
    assert "https://www.youtube.com/results?search_query=The+Matrix+1999+trailer" in page


def test_it_can_be_shared(visitor: FlaskClient) -> None:
    page = visitor.get("/title?id=the-matrix-1999&user_id=somebody").text

    assert meta(page, "og:title") == "The Matrix (1999)"
    assert meta(page, "og:url") == "http://localhost/title?id=the-matrix-1999"
    assert meta(page, "og:image").startswith("http://localhost/poster?id=the-matrix-1999")


def test_similar_titles_have_reasons(visitor: FlaskClient) -> None:
    page = visitor.get("/title?id=the-matrix-1999").text

    assert len(card_ids(page)) == 12
    assert "In common: " in page


def test_what_the_catalogue_tells_is_shown(visitor: FlaskClient, services: FakeServices) -> None:
    services.genres["tt1"] = ["Drama"]
    services.told["tt1"] = {
        "title": "Their Film",
        "year": 2020,
        "kind": "series",
        "description": "Two of them & a <dog>.",
        "link": "https://example.org/film",
    }
    page = visitor.get("/title?id=tt1").text

    assert '<h1 dir="auto">Their Film</h1>' in page
    assert "2020 · series" in page
    assert "Two of them &amp; a &lt;dog&gt;." in page
    assert 'href="https://example.org/film"' in page


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//example.org"])
def test_a_link_that_is_no_address_is_left_out(
    visitor: FlaskClient, services: FakeServices, link: str
) -> None:
    services.genres["tt1"] = ["Drama"]
    services.told["tt1"] = {"title": "Their Film", "link": link}

    assert link not in visitor.get("/title?id=tt1").text


def test_a_title_that_nobody_knows_is_not_found(visitor: FlaskClient) -> None:
    assert visitor.get("/title?id=nobody").status_code == 404
    assert visitor.get("/title").status_code == 400


@pytest.mark.parametrize("text", ["%00", "a%0Ab", "x" * 513])
def test_what_is_no_id_is_refused(visitor: FlaskClient, text: str) -> None:
    assert visitor.get(f"/title?id={text}").status_code == 400


def test_with_the_recommender_down_it_still_tells_what_it_knows(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.down.add("recommender")
    page = visitor.get("/title?id=the-matrix-1999")

    assert page.status_code == 503
    assert '<h1 dir="auto">The Matrix</h1>' in page.text


def test_a_plain_form_says_something_and_leads_back(
    visitor: FlaskClient, services: FakeServices
) -> None:
    answer = visitor.post("/react", data={"watched": "up-2009", "title": "up-2009"})

    assert answer.headers["Location"] == "/title?id=up-2009"
    assert list(services.interactions.values()) == [{"up-2009": "watched"}]


def test_every_card_leads_to_its_title(visitor: FlaskClient) -> None:
    page = visitor.get("/popular").text

    for item_id in card_ids(page):
        assert page.count(f'href="/title?id={item_id}"') == 3  # poster, name, panel


@pytest.mark.parametrize("address", ["/title", "/title?id=", "/title?id=%00"])
def test_an_address_that_names_no_title_is_not_called_a_form(
    visitor: FlaskClient, address: str
) -> None:
    page = visitor.get(address)

    assert page.status_code == 400
    assert "There is no such page." in page.text
