"""A real browser in front of the real service."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from app.page.titles import read_titles
from tests.servers.service import Service
from tests.waiting import until

CHROMIUM = Path("/usr/bin/chromium")
# Without these, Chromium looks for its maker's hosts, which a closed network refuses.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 15_000

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed; `make test` installs it, as root")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stocked(service: Service) -> Service:
    """The service in a new generation, with the titles that come along."""
    recommender = service.settings.recommender
    titles = read_titles("").values()
    requests.post(f"{recommender}/cleanup", timeout=5).raise_for_status()
    stock = {
        "item_ids": [title.item_id for title in titles],
        "genres": [title.genres for title in titles],
    }
    requests.post(f"{recommender}/add_items", json=stock, timeout=5).raise_for_status()
    assert until(lambda: len(ask(service, "/popular?k=12")["item_ids"]) == 12)
    return service


@pytest.fixture
def visit(chromium: Browser, stocked: Service) -> Iterator[Visit]:
    """Open the page as a new visitor; by the end, the browser must have complained of nothing."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(said: ConsoleMessage) -> None:
        # That an answer is 503 is for the test to judge, not for the browser.
        if said.type in ("error", "warning") and "Failed to load resource" not in said.text:
            complaints.append(said.text)

    def visit(path: str = "/", **how: Any) -> Page:
        context = chromium.new_context(**{"locale": "en-GB", **how})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", listen)
        page.goto(f"http://127.0.0.1:{stocked.settings.page_port}{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def ask(service: Service, path: str) -> dict[str, Any]:
    """Ask the recommender."""
    answer: dict[str, Any] = requests.get(f"{service.settings.recommender}{path}", timeout=5).json()
    return answer


def like(service: Service, user: str, items: list[str]) -> None:
    """Like some titles as somebody, until the collector has taken it."""
    body = {"user_id": user, "item_ids": items, "actions": ["like"] * len(items)}
    address = f"{service.settings.collector}/interact"
    assert until(lambda: requests.post(address, json=body, timeout=5).ok)


def interactions(service: Service, page: Page) -> dict[str, list[str]]:
    """Return what the recommender knows of a page's viewer."""
    viewer = page.locator("#shelf").get_attribute("data-viewer")
    return ask(service, f"/interactions/{viewer}")  # type: ignore[return-value]


def card_ids(page: Page) -> list[str]:
    """Return the titles on the page, in order."""
    ids: list[str] = page.eval_on_selector_all(
        "#cards > li:not(.going) > .card", "cards => cards.map(card => card.dataset.itemId)"
    )
    return ids
