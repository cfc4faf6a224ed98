"""The words that every room shares: ids of the outer world, positions of the inner one, arrays."""

from typing import Any, NewType

import numpy as np
from numpy.typing import NDArray

UserId = NewType("UserId", str)
ItemId = NewType("ItemId", str)
Generation = NewType("Generation", int)
"""Of the service: milliseconds of the Redis clock at its beginning; it grows."""

Row = int
"""Position of an item in the arrays of one process. Never leaves the process."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Json = dict[str, Any]
