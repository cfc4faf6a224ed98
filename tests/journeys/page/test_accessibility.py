import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.page.conftest import Visit


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/genre?name=War&kind=film&filter=1", "/search?q=star", "/watchlist", "/nothing"),
        *("/title?id=jaws-1975", "/together", "/afresh", "/offline"),
        *("/status", "/status/user?id=u", "/status/title?id=jaws-1975"),
    ],
)
def test_axe_finds_nothing(visit: Visit, path: str) -> None:
    page = visit(path, welcomed=path != "/", color_scheme="light", reduced_motion="reduce")

    assert broken(page) == []
    page.emulate_media(color_scheme="dark")
    assert broken(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_while_a_toast_is_up(visit: Visit, theme: str) -> None:
    page = visit("/", color_scheme=theme, reduced_motion="reduce")
    page.locator("button.like").first.click()
    expect(page.locator(".toast")).to_be_visible()
    page.locator(".more summary").nth(3).click()
    page.locator("#q").fill("star")
    expect(page.locator("#suggestions li").first).to_be_visible()

    assert broken(page) == []


def test_where_the_system_chooses_the_colours_the_current_place_is_still_marked(
    visit: Visit,
) -> None:
    page = visit("/genre?name=War", forced_colors="active")
    page.locator("#q").fill("star")
    page.locator("#suggestions [role=option]").first.wait_for()
    page.locator("#q").press("ArrowDown")

    for place in (".genres a", "#suggestions li"):
        lines = page.eval_on_selector_all(
            place, "all => all.map(each => getComputedStyle(each).outlineStyle)"
        )
        assert lines.count("solid") == 1, place
    page.goto(page.url.partition("/genre")[0])
    colours = page.eval_on_selector_all(
        ".tabs a", "all => all.map(each => getComputedStyle(each).borderBottomColor)"
    )
    assert colours.count(colours[0]) == 1


def broken(page: Page) -> list[tuple[str, list[str]]]:
    """Return the rules that a page breaks, with the places."""
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    return [
        (rule["id"], [node["html"] for node in rule["nodes"]])
        for rule in found.response["violations"]
    ]
