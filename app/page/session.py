"""Who visits the page, as which user they may act, and how they start afresh.

A visitor is a user id in the signed session cookie. `?user_id=` shows the page of another user, but
is refused if the services need a token.
"""

import logging
import os
import secrets
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask, g, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import BadRequest, Conflict, Forbidden
from werkzeug.wrappers import Response

from app.foreign import is_foreign
from app.page.context import SAME_FOR_ALL_USERS, blueprint, page_context
from app.page.messages import choose_language
from recs.interactions import complaint_about_id
from recs.stores.file_locks import locked
from recs.stores.viewers import KEY_FILE

log = logging.getLogger(__name__)

KEY_BYTES = 32
RETURN_SECONDS = 60
"""For how long *Start afresh* can be undone."""
THEMES = ("light", "dark")
CODE = "together"
"""Where a session keeps the code of the common list."""


class Sessions(SecureCookieSessionInterface):
    """Sessions whose cookie is `Secure` if the request came over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether the cookie of this answer is for TLS only."""
        return request.is_secure


def signing_key(data_dir: Path) -> bytes:
    """Return the key in `data_dir`, made at the first start. Processes that race get the same.

    A key that is too short, as in a file of which a disk has lost the end, is replaced: then all
    visitors are new.
    """
    path = data_dir / KEY_FILE
    key = path.read_bytes() if path.exists() else b""
    return key if len(key) >= KEY_BYTES else _made_key(path)


def _made_key(path: Path) -> bytes:
    """Make a key, unless another process was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_damaged = path.exists()
    with locked(path, permissions=0o600) as file:
        if len(key := path.read_bytes()) >= KEY_BYTES:
            return key
        if is_damaged:
            log.error("%s is damaged, and made anew: the page knows none of its visitors", path)
        key = secrets.token_bytes(KEY_BYTES)
        os.ftruncate(file, 0)
        os.write(file, key)
        os.fsync(file)
    return key


@blueprint.before_request
def identify() -> None:
    """Set the user and the language of a request. The first visit also starts the loading."""
    if request.endpoint in SAME_FOR_ALL_USERS:
        return
    if is_foreign(frozenset()) and not _is_visit():
        raise Forbidden
    if not page_context().requires_token:  # otherwise the start of the page does this
        page_context().loader.start_once()
    identify_user()
    choose_language()
    choose_theme()
    refuse_stale()


def _is_visit() -> bool:
    """Return whether a foreign page only links here, and not to the page of a certain user."""
    destination = request.headers.get("Sec-Fetch-Dest", "document")
    return destination == "document" and "user_id" not in request.args


def identify_user() -> None:
    """Set `g.user_id`, and `g.other_user` if the page of another user is shown.

    Raises Forbidden if another user is named and the services need a token.
    """
    if "user_id" not in session:
        become_new_user()
    asked = request.args.get("user_id", "")
    is_other = complaint_about_id(asked) is None and asked != session["user_id"]
    if is_other and page_context().requires_token:
        raise Forbidden
    g.other_user = asked if is_other else None
    g.user_id = g.other_user or session["user_id"]


def refuse_stale() -> None:
    """Refuse what a page of another viewer sends, such as a tab open since before *Start afresh*.

    Raises Conflict.
    """
    if request.method != "POST":
        return
    sent = request.headers.get("X-Viewer") or request.form.get("viewer")
    if sent is not None and sent != g.user_id:
        raise Conflict("This page belongs to another viewer. Load it again.")


def choose_theme() -> None:
    """Remember the requested theme; `system` or any other value forgets it."""
    asked = request.args.get("theme")
    if asked in THEMES:
        session["theme"] = asked
    elif asked is not None:
        session.pop("theme", None)


def become_new_user() -> None:
    """Give the visitor a new user id."""
    session["user_id"] = str(uuid4())
    session.permanent = True


def checked_item_id(value: Any) -> str:
    """Return a valid item id. Raises BadRequest for anything else."""
    if complaint := complaint_about_id(value):
        raise BadRequest(f"item_id: {complaint}")
    return str(value)


@blueprint.url_defaults
def keep_other_user(endpoint: str, values: dict[str, Any]) -> None:
    """Keep `?user_id=` in every link while the page of another user is shown."""
    if g.get("other_user") and endpoint not in SAME_FOR_ALL_USERS:
        values.setdefault("user_id", g.other_user)


@blueprint.app_template_global()
def can_return() -> bool:
    """Return whether the viewer has just begun afresh, and can still undo it."""
    before = session.get("before")
    return before is not None and time.time() - before[1] < RETURN_SECONDS


@blueprint.get("/afresh")
def ask_afresh() -> str:
    """Ask whether the viewer means it."""
    return render_template("afresh.html")


@blueprint.post("/afresh")
def start_afresh() -> Response:
    """Make the visitor a new viewer. This can be undone for a minute."""
    session["before"] = [session["user_id"], time.time(), leave_together()]
    become_new_user()
    g.other_user = None
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)


@blueprint.post("/afresh/undo")
def undo_afresh() -> Response:
    """Make the visitor the viewer that they were before."""
    if can_return():
        session["user_id"], _, session[CODE] = session.pop("before")
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)


def leave_together() -> str:
    """Take the viewer from their common list; return its code, empty if they had none."""
    code: str = session.pop(CODE, "")
    page_context().pairs.leave(code, g.user_id)
    return code
