"""Types that all packages share: ids of the API, rows of the catalogue, arrays."""

from typing import TYPE_CHECKING, Any, NewType

UserId = NewType("UserId", str)
ItemId = NewType("ItemId", str)
Generation = NewType("Generation", int)
"""A generation of the service: its start in milliseconds by the Redis clock; it only grows."""

Row = int
"""An item's position in the catalogue of a generation; the same in every process."""

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
else:  # numpy costs memory and 0.1 s at import, and some processes only need ids
    FloatArray = IntArray = Any
Json = dict[str, Any]
