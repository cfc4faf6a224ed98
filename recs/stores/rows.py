"""Rows out of a segment, by hand or with pandas: what is damaged is left out, the rest is kept."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TIMESTAMP = "timestamp"
"""The column that holds a number."""


def frame_of(content: bytes, columns: Sequence[str]) -> "pd.DataFrame":
    """Read lines at once; one by one where they are damaged."""
    import pandas as pd  # here, since it costs half a second, and few processes read so much

    types = {column: float if column == TIMESTAMP else str for column in columns}
    try:
        frame = pd.read_csv(io.BytesIO(content), dtype=types, keep_default_na=False)
    except ValueError:  # of which ParserError is one
        frame = pd.DataFrame()
    whole = len(frame) == content.count(b"\n") - 1 and not frame.isna().to_numpy().any()
    if whole and list(frame.columns) == list(types):
        return frame
    return pd.DataFrame(rows_of(content, columns), columns=list(types)).astype(types)


def rows_of(content: bytes, columns: Sequence[str]) -> Iterator[list[str]]:
    """Yield the lines after the first that have as many fields as they must."""
    for line in content.split(b"\n")[1:-1]:
        try:
            row = next(csv.reader([line.decode()]))
            if TIMESTAMP in columns:
                float(row[columns.index(TIMESTAMP)])
        except (ValueError, IndexError, StopIteration, csv.Error):
            continue
        if len(row) == len(columns):
            yield row
