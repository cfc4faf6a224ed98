from playwright.sync_api import expect

from tests.journeys.page.conftest import Visit, ask, card_ids, interactions
from tests.servers.service import Service
from tests.waiting import until


def test_three_taps_make_a_list(visit: Visit, stocked: Service) -> None:
    page = visit(welcomed=False)
    expect(page.locator(".card h2")).to_have_count(12)
    assert len(set(card_ids(page))) == 12
    boxes = page.locator(".loves input")
    expect(boxes).to_have_count(18)
    chosen = [box.get_attribute("value") for box in boxes.all()[:3]]

    boxes.nth(0).check()
    expect(page.locator("#welcome-count")).to_have_text("2 more and the list is yours.")
    boxes.nth(1).check()
    boxes.nth(2).check()

    expect(page.locator("#welcome")).to_have_count(0)
    assert until(lambda: set(interactions(stocked, page)["liked"]) == set(chosen))
    assert not set(chosen) & set(card_ids(page))


def test_nothing_moves_while_a_short_page_loads(visit: Visit) -> None:
    page = visit("/liked")
    page.wait_for_load_state("networkidle")

    moved = page.evaluate(
        """() => new Promise((done) => {
          const moves = [];
          new PerformanceObserver((seen) => moves.push(...seen.getEntries()))
            .observe({ type: "layout-shift", buffered: true });
          setTimeout(() => done(moves.map((move) => move.value)), 300);
        })"""
    )

    assert moved == []


def test_every_poster_is_drawn_and_nothing_is_loaded_from_elsewhere(visit: Visit) -> None:
    page = visit()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.reload()
    for poster in page.locator(".poster").all():
        poster.scroll_into_view_if_needed()

    page.wait_for_function("[...document.querySelectorAll('.poster')].every(i => i.naturalWidth)")
    assert hosts == {page.url.split("/")[2]}


def test_users_who_come_back_find_what_they_liked(visit: Visit) -> None:
    page = visit()
    name = page.locator(".card").first.get_attribute("data-name")
    page.get_by_role("button", name=f"Like: {name}", exact=True).click()
    expect(page.get_by_text(f"You liked “{name}”.").first).to_be_visible()

    expect(page.locator(".card").first).not_to_have_attribute("data-name", name or "")
    page.get_by_role("link", name="Liked", exact=True).click()

    expect(page.locator(".card h2")).to_have_text([name or ""])


def test_the_language_can_be_switched_and_stays(visit: Visit) -> None:
    page = visit(locale="ru-RU")
    expect(page.locator("h1")).to_have_text("Что посмотреть сегодня")

    page.get_by_role("link", name="EN", exact=True).click()
    expect(page.locator("h1")).to_have_text("What to watch tonight")

    page.get_by_role("link", name="Popular", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_colours_can_be_switched_and_stay(visit: Visit) -> None:
    page = visit(color_scheme="dark")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(background)

    page.locator("#theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate(background) != dark
    assert until(lambda: "theme=dark" in (page.locator("#theme").get_attribute("href") or ""))

    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_what_came_in_sight_counts_as_shown_and_the_list_stays(
    visit: Visit, stocked: Service
) -> None:
    page = visit(viewport={"width": 1280, "height": 720})
    listed = card_ids(page)

    def next_ones() -> list[str]:
        user_id = page.locator("#tab").get_attribute("data-user-id")
        return list(ask(stocked, f"/recs/{user_id}?peek=1&k=12")["item_ids"])

    assert until(lambda: not set(listed[:6]) & set(next_ones()))  # one row is in sight
    page.reload()
    assert card_ids(page) == listed
    page.goto(page.url + "popular")
    page.go_back()
    assert card_ids(page) == listed
