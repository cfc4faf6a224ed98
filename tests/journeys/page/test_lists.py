"""What a viewer does with titles, besides liking them."""

import re

from playwright.sync_api import expect

from tests.journeys.page.conftest import Visit, ask, card_ids, interactions, like
from tests.servers.service import Service
from tests.waiting import until

NOTHING_TO_SEND = "Object.values(localStorage).every(each => each === '{}')"


def test_a_card_leads_to_its_title_and_what_is_said_there_holds(
    visit: Visit, stocked: Service
) -> None:
    page = visit("/popular")
    name = page.locator(".card").nth(2).get_attribute("data-name") or ""
    item_id = card_ids(page)[2]
    page.locator(".card .poster-link").nth(2).click()

    expect(page.locator("h1")).to_have_text(name)
    expect(page).to_have_title(re.compile(re.escape(name)))
    near = ask(stocked, f"/similar/{item_id}?k=12")["item_ids"]  # Fewer of a rare genre.
    assert near
    expect(page.locator("#cards .card")).to_have_count(len(near))
    page.get_by_role("button", name="Seen it", exact=True).click()
    assert until(lambda: interactions(stocked, page)["watched"] == [item_id])
    page.get_by_role("button", name="Want to watch", exact=True).click()
    assert until(lambda: page.evaluate(NOTHING_TO_SEND))

    page.reload()
    pressed = page.locator('.title-actions [aria-pressed="true"]')
    expect(pressed).to_have_text(["Want to watch", "Seen it"])


def test_what_the_browser_has_still_to_send_is_shown_after_a_reload(visit: Visit) -> None:
    page = visit("/popular")
    page.locator(".card .poster-link").nth(4).click()
    page.route(re.compile("/interactions"), lambda route: route.abort())
    page.get_by_role("button", name="Want to watch", exact=True).click()
    page.get_by_role("button", name="Seen it", exact=True).click()
    page.get_by_role("button", name="Like", exact=True).click()

    page.reload()

    pressed = page.locator('.title-actions [aria-pressed="true"]')
    expect(pressed).to_have_text(["Like", "Want to watch"])
    assert not page.evaluate(NOTHING_TO_SEND)
    page.unroute(re.compile("/interactions"))
    assert until(lambda: page.evaluate(NOTHING_TO_SEND))
    page.reload()
    expect(pressed).to_have_text(["Like", "Want to watch"])


def test_want_to_watch_and_not_now_are_no_opinion(visit: Visit, stocked: Service) -> None:
    page = visit()
    wanted, hidden = card_ids(page)[:2]

    page.locator("button.want").nth(0).click()
    page.locator(".more summary").nth(1).click()
    page.locator("button.not_now").nth(1).click()

    assert until(lambda: hidden not in card_ids(page) and len(card_ids(page)) == 12)
    assert card_ids(page)[0] == wanted
    assert until(lambda: page.evaluate(NOTHING_TO_SEND))
    page.get_by_role("link", name="Want to watch", exact=True).click()
    expect(page).to_have_url(re.compile("/watchlist"))
    expect(page.locator("#cards .card")).to_have_attribute("data-item-id", wanted)
    page.get_by_role("link", name="Not now", exact=True).click()
    expect(page).to_have_url(re.compile("/not-now"))
    expect(page.locator("#cards .card")).to_have_attribute("data-item-id", hidden)
    assert interactions(stocked, page)["disliked"] == []


def test_more_titles_are_added_and_the_list_before_comes_back(visit: Visit) -> None:
    page = visit()
    first = card_ids(page)

    page.get_by_role("button", name="Show more", exact=True).click()
    assert until(lambda: len(card_ids(page)) == 24)
    assert card_ids(page)[:12] == first
    longer = card_ids(page)

    page.get_by_role("button", name="Show other titles", exact=True).click()
    expect(page.locator(".card")).to_have_count(12)
    assert not set(card_ids(page)) & set(longer)

    page.get_by_role("button", name="What was here before", exact=True).click()
    expect(page.locator(".card")).to_have_count(24)
    assert card_ids(page) == longer


