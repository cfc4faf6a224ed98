"""A fake service on a free port."""

from collections.abc import Iterator

import pytest

from tests.simulator.fake import Fake, served


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def address(fake: Fake) -> Iterator[str]:
    with served(fake.app()) as url:
        yield url
