"""What `doctor` looks at on this machine: the database, the disk under it, the files, the time zones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.app import load_understanding, load_world
from bot.commands._doctor_providers import Finding
from bot.settings import Settings
from storage.migrations import configuration

_SQLITE = "sqlite:///"
_LEAST_FREE = 500 * 1024**2
_ZONES = ("Europe/Rome", "America/Sao_Paulo", "Asia/Kolkata", "Africa/Cairo")


def check_database(settings: Settings) -> Iterator[Finding]:
    """Reachable, and at the newest schema. Nothing is created."""
    url = settings.database
    if url.startswith(_SQLITE) and not Path(url.removeprefix(_SQLITE)).exists():
        yield Finding(False, "Database: there is none yet; `bentornato serve` creates it")
        return
    try:
        found = _revision(url)
    except (SQLAlchemyError, OSError) as error:
        yield Finding(False, f"Database: cannot be reached ({type(error).__name__})")
        return
    newest = ScriptDirectory.from_config(configuration(url)).get_current_head()
    yield Finding(True, f"Database: {url.partition(':')[0]} answers")
    if found == newest:
        yield Finding(True, f"Schema: up to date ({newest})")
    else:
        yield Finding(False, f"Schema: at {found or 'nothing'}, not {newest}; `bentornato serve` migrates it")


def _revision(url: str) -> str | None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Room in the folder of a SQLite database."""
    if not settings.database.startswith(_SQLITE):
        yield Finding(None, "Disk: the database is not on this machine's account")
        return
    folder = Path(settings.database.removeprefix(_SQLITE)).absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    yield Finding(free >= _LEAST_FREE, f"Disk: {free / 1024**3:.1f} GiB free in {folder}")


def check_programme(settings: Settings) -> Iterator[Finding]:
    """Rules, flows, texts and phrases load."""
    try:
        world = load_world(settings)
        load_understanding(settings, world.texts)
    except Exception as error:
        yield Finding(False, f"Programme: {error}")
        return
    programme, texts = world.programme, world.texts
    yield Finding(True, f"Programme: {programme.name}, markets {', '.join(sorted(programme.markets))}")
    yield Finding(True, f"Flows: {len(world.library.active)}; texts: {', '.join(texts.locales)}")


def check_zones(settings: Settings) -> Iterator[Finding]:
    """The time-zone data that quiet hours and birthdays need."""
    del settings
    try:
        for zone in _ZONES:
            ZoneInfo(zone)
    except ZoneInfoNotFoundError as error:
        yield Finding(False, f"Time zones: {error}")
        return
    yield Finding(True, "Time zones: present")
