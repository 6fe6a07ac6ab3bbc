"""The nursery, once a session."""

from collections.abc import Iterator

import pytest

from tests.robustness.server import Nursery


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery")) as found:
        yield found
