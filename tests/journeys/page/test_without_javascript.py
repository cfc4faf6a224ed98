from playwright.sync_api import expect

from tests.journeys.page.conftest import Visit, interactions
from tests.servers.service import Service
from tests.waiting import until


def test_like_and_undo_work_by_plain_forms(visit: Visit, stocked: Service) -> None:
    page = visit(java_script_enabled=False)
    names = page.locator(".card h2").all_inner_texts()

    page.get_by_role("button", name=f"Like: {names[2]}", exact=True).click()
    expect(page.locator(".result")).to_contain_text(f"You liked “{names[2]}”.")
    after = page.locator(".card h2").all_inner_texts()
    assert after[:2] + after[3:] == names[:2] + names[3:]
    assert until(lambda: len(interactions(stocked, page)["liked"]) == 1)

    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(".card h2")).to_have_text(names)
    assert until(lambda: interactions(stocked, page)["liked"] == [])


def test_the_first_visit_is_a_form_to_tick(visit: Visit, stocked: Service) -> None:
    page = visit(java_script_enabled=False, welcomed=False)
    for n in range(3):
        page.locator(".loves input").nth(n).check()
    page.get_by_role("button", name="Show my list", exact=True).click()

    expect(page.locator("#welcome")).to_have_count(0)
    assert until(lambda: len(interactions(stocked, page)["liked"]) == 3)


def test_search_and_why_work(visit: Visit) -> None:
    page = visit(java_script_enabled=False)

    page.get_by_role("searchbox").fill("jaws")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".card h2")).to_have_text(["Jaws"])

    page.get_by_role("link", name="For you", exact=True).click()
    page.locator(".more summary").first.click()
    expect(page.locator("button.not_now").first).to_be_visible()


def test_the_dashboard_has_its_charts(visit: Visit) -> None:
    page = visit("/status", java_script_enabled=False)

    expect(page.locator("svg.chart").first).to_be_visible()
