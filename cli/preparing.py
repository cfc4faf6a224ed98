"""Turns the records of a file into interactions and titles: likes, refusals, duplicates."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.item_schemas import UNWANTED, is_web_address
from app.schemas import AHEAD_SECONDS_MOST
from cli.formats.records import Opinion, Refused, Source, Title, Unreadable
from recs.attributes import TEXT_MOST, checked
from recs.genres import genres_of
from recs.interactions import Action, Interaction, complaint_about_id, replaces
from recs.types import ItemId, Json, UserId

SCALES = (1.0, 5.0, 10.0, 100.0)
LIKE_FROM = 0.8
"""4 of 5. With 3 and 3.5 as watched, EASE ranks held-back likes of ml-latest-small by NDCG 0.141;
with these as dislikes or as likes by 0.135."""
DISLIKE_BELOW = 0.6
"""3 of 5."""
BEYOND_MOST = 0.01
"""Share of ratings above a scale that may be mistakes; more mean another scale."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller says of the opinions in a file.

    scale: the best rating; None: as the source says, or by the highest rating. like_from: the
    lowest rating of a like; None: LIKE_FROM of the scale. dislike_below: ratings below are
    dislikes; None: DISLIKE_BELOW of the scale. Ratings between count as watched.
    """

    scale: float | None = None
    like_from: float | None = None
    dislike_below: float | None = None


@dataclass(slots=True)
class Prepared:
    """What a file contains.

    titles: item -> its attributes, which may be empty. interactions: one for each user and item,
    oldest first. merged: opinions replaced by another of the same user and item. undated: opinions
    without a time of their own.
    """

    name: str
    titles: dict[ItemId, Json] = field(default_factory=dict)
    interactions: list[Interaction] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    scale: float = 0.0
    merged: int = 0
    undated: int = 0

    def count(self, action: Action) -> int:
        """Return how many interactions have an action."""
        return sum(each.action == action for each in self.interactions)

    @property
    def users(self) -> set[UserId]:
        """Return the users who said something."""
        return {each.user for each in self.interactions}


def prepare(
    source: Source,
    wishes: Wishes,
    undated_at: float,
    now: float,
    id_of: Callable[[str, Json], str] = lambda item, told: item,
) -> Prepared:
    """Read a source to its end. Raises Unreadable if its ratings cannot be understood, OSError.

    undated_at: time of opinions without one. id_of: returns an item's id in the catalogue, by its
    id and its attributes in the file.
    """
    prepared = Prepared(source.name)
    opinions: list[Opinion] = []
    ids: dict[str, str] = {}
    for record in source.read():
        match record:
            case Refused():
                prepared.refused.append(record)
            case Title():
                _take_title(record, prepared, ids, id_of)
            case Opinion():
                opinions.append(record)
    prepared.scale = wishes.scale or _scale_of(source, opinions)
    if (wishes.like_from or 0) > prepared.scale and any(each.rating for each in opinions):
        raise Unreadable(
            f"no rating would be a like: the best one is {prepared.scale:g}, and likes begin at"
            f" {wishes.like_from:g}; say with --scale if the best one is another"
        )
    action_of = _rule(prepared.scale, wishes)
    facts: dict[tuple[str, str], Interaction] = {}
    for opinion in opinions:
        item = ids.get(opinion.item, opinion.item)
        at = undated_at if opinion.timestamp is None else opinion.timestamp
        if complaint := _complaint(opinion, item, at, now, prepared.scale):
            prepared.refused.append(Refused(opinion.line, complaint))
            continue
        action = Action(opinion.action) if opinion.action else action_of(opinion.rating)
        new = Interaction(UserId(opinion.user), ItemId(item), action, min(at, now))
        known = facts.get((new.user, new.item))
        prepared.merged += known is not None
        prepared.undated += opinion.timestamp is None
        if known is None or replaces(new.sign, new.timestamp, known.sign, known.timestamp):
            facts[new.user, new.item] = new
    prepared.interactions = sorted(facts.values(), key=lambda each: each.timestamp)
    for each in prepared.interactions:
        prepared.titles.setdefault(each.item, {})
    return prepared


def _take_title(
    title: Title, prepared: Prepared, ids: dict[str, str], id_of: Callable[[str, Json], str]
) -> None:
    if complaint := complaint_about_id(title.item) or _complaint_about_told(title.told):
        prepared.refused.append(Refused(title.line, complaint))
        return
    ids[title.item] = id_of(title.item, title.told)
    told = prepared.titles.setdefault(ItemId(ids[title.item]), {})
    told.update(_cleaned(title.told))


def _cleaned(told: Json) -> Json:
    """Leave out what /add_items refuses: characters that no answer can hold, links to scripts."""
    cleaned = {
        name: _printable(value)
        for name, value in told.items()
        if name != "link" or is_web_address(value)
    }
    return {name: value for name, value in cleaned.items() if value != ""}


def _printable(value: Any) -> Any:
    if isinstance(value, list):
        return [text for each in value if (text := _printable(each))]
    return UNWANTED.sub("", value) if isinstance(value, str) else value


def _complaint_about_told(told: Json) -> str | None:
    """Say what is wrong with the attributes of an item; None if nothing is."""
    try:
        checked(told)
    except (TypeError, ValueError) as error:
        return str(error)
    for name, most in TEXT_MOST.items():
        if len(told.get(name) or "") > most:
            return f"{name} is longer than {most} characters"
    for genre in genres_of(told.get("genres", ())):
        if complaint := complaint_about_id(genre):
            return complaint.replace("an id", "a genre")
    return None


def _rule(scale: float, wishes: Wishes) -> Callable[[float | None], Action]:
    """Return a function from rating to action. Raises Unreadable if the wishes contradict."""
    like = LIKE_FROM * scale if wishes.like_from is None else wishes.like_from
    dislike = wishes.dislike_below
    if dislike is None:
        dislike = min(DISLIKE_BELOW * scale, like)
    if dislike > like:
        raise Unreadable(
            f"a rating below {dislike:g} cannot be a dislike: from {like:g} it is a like"
        )

    def action_of(rating: float | None) -> Action:
        if rating is None:
            return Action.WATCHED
        if rating >= like:
            return Action.LIKE
        return Action.DISLIKE if rating < dislike else Action.WATCHED

    return action_of


def _scale_of(source: Source, opinions: Iterable[Opinion]) -> float:
    """Return the scale of the source, or the smallest of SCALES that fits the ratings.

    Raises Unreadable if none fits, or if a few ratings alone decide which one does.
    """
    ratings = [each.rating for each in opinions if each.rating is not None]
    highest = max(ratings, default=0.0)
    if source.scale:
        if _share_above(source.scale, ratings) > BEYOND_MOST:
            best = next((scale for scale in SCALES if highest <= scale), highest)
            raise Unreadable(
                f"{_above(source.scale, ratings)}, the best one of {source.name};"
                f" the highest is {highest:g}: say with --scale which one is the best,"
                f" perhaps --scale {best:g}"
            )
        return source.scale
    for scale in SCALES:
        if highest <= scale:
            return scale
        if _share_above(scale, ratings) <= BEYOND_MOST:
            raise Unreadable(
                f"only {_above(scale, ratings)}; the highest is {highest:g}: say with --scale"
                f" which one is the best, perhaps --scale {scale:g}"
            )
    raise Unreadable(f"the highest rating is {highest:g}: say with --scale which one is the best")


def _share_above(scale: float, ratings: Sequence[float]) -> float:
    return sum(rating > scale for rating in ratings) / max(1, len(ratings))


def _above(scale: float, ratings: Sequence[float]) -> str:
    """Say how many ratings are above a scale."""
    beyond = sum(rating > scale for rating in ratings)
    return f"{beyond:,} of {len(ratings):,} ratings are higher than {scale:g}"


def _complaint(
    opinion: Opinion, item: str, timestamp: float, now: float, scale: float
) -> str | None:
    """Say what is wrong with an opinion; None if nothing is."""
    if complaint := complaint_about_id(opinion.user):
        return complaint.replace("an id", "the id of a user")
    if complaint := complaint_about_id(item):
        return complaint.replace("an id", "the id of an item")
    if timestamp > now + AHEAD_SECONDS_MOST:
        return "its time is in the future"
    if opinion.rating is not None and opinion.rating < 0:
        return f"a rating of {opinion.rating:g}, which is below 0"
    if opinion.rating is not None and opinion.rating > scale:
        return f"a rating of {opinion.rating:g} on a scale to {scale:g}"
    return None
