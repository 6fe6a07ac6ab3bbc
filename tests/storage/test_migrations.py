"""Migrations: an empty database becomes exactly the schema, a second run changes nothing, each step keeps the rows."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import DBAPIError
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


EARLIER = """
insert into member values (1001, 'IT', 'it', 'chosen', 'Ada', '+390000001', 'Europe/Rome', 5, 17, 1990, 1, 40, 50,
    'v1', 'ADA1', 1, 2, 'bot', 0, 50);
insert into member values (1002, 'DE', 'de', 'hint', null, null, 'Europe/Berlin', null, null, null, 0, null, null,
    null, null, 0, 0, 'human', 3, 60);
insert into member values (1003, 'DE', 'de', 'hint', 'Cem', null, 'Europe/Berlin', null, null, null, 0, null, 70,
    'v1', 'CEM3', 0, 1, 'bot', 0, 70);
insert into address values (1101, 'telegram', '77', 1001, 'Ada', 1, 0, 50);
insert into consent_event values (1201, 1001, 'telegram', 'marketing', 'grant', 'consent', 'v1', 'it', 'chat', null, 5);
insert into trigger_firing values ('birthday:1001', 'birthday', 1001, 'send', 'due', 'telegram', null, 80);
insert into account values (1, 1, 'points', -175, 0, null, 0, null, 0, 3);
insert into account values (1301, 1001, 'points', 100, 50, 900, 100, 5000, 150, 2);
insert into account values (1302, 1002, 'points', 25, 0, null, 0, null, 25, 1);
insert into ledger_transaction values (1401, 'purchase:A-1', 'purchase', 'A-1', 'system', 100, 100);
insert into ledger_transaction values (1402, 'referral:1001', 'referral', '1002', 'system', 110, 110);
insert into ledger_transaction values (1403, 'referral:1002', 'referral', '1001', 'desk', 110, 111);
insert into lot values (1501, 1301, 1401, 100, 100, 100, 5000);
insert into lot values (1502, 1301, 1402, 50, 50, 900, null);
insert into lot values (1503, 1302, 1403, 25, 25, 110, null);
insert into posting values (1601, 1401, 1301, 100);
insert into posting values (1602, 1401, 1, -100);
insert into posting values (1603, 1402, 1301, 50);
insert into posting values (1604, 1402, 1, -50);
insert into posting values (1605, 1403, 1302, 25);
insert into posting values (1606, 1403, 1, -25);
insert into purchase values (1701, 'A-1', 1001, 10050, 'EUR', 100, 1735689600000007);
insert into purchase values (1702, 'A-2', 1001, 300, 'EUR', 0, 1735689600000008);
insert into purchase values (1703, 'B-1', 1003, 9000000000, 'CHF', 9000000, 1735689600000009);
insert into referral values (1801, 1001, 1002, 'rewarded', 1735689600000001, 1735689600000002);
insert into referral values (1802, 1001, 1003, 'pending', 1735689600000003, null)
"""
"""Rows of 0001 in the order of its columns: what its own statements leave behind after a few days."""
HALF_YEAR = 180 * 24 * 60 * 60 * 1_000_000


@pytest.fixture
def earlier_url(database_url: str) -> str:
    """A database of the first release with rows in it."""
    empty(database_url)
    command.upgrade(configuration(database_url), "0001")
    with engine(database_url).begin() as connection:
        for statement in EARLIER.split(";"):
            connection.exec_driver_sql(statement)
    return database_url


def empty(url: str) -> None:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).unlink()
        return
    with engine(url).begin() as connection:
        connection.exec_driver_sql("drop schema public cascade")
        connection.exec_driver_sql("create schema public")


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with engine(url).connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def shape(url: str) -> dict[str, Any]:
    """All that the database says of its tables, in an order that does not depend on their making."""
    with engine(url).connect() as connection:
        seen = inspect(connection)
        return {
            table: [
                sorted(
                    (column["name"], str(column["type"]), column["nullable"], column["default"])
                    for column in seen.get_columns(table)
                ),
                seen.get_pk_constraint(table),
                sorted(seen.get_foreign_keys(table), key=lambda key: str(key["name"])),
                sorted(seen.get_unique_constraints(table), key=lambda key: str(key["name"])),
                sorted(((i["name"], i["column_names"], predicate(i)) for i in seen.get_indexes(table)), key=str),
            ]
            for table in seen.get_table_names()
            if table != "alembic_version"
        }


def predicate(index: Any) -> str:
    options = index.get("dialect_options", {})
    return str(options.get("sqlite_where", options.get("postgresql_where", "")))


def test_rows_of_the_first_release_lead_to_the_same_schema(earlier_url: str) -> None:
    upgrade(earlier_url)
    assert differences(earlier_url) == []
    migrated = shape(earlier_url)
    empty(earlier_url)
    with engine(earlier_url).begin() as connection:
        Base.metadata.create_all(connection)
    assert migrated == shape(earlier_url)


def test_no_row_of_the_first_release_is_lost(earlier_url: str) -> None:
    kept = {
        "member": "id, market, locale, locale_source, name, phone, zone, birth_month, birth_day, birth_year,"
        " birth_edits, birth_set_at, joined_at, terms_version, referral_code, marketing, control, control_version,"
        " created_at",
        "account": "id, owner_id, unit, active, pending, matures_at, expiring, expires_at, lifetime, version",
        "ledger_transaction": "id, idempotency_key, kind, reference, actor, effective_at, created_at",
        "lot": "id, account_id, transaction_id, original, remaining, activates_at, expires_at",
        "posting": "id, transaction_id, account_id, amount",
        "purchase": "id, order_id, member_id, currency, at",
        "referral": "id, referrer_id, friend_id, state, created_at, rewarded_at",
        "address": "*",
        "consent_event": "*",
        "trigger_firing": "*",
    }
    queries = [f"select {columns} from {table} order by 1" for table, columns in kept.items()]
    before = [rows(earlier_url, query) for query in queries]
    upgrade(earlier_url)
    assert [rows(earlier_url, query) for query in queries] == before
    assert all(before)


def test_new_columns_of_old_rows_are_empty(earlier_url: str) -> None:
    upgrade(earlier_url)
    assert rows(earlier_url, "select distinct debt from account") == [(0,)]
    assert rows(earlier_url, "select distinct source_id from lot") == [(None,)]
    assert rows(earlier_url, "select distinct reverses_id from ledger_transaction") == [(None,)]
    assert rows(earlier_url, "select distinct email, card_number, merged_into, erased_at from member") == [(None,) * 4]


def test_only_a_members_posting_names_its_lot(earlier_url: str) -> None:
    with engine(earlier_url).begin() as connection:
        connection.exec_driver_sql("insert into lot values (1504, 1, 1403, 25, 25, 110, null)")
    upgrade(earlier_url)
    assert rows(earlier_url, "select id, lot_id from posting order by id") == [
        (1601, 1501),
        (1602, None),
        (1603, 1502),
        (1604, None),
        (1605, 1503),
        (1606, None),
    ]


def test_counted_purchases_become_standing(earlier_url: str) -> None:
    upgrade(earlier_url)
    assert rows(earlier_url, "select * from standing order by member_id") == [
        (1001, 2, None, None, None, None),
        (1003, 1, None, None, None, None),
    ]


def test_a_purchase_becomes_a_paid_order(earlier_url: str) -> None:
    upgrade(earlier_url)
    amounts = "select id, market, total, earned, created_at from purchase order by id"
    assert rows(earlier_url, amounts) == [
        (1701, "IT", 10050, 100, 1735689600000007),
        (1702, "IT", 300, 0, 1735689600000008),
        (1703, "DE", 9000000000, 9000000, 1735689600000009),
    ]
    others = (
        "state, lines, phone, payment, test, round, shipping, tax, redeemed, credited, refunded, reversed, uncredited"
    )
    assert rows(earlier_url, f"select distinct {others} from purchase") == [("paid", "[]", None, None, *[0] * 9)]


def test_a_pending_referral_gets_a_last_day(earlier_url: str) -> None:
    upgrade(earlier_url)
    assert rows(earlier_url, "select id, flags, order_id, due_at, decided_by from referral order by id") == [
        (1801, "", None, None, None),
        (1802, "", None, 1735689600000003 + HALF_YEAR, None),
    ]


def test_every_reference_still_holds(earlier_url: str) -> None:
    upgrade(earlier_url)
    if earlier_url.startswith("sqlite"):
        assert rows(earlier_url, "pragma foreign_key_check") == []
        assert rows(earlier_url, "pragma integrity_check") == [("ok",)]
    with engine(earlier_url).connect() as connection:
        found = {(key["name"], key["referred_table"]) for key in inspect(connection).get_foreign_keys("posting")}
    assert found == {
        ("fk_posting_account_id", "account"),
        ("fk_posting_lot_id", "lot"),
        ("fk_posting_transaction_id", "ledger_transaction"),
    }


def test_a_step_that_fails_leaves_everything_as_it_was(earlier_url: str) -> None:
    with engine(earlier_url).begin() as connection:
        connection.exec_driver_sql("create index ix_referral_review on member (name)")
    before = shape(earlier_url)
    with pytest.raises(DBAPIError):
        upgrade(earlier_url)
    assert shape(earlier_url) == before
    assert rows(earlier_url, "select version_num from alembic_version") == [("0001",)]
    with engine(earlier_url).begin() as connection:
        connection.exec_driver_sql("drop index ix_referral_review")
    upgrade(earlier_url)
    assert differences(earlier_url) == []
