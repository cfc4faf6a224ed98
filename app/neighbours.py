"""GET /users/<user_id>/neighbours: users with a similar taste."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from app import parsing
from app.answers import NeighbourList
from app.context import context
from app.describing import operation
from app.queries import NeighboursQuery
from app.users import blueprint
from recs.errors import ArraysUnreadable
from recs.ranking.user_neighbours import user_neighbours
from recs.stores.arrays_file import map_arrays
from recs.training.dataset import unpack_ids
from recs.types import Generation, Json, UserId

EXAMPLE = {"users": [{"user_id": "u2", "similarity": 0.61, "in_common": 9}]}


@blueprint.get("/users/<id:user_id>/neighbours")
@operation(NeighbourList, 404, 503, query=NeighboursQuery, writes=True, example=EXAMPLE)
def list_neighbours(user_id: str, asked: Json) -> ResponseReturnValue:
    """Users who like and dislike the same as a user, nearest first.

    Computed from the snapshot of the window, which is some seconds old. The token is required:
    anybody who knows an id can get that user's lists.
    """
    user = UserId(parsing.checked_id("user_id", user_id))
    generation = context().view.items().generation
    return jsonify(users=_neighbours(generation, user, asked["k"] or context().settings.list_size))


def _neighbours(generation: Generation, user: UserId, k: int) -> list[Json]:
    """Return the nearest users. Raises RedisError."""
    stores = context().stores
    try:
        arrays, _ = map_arrays(stores.statistics.window(generation))
    except (FileNotFoundError, ArraysUnreadable):
        return []  # there is none yet
    (state,) = stores.users.states(generation, [user])
    users = unpack_ids(arrays["users"])
    found = user_neighbours(
        state, arrays["fact_users"], arrays["fact_rows"], arrays["fact_signs"], k,
        users.index(user) if user in users else None,
    )  # fmt: skip
    return [
        {"user_id": users[place], "similarity": round(float(similarity), 4), "in_common": int(n)}
        for place, similarity, n in zip(
            found.users.tolist(), found.similarities, found.in_common, strict=True
        )
    ]
