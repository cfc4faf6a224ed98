"""A service hangs while somebody likes: the page says so, and nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.journeys.page.conftest import Visit, card_ids, interactions
from tests.servers.service import Service
from tests.waiting import until

FIRST = "#cards > li:not(.leaving) button.like"


@contextmanager
def hung(service: Service, name: str) -> Iterator[None]:
    """Suspend the processes of a part of the service within the block."""
    processes = service.processes(name)
    assert processes
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def test_an_error_is_shown_and_the_retry_saves_everything(visit: Visit, stocked: Service) -> None:
    page = visit()
    liked = card_ids(page)[:2]

    with hung(stocked, "collector"):
        for _ in liked:
            page.locator(FIRST).first.click()
        expect(page.get_by_role("alert")).to_contain_text("Not saved yet: 2.")
        assert interactions(stocked, page)["liked"] == []
    page.get_by_role("button", name="Try again", exact=True).click()

    expect(page.get_by_role("alert")).to_be_hidden()
    assert until(lambda: set(interactions(stocked, page)["liked"]) == set(liked))


def test_a_retry_that_fails_keeps_the_focus_and_is_not_said_again(visit: Visit) -> None:
    page = visit()
    page.context.set_offline(True)
    page.locator(FIRST).first.click()
    again = page.get_by_role("button", name="Try again", exact=True)
    again.focus()
    with page.expect_event("requestfailed", lambda request: "/api/interactions" in request.url):
        again.press("Enter")
    page.locator(FIRST).first.evaluate("button => button.click()")

    expect(page.get_by_role("alert")).to_contain_text("Not saved yet: 2.")
    expect(again).to_be_focused()


def test_the_page_comes_back_with_the_network(visit: Visit) -> None:
    page = visit()
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_have_text("You are offline")

    page.context.set_offline(False)

    expect(page.locator(".card")).to_have_count(12)


def test_a_like_that_was_not_saved_survives_a_reload(visit: Visit, stocked: Service) -> None:
    page = visit()
    liked = card_ids(page)[0]

    with hung(stocked, "collector"):
        page.locator(FIRST).first.click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.reload()
        expect(page.get_by_role("alert")).to_contain_text("Not saved yet: 1.")

    assert until(lambda: interactions(stocked, page)["liked"] == [liked], seconds=40)


def test_with_the_recommender_hung_a_like_is_still_taken(visit: Visit, stocked: Service) -> None:
    page = visit()
    liked, *others = card_ids(page)

    with hung(stocked, "recommender"):
        page.locator(FIRST).first.click()
        expect(page.get_by_role("status")).to_contain_text("There is no next title right now.")
        assert card_ids(page) == others

    assert until(lambda: interactions(stocked, page)["liked"] == [liked])


def test_without_javascript_the_answer_says_that_nothing_was_saved(
    visit: Visit, stocked: Service
) -> None:
    page = visit(java_script_enabled=False)
    names = page.locator(".card h2").all_inner_texts()

    with hung(stocked, "collector"):
        page.locator(FIRST).first.click()
        expect(page.get_by_role("alert")).to_contain_text("Not saved")
        assert page.locator(".card h2").all_inner_texts() == names

    page.locator(FIRST).first.click()
    assert until(lambda: len(interactions(stocked, page)["liked"]) == 1)
