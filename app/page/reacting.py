"""An interaction on its way from a visitor to the collector."""

from typing import Any, get_args

from flask import g
from werkzeug.exceptions import BadRequest, Forbidden

from app.page.blueprint import may_react
from app.page.client import Action
from app.page.room import room
from app.page.viewer import LONGEST_ID_BYTES

ACTIONS: tuple[Action, ...] = get_args(Action)


def react(item_id: str, action: Action) -> None:
    """Hand an interaction of this viewer on. Raises ServiceDown, Refused, Forbidden."""
    if not may_react():
        raise Forbidden
    room().services.react(g.viewer, item_id, action)


def item_id_of(value: Any) -> str:
    """Return an id that a service may be asked about. Raises BadRequest for anything else."""
    if (
        not isinstance(value, str)
        or not 0 < len(value.encode(errors="replace")) <= LONGEST_ID_BYTES
    ):
        raise BadRequest("item_id must be a text of 1 to 512 bytes")
    return value
