"""Take the screenshots of docs/images from a running service: `python -m docs.screenshots`.

Needs requirements-dev.txt and Debian's chromium. First, invented users visit for a minute, each
with genres that they like, so that the charts have something to show.
"""

import threading
import time
from pathlib import Path
from random import Random

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from recs.settings import Settings

IMAGES = Path(__file__).parent / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
THEMES = ("light", "dark")
USERS, PLAYED_SECONDS, PAUSE_SECONDS = 60, 60, 0.05


def main() -> None:
    """Take every screenshot."""
    settings = Settings.from_env()
    address = f"http://127.0.0.1:{settings.page_port}"
    IMAGES.mkdir(exist_ok=True)
    ended = threading.Event()
    threading.Thread(target=play, args=(settings, ended), daemon=True).start()
    time.sleep(PLAYED_SECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for theme in THEMES:
            for device, size in (("desktop", DESKTOP), ("phone", PHONE)):
                take(browser, address, f"{device}-{theme}", size, theme)
        browser.close()
    ended.set()


def play(settings: Settings, ended: threading.Event) -> None:
    """Let users visit in turn, and like or dislike some of what they see by its genres."""
    rng = Random(7)
    genres = sorted(requests.get(f"{settings.recommender}/catalogue", timeout=5).json()["genres"])
    liked_genres = {f"crowd-{n}": set(rng.sample(genres, 4)) for n in range(USERS)}
    with requests.Session() as session:
        while not ended.wait(PAUSE_SECONDS):
            user_id = rng.choice(list(liked_genres))
            shown = session.get(f"{settings.recommender}/recs/{user_id}", timeout=5).json()[
                "item_ids"
            ]
            known = session.get(
                f"{settings.recommender}/items", params={"ids": shown}, timeout=5
            ).json()["items"]
            for item in rng.sample(known, min(3, len(known))):
                likes = liked_genres[user_id] & set(item["genres"])
                body = {
                    "user_id": user_id,
                    "item_ids": [item["item_id"]],
                    "actions": ["like" if likes else "dislike"],
                }
                session.post(f"{settings.collector}/interact", json=body, timeout=5)


def take(browser: Browser, address: str, name: str, size: dict[str, int], theme: str) -> None:
    """Take the page after a few likes, a title and the dashboard, on one device in one theme."""
    phone = size is PHONE
    context = browser.new_context(
        viewport=size,
        color_scheme=theme,
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale="ru-RU",
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if phone and theme == "light":
        page.screenshot(path=IMAGES / f"welcome-{name}.png")
    for title in ("матриса", "сталкер", "шерлок"):
        page.goto(f"{address}/search?q={title}")
        page.locator("button.like").first.click()
        page.wait_for_timeout(300)
    page.wait_for_timeout(1500)
    page.goto(address)
    like_one_more(page)
    page.screenshot(path=IMAGES / f"page-{name}.png")
    page.goto(f"{address}/search?q=матрица")
    page.locator(".card h2 a").first.click()
    page.wait_for_load_state("networkidle")
    if not phone and theme == "dark":
        page.screenshot(path=IMAGES / f"title-{name}.png")
    page.goto(f"{address}/status")
    page.screenshot(path=IMAGES / f"dashboard-{name}.png", full_page=not phone)
    context.close()


def like_one_more(page: Page) -> None:
    """Show a list that follows the likes, and like one title more."""
    page.get_by_role("button", name="Показать другие").click()
    page.wait_for_load_state("networkidle")
    page.locator("button.like").nth(5).click()
    page.wait_for_timeout(1200)
    page.evaluate("scrollTo(0, 0)")


if __name__ == "__main__":
    main()
