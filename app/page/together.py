"""Two together: a second viewer joins by a link or a code, and both see one list."""

import sqlite3
from http import HTTPStatus

from flask import g, redirect, render_template, request, session, url_for
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response

from app.page.cards import make_cards
from app.page.client import Refused, ServiceDown
from app.page.context import blueprint, page_context
from app.page.filters import Filters
from app.page.lists import GRID, LISTED_AT_MOST
from app.page.memory import Viewer
from app.page.tabs import Rendered

CODE = "together"


@blueprint.get("/together")
def together() -> Rendered:
    """Show the list of those who look together; or how to begin. A code in the address joins."""
    code = request.args.get("code") or session.get(CODE) or ""
    try:
        members = page_context().pairs.join(code, g.user_id) if code else None
    except (sqlite3.Error, OSError) as error:
        raise ServiceUnavailable from error
    if members is None:
        session.pop(CODE, None)
        return render_template("together.html", code="", unknown=code, members=0, cards=[])
    session[CODE] = code.strip().upper()
    cards, down, viewer = [], False, Viewer()
    filters = Filters.read(request.args)
    try:
        services = page_context().services
        said = services.interactions(g.user_id)
        generation = int(services.catalogue()["generation"])
        viewer = page_context().memory.read(g.user_id, generation)
        hidden = {*said, *viewer.put_off()}
        k = min(GRID + len(viewer.not_now), LISTED_AT_MOST)
        entries = services.recommended_to(members, k, filters.asked())
        kept = [entry for entry in entries if entry.item_id not in hidden][:GRID]
        cards = make_cards(kept, said, viewer)
    except (ServiceDown, Refused):
        down = True
    text = render_template(
        "together.html",
        code=session[CODE],
        unknown="",
        members=len(members),
        cards=cards,
        down=down,
        link=url_for("page.together", code=session[CODE], _external=True),
    )
    return (text, 503) if down else text


@blueprint.post("/together")
def begin_together() -> Response:
    """Begin to look together, or stop."""
    session.pop(CODE, None)
    if "leave" not in request.form:
        try:
            session[CODE] = page_context().pairs.begin(g.user_id)
        except (sqlite3.Error, OSError) as error:
            raise ServiceUnavailable from error
    return redirect(url_for("page.together"), HTTPStatus.SEE_OTHER)
