from playwright.sync_api import expect

from tests.journeys.page.conftest import Visit, card_ids


def test_a_new_user_sees_twelve_items_to_like_or_dislike(visit: Visit) -> None:
    page = visit()

    expect(page.locator(".card h2")).to_have_count(12)
    expect(page.get_by_role("button", name="Like:", exact=False)).to_have_count(24)
    assert len(set(card_ids(page))) == 12


def test_every_poster_is_drawn(visit: Visit) -> None:
    page = visit()
    for poster in page.locator(".poster").all():
        poster.scroll_into_view_if_needed()

    page.wait_for_function("[...document.querySelectorAll('.poster')].every(i => i.naturalWidth)")


def test_nothing_is_loaded_from_elsewhere(visit: Visit) -> None:
    page = visit("/status")
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))

    page.goto(page.url.replace("/status", "/"))
    page.wait_for_load_state("networkidle")

    assert hosts == {page.url.split("/")[2]}


def test_users_who_come_back_find_what_they_liked(visit: Visit) -> None:
    page = visit()
    name = page.locator(".card h2").first.inner_text()
    page.get_by_role("button", name=f"Like: {name}", exact=True).click()
    expect(page.get_by_text(f"You liked “{name}”.").first).to_be_visible()

    expect(page.locator(".card h2").first).not_to_have_text(name)
    page.get_by_role("link", name="Liked so far", exact=True).click()

    expect(page.locator(".card h2")).to_have_text([name])


def test_the_language_can_be_switched_and_stays(visit: Visit) -> None:
    page = visit(locale="ru-RU")
    expect(page.locator("h1")).to_have_text("Что посмотреть сегодня")

    page.get_by_role("link", name="EN", exact=True).click()
    expect(page.locator("h1")).to_have_text("What to watch tonight")

    page.get_by_role("link", name="Popular", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
