import re
from dataclasses import fields

from honcho.environ import parse_procfile

from celeryconfig import TASKS
from recs.settings import Settings, variable_of
from tests.servers.service import ROOT

TEXT = (ROOT / "Procfile").read_text()
PROCESSES = parse_procfile(TEXT).processes


def test_every_process_of_the_house_has_its_line() -> None:
    assert set(PROCESSES) == {
        *("collector", "recommender", "page"),
        *("ingest", "rank", "statistics", "train", "maintain", "beat", "flower"),
    }


def test_every_process_comes_back_by_itself_and_leaves_no_shell_in_between() -> None:
    kept = re.compile(r"exec (env [\w= ]+ )?(nice -n \d+ )?python -m launch\.supervisor ")

    assert all(kept.search(command) for command in PROCESSES.values())


def test_what_answers_viewers_goes_before_what_works_in_the_background() -> None:
    patient = [name for name, command in PROCESSES.items() if "nice -n" in command]

    assert sorted(patient) == ["flower", "maintain", "rank", "statistics", "train"]


def test_defaults_are_those_of_the_settings() -> None:
    settings = {variable_of(each): str(each.default) for each in fields(Settings)}
    used = re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT)

    assert used
    assert [(name, settings[name]) for name, _ in used] == used


def test_every_queue_has_a_worker_of_its_own_which_has_its_tasks() -> None:
    found = {}
    for command in PROCESSES.values():
        for module, queue in re.findall(
            r"-I workers\.(\w+) -Q \"\$\{NAMESPACE:-kinolenta\}\.(\w+)\"", command
        ):
            found[queue] = module

    assert list(found) == list(TASKS)
    assert all(module in TASKS[queue] or module == "maintain" for queue, module in found.items())


def test_several_rankers_on_one_machine_have_names_of_their_own() -> None:
    assert "-$$@%h" in PROCESSES["rank"]


def test_no_password_is_on_a_command_line() -> None:
    assert not re.search("PASSWORD|TOKEN|_URL", TEXT)
