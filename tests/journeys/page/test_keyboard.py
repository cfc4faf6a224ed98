import re

from playwright.sync_api import Page, expect

from tests.journeys.page.conftest import Visit, card_ids, interactions
from tests.servers.service import Service
from tests.waiting import until


def focused(page: Page) -> str | None:
    """Return the item id of the card that has the focus."""
    item_id: str | None = page.evaluate(
        "document.activeElement.closest('.card')?.dataset.itemId ?? null"
    )
    return item_id


def test_everything_can_be_done_by_keys_alone(visit: Visit, stocked: Service) -> None:
    page = visit(viewport={"width": 1280, "height": 900})
    before = card_ids(page)

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert focused(page) == before[1]

    page.keyboard.press("l")
    assert until(lambda: interactions(stocked, page)["liked"] == [before[1]])
    assert until(lambda: focused(page) == card_ids(page)[1] != before[1])

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("d")
    assert until(lambda: interactions(stocked, page)["disliked"] == [before[0]])

    page.keyboard.press("u")
    assert until(lambda: interactions(stocked, page)["disliked"] == [])
    assert until(lambda: focused(page) == before[0])


def test_down_goes_to_the_card_below(visit: Visit) -> None:
    page = visit(viewport={"width": 1280, "height": 900})
    per_row: int = page.evaluate(
        "getComputedStyle(document.getElementById('cards')).gridTemplateColumns.split(' ').length"
    )

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")

    assert focused(page) == card_ids(page)[per_row]


def test_on_a_russian_keyboard_the_same_keys_work(visit: Visit, stocked: Service) -> None:
    page = visit(locale="ru-RU")
    page.keyboard.press("ArrowRight")
    item_id = focused(page)

    page.evaluate(
        """document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key: "д", code: "KeyL", bubbles: true }))"""
    )

    assert until(lambda: interactions(stocked, page)["liked"] == [item_id])


def test_typing_in_the_search_box_likes_nothing(visit: Visit) -> None:
    page = visit()
    before = card_ids(page)

    page.locator("#q").press_sequentially("ludl")

    assert card_ids(page) == before
    expect(page.locator(".toast")).to_have_count(0)


def test_a_screen_reader_hears_what_happened_and_what_comes_next(visit: Visit) -> None:
    page = visit()
    name = page.locator(".card").first.get_attribute("data-name")

    page.get_by_role("button", name=f"Like: {name}", exact=True).press("Enter")

    expect(page.get_by_role("status")).to_contain_text(f"You liked “{name}”. Next:")


def test_three_keys_lead_to_the_first_card(visit: Visit) -> None:
    page = visit()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert focused(page) == card_ids(page)[0]


def test_keys_search_help_and_close(visit: Visit) -> None:
    page = visit()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.locator(".more summary").nth(2).click()
    page.keyboard.press("Escape")
    expect(page.locator(".more").nth(2).locator("summary")).to_be_focused()
    expect(page.locator(".panel:visible")).to_have_count(0)

    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("jaws")
    expect(page.locator("#suggestions li")).to_have_text([re.compile("Jaws")])


def test_enter_opens_a_title(visit: Visit) -> None:
    page = visit()
    name = page.locator(".card").first.get_attribute("data-name") or ""

    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text(name)