def test_filters_stand_in_the_address_and_are_remembered(visit: Visit) -> None:
    page = visit()
    page.locator(".filters summary").click()
    page.get_by_label("Type").select_option("series")
    page.get_by_role("group", name="Without these genres").get_by_label("Drama").check()
    page.get_by_role("button", name="Show", exact=True).click()

    expect(page).to_have_url(re.compile(r"kind=series"))
    assert until(lambda: len(card_ids(page)) > 0)
    for facts in page.locator(".card .facts").all_text_contents():
        assert "series" in facts
        assert "Drama" not in facts

    page.get_by_role("link", name="Popular", exact=True).click()
    expect(page).to_have_url(re.compile(r"/popular\?.*kind=series"))
    page.locator(".filters summary").click()
    page.get_by_role("link", name="Clear filters", exact=True).click()
    expect(page).to_have_url(re.compile(r"/popular$"))


def test_two_see_one_list(visit: Visit) -> None:
    mine = visit("/together")
    mine.get_by_role("button", name="Invite somebody", exact=True).click()
    link = mine.locator(".notice a").get_attribute("href") or ""
    theirs = visit(link[link.index("/together") :])

    mine.get_by_role("button", name="Refresh", exact=True).click()
    expect(mine.get_by_text("Viewers here: 2.")).to_be_visible()
    assert card_ids(mine) == card_ids(theirs)
    assert len(card_ids(mine)) == 12


def test_a_long_list_of_likes_goes_on(visit: Visit, stocked: Service) -> None:
    page = visit()
    items = [item["item_id"] for item in ask(stocked, "/items?limit=61")["items"]]
    like(stocked, page.locator("#tab").get_attribute("data-user-id") or "", items)

    page.get_by_role("link", name="Liked", exact=True).click()
    expect(page.locator("#cards .card")).to_have_count(60)
    page.get_by_role("link", name="Show more", exact=True).click()

    expect(page.locator("#cards .card")).to_have_count(61)
    assert set(card_ids(page)) == set(items)


def test_start_afresh_asks_and_can_be_undone_and_stale_tabs_write_nothing(
    visit: Visit, stocked: Service
) -> None:
    page = visit()
    before = page.locator("#tab").get_attribute("data-user-id")
    stale = page.context.new_page()
    stale.goto(page.url)

    page.get_by_role("link", name="Start afresh", exact=True).click()
    page.get_by_role("button", name="Start afresh", exact=True).click()
    expect(page.get_by_text("You are a new viewer now.")).to_be_visible()
    stale.locator("button.like").first.click()
    expect(stale.get_by_role("alert")).to_contain_text("belongs to the viewer before")
    assert interactions(stocked, page)["liked"] == []

    page.get_by_role("button", name="Undo: go back to who I was", exact=True).click()
    expect(page.locator("#tab")).to_have_attribute("data-user-id", before or "")


def test_suggestions_come_on_every_page_by_mouse_and_by_keys(visit: Visit) -> None:
    page = visit("/status")
    field = page.get_by_role("combobox")

    field.press_sequentially("терминатр")
    options = page.get_by_role("option")
    expect(options).to_have_text([re.compile("The Terminator"), re.compile("Judgment Day")])
    field.press("Escape")
    expect(options).to_have_count(0)
    field.press_sequentially(" 2")
    expect(options).to_have_count(1)
    field.press("ArrowDown")
    field.press("Enter")

    expect(page.locator("h1")).to_have_text("Terminator 2: Judgment Day")


def test_without_a_network_the_app_says_so(visit: Visit) -> None:
    page = visit("/popular")
    assert until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"))

    page.context.set_offline(True)
    page.goto(page.url)
    expect(page.locator("h1")).to_have_text("You are offline")
    page.context.set_offline(False)
