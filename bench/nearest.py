"""What finds the items near a vector fastest, without a server: `python -m bench.nearest`.

numpy (`recs.stores.vectors`) and Qdrant's client in local mode compare with all items. Qdrant Edge
is Qdrant's engine in process, with its HNSW index and without. Edge is beta, and not a part of the
service: `pip install qdrant-edge-py==0.9.0`, or its rows are missing.

`ready_s`: processor time from a new version of the vectors to its first answer; each ranker pays it
once a minute. `ms_100`, `ms_600`: processor time of a query for 100 or 600 items; a ranker asks for
100, and one more for each item that the user has seen, 600 at most. `clock_100`: by the clock, more
on a busy machine. `found`: share of the true 600. Vectors of 48 components, 200 clusters.
"""

import argparse
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from bench.report import Line, report
from recs.stores.vectors import Vectors
from recs.types import Generation

COMPONENTS, CLUSTERS = 48, 200
QUERIES = 100
Array = NDArray[np.float32]
Nearest = Callable[[Array, int], "list[int]"]


def main() -> None:
    parser = argparse.ArgumentParser("python -m bench.nearest", description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[9_000, 100_000])
    lines: list[Line] = []
    for n_items in parser.parse_args().items:
        items, queries = _world(n_items)
        truth = [_numpy(items)(query, 600) for query in queries]
        for name, make in _engines().items():
            with TemporaryDirectory() as folder:
                lines.append(_measured(name, partial(make, items, folder), items, queries, truth))
    report("nearest", lines)


def _measured(
    name: str, make: Callable[[], Nearest], items: Array, queries: Array, truth: list[list[int]]
) -> Line:
    begun = process_time()
    nearest = make()
    nearest(queries[0], 1)
    ready = process_time() - begun
    costs: dict[int, tuple[float, float]] = {}
    for k in (100, 600):
        clock, processor = perf_counter(), process_time()
        answers = [nearest(query, k) for query in queries]
        costs[k] = perf_counter() - clock, process_time() - processor
    found = [len({*answer} & {*true}) / 600 for answer, true in zip(answers, truth, strict=True)]
    to_ms = 1000 / len(queries)
    return {
        "items": len(items),
        "engine": name,
        "ready_s": ready,
        "ms_100": costs[100][1] * to_ms,
        "ms_600": costs[600][1] * to_ms,
        "clock_100": costs[100][0] * to_ms,
        "found": float(np.mean(found)),
    }


def _engines() -> dict[str, Callable[[Array, str], Nearest]]:
    engines: dict[str, Callable[[Array, str], Nearest]] = {
        "numpy": lambda items, _: _numpy(items),
        "Qdrant, local mode": lambda items, _: _local(items),
    }
    if find_spec("qdrant_edge") is None:
        return engines
    return {
        **engines,
        "Qdrant Edge": lambda items, folder: _edge(items, folder, with_index=False),
        "Qdrant Edge, HNSW": lambda items, folder: _edge(items, folder, with_index=True),
    }


def _numpy(items: Array) -> Nearest:
    vectors = Vectors()
    vectors.use(Generation(1), 1, items)
    return lambda query, k: vectors.nearest(query.astype(np.float64), k).tolist()


def _local(items: Array) -> Nearest:
    client = QdrantClient(":memory:")
    size = models.VectorParams(size=items.shape[1], distance=models.Distance.DOT)
    client.create_collection("items", vectors_config=size)
    client.upload_collection("items", vectors=items, ids=range(len(items)), wait=True)

    def nearest(query: Array, k: int) -> list[int]:
        points = client.query_points("items", query, limit=k, with_payload=False).points
        return [int(point.id) for point in points]

    return nearest


def _edge(items: Array, folder: str, with_index: bool) -> Nearest:
    edge: Any = import_module("qdrant_edge")
    kilobytes = 100 if with_index else 10**8
    config = edge.EdgeConfig(
        vectors=edge.EdgeVectorParams(size=items.shape[1], distance=edge.Distance.Dot),
        hnsw_config=edge.HnswIndexConfig(
            m=16, ef_construct=100, full_scan_threshold=kilobytes, max_indexing_threads=1
        ),
        optimizers=edge.EdgeOptimizersConfig(indexing_threshold=kilobytes),
        wal_enabled=False,
        max_search_threads=1,
    )
    shard = edge.EdgeShard.create(folder, config)
    for start in range(0, len(items), 2_000):
        points = [
            edge.Point(id=start + place, vector=vector)
            for place, vector in enumerate(items[start : start + 2_000].tolist())
        ]
        shard.update(edge.UpdateOperation.upsert_points(points))
    if with_index:
        shard.optimize()

    def nearest(query: Array, k: int) -> list[int]:
        near = edge.Query.Nearest(query.tolist())
        found = shard.query(edge.QueryRequest(limit=k, query=near, with_payload=False))
        return [int(point.id) for point in found]

    return nearest


def _world(n_items: int) -> tuple[Array, Array]:
    """Return unit vectors of items, and of users near some of them."""
    rng = np.random.default_rng(n_items)
    centres = rng.normal(size=(CLUSTERS, COMPONENTS))
    items = centres[rng.integers(CLUSTERS, size=n_items)] + 0.8 * rng.normal(
        size=(n_items, COMPONENTS)
    )
    users = items[rng.integers(n_items, size=QUERIES)] + rng.normal(size=(QUERIES, COMPONENTS))
    return _unit(items), _unit(users)


def _unit(vectors: NDArray[np.float64]) -> Array:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)


if __name__ == "__main__":
    main()
