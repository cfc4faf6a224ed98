"""One fault under load, from a fresh generation to the verdict."""

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
"""Before the fault; and lists must have been right for so long before it is over."""
RIGHT_AGAIN_SECONDS = 10.0
BACK_SECONDS = 60.0
CAUGHT_UP_SECONDS = 60.0


@dataclass(frozen=True)
class Result:
    """What a fault did. The seconds are the longest without an answer of 200."""

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
    """Let a fault happen under load, and judge what became of it."""
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
        *_wrong_answers("/interact", interactions, "collector" in fault.takes),
        *_wrong_answers("/recs", visits, "recommender" in fault.takes),
        *([f"lists wrong after {right_after:.1f} s"] if right_after > RIGHT_AGAIN_SECONDS else []),
        *_wrong_lists(stage, load),
    ]
    return Result(
        fault=fault.name,
        accepted=sum(answer.ok for answer in interactions),
        logged=len(logged.facts),
        lost=lost,
        duplicates=len(logged.rows) - len(logged.facts),
        interact_gap_seconds=_longest_gap(load, interactions),
        recs_gap_seconds=_longest_gap(load, visits),
        refused=sum(answer.outcome == "503" for answer in interactions),
        right_after_seconds=right_after,
        wrong=tuple(wrong),
    )


def _wait_for_service(load: Load, repaired: float) -> None:
    """Let the load go on until all has been right for a while, or much too late."""
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
    """Return the log, and where Redis differs, when both have caught up, or much too late."""
    deadline = monotonic() + CAUGHT_UP_SECONDS
    with stage.redis_client() as redis:
        while True:
            logged = Logged.read(stage.log_folder)
            found = verify.disagreements(redis, stage.settings.namespace, stage.generation, logged)
            if not (found or verify.lost(load.attempts, logged)) or monotonic() > deadline:
                return logged, found
            sleep(0.5)


def _wrong_answers(path: str, answers: Iterable[Answer], may_be_gone: bool) -> list[str]:
    """Return the outcomes that a client should never see, and how often he did."""
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
    """Ask for everybody's list once more, after all is over."""
    sleep(CALM_SECONDS)
    client = Client(stage.settings.recommender_port)
    found = Counter(
        load.complaint(user, client.ask("GET", f"/recs/{quote(user)}")) for user in load.users
    )
    client.close()
    return [f"at the end, {count} × {complaint}" for complaint, count in found.items() if complaint]


def _longest_gap(load: Load, answers: Iterable[Answer]) -> float:
    served = sorted(answer.ended for answer in answers if answer.ok)
    return max(later - earlier for earlier, later in pairwise([load.begun, *served, load.ended]))
