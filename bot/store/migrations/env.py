"""Runs the migrations on the connection and inside the transaction that ``bot.store.schema`` hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import context

from bot.store.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

connection: Connection = context.config.attributes["connection"]
# Without transactional_ddl an interrupted migration would leave tables and no version on SQLite.
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
