"""One database of each kind for the whole folder: what a test does there is rolled back."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from storage import people
from tests.builders import member_row
from tests.storage.ledger.plain import Plain
from tests.storage.ledger.till import MEMBERS, Till

POSTGRES = pytest.param("postgresql", marks=pytest.mark.xdist_group("postgres"))
Tills = Callable[[], AbstractContextManager[Till]]


@pytest.fixture(scope="package")
def folder_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="package")
def folder_postgres(postgres_template: tuple[str, str]) -> Iterator[str]:
    server, template = postgres_template
    name = f"ledger_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield make_conninfo(server, dbname=name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="package", params=["sqlite", POSTGRES])
def plain(request: pytest.FixtureRequest) -> Iterator[Plain]:
    """A connection to an empty, migrated database of each kind."""
    found = Plain(request.getfixturevalue("folder_sqlite" if request.param == "sqlite" else "folder_postgres"))
    yield found
    found.close()


@pytest.fixture
def tills(plain: Plain) -> Tills:
    """Empty books of four members, as often as asked: for properties."""

    @contextmanager
    def opened() -> Iterator[Till]:
        with plain.undone() as transaction:
            people.add_members(transaction, [member_row(member) for member in MEMBERS])
            yield Till(transaction)

    return opened


@pytest.fixture
def till(tills: Tills) -> Iterator[Till]:
    """Empty books of four members, whose audit is clean when the test is over."""
    with tills() as opened:
        yield opened
        assert opened.audit() == []
