"""docs/configuration.md against recs/settings.py: every variable, its default, its reason."""

from collections.abc import Iterator
from dataclasses import fields

from recs.ranking.settings import RankingSettings
from recs.settings import Settings, variable_of
from recs.training.settings import TrainingSettings
from tests.servers.service import ROOT


def rows() -> Iterator[str]:
    """Yield the rows that the tables should have."""
    for each in fields(Settings):
        if variable := variable_of(each):
            default = f"`{each.default}`" if each.default != "" else ""
            yield f"| `{variable}` | {default} | {each.metadata['why']} |"
    for prefix, group in (("RANKING_", RankingSettings), ("TRAINING_", TrainingSettings)):
        for each in fields(group):
            if variable := variable_of(each, prefix):
                yield f"| `{variable}` | `{each.default}` |"


def test_the_tables_of_variables_say_what_the_settings_say() -> None:
    lines = (ROOT / "docs" / "configuration.md").read_text().splitlines()
    written = [line for line in lines if line.startswith("| `")]

    assert written == list(rows()), "\n".join(["it should have:", *rows()])
