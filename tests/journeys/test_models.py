"""From interactions over HTTP to a published model, and back to the one before by one command."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

import requests

from recs.settings import Settings
from recs.stores.models import Choice, Models
from recs.types import Generation
from tests.recs.training.datasets import GENRES, Fact, two_crowds
from tests.servers.service import ROOT, Service, environ_of
from tests.waiting import until


def test_interactions_become_a_model_and_one_command_goes_back_to_the_one_before(
    settings: Settings, start_service: Callable[[Settings], Service]
) -> None:
    settings = replace(settings, train_every_seconds=1.0)
    start_service(settings)
    generation = fill_catalogue(settings)

    interact(settings, two_crowds(8))
    first = model_after(0, settings, generation)
    interact(settings, two_crowds(8, first=8))
    model_after(first, settings, generation)
    answer = roll_back(settings, first)

    assert answer.returncode == 0, answer.stderr
    assert Models(settings.data_dir).current(generation) == Choice(first, pinned=True)


def fill_catalogue(settings: Settings) -> Generation:
    """Add the items of the small datasets; return the generation into which they came."""
    url = f"{settings.recommender}/add_items"
    body = {"item_ids": [f"i{row}" for row in range(len(GENRES))], "genres": GENRES}
    requests.post(url, json=body, timeout=10).raise_for_status()
    answer = requests.get(f"{settings.recommender}/catalogue", timeout=10)
    return Generation(answer.json()["generation"])


def interact(settings: Settings, facts: list[Fact]) -> None:
    """Send each user's interactions at once: of many models, the first would not be kept."""
    for user, theirs in groupby(facts, key=itemgetter(0)):
        rows, signs = zip(*((row, sign) for _, row, sign in theirs), strict=True)
        body = {
            "user_id": user,
            "item_ids": [f"i{row}" for row in rows],
            "actions": ["like" if sign > 0 else "dislike" for sign in signs],
        }
        requests.post(f"{settings.collector}/interact", json=body, timeout=10).raise_for_status()


def model_after(number: int, settings: Settings, generation: Generation) -> int:
    """Wait for a current model that is newer than this; return its number."""

    def current() -> int:
        choice = Models(settings.data_dir).current(generation)
        return choice.number if choice else 0

    assert until(lambda: current() > number, 60)
    return current()


def roll_back(settings: Settings, number: int) -> subprocess.CompletedProcess[str]:
    """Give the command; again, as its refusal asks, after a training that was under way."""
    answers: list[subprocess.CompletedProcess[str]] = []

    def is_answered() -> bool:
        answer = subprocess.run(
            [sys.executable, "-m", "cli", "models", "rollback", str(number)],
            cwd=ROOT, env=environ_of(settings), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        answers.append(answer)
        return "a training is under way" not in answer.stderr

    assert until(is_answered, 60)
    return answers[-1]
