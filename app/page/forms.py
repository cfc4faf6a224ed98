"""Plain forms, for browsers without JavaScript."""

from contextlib import suppress
from http import HTTPStatus

from flask import g, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response

from app.page import lists
from app.page.client import ServiceDown
from app.page.context import blueprint, page_context
from app.page.filters import Filters
from app.page.lists import FOR_YOU, Tab
from app.page.memory import Done, Viewer
from app.page.saying import ACTIONS, remember, say
from app.page.session import checked_item_id
from app.page.tabs import Rendered, filters_url, show

ABOUT_MOST = 600
"""Characters of what a tab is about, such as a search. An address takes 8,190 bytes, and each may
need 12, percent-encoded."""
REPLACE = {"like", "dislike", "watched", "not_now"}
"""After these actions, another title replaces the card."""


@blueprint.post("/react")
def react_by_form() -> Rendered:
    """Save an action of the viewer on a title, and redirect to where they were.

    A redirect, so that a reload does not repeat the action.
    """
    tab = sent_tab()
    action = next((each for each in ACTIONS if each in request.form), None)
    if action is None:
        raise BadRequest
    item_id = checked_item_id(request.form[action])
    try:
        say(item_id, action)
    except ServiceDown:
        return show(tab, Done(item_id, action, failed=True))
    with suppress(ServiceDown):
        remember(lambda viewer: _tell(viewer, tab, item_id, action))
    if title := request.form.get("title"):
        return redirect(url_for("page.title", id=title), HTTPStatus.SEE_OTHER)
    if "together" in request.form:
        return redirect(url_for("page.together"), HTTPStatus.SEE_OTHER)
    return redirect(_address(tab), HTTPStatus.SEE_OTHER)


@blueprint.post("/list")
def change_list() -> Rendered:
    """Show more, another list, or the one before."""
    tab, wish = sent_tab(), request.form.get("wish")
    services = page_context().services
    try:
        said = services.interactions(g.user_id) if wish in ("more", "another") else {}
        if wish == "more":
            remember(lambda viewer: lists.more(tab, viewer, said, lists.GRID))
        elif wish == "another":
            remember(lambda viewer: lists.another(tab, viewer, said))
        elif wish == "before":
            remember(lambda viewer: viewer.bring_back(tab.key))
        else:
            raise BadRequest
    except ServiceDown:
        return show(tab)
    return redirect(_address(tab), HTTPStatus.SEE_OTHER)


@blueprint.post("/catalogue")
def load_catalogue() -> Response:
    """Load the page's items on request. Raises Forbidden if the services need a token."""
    if page_context().requires_token:
        raise Forbidden
    page_context().loader.start_again()
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)


def sent_tab() -> Tab:
    """Return the tab that a form was sent from. Raises NotFound."""
    form: MultiDict[str, str] = request.form
    about = form.get("about", "")[:ABOUT_MOST]
    return Tab.of(form.get("tab", FOR_YOU), about, Filters.read(form))


def _tell(viewer: Viewer, tab: Tab, item_id: str, action: str) -> None:
    """Remember what was done, to show it once, and replace the card by the next title."""
    viewer.done = Done(item_id, action)
    if tab.name != FOR_YOU or action not in REPLACE:
        return
    try:
        said = page_context().services.interactions(g.user_id)
        lists.replaced(tab, viewer, said, item_id)
    except ServiceDown:
        viewer.replace(tab.key, item_id, None)


def _address(tab: Tab) -> str:
    if tab.name == lists.SEARCH:
        return url_for("page.search", q=tab.about)
    return filters_url(tab)
