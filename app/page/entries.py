"""One place of a list, as the recommender explains it, before the page gives it a face."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Entry:
    """A recommended title and the reason in data."""

    item_id: str
    source: str = ""
    because: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """Take what is known from an answer or a form. Raises KeyError without an item_id."""
        return cls(
            item_id=str(fields["item_id"]),
            source=str(fields.get("source") or ""),
            because=_texts(fields.get("because")),
            genres=_texts(fields.get("genres")),
        )

    def fields(self) -> dict[str, Any]:
        """Return what `read` takes."""
        return asdict(self)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(str, values)) if isinstance(values, list | tuple) else ()
