"""`python -m tests.chaos`: every fault, so many times, on classic and on quorum queues.

Exits with 1 if anything was wrong.
"""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import mkdtemp

from tqdm import tqdm

from recs.settings import QUEUE_TYPES
from tests.chaos import table
from tests.chaos.faults import FAULTS
from tests.chaos.stage import Stage
from tests.chaos.trial import Result, play


def main() -> int:
    options = _options()
    results: list[Result] = []
    for queue_type in options.queue_types:
        print(f"\n{queue_type} queues\n", flush=True)
        results += _play_all(options, queue_type)
    wrong = [each for result in results for each in result.wrong]
    accepted, lost = sum(each.accepted for each in results), sum(each.lost for each in results)
    print(f"\n{len(results)} faults, {accepted:,} accepted, {lost} lost, {len(wrong)} wrong.")
    return 1 if wrong else 0


def _play_all(options: Namespace, queue_type: str) -> list[Result]:
    faults = [fault for fault in FAULTS if options.only in fault.name]
    folder = Path(mkdtemp(prefix="kinolenta-chaos-"))
    results: list[Result] = []
    print(f"Logs: {folder}\n\n{table.HEAD}", flush=True)
    total = options.rounds * len(faults)
    with Stage(folder, queue_type) as stage, tqdm(total=total, unit="fault") as bar:
        for fault in [fault for fault in faults for _ in range(options.rounds)]:
            bar.set_postfix_str(fault.name)
            if fault.needs_small_disk and not stage.has_small_disk:
                tqdm.write(f"| {fault.name} | left out: mounting a small disk takes root |")
            else:
                result = play(
                    stage, fault, options.interactions_per_second, options.visits_per_second
                )
                results.append(result)
                tqdm.write(table.row(result))
                sys.stdout.flush()
            bar.update()
    return results


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--interactions-per-second", type=float, default=100)
    parser.add_argument("--visits-per-second", type=float, default=50)
    parser.add_argument("--rounds", type=int, default=2, help="how often each fault happens")
    parser.add_argument("--queue-types", nargs="+", default=QUEUE_TYPES, choices=QUEUE_TYPES)
    parser.add_argument("--only", default="", help="only faults with this in their name")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
