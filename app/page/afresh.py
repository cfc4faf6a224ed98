"""Start afresh: asks first, and can be undone for a minute."""

import time
from http import HTTPStatus

from flask import g, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from app.page.context import blueprint
from app.page.session import become_new_user, can_return


@blueprint.get("/afresh")
def ask_afresh() -> str:
    """Ask whether the viewer means it."""
    return render_template("afresh.html")


@blueprint.post("/afresh")
def start_afresh() -> Response:
    """Make the visitor a new viewer. This can be undone for a minute."""
    session["before"] = [session["user_id"], time.time()]
    become_new_user()
    g.other_user = None
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)


@blueprint.post("/afresh/undo")
def undo_afresh() -> Response:
    """Make the visitor the viewer that they were before."""
    if can_return():
        session["user_id"] = session.pop("before")[0]
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)
