import re
from dataclasses import fields

from honcho.environ import parse_procfile

from recs.settings import Settings
from tests.servers.service import ROOT

TEXT = (ROOT / "Procfile").read_text()
PROCESSES = parse_procfile(TEXT).processes


def test_every_process_of_the_house_has_its_line() -> None:
    assert set(PROCESSES) == {
        *("collector", "recommender", "page"),
        *("ingest", "caching", "train", "beat", "flower"),
    }


def test_every_process_comes_back_by_itself_and_leaves_no_shell_in_between() -> None:
    kept = re.compile(r"exec (env [\w= ]+ )?(nice -n \d+ )?python -m launch\.supervisor ")

    assert all(kept.search(command) for command in PROCESSES.values())


def test_what_answers_viewers_goes_before_what_works_in_the_background() -> None:
    patient = [name for name, command in PROCESSES.items() if "nice -n" in command]

    assert sorted(patient) == ["caching", "flower", "train"]


def test_defaults_are_those_of_the_settings() -> None:
    settings = {each.metadata.get("variable"): str(each.default) for each in fields(Settings)}
    used = re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT)

    assert used
    assert [(name, settings[name]) for name, _ in used] == used


def test_every_queue_has_a_worker_of_its_own() -> None:
    queues = [re.findall(r"-Q (\S+)", command) for command in PROCESSES.values()]

    assert [queue for [queue] in filter(None, queues)] == [
        f'"${{NAMESPACE:-kinolenta}}.{name}"' for name in ("interactions", "lists", "training")
    ]


def test_no_password_is_on_a_command_line() -> None:
    assert not re.search("PASSWORD|TOKEN|_URL", TEXT)
