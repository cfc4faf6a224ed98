"""Ranks some users and writes their slates. What fails for one user delays only that user."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from traceback import format_tb

from redis.exceptions import ConnectionError, TimeoutError

from recs.ranking.ranker import Ranker, SlateDraft
from recs.ranking.slates import Entries
from recs.ranking.sources import Sources
from recs.ranking.user_state import UserState
from recs.stores import Stores
from recs.types import Generation, UserId
from workers import metrics

log = logging.getLogger(__name__)

REDIS_IS_AWAY = (ConnectionError, TimeoutError)
"""Not the failure of one user: all methods raise these, if Redis is no cluster."""


class SomeUsers:
    """Some users of a generation, who are ranked together.

    failed: those for whom something raised, or whose node of a cluster is away.
    """

    def __init__(self, generation: Generation, stores: Stores, ranker: Ranker) -> None:
        self._generation = generation
        self._stores = stores
        self._ranker = ranker
        self.failed: set[UserId] = set()

    def states(self, users: Sequence[UserId]) -> dict[UserId, UserState]:
        """Return what is known of users, without those that cannot be read."""
        states: dict[UserId, UserState] = {}

        def read(some: Sequence[UserId]) -> None:
            found = self._stores.users.states(self._generation, some)
            states.update(zip(some, found, strict=True))

        self._for_all(users, read)
        return states

    def rank(self, states: Mapping[UserId, UserState], sources: Sources) -> None:
        """Rank users and write their slates."""
        stores, generation = self._stores, self._generation
        drafts: dict[UserId, SlateDraft] = {}
        slates: dict[UserId, Entries] = {}
        for user, state in states.items():
            with self._alone(user):
                drafts[user] = self._ranker.draft(state, sources, stores.settings.slate_lists)
        wishes = [draft.wish for draft in drafts.values()]
        claimed = stores.reserved.claim(generation, stores.waiting.now(), wishes)
        for (user, draft), rows in zip(drafts.items(), claimed, strict=True):
            with self._alone(user):
                slates[user] = draft.finish(rows)
        now = stores.waiting.now()

        def write(some: Sequence[UserId]) -> None:
            stores.users.write_slates(
                generation,
                {each: slates[each] for each in some},
                now,
                {each: states[each].read_at for each in some},
            )

        self._for_all(list(slates), write)
        ranked = slates.keys() - self.failed
        stores.waiting.note_ranked(generation, ranked, now)
        metrics.RANKED.inc(len(ranked))

    def _for_all(self, users: Sequence[UserId], do: Callable[[Sequence[UserId]], None]) -> None:
        """Call `do` for all users of a node at once; if it raises, for each one of them.

        So only one user fails. Users whose node is away are tried again when their lease ends.
        """
        of_nodes: dict[str, list[UserId]] = defaultdict(list)
        for user in users:
            of_nodes[self._stores.users.node_of(self._generation, user)].append(user)
        for node, some in of_nodes.items():
            try:
                do(some)
            except REDIS_IS_AWAY as error:
                if not node:
                    raise
                self.failed.update(some)
                log.warning("users of a node of the cluster are not ranked: %s", error)
            except Exception:
                for user in some:
                    with self._alone(user):
                        do([user])

    @contextmanager
    def _alone(self, user: UserId) -> Iterator[None]:
        """Let what the body raises delay this user only: they are ranked again after a pause."""
        try:
            yield
        except Exception as error:
            self.failed.add(user)
            metrics.RANKING_FAILURES.inc()
            waiting, generation = self._stores.waiting, self._generation
            pause = waiting.failed(generation, user, waiting.now())
            waiting.forget_ranked(generation, [user])  # back when the pause ends
            log.error(
                "user %s cannot be ranked, again in %d s: %s",
                _pseudonym(user), pause, _without_id(error, user),
            )  # fmt: skip


def _pseudonym(user: UserId) -> str:
    """Return what stands for a user in the log: the same each time, and not their id."""
    return sha256(user.encode()).hexdigest()[:8]


def _without_id(error: Exception, user: UserId) -> str:
    """Return an error with its traceback; without its text if that has the user's id."""
    text = str(error)
    said = f"{type(error).__name__}: {'…' if user in text else text}"
    return "\n".join((said, "".join(format_tb(error.__traceback__))))
