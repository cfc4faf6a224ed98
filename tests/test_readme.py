"""What README says of reaching the service, against what the service prints."""

import re

from launch import messages
from launch.endpoints import endpoints
from launch.reach import for_people, who_reaches
from recs.settings import Settings
from tests.servers.service import ROOT

README = (ROOT / "README.md").read_text()


def test_the_banner_is_shown_as_it_is_printed() -> None:
    settings = Settings()
    shown = for_people(endpoints(settings), settings)

    assert messages.running(shown, (), who_reaches(settings)) in README


def test_the_section_on_grading_starts_with_the_other_machine() -> None:
    section = re.search(r"^## .*graded.*\n\n(.*)", README, re.M)

    assert section is not None
    assert section[1].startswith("The grader's machine is usually another one")
    assert "HOST=0.0.0.0 make run" in README[section.start() :]
