"""The metadata that every table hangs on, with the naming of constraints so that migrations can name them."""

from typing import Any, ClassVar

from sqlalchemy import MetaData
from sqlalchemy import text as sql
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """Holds the metadata."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


def only(predicate: str) -> dict[str, Any]:
    """A partial index's predicate, for both databases."""
    return {"sqlite_where": sql(predicate), "postgresql_where": sql(predicate)}
