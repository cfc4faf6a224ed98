"""The report of a game, or of several, as text for a terminal."""

from collections.abc import Iterable, Sequence
from statistics import fmean, stdev

from simulator.report import SCOPES, Report

SCORES = ["precision", "ndcg", "diversity", "coverage", "hit_rate"]
LATE_SCORES = ["late_hit_rate", "late_hit_rate_at_first"]
LATENCIES = ["requests", "mean", "p50", "p95", "p99", "max"]
ENDPOINTS = {"recs": "GET /recs", "interact": "POST /interact"}


def table(report: Report) -> str:
    """Show one game."""
    parts = [_head(report), _scores(report), _latencies(report), _checks(report)]
    return "\n\n".join(parts)


def means(games: Sequence[Report]) -> str:
    """Show mean ± sd of several games."""
    rows = [["", "mean", "± sd"]]
    for name in SCORES:
        rows.append([plain(name), *_mean_sd([game["scores"]["all"][name] for game in games], 4)])
    for endpoint, label in ENDPOINTS.items():
        for name in ("mean", "p95"):
            values = [game["latency_ms"][endpoint]["all"][name] for game in games]
            rows.append([f"{label} {name}, ms", *_mean_sd(values, 2)])
    return f"{len(games)} games\n" + columns(rows)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Align the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def plain(score: str) -> str:
    """Return the name of a score for people."""
    return score.replace("_", " ").replace("ndcg", "NDCG")


def _head(report: Report) -> str:
    dataset, interactions = report["dataset"], report["interactions"]
    visits, seconds = report["visits"], max(report["seconds"], 1e-9)
    late = f", {dataset['late_items']:,} of them late" if dataset["late_items"] else ""
    stopped = "" if report["complete"] else "Stopped early. "
    return stopped + (
        f"{dataset['name']}: {dataset['users']:,} users, {dataset['items']:,} items{late}, "
        f"seed {report['options']['seed']}\n"
        f"{visits:,} visits in {seconds:.1f} s, {visits / seconds:.1f} a second; "
        f"{interactions['accepted']:,} interactions accepted, "
        f"{interactions['like_share']:.0%} likes"
    )


def _scores(report: Report) -> str:
    names = SCORES + (LATE_SCORES if report["dataset"]["late_items"] else [])
    rows = [["", *SCOPES]]
    rows += [
        [plain(name), *(f"{report['scores'][scope][name]:.4f}" for scope in SCOPES)]
        for name in names
    ]
    first = [
        f"first lists: {plain(name)} {value:.4f}" for name, value in report["first_lists"].items()
    ]
    return "\n".join([columns(rows), *first])


def _latencies(report: Report) -> str:
    rows = [["milliseconds", *LATENCIES]]
    for endpoint, label in ENDPOINTS.items():
        for scope, figures in report["latency_ms"][endpoint].items():
            cells = [f"{figures[name]:.2f}" for name in LATENCIES[1:]]
            name = label if scope == "all" else f"  {scope}"
            rows.append([name, f"{figures['requests']:,}", *cells])
    calls = [
        f"/{endpoint} {' and '.join(f'{each:.0f}' for each in times)} ms"
        for endpoint, times in report["preparation_ms"].items()
        if times
    ]
    return columns(rows) + "\n" + ", ".join(calls)


def _checks(report: Report) -> str:
    scores, client, log = report["scores"]["all"], report["client"], report["log"]
    errors = [
        f"{count} of {outcome} from /{endpoint}"
        for endpoint, counts in report["errors"].items()
        for outcome, count in counts.items()
    ]
    lines = [
        f"must be none    errors {', '.join(errors) or 0}, repeats {scores['repeats']}, "
        f"short lists {scores['short_lists']}, unknown items {scores['unknown']}, "
        f"twice in a list {scores['twice']}",
        f"for information shown again {scores['shown_before']}, visits begun late "
        f"{client['late_share']:.1%} (by {client['worst_lag_ms']:.0f} ms at most), "
        f"sent again {client['resent']}, the simulator used {client['processor_share']:.0%} "
        f"of a core",
    ]
    if log:
        lines.append(
            f"log on disk     {'equal' if log['equal'] else 'NOT EQUAL'}: {log['rows']:,} rows, "
            f"{log['accepted']:,} accepted, missing {log['missing']}, "
            f"never accepted {log['foreign']}, written again {log['again']}"
        )
    return "\n".join(lines)


def _mean_sd(values: Sequence[float], digits: int) -> list[str]:
    spread = stdev(values) if len(values) > 1 else 0.0
    return [f"{fmean(values):.{digits}f}", f"{spread:.{digits}f}"]


def _line(row: Sequence[str], widths: Iterable[int]) -> str:
    first, *others = (
        cell.rjust(width) if index else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()
