"""A real browser in front of the real service."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from app.page.items import read_items
from tests.servers.service import Service
from tests.waiting import until

CHROMIUM = Path("/usr/bin/chromium")
# Without these, Chromium connects to Google's hosts, which a closed network refuses.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 15_000
TIMEOUT_SECONDS = TIMEOUT_MS / 1000
"""What takes one or two seconds alone may take several times as long on a busy machine."""
expect.set_options(timeout=TIMEOUT_MS)

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
    """The service in a new generation, with the page's own items."""
    recommender = service.settings.recommender
    items = read_items("").values()
    requests.post(f"{recommender}/cleanup", timeout=TIMEOUT_SECONDS).raise_for_status()
    catalogue = {
        "item_ids": [item.item_id for item in items],
        "genres": [item.genres for item in items],
        "titles": [item.name for item in items],
        "years": [item.year for item in items],
        "kinds": [item.kind for item in items],
    }
    requests.post(
        f"{recommender}/add_items", json=catalogue, timeout=TIMEOUT_SECONDS
    ).raise_for_status()
    assert until(lambda: len(ask(service, "/popular?k=12")["item_ids"]) == 12)
    return service


@pytest.fixture
def visit(chromium: Browser, stocked: Service) -> Iterator[Visit]:
    """Open the page as a new visitor. At the end, the browser must have logged no problem."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # Whether an answer may be 503 is for the test to decide.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            problems.append(message.text)

    def visit(path: str = "/", welcomed: bool = True, **options: Any) -> Page:
        context = chromium.new_context(**{"locale": "en-GB", **options})
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", listen)
        address = f"http://127.0.0.1:{stocked.settings.page_port}"
        if welcomed:
            skip_welcome(page, address)
        page.goto(f"{address}{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert problems == []


def skip_welcome(page: Page, address: str) -> None:
    """Let a new viewer choose no posters, as a plain form would."""
    form = page.context.request.get(f"{address}/").text()
    token = re.findall(r'name="csrf_token" value="([^"]+)"', form)[0]
    answer = page.context.request.post(
        f"{address}/welcome", form={"csrf_token": token, "skip": "1"}, max_redirects=0
    )
    assert answer.status == 303


def ask(service: Service, path: str) -> dict[str, Any]:
    """Ask the recommender."""
    answer: dict[str, Any] = requests.get(
        f"{service.settings.recommender}{path}", timeout=TIMEOUT_SECONDS
    ).json()
    return answer


def like(service: Service, user_id: str, item_ids: list[str]) -> None:
    """Like some items as a user; return once the collector has taken it."""
    body = {"user_id": user_id, "item_ids": item_ids, "actions": ["like"] * len(item_ids)}
    address = f"{service.settings.collector}/interact"
    assert until(lambda: requests.post(address, json=body, timeout=TIMEOUT_SECONDS).ok)


def interactions(service: Service, page: Page) -> dict[str, list[str]]:
    """Return what the recommender knows of a page's user."""
    user_id = page.locator("#tab").get_attribute("data-user-id")
    return ask(service, f"/users/{user_id}/interactions")  # type: ignore[return-value]


def card_ids(page: Page) -> list[str]:
    """Return the ids of the items on the page, in order."""
    ids: list[str] = page.eval_on_selector_all(
        "#cards > li:not(.leaving) > .card", "cards => cards.map(card => card.dataset.itemId)"
    )
    return ids
