"""How long a fit and a refit take, and how much memory: `python -m bench.training`.

    python -m bench.training --interactions 10000 100000 1000000 10000000

A synthetic generation: users with tastes in `GROUPS` groups of items, popular items more often.
First all interactions are fitted, then 1 % more on top of that model. Each fit runs through files,
as in the worker, and in its own process. Each line is a part of the work. `bare`: LightFM alone, on
the same likes and genres, with as many epochs; ours also holds back likes, evaluates and saves. All
in one thread, as in the Procfile.
"""

import argparse
import os
import sys
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TypeVar

import numpy as np
from lightfm import LightFM
from scipy import sparse

from bench.processes import resident_bytes
from bench.report import Line, report
from recs.stores.arrays_file import map_arrays, write_arrays
from recs.stores.models import Models
from recs.training.dataset import Dataset
from recs.training.fitting import fit
from recs.training.promotion import Promotion
from recs.training.settings import TrainingSettings
from recs.types import Generation, UserId

GROUPS = 20
GENERATION = Generation(1)
Result = TypeVar("Result")


def synthetic(interactions: int, users: int, items: int, seed: int = 0) -> Dataset:
    """Draw interactions, 70 % likes; the first n of a longer dataset are those of a shorter one."""
    rng = np.random.default_rng(seed)
    group_of_user = rng.integers(GROUPS, size=users)
    # Twice as many as asked for, since each pair counts once.
    drawn = 2 * interactions
    who = rng.integers(users, size=drawn)
    own = rng.random(drawn) < 0.7
    group = np.where(own, group_of_user[who], rng.integers(GROUPS, size=drawn))
    what = (items // GROUPS * rng.random(drawn) ** 2).astype(np.int64) * GROUPS + group
    _, first = np.unique(who * items + what, return_index=True)
    kept = np.sort(first)[:interactions]
    signs = np.where(rng.random(drawn) < np.where(own, 0.8, 0.5), 1, -1)
    genres = np.column_stack([np.arange(items) % GROUPS, rng.integers(GROUPS, 40, size=items)])
    return Dataset(
        who[kept].astype(np.int32), what[kept].astype(np.int32), signs[kept].astype(np.int8),
        users=tuple(UserId(f"{seed:08x}-0000-4000-8000-{user:012x}") for user in range(users)),
        genre_starts=np.arange(0, 2 * items + 1, 2, dtype=np.int32),
        genre_columns=genres.ravel().astype(np.int32),
        genre_names=tuple(f"genre-{n}" for n in range(40)),
        interactions=len(kept),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser("python -m bench.training", description=__doc__)
    parser.add_argument("--interactions", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--users", type=int, help="default: a tenth of the interactions")
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--more", type=float, default=0.01, help="share of new interactions")
    asked = parser.parse_args()
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # for the child processes
    report(
        "training",
        [
            _measure(count, asked.users or max(count // 10, 100), asked.items, asked.more)
            for count in asked.interactions
        ],
    )


def _measure(interactions: int, users: int, items: int, more: float) -> Line:
    n_all = int(interactions * (1 + more))
    whole = synthetic(n_all, users, items)
    print(f"{interactions:,} interactions, {users:,} users, {items:,} items", flush=True)
    line: dict[str, float] = {"interactions": interactions, "users": users, "items": items}
    with TemporaryDirectory(dir="/var/tmp") as folder:
        window = Path(folder) / "window.arrays"
        for number, length in enumerate((interactions, n_all), start=1):
            write_arrays(window, *_cut(whole, length).to_arrays())
            # In its own process, so that its memory is that of a new worker.
            with get_context("spawn").Pool(1) as pool:
                seconds, megabytes = pool.apply(_train, (Path(folder), window, number))
            name = "refit" if number > 1 else "fit"
            line |= {f"{name}_s": seconds, f"{name}_MB": megabytes}
        write_arrays(window, *_cut(whole, interactions).to_arrays())
        with get_context("spawn").Pool(1) as pool:
            line["bare_s"] = pool.apply(_fit_bare, (window,))
        line["fit_to_bare"] = line["fit_s"] / line["bare_s"]
    return line


def _cut(whole: Dataset, length: int) -> Dataset:
    facts = (whole.fact_users[:length], whole.fact_rows[:length], whole.fact_signs[:length])
    return Dataset(
        *facts, whole.users, whole.genre_starts, whole.genre_columns, whole.genre_names,
        interactions=length,
    )  # fmt: skip


def _train(folder: Path, window: Path, number: int) -> tuple[float, float]:
    """Return seconds of processor time, and the peak memory in MB."""
    before = resident_bytes() / 2**20
    begun = (perf_counter(), process_time())
    models = Models(folder)
    print("refit" if number > 1 else "fit", flush=True)
    dataset = _timed("read", lambda: Dataset.from_arrays(*map_arrays(window)))
    fingerprint = _timed("fingerprint", dataset.fingerprint)
    previous = _timed("load", lambda: models.load(GENERATION, 1)) if number > 1 else None
    fitted = _timed("fit", lambda: fit(dataset, previous))
    if fitted is None:
        sys.exit("nobody likes anything")
    model, quality = fitted
    promotion = Promotion(True, "")
    _timed("save", lambda: models.save(GENERATION, model, quality, promotion, None, fingerprint))
    _print_time("all", *begun)
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    print(f"  memory {peak:.0f} MB at most, {before:.0f} MB before")
    print(f"  {quality.new_likes:,} new likes of {quality.likes:,}; {quality.quality}")
    return process_time() - begun[1], peak


def _fit_bare(window: Path) -> float:
    """Return the seconds of processor time of LightFM alone for all likes."""
    dataset, settings = Dataset.from_arrays(*map_arrays(window)), TrainingSettings()
    liked = dataset.fact_signs > 0
    users, rows = dataset.fact_users[liked], dataset.fact_rows[liked]
    n_items = len(dataset.genre_starts) - 1
    shape = (len(dataset.users), n_items)
    likes = sparse.coo_matrix((np.ones(len(users), np.float32), (users, rows)), shape=shape)
    n_genres = len(dataset.genre_names)
    ones = np.ones(len(dataset.genre_columns), np.float32)
    genres = sparse.csr_matrix(
        (ones, dataset.genre_columns, dataset.genre_starts), shape=(n_items, n_genres)
    )
    own = sparse.identity(n_items, dtype=np.float32)
    features = sparse.hstack([own, genres], format="csr")
    light = LightFM(
        no_components=settings.components, loss="warp", learning_rate=settings.learning_rate
    )
    print("bare", flush=True)
    begun = process_time()
    _timed("fit", lambda: light.fit(likes, item_features=features, epochs=settings.epochs))
    return process_time() - begun


def _timed(name: str, work: Callable[[], Result]) -> Result:
    begun = (perf_counter(), process_time())
    result = work()
    _print_time(name, *begun)
    return result


def _print_time(name: str, begun: float, processor_begun: float) -> None:
    elapsed, processor = perf_counter() - begun, process_time() - processor_begun
    print(f"  {name:<12} {elapsed:6.2f} s, of processor {processor:6.2f} s", flush=True)


if __name__ == "__main__":
    main()
