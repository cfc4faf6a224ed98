"""The progress bar of a game: visits, recent precision, recent latency."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import fmean

import numpy as np
from tqdm import tqdm

from simulator.play import Game

RECENT = 500


@contextmanager
def progress(game: Game) -> Iterator[Callable[[], None]]:
    """Draw a bar on the terminal; yield the function that updates it."""
    with tqdm(total=len(game.planned), unit="visit", dynamic_ncols=True) as bar:

        def show() -> None:
            times = game.traffic.milliseconds("recs")
            if game.scores.lists:
                precision = fmean(each.precision for each in game.scores.lists[-RECENT:])
                p95 = np.percentile(times[-RECENT:], 95)
                bar.set_postfix_str(f"precision {precision:.3f}, p95 {p95:.1f} ms", refresh=False)
            bar.update(len(times) - bar.n)

        yield show
