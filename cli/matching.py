"""Finds items in the catalogue by title and year, for files that know them by name."""

from app.page.items import YEAR
from app.page.spelling import fold
from recs.stores.catalogue import Catalogue
from recs.types import Json

ONE_YEAR_APART = (0, -1, 1)
"""Two sites often disagree by one year: festival or cinema."""


class Matching:
    """The titles of a catalogue. Of two with the same name and year, the first counts."""

    def __init__(self, catalogue: Catalogue) -> None:
        catalogue.refresh()
        rows = [row for row in range(len(catalogue)) if catalogue.is_added(row)]
        self._ids: dict[tuple[str, int | None], str] = {}
        for row, about in zip(rows, catalogue.about(rows), strict=True):
            if title := fold(str(about.get("title", ""))):  # "!!!" has no word to compare
                self._ids.setdefault((title, about.get("year")), catalogue.ids[row])
        self._known = {catalogue.ids[row] for row in rows}

    def id_of(self, item: str, told: Json) -> str:
        """Return the id of an item in the catalogue; its own id if it is there or nothing fits."""
        if item in self._known:
            return item
        title, year = str(told.get("title", "")), told.get("year")
        if year is None and (dated := YEAR.match(title)):
            title, year = dated["name"], int(dated["year"])
        years = [None] if year is None else [year + step for step in ONE_YEAR_APART]
        found = (self._ids.get((fold(title), each)) for each in years)
        return next((each for each in found if each), item)
