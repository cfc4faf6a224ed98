import re
import threading
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.journeys.page.conftest import TIMEOUT_SECONDS, Visit, like
from tests.servers.service import Service

REFRESHED_MS = 20_000
"""A sample is taken every two seconds, and the page asks for it a little later."""
SEVERAL_POINTS = re.compile(r"L.*L")


@pytest.fixture
def load(stocked: Service) -> Iterator[None]:
    """Users who visit and like, until the end of the test."""
    ended = threading.Event()

    def play() -> None:
        with requests.Session() as session:
            for n in range(1200):
                if ended.wait(0.05):
                    return
                user_id = f"crowd-{n % 50}"
                shown = session.get(
                    f"{stocked.settings.recommender}/recs/{user_id}", timeout=TIMEOUT_SECONDS
                )
                like(stocked, user_id, shown.json()["item_ids"][:1])

    thread = threading.Thread(target=play)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.fixture
def dashboard(visit: Visit) -> Page:
    return visit("/status")


@pytest.mark.usefixtures("load")
def test_under_load_the_charts_refresh_themselves(dashboard: Page) -> None:
    total = dashboard.locator(".totals dd").first
    before = total.inner_text()

    expect(total).not_to_have_text(before, timeout=REFRESHED_MS)
    for name in ("rate", "like_rate", "coverage", "delay"):
        line = dashboard.locator(f"#chart-{name} .line-0")
        expect(line).to_have_attribute("d", SEVERAL_POINTS, timeout=REFRESHED_MS)


def test_every_server_has_its_state(dashboard: Page) -> None:
    states = dashboard.locator(".servers li")

    expect(states.filter(has_text="works")).to_have_count(states.count())
    expect(states.filter(has_text="Redis")).to_have_count(1)
    expect(states.filter(has_text="Broker")).to_have_count(1)


@pytest.mark.usefixtures("load")
def test_the_table_of_a_chart_stays_open(dashboard: Page) -> None:
    chart = dashboard.locator("#chart-coverage")
    chart.get_by_text("The same as a table").click()
    dashboard.locator("h1").click()
    before = chart.locator("table").inner_text()

    expect(chart.locator("table")).not_to_have_text(before)
    expect(chart.locator("table")).to_be_visible()


@pytest.mark.usefixtures("load")
def test_the_most_liked_items_have_their_names(dashboard: Page) -> None:
    most_liked = dashboard.locator("section").filter(has_text="Most liked").locator("li").first

    expect(most_liked).to_contain_text(re.compile(r"[A-Z].* \d"))
