"""One fault under load: begins a generation, and ends with a result."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from time import monotonic, sleep
from urllib.parse import quote

from tests.chaos import verify
from tests.chaos.client import Answer, Client
from tests.chaos.faults import Fault
from tests.chaos.load import Load
from tests.chaos.stage import ITEMS, Stage
from tests.chaos.verify import Logged

CALM_SECONDS = 3.0
"""Load before the fault; and lists must have been right for so long at the end."""
RIGHT_AGAIN_SECONDS = 10.0
BACK_SECONDS = 60.0
CAUGHT_UP_SECONDS = 60.0


@dataclass(frozen=True)
class Result:
    """What a fault did. gap_seconds: the longest time without an answer of 200."""

    fault: str
    accepted: int
    logged: int
    lost: int
    duplicates: int
    interact_gap_seconds: float
    recs_gap_seconds: float
    refused: int
    right_after_seconds: float
    wrong: tuple[str, ...]


def play(
    stage: Stage, fault: Fault, interactions_per_second: float, visits_per_second: float
) -> Result:
    """Let a fault happen under load, and check everything afterwards."""
    stage.set_clocks(fault.clocks)
    stage.begin_generation()
    settings = stage.settings
    load = Load(
        settings.collector_port,
        settings.recommender_port,
        ITEMS,
        interactions_per_second,
        visits_per_second,
    )
    load.start()
    sleep(CALM_SECONDS)
    fault.strike(stage)
    repaired = monotonic()
    _wait_for_service(load, repaired)
    load.stop()
    right_after = max(_last_complaint(load) - repaired, 0.0)
    logged, disagreements = _wait_for_agreement(stage, load)
    lost = verify.lost(load.attempts, logged)
    interactions = [attempt.answer for attempt in load.attempts]
    visits = [visit.answer for visit in load.visits]
    wrong = [
        *([f"{lost} lost"] if lost else []),
        *verify.wrong_last_actions(load.attempts, logged),
        *disagreements,
        *([f"{logged.dead_letters} dead letters"] if logged.dead_letters else []),
        *_wrong_answers("/interact", interactions, "collector" in fault.stops),
        *_wrong_answers("/recs", visits, "recommender" in fault.stops),
        *([f"lists wrong after {right_after:.1f} s"] if right_after > RIGHT_AGAIN_SECONDS else []),
        *_wrong_lists(stage, load),
    ]
    return Result(
        fault=fault.name,
        accepted=sum(answer.ok for answer in interactions),
        logged=len(logged.distinct),
        lost=lost,
        duplicates=len(logged.rows) - len(logged.distinct),
        interact_gap_seconds=_longest_gap(load, interactions),
        recs_gap_seconds=_longest_gap(load, visits),
        refused=sum(answer.outcome == "503" for answer in interactions),
        right_after_seconds=right_after,
        wrong=tuple(wrong),
    )


def _wait_for_service(load: Load, repaired: float) -> None:
    """Let the load go on until all has been right for a while, or for BACK_SECONDS."""
    while monotonic() < repaired + BACK_SECONDS:
        trouble = max(repaired, _last_complaint(load), _last_refusal(load))
        if _last_success(load) > trouble + CALM_SECONDS:
            return
        sleep(0.1)


def _last_complaint(load: Load) -> float:
    return max((visit.answer.ended for visit in load.visits if visit.complaint), default=0.0)


def _last_refusal(load: Load) -> float:
    return max((each.answer.ended for each in load.attempts if not each.answer.ok), default=0.0)


def _last_success(load: Load) -> float:
    return max((each.answer.ended for each in load.attempts if each.answer.ok), default=0.0)


def _wait_for_agreement(stage: Stage, load: Load) -> tuple[Logged, list[str]]:
    """Return the log and what disagrees with it: nothing, or what is left at the deadline."""
    deadline = monotonic() + CAUGHT_UP_SECONDS
    client = Client(stage.settings.recommender_port)
    with stage.stores() as stores:
        while True:
            logged = Logged.read(stage.log_folder)
            stats = client.ask("GET", "/stats").content
            found = verify.disagreements(stores, stage.generation, logged, stats)
            if not (found or verify.lost(load.attempts, logged)) or monotonic() > deadline:
                client.close()
                return logged, found
            sleep(0.5)


def _wrong_answers(path: str, answers: Iterable[Answer], may_be_gone: bool) -> list[str]:
    """Return the outcomes that a client should never see, and how often each came."""
    outcomes = Counter(_named(answer) for answer in answers)
    allowed = {"200"} | ({"503"} if path == "/interact" else set())
    return [
        f"{path}: {count} × {outcome}"
        for outcome, count in outcomes.items()
        if outcome not in allowed and not (may_be_gone and not outcome[0].isdigit())
    ]


def _named(answer: Answer) -> str:
    without = answer.outcome == "503" and not answer.retry_after
    return "503 without Retry-After" if without else answer.outcome


def _wrong_lists(stage: Stage, load: Load) -> list[str]:
    """Ask for the list of every user once more, after the load."""
    sleep(CALM_SECONDS)
    client = Client(stage.settings.recommender_port)
    found = Counter(
        load.complaint(user, client.ask("GET", f"/recs/{quote(user, safe='')}"))
        for user in load.users
    )
    client.close()
    return [f"at the end, {count} × {complaint}" for complaint, count in found.items() if complaint]


def _longest_gap(load: Load, answers: Iterable[Answer]) -> float:
    served = sorted(answer.ended for answer in answers if answer.ok)
    return max(later - earlier for earlier, later in pairwise([load.begun, *served, load.ended]))
