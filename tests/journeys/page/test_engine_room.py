import re
import threading
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.journeys.page.conftest import Visit, like
from tests.servers.service import Service

WATCHED_MS = 20_000
"""A sample comes each two seconds, and the page asks for it a little later."""
SEVERAL_POINTS = re.compile(r"L.*L")


@pytest.fixture
def load(stocked: Service) -> Iterator[None]:
    """Viewers who visit and like, until the end of the test."""
    ended = threading.Event()

    def play() -> None:
        with requests.Session() as session:
            for n in range(1200):
                if ended.wait(0.05):
                    return
                user = f"crowd-{n % 50}"
                shown = session.get(f"{stocked.settings.recommender}/recs/{user}", timeout=5)
                like(stocked, user, shown.json()["item_ids"][:1])

    thread = threading.Thread(target=play)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.fixture
def engine_room(visit: Visit) -> Page:
    return visit("/status")


@pytest.mark.usefixtures("load")
def test_under_load_the_figures_move_by_themselves(engine_room: Page) -> None:
    total = engine_room.locator(".totals dd").first
    before = total.inner_text()

    expect(total).not_to_have_text(before, timeout=WATCHED_MS)
    for name in ("rate", "like_rate", "coverage", "delay"):
        line = engine_room.locator(f"#plot-{name} .line-0")
        expect(line).to_have_attribute("d", SEVERAL_POINTS, timeout=WATCHED_MS)


def test_every_server_says_how_it_is(engine_room: Page) -> None:
    states = engine_room.locator(".servers li")

    expect(states.filter(has_text="works")).to_have_count(states.count())
    expect(states.filter(has_text="Redis")).to_have_count(1)
    expect(states.filter(has_text="Broker")).to_have_count(1)


@pytest.mark.usefixtures("load")
def test_behind_a_plot_stands_a_table_that_stays_open(engine_room: Page) -> None:
    plot = engine_room.locator("#plot-coverage")
    plot.get_by_text("The same as a table").click()
    engine_room.locator("h1").click()
    before = plot.locator("table").inner_text()

    expect(plot.locator("table")).not_to_have_text(before)
    expect(plot.locator("table")).to_be_visible()


@pytest.mark.usefixtures("load")
def test_the_most_liked_titles_have_their_names(engine_room: Page) -> None:
    most_liked = engine_room.locator("section").filter(has_text="Most liked").locator("li").first

    expect(most_liked).to_contain_text(re.compile(r"[A-Z].* \d"))
