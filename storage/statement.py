"""One way to query: Core statements, compiled once per dialect, run on the driver's cursor.

SQLAlchemy's own execution costs ten times the driver's; a compiled statement costs nothing. IN lists are expanded to
the next power of two (the last value repeated), so that few texts are compiled and drivers can keep them prepared.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, TypeVar, overload

from sqlalchemy import Executable, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.visitors import iterate

Row = TypeVar("Row")
Params = Mapping[str, Any]

DIALECTS: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": postgresql.dialect(paramstyle="pyformat"),  # type: ignore[no-untyped-call]
}
_POSITIONAL = sqlite.dialect(paramstyle="qmark")


def many(name: str) -> BindParameter[Any]:
    """A bind parameter for the right side of IN; give it a non-empty sequence."""
    return bindparam(name, expanding=True)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A driver's text with the values that are part of the statement itself."""

    sql: str
    fixed: Mapping[str, Any]


class Statement(Generic[Row]):
    """A compiled-once statement. `row` makes each result row (a NamedTuple's `_make`)."""

    @overload
    def __init__(self: "Statement[Any]", clause: Executable) -> None: ...

    @overload
    def __init__(self, clause: Executable, row: Callable[[Sequence[Any]], Row]) -> None: ...

    def __init__(self, clause: Executable, row: Callable[[Sequence[Any]], Row] | None = None) -> None:
        self._clause = clause
        self.row = row
        self._lists = sorted(_list_names(clause))
        self._is_plain = not any(isinstance(one, BindParameter) and one.expanding for one in _elements(clause))
        self._compiled: dict[tuple[Any, ...], Compiled] = {}
        self._placed: tuple[str, Params, Callable[[Params], tuple[Any, ...]]] | None = None

    def prepare(self, dialect: str, params: Params) -> tuple[str, Any]:
        """The driver's SQL text and its complete parameters. SQLite binds by position, which is cheaper."""
        if self._is_plain and dialect == "sqlite":
            text, constant, pick = self._placed or self._by_position()
            return text, pick({**constant, **params}) if constant else pick(params)
        if not self._lists:
            compiled = self._compiled.get((dialect,)) or self._compile(dialect, {})
            return compiled.sql, {**compiled.fixed, **params}
        given = dict(params)
        sizes = {}
        for name in self._lists:
            values = list(given.pop(name))
            size = 1 << max(len(values) - 1, 0).bit_length()
            values += values[-1:] * (size - len(values))
            sizes[name] = size
            given.update((f"{name}_{position}", value) for position, value in enumerate(values, 1))
        compiled = self._compiled.get((dialect, *sizes.values())) or self._compile(dialect, sizes)
        return compiled.sql, {**compiled.fixed, **given}

    def prepare_rows(self, dialect: str, rows: Sequence[Params]) -> tuple[str, Sequence[Any]]:
        """The driver's SQL text and its parameters for `executemany`. SQLite binds by position: by name costs more."""
        if dialect != "sqlite":
            sql, first = self.prepare(dialect, rows[0])
            fixed = {name: value for name, value in first.items() if name not in rows[0]}
            return sql, [{**fixed, **row} for row in rows] if fixed else list(rows)
        text, constant, pick = self._placed or self._by_position()
        return text, [pick({**constant, **row}) for row in rows] if constant else [pick(row) for row in rows]

    def _by_position(self) -> tuple[str, Params, Callable[[Params], tuple[Any, ...]]]:
        clause: Any = self._clause
        made = clause.compile(dialect=_POSITIONAL)
        names = tuple(made.positiontup)
        fixed = {name: one.effective_value for one, name in made.bind_names.items() if not one.required}
        pick: Any = itemgetter(*names) if len(names) > 1 else lambda row: tuple(row[name] for name in names)
        self._placed = str(made), fixed, pick
        return self._placed

    def _compile(self, dialect: str, sizes: Mapping[str, int]) -> Compiled:
        clause: Any = self._clause
        made = clause.compile(dialect=DIALECTS[dialect])
        sql = str(made)
        for name, size in sizes.items():
            binds = (made.bindtemplate % {"name": f"{name}_{position}"} for position in range(1, size + 1))
            sql = sql.replace(f"__[POSTCOMPILE_{name}]", ", ".join(binds))
        fixed = {
            name: parameter.effective_value
            for parameter, name in made.bind_names.items()
            if not parameter.required and not parameter.expanding
        }
        for parameter, name in made.bind_names.items():
            if parameter.expanding and parameter.value is not None:
                literals = {f"{name}_{position}": value for position, value in enumerate(parameter.value, 1)}
                sql = sql.replace(
                    f"__[POSTCOMPILE_{name}]", ", ".join(made.bindtemplate % {"name": n} for n in literals)
                )
                fixed.update(literals)
        compiled = Compiled(sql, fixed)
        self._compiled[(dialect, *sizes.values())] = compiled
        return compiled


def _list_names(clause: Any) -> set[str]:
    binds = (one for one in _elements(clause) if isinstance(one, BindParameter))
    return {bind.key for bind in binds if bind.expanding and bind.value is None}


def _elements(clause: Any) -> Iterator[Any]:
    return iterate(clause)


def insert_all(table: Any, *columns: str) -> Insert:
    """INSERT of the named columns (all of them when none is named), each bound by its own name."""
    core = table.__table__
    names = columns or tuple(column.name for column in core.columns)
    return insert(core).values({name: bindparam(name) for name in names})
