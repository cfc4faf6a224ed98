from playwright.sync_api import expect

from tests.journeys.page.conftest import Visit, interactions
from tests.servers.service import Service
from tests.waiting import until


def test_like_and_undo_work_by_plain_forms(visit: Visit, stocked: Service) -> None:
    page = visit(java_script_enabled=False)
    names = page.locator(".card h2").all_inner_texts()

    page.get_by_role("button", name=f"Like: {names[2]}", exact=True).click()
    expect(page.locator(".result")).to_contain_text(f"You liked “{names[2]}”.")
    assert page.locator(".card h2").all_inner_texts()[:11] == names[:2] + names[3:]
    assert until(lambda: len(interactions(stocked, page)["liked"]) == 1)

    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(".card h2").first).to_have_text(names[2])
    assert until(lambda: interactions(stocked, page)["liked"] == [])


def test_search_and_why_work(visit: Visit) -> None:
    page = visit(java_script_enabled=False)

    page.get_by_role("searchbox").fill("jaws")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".card h2")).to_have_text(["Jaws"])

    page.get_by_role("link", name="For you", exact=True).click()
    page.locator(".why summary").first.click()
    expect(page.locator(".why p").first).to_be_visible()


def test_the_dashboard_has_its_charts(visit: Visit) -> None:
    page = visit("/status", java_script_enabled=False)

    expect(page.locator("svg.chart").first).to_be_visible()
