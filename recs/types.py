"""The words that every room shares: ids of the outer world, positions of the inner one, arrays."""

from typing import TYPE_CHECKING, Any, NewType

UserId = NewType("UserId", str)
ItemId = NewType("ItemId", str)
Generation = NewType("Generation", int)
"""Of the service: milliseconds of the Redis clock at its beginning; it grows."""

Row = int
"""Of an item: its position in the catalogue of a generation, the same in every process."""

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
else:  # numpy costs memory and a tenth of a second, and some processes only handle ids
    FloatArray = IntArray = Any
Json = dict[str, Any]
