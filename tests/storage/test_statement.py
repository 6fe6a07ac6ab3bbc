"""Compiled statements: every one of the house on both dialects, IN lists, literals, conflicts."""

from importlib import import_module
from pkgutil import walk_packages
from types import MappingProxyType

import pytest
from sqlalchemy import BigInteger, Integer, LargeBinary, Text, bindparam, select

import storage
from storage.statement import DIALECTS, Statement, insert_all, many
from storage.tables import Base, Member, Timer, Watermark

member = Member.__table__
watermark = Watermark.__table__
MODULES = [
    import_module(info.name)
    for info in walk_packages(storage.__path__, "storage.")
    if not info.name.startswith("storage.migrations")
]
STATEMENTS = {
    f"{module.__name__}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, Statement)
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_compiles(name: str, dialect: str) -> None:
    statement = STATEMENTS[name]
    for size in (1, 3):
        names = statement._clause.compile(dialect=DIALECTS[dialect]).params if statement._is_plain else ()
        given = dict.fromkeys(names, 1) | {key: list(range(size)) for key in statement._lists}
        words, values = statement.prepare(dialect, given)
        assert "POSTCOMPILE" not in words
        if isinstance(values, tuple):
            assert words.count("?") == len(values)
        else:
            marker = ":" if dialect == "sqlite" else "%("
            assert all(f"{marker}{name}" in words for name in values)


def test_the_walk_found_the_statements() -> None:
    assert len(STATEMENTS) > 60


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_column_types_are_of_the_short_list(table) -> None:
    for column in table.columns:
        kind = type(column.type)
        assert kind in (BigInteger, Integer, LargeBinary, Text), column
        if kind is BigInteger:
            assert type(column.type.dialect_impl(DIALECTS["sqlite"])) is Integer
        if kind is Integer:
            assert not column.name.endswith(("_id", "_at")) and column.name != "id", f"{column} may outgrow 32 bits"
        assert column.server_default is None


@pytest.mark.parametrize(("given", "compiled"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (64, 64), (65, 128)])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_lists_grow_to_powers_of_two(given: int, compiled: int, dialect: str) -> None:
    statement = Statement(select(member.c.id).where(member.c.id.in_(many("ids"))))
    words, values = statement.prepare(dialect, {"ids": list(range(given))})
    assert len(values) == compiled
    assert list(values.values()) == [*range(given), *[given - 1] * (compiled - given)]
    assert words.count("ids_") == compiled


def test_two_lists_and_a_plain_parameter() -> None:
    clause = select(member.c.id).where(
        member.c.birth_month.in_(many("months")), member.c.birth_day.in_(many("days")), member.c.zone == bindparam("z")
    )
    _, values = Statement(clause).prepare("sqlite", {"months": [1, 2, 3], "days": [9], "z": "UTC"})
    assert values == {"months_1": 1, "months_2": 2, "months_3": 3, "months_4": 3, "days_1": 9, "z": "UTC"}


def test_a_text_is_compiled_once_for_each_size() -> None:
    statement = Statement(select(member.c.id).where(member.c.id.in_(many("ids"))))
    first, _ = statement.prepare("sqlite", {"ids": [1, 2, 3]})
    again, _ = statement.prepare("sqlite", {"ids": [7, 8, 9, 10]})
    assert first is again
    assert len(statement._compiled) == 1


def test_what_is_given_stays_as_it_was() -> None:
    given = MappingProxyType({"ids": (1, 2, 3)})
    Statement(select(member.c.id).where(member.c.id.in_(many("ids")))).prepare("sqlite", given)
    assert given == {"ids": (1, 2, 3)}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_literals_are_part_of_the_statement(dialect: str) -> None:
    clause = select(member.c.id).where(member.c.market == "QQ", member.c.control.in_(["bot", "human"])).limit(5)
    words, values = Statement(clause).prepare(dialect, {})
    assert {"5", "QQ", "bot", "human"} <= set(map(str, values.values()))
    assert "QQ" not in words


@pytest.mark.parametrize(("dialect", "given"), [("sqlite", ("IT", 7)), ("postgresql", {"market_1": "IT", "key": 7})])
def test_a_plain_statement_is_bound_by_position_where_that_is_cheaper(dialect: str, given: object) -> None:
    clause = select(member.c.id).where(member.c.market == "IT", member.c.id == bindparam("key"))
    words, values = Statement(clause).prepare(dialect, {"key": 7})
    assert values == given
    assert words.count("?") == (2 if dialect == "sqlite" else 0)


KEEP = insert_all(Watermark)
UPSERT = Statement(KEEP.on_conflict_do_update(index_elements=["name"], set_={"at": KEEP.excluded.at}))
IGNORE = Statement(insert_all(Watermark).on_conflict_do_nothing())
READ = Statement(select(watermark.c.at).where(watermark.c.name == bindparam("name")), lambda row: row[0])


@pytest.mark.asyncio
async def test_conflicts_are_settled_alike_on_both_kinds(database) -> None:
    def work(transaction):
        counts = [transaction.run(IGNORE, name="a", at=1), transaction.run(IGNORE, name="a", at=2)]
        kept = transaction.one(READ, name="a")
        transaction.run_many(UPSERT, [{"name": "a", "at": 3}, {"name": "b", "at": 4}, {"name": "a", "at": 5}])
        return counts, kept, transaction.one(READ, name="a"), transaction.one(READ, name="b")

    assert await database.write(work) == ([1, 0], 1, 5, 4)


@pytest.mark.asyncio
async def test_lists_and_literals_run_on_both_kinds(database) -> None:
    numbers = Statement(
        select(watermark.c.at).where(watermark.c.name.in_(many("names")), watermark.c.at.in_([1, 2])).order_by("at"),
        lambda row: row[0],
    )

    def work(transaction):
        transaction.run_many(IGNORE, [{"name": str(number), "at": number} for number in range(5)])
        return transaction.all(numbers, names=["0", "1", "2"]), transaction.one(numbers, names=["4"])

    assert await database.write(work) == ([1, 2], None)


def test_insert_of_some_columns() -> None:
    words, values = Statement(insert_all(Timer, "id", "key", "due_at")).prepare(
        "sqlite", {"due_at": 3, "id": 1, "key": 2}
    )
    assert (words, values) == ('INSERT INTO timer (id, "key", due_at) VALUES (?, ?, ?)', (1, 2, 3))
