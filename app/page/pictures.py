"""The pictures: a poster of a file, where there is one, else a drawn one."""

from flask import Response, request, send_file

from app.page.blueprint import page
from app.page.cards import short
from app.page.posters import draw
from app.page.room import room
from app.page.security import POSTER_POLICY
from app.page.titles import Title

GENRES_AT_MOST = 8
KEPT_BY_BROWSER_SECONDS = 3600


@page.get("/poster")
def poster() -> Response:
    """Return a title's picture; what the page does not know is drawn from its id and genres."""
    item_id = request.args.get("id", "")
    title = room().titles.get(item_id)
    if title and title.poster:
        # The path was listed at the start, so no id can lead out of its folder.
        return send_file(title.poster, max_age=KEPT_BY_BROWSER_SECONDS)
    if title is None:
        genres = request.args.get("genres", "").split("|")[:GENRES_AT_MOST]
        title = Title(item_id, short(item_id), tuple(filter(None, genres)))
    drawing = Response(
        draw(title, title.named(request.args.get("language", ""))), mimetype="image/svg+xml"
    )
    drawing.headers["Content-Security-Policy"] = POSTER_POLICY
    drawing.cache_control.public = True
    drawing.cache_control.max_age = KEPT_BY_BROWSER_SECONDS
    return drawing
