"""Plays independent games in several processes."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

from tqdm import tqdm

from launch.prctl import die_with_parent

Game = TypeVar("Game")
Found = TypeVar("Found")


def play_all(
    games: Mapping[Game, Callable[[], Found]], processes: int
) -> Iterator[tuple[Game, Found]]:
    """Play in several processes, which end with this one; yield each game and its result.

    Raises what a game raises, and stops.
    """
    # One thread of linear algebra per process: more would compete for the same cores.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    with ProcessPoolExecutor(
        processes, get_context("spawn"), die_with_parent, (signal.SIGKILL,)
    ) as pool:
        played = {pool.submit(play): game for game, play in games.items()}
        try:
            for each in tqdm(as_completed(played), total=len(played), unit="game"):
                yield played[each], each.result()
        finally:
            pool.shutdown(cancel_futures=True)
