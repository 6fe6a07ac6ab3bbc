"""Migrations: an empty database becomes exactly the schema, a second run changes nothing, and every step is small."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.pool import NullPool

from storage.migrations import configuration, upgrade
from storage.tables import Base


def engine(url: str):
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)


def differences(url: str) -> list[object]:
    with engine(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        return compare_metadata(context, Base.metadata)


def test_an_upgraded_database_is_the_schema(database_url: str) -> None:
    assert differences(database_url) == []


def test_partial_indexes_are_partial(database_url: str) -> None:
    with engine(database_url).connect() as connection:
        found = {
            index["name"]: bool(index.get("dialect_options"))
            for table in ("inbox", "outbox", "event", "lot")
            for index in inspect(connection).get_indexes(table)
        }
    assert found["ix_inbox_failed"] and found["ix_outbox_open"] and found["ix_event_open"] and found["ix_lot_open"]


def test_a_second_upgrade_is_harmless(database_url: str) -> None:
    with engine(database_url).begin() as connection:
        connection.exec_driver_sql("insert into watermark (name, at) values ('kept', 1)")
    upgrade(database_url)
    assert differences(database_url) == []
    with engine(database_url).connect() as connection:
        assert connection.exec_driver_sql("select count(*) from watermark").scalar() == 1


def test_the_folder_of_a_new_file_is_made(tmp_path) -> None:
    url = f"sqlite:///{tmp_path}/deep/down/x.db"
    upgrade(url)
    assert differences(url) == []


def test_versions_are_one_chain_numbered_in_order() -> None:
    scripts = list(ScriptDirectory.from_config(configuration("sqlite://")).walk_revisions())
    assert [script.revision for script in scripts] == sorted((script.revision for script in scripts), reverse=True)
    assert len({script.down_revision for script in scripts}) == len(scripts)


def test_each_version_leads_to_the_next(tmp_path) -> None:
    chain = [script.revision for script in ScriptDirectory.from_config(configuration("sqlite://")).walk_revisions()]
    for number, version in enumerate(reversed(chain[1:])):
        url = f"sqlite:///{tmp_path}/{number}.db"
        command.upgrade(configuration(url), version)
        upgrade(url)
        assert differences(url) == []
