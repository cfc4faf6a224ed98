"""Watch together: viewers join by a link or a code, and see one list."""

from http import HTTPStatus

from flask import g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.page.cards import make_cards
from app.page.client import Action, Entry, Refused, ServiceDown
from app.page.context import blueprint, page_context
from app.page.lists import GRID, known
from app.page.memory import Viewer
from app.page.session import CODE, leave_together
from app.page.tabs import Rendered


@blueprint.get("/together")
def together() -> Rendered:
    """Show the common list, or how to begin one. A code in the address joins its viewers."""
    code = (request.args.get("code") or session.get(CODE) or "").strip().upper()
    if code != session.get(CODE):
        leave_together()
    members = page_context().pairs.join(code, g.user_id) if code else None
    if members is None:
        session.pop(CODE, None)
        return render_template("together.html", code="", unknown=code, members=0, cards=[])
    session[CODE] = code
    cards, down = [], False
    try:
        cards = make_cards(*_shared(code, members))
    except (ServiceDown, Refused):
        down = True
    text = render_template(
        "together.html",
        code=code,
        unknown="",
        members=len(members),
        cards=cards,
        down=down,
        link=url_for("page.together", code=code, _external=True),
    )
    return (text, 503) if down else text


def _shared(code: str, members: list[str]) -> tuple[list[Entry], dict[str, Action], Viewer]:
    """Return the common list, this viewer's interactions, and the viewer.

    The list stays until changed, like that of one viewer. A title leaves it when any of the members
    has interacted with it, or it is deleted or hidden. Raises ServiceDown, Refused.
    """
    context = page_context()
    services, pairs = context.services, context.pairs
    viewer = context.memory.read(g.user_id, services.generation())
    said = {member: services.interactions(member) for member in members}
    over = {item for each in said.values() for item in each}
    before = pairs.read_list(code)
    entries = known([each for each in before if each.item_id not in over])
    if len(entries) < GRID:
        hidden = over | {each.item_id for each in entries}
        more = services.recommended_to(members, GRID + len(entries))
        entries += [each for each in more if each.item_id not in hidden][: GRID - len(entries)]
        entries = pairs.keep_list(code, before, entries)
    return entries, said[g.user_id], viewer


@blueprint.post("/together")
def begin_together() -> Response:
    """Begin a common list, or leave it."""
    leave_together()
    if "leave" not in request.form:
        session[CODE] = page_context().pairs.begin(g.user_id)
    return redirect(url_for("page.together"), HTTPStatus.SEE_OTHER)
