"""What Prometheus gets: the sums of all workers, and the state of the service."""

from collections.abc import Iterator
from contextlib import suppress

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from recs.stores.tallies import Sample, Tallies
from workers import metrics
from workers.service_state import GAUGES, ServiceState


class Exporter(Collector):
    """Collects what all workers have counted, and the state of the service."""

    def __init__(self, tallies: Tallies, state: ServiceState) -> None:
        self._tallies = tallies
        self._state = state

    def describe(self) -> list[Metric]:
        """Return nothing: registering must not connect to servers."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield all families. Without Redis the sums are left out: a gap, not a wrong zero."""
        tallies: dict[Sample, float] | None = None
        with suppress(RedisError):
            tallies = self._tallies.all()
        if tallies is not None:
            yield from summed(tallies)
        families: dict[str, GaugeMetricFamily] = {}
        for name, labels, value in self._state.values(tallies):
            if name not in families:
                full = f"kinolenta_{name}"
                families[name] = GaugeMetricFamily(full, GAUGES[name], labels=list(labels))
            families[name].add_metric(list(labels.values()), value)
        yield from families.values()


def summed(tallies: dict[Sample, float]) -> Iterator[Metric]:
    """Yield the families of workers/metrics.py, with the values of all workers together."""
    for declared in metrics.REGISTRY.collect():
        family = Metric(declared.name, declared.documentation, declared.type)
        zeros = {
            (each.name, tuple(sorted(each.labels.items()))): 0.0
            for each in declared.samples
            if not each.name.endswith("_created")
        }
        names = {declared.name + suffix for suffix in ("", "_total", "_bucket", "_sum", "_count")}
        found = {sample: value for sample, value in tallies.items() if sample[0] in names}
        for (name, labels), value in sorted({**zeros, **found}.items(), key=_by_bound):
            family.add_sample(name, dict(labels), value)
        yield family


def _by_bound(item: tuple[Sample, float]) -> tuple[str, float, Sample]:
    """Order buckets by their bounds, as Prometheus wants them."""
    (name, labels), _ = item
    return name, float(dict(labels).get("le", 0)), item[0]
