from itertools import pairwise, product

import pytest
import requests
from playwright.sync_api import expect

from tests.journeys.page.conftest import TIMEOUT_SECONDS, Visit
from tests.servers.service import Service
from tests.waiting import until

PHONE = {"width": 360, "height": 740}
TOUCHABLE = "a, button, summary, input:not([type=hidden])"


@pytest.mark.parametrize(
    "path", ["/", "/search?q=star", "/title?id=jaws-1975", "/together", "/status"]
)
def test_nothing_has_to_be_scrolled_sideways_and_every_target_is_large_enough_for_a_finger(
    visit: Visit, path: str
) -> None:
    page = visit(path, viewport=PHONE, has_touch=True, is_mobile=True)
    too_small = page.eval_on_selector_all(
        TOUCHABLE,
        """all => all
            .filter(each => each.checkVisibility() && !each.matches("[type=checkbox]"))
            .filter(each => !each.closest(".skip, p, h2, .tables, .poster-link"))
            .filter(each => each.getBoundingClientRect().height < 44)
            .map(each => each.outerHTML)""",
    )

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert too_small == []


@pytest.mark.parametrize(
    ("width", "height", "columns"),
    [
        (360, 740, 2),
        (640, 900, 3),
        (820, 1180, 4),
        (1280, 800, 6),
        (1920, 1080, 8),
        (2560, 1440, 10),
    ],
)
def test_columns_grow_with_the_screen_and_fill_their_rows(
    visit: Visit, width: int, height: int, columns: int
) -> None:
    page = visit("/", viewport={"width": width, "height": height})

    def lefts() -> list[float]:
        return list(
            page.eval_on_selector_all(
                "#cards > li", "all => all.map(each => each.getBoundingClientRect().left)"
            )
        )

    assert until(lambda: len(lefts()) >= 12 and len(lefts()) % columns == 0)
    assert len(set(lefts())) == columns


WIDTHS = (320, 561, 641, 761, 1100)
TEXTS = (".logo b, #q", ".logo small, #q", "#cards li:first-child .actions > * span")


def test_no_text_of_the_header_or_of_a_button_runs_into_the_next(visit: Visit) -> None:
    page = visit("/", viewport=PHONE, locale="ru-RU")

    for width, texts in product(WIDTHS, TEXTS):
        page.set_viewport_size({"width": width, "height": 740})
        sides = page.eval_on_selector_all(
            texts,
            """all => all
                .filter(each => each.checkVisibility() && !each.closest(".panel"))
                .map(each => each.getBoundingClientRect())
                .map(each => [each.left, each.right])""",
        )
        assert all(left[1] < right[0] for left, right in pairwise(sides)), (width, texts)
        assert page.locator("#q").bounding_box()["width"] > 100  # type: ignore[index]


@pytest.mark.parametrize("path", ["/title", "/status", "/status/title", "/popular?filter=1"])
def test_a_name_of_one_long_word_does_not_widen_the_page(
    visit: Visit, stocked: Service, path: str
) -> None:
    word = "w" * 64
    item = {"item_ids": [word], "titles": [3 * word], "genres": [[word]]}
    requests.post(
        f"{stocked.settings.recommender}/add_items", json=item, timeout=TIMEOUT_SECONDS
    ).raise_for_status()
    page = visit(f"{path}{'&' if '?' in path else '?'}id={word}", viewport=PHONE, is_mobile=True)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize(
    ("width", "height", "rows"), [(1440, 900, 1), (1280, 800, 1), (390, 844, 2), (844, 390, 2)]
)
def test_whole_rows_with_their_buttons_are_on_the_first_screen(
    visit: Visit, width: int, height: int, rows: int
) -> None:
    page = visit("/", viewport={"width": width, "height": height}, has_touch=height < 850)
    bottoms = page.eval_on_selector_all(
        "#cards .card > .actions", "all => all.map(each => each.getBoundingClientRect().bottom)"
    )

    assert len({round(bottom) for bottom in bottoms if bottom <= height}) >= rows


def test_the_chosen_genre_is_in_sight_and_chips_are_one_line(visit: Visit) -> None:
    page = visit("/genre?name=Western", viewport=PHONE)
    chip = page.locator(".genres [aria-current]")

    expect(chip).to_be_in_viewport()
    tops = page.eval_on_selector_all(
        ".genres a", "all => all.map(each => each.getBoundingClientRect().top)"
    )
    assert len(set(tops)) == 1


def test_with_reduced_motion_nothing_moves(visit: Visit) -> None:
    page = visit("/", reduced_motion="reduce")
    page.locator("button.like").first.click()

    assert page.evaluate("document.getAnimations().length") == 0
