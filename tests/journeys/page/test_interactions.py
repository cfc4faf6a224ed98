import time
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from app.page.items import read_items
from tests.journeys.page.conftest import Visit, ask, card_ids, interactions, like
from tests.servers.service import Service
from tests.waiting import until

MARK_PAGE = "window.theSamePage = true"


def press(page: Page, action: str, place: int = 0) -> tuple[str, str]:
    """Press a button of a card. Returns the card's id and name."""
    item_id = card_ids(page)[place]
    card = page.locator(f'.card[data-item-id="{item_id}"]')  # places move, ids do not
    name = card.get_attribute("data-name")
    card.locator(f"button.{action}").click()
    return item_id, name or ""


def is_a_reason(service: Service, item_id: str) -> bool:
    """Tell whether a new user who likes an item gets others because of it."""
    user_id = f"probe-{uuid4().hex}"
    like(service, user_id, [item_id])
    time.sleep(0.5)  # their slate is ranked meanwhile
    listed = ask(service, f"/recs/{user_id}?explain=1")["items"]
    return any(item_id in entry["because"] for entry in listed)


@pytest.mark.parametrize(("action", "key"), [("like", "liked"), ("dislike", "disliked")])
def test_a_card_is_replaced_by_the_next_one_without_a_reload(
    visit: Visit, stocked: Service, action: str, key: str
) -> None:
    page = visit()
    page.evaluate(MARK_PAGE)
    before = card_ids(page)

    item_id, _ = press(page, action, place=5)

    assert until(lambda: len(card_ids(page)) == 12 and item_id not in card_ids(page))
    after = card_ids(page)
    assert [after[n] == before[n] for n in range(12)] == [n != 5 for n in range(12)]
    assert page.evaluate("window.theSamePage")
    assert until(lambda: item_id in interactions(stocked, page)[key])


def test_undo_restores_the_card_and_withdraws_the_interaction(
    visit: Visit, stocked: Service
) -> None:
    page = visit()
    before = card_ids(page)
    item_id, _ = press(page, "like", place=3)
    assert until(lambda: item_id in interactions(stocked, page)["liked"])

    page.get_by_role("button", name="Undo", exact=True).click()

    assert until(lambda: card_ids(page) == before)
    assert until(lambda: interactions(stocked, page)["liked"] == [])
    page.reload()
    assert card_ids(page) == before


def test_undo_right_after_the_click_wins(visit: Visit, stocked: Service) -> None:
    page = visit()
    before = card_ids(page)
    undone = ask(stocked, "/stats")["totals"].get("undone", 0)

    press(page, "dislike")
    page.keyboard.press("u")

    assert until(lambda: card_ids(page) == before)
    assert until(lambda: ask(stocked, "/stats")["totals"].get("undone", 0) > undone)
    assert interactions(stocked, page)["disliked"] == []


def test_the_offer_to_undo_ends_after_five_seconds(visit: Visit) -> None:
    page = visit()
    page.clock.install()
    press(page, "like")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()

    page.clock.fast_forward(5100)

    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_hidden()


def test_one_toast_at_a_time_and_untouched_cards_stay(visit: Visit) -> None:
    page = visit()
    first = card_ids(page)

    for item_id in first[:4]:
        page.locator(f'.card[data-item-id="{item_id}"] button.like').click()
        expect(page.locator(".toast")).to_have_count(1)

    assert until(lambda: len(card_ids(page)) == 12 and not set(first[:4]) & set(card_ids(page)))
    assert card_ids(page)[4:] == first[4:]
    now = card_ids(page)
    page.reload()
    assert card_ids(page) == now


def test_why_names_what_was_liked(visit: Visit, stocked: Service) -> None:
    war = [item.item_id for item in read_items("").values() if "War" in item.genres]
    together = war[:24]  # more than the first list can hold, which may come too early
    assert len(together) == 24
    for n in range(20):
        like(stocked, f"crowd-{n}", ["the-matrix-1999", *together])
    # Each visit makes twelve impressions: visit only when the similarity is known.
    assert until(lambda: is_a_reason(stocked, "the-matrix-1999"))
    page = visit("/search?q=matrix")
    press(page, "like")
    assert until(lambda: interactions(stocked, page)["liked"] != [])

    def because() -> bool:
        page.goto(page.url.split("/search")[0])
        page.get_by_role("button", name="Show other titles", exact=True).click()
        reasons = page.locator(".about .why").all_text_contents()
        return any("Because you liked “The Matrix”" in reason for reason in reasons)

    assert until(because)
    explained = page.locator(".card").filter(has_text="Because you").first
    explained.locator("summary").click()
    expect(explained.locator(".panel")).to_contain_text("Because you liked “The Matrix”")


def test_a_new_user_likes_what_they_find_by_searching(visit: Visit, stocked: Service) -> None:
    page = visit("/search", locale="ru-RU")

    page.locator("#q").press_sequentially("звездные в")
    expect(page.get_by_role("option")).to_contain_text("Звёздные войны")
    page.locator("#q").press("Enter")
    expect(page.locator(".card h2")).to_have_text(["Звёздные войны"])
    press(page, "like")

    expect(page.locator("button.like")).to_have_attribute("aria-pressed", "true")
    assert until(lambda: interactions(stocked, page)["liked"] == ["star-wars-1977"])


def test_a_pressed_like_can_be_undone(visit: Visit, stocked: Service) -> None:
    page = visit("/search?q=jaws")
    press(page, "like")
    assert until(lambda: interactions(stocked, page)["liked"] == ["jaws-1975"])

    page.goto(page.url.replace("/search?q=jaws", "/liked"))
    press(page, "like")

    assert until(lambda: interactions(stocked, page)["liked"] == [])
    expect(page.locator("button.like")).to_have_attribute("aria-pressed", "false")


def test_a_genre_shows_its_items_and_the_next_one_is_of_it_too(visit: Visit) -> None:
    page = visit()
    page.get_by_role("link", name="Comedy").click()
    expect(page.locator("h1")).to_contain_text("Comedy")

    press(page, "dislike")

    expect(page.locator(".card .of-genres").filter(has_text="Comedy")).to_have_count(12)
