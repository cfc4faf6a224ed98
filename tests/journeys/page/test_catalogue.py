import requests
from playwright.sync_api import expect

from tests.journeys.page.conftest import TIMEOUT_SECONDS, Visit, ask
from tests.servers.service import Service


def test_after_a_cleanup_the_items_come_back_only_by_the_button(
    visit: Visit, stocked: Service
) -> None:
    requests.post(
        f"{stocked.settings.recommender}/cleanup", timeout=TIMEOUT_SECONDS
    ).raise_for_status()
    page = visit()
    expect(page.get_by_text("The catalogue is empty.")).to_be_visible()
    assert ask(stocked, "/catalogue")["items"] == 0

    page.get_by_role("button", name="Load our titles", exact=True).click()

    expect(page.locator(".card")).to_have_count(12)
    assert ask(stocked, "/catalogue")["items"] > 300


def test_items_of_somebody_else_are_shown_by_their_ids(visit: Visit, stocked: Service) -> None:
    requests.post(
        f"{stocked.settings.recommender}/cleanup", timeout=TIMEOUT_SECONDS
    ).raise_for_status()
    catalogue = {"item_ids": ["9b1deb4d-3b7d"], "genres": [["Western"]]}
    requests.post(
        f"{stocked.settings.recommender}/add_items", json=catalogue, timeout=TIMEOUT_SECONDS
    ).raise_for_status()

    page = visit()

    expect(page.locator(".card h2")).to_have_text(["9b1deb4d-3b7d"])
    expect(page.locator(".card .of-genres")).to_have_text(["Western"])
