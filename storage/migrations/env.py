"""Alembic's entry: one connection, the schema of storage/tables, batch mode so that SQLite can alter tables."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from storage.tables import Base

url = context.config.attributes["url"].replace("postgresql://", "postgresql+psycopg://", 1)
engine = create_engine(url, poolclass=NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
