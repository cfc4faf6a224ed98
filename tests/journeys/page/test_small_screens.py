import pytest
from playwright.sync_api import Page

from tests.journeys.page.conftest import Visit

PHONE = {"width": 360, "height": 740}
TOUCHABLE = "a, button, summary, input:not([type=hidden])"


@pytest.fixture(params=["/", "/popular", "/search?q=star", "/status"])
def phone(visit: Visit, request: pytest.FixtureRequest) -> Page:
    return visit(request.param, viewport=PHONE, has_touch=True, is_mobile=True)


def test_nothing_has_to_be_scrolled_sideways(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_every_target_is_large_enough_for_a_finger(phone: Page) -> None:
    too_small = phone.eval_on_selector_all(
        TOUCHABLE,
        """all => all
            .filter(each => each.checkVisibility() && !each.closest(".skip, p"))
            .filter(each => each.getBoundingClientRect().height < 44)
            .map(each => each.outerHTML)""",
    )

    assert too_small == []


def test_posters_stand_in_two_columns(visit: Visit) -> None:
    page = visit("/", viewport=PHONE)

    columns = page.eval_on_selector_all(
        "#cards > li", "all => new Set(all.map(each => each.getBoundingClientRect().left)).size"
    )

    assert columns == 2


def test_with_reduced_motion_nothing_moves(visit: Visit) -> None:
    page = visit("/", reduced_motion="reduce")
    page.locator("button.like").first.click()

    assert page.evaluate("document.getAnimations().length") == 0
