"""Brings a database to this program's schema, at every start, in one transaction on the program's own connection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bot.errors import EXIT_CONFIG, EXIT_UNAVAILABLE, StartupError
from bot.store.table_check import check_tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK_KEY: Final = 0x52454D4958
"""Names the migrations among PostgreSQL's advisory locks: "REMIX" in ASCII."""


def migrate(connection: Connection) -> None:
    """Apply what is missing; does nothing where nothing is.

    Args:
        connection: Inside a transaction, on SQLite one that was begun IMMEDIATE: it is the lock that keeps a second
            process out, and what makes an interrupted migration leave nothing behind.

    Raises:
        StartupError: The schema is newer than this program, the database is damaged, or its tables are not what its
            version says.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    else:
        _check_health(connection)
    config, scripts = _scripts(connection)
    present = MigrationContext.configure(connection).get_current_heads()
    _check_age(scripts, present)
    if set(present) != set(scripts.get_heads()):
        command.upgrade(config, "head")
        _check_references(connection)
    check_tables(connection)
    touch(connection)


def examine(connection: Connection) -> tuple[str | None, str]:
    """Look at a database as a start would, and leave it as it is.

    Args:
        connection: Inside a transaction, which the caller rolls back.

    Returns:
        The version of its schema, None where it has none yet, and this program's.

    Raises:
        StartupError: The schema is newer than this program, the database is damaged, or its tables are not what its
            version says.
    """
    if connection.dialect.name != "postgresql":
        _check_health(connection)
    scripts = _scripts(connection)[1]
    present = MigrationContext.configure(connection).get_current_heads()
    _check_age(scripts, present)
    newest = scripts.get_heads()[0]
    if present:
        touch(connection)
    if present == (newest,):
        check_tables(connection)
    return present[0] if present else None, newest


def _scripts(connection: Connection) -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config, ScriptDirectory.from_config(config)


def touch(connection: Connection) -> None:
    """Write the version over itself.

    SQLite begins a writing transaction even on a file that may only be read; a write is the only proof.
    """
    connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


def _check_health(connection: Connection) -> None:
    """Let SQLite look at its own pages: a damaged file must be found now, and not when a paid job is written."""
    verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if verdict != "ok":
        raise StartupError(
            f"DATABASE_URL: the database is damaged ({' '.join(str(verdict).split())}). It was left as it is: restore "
            "a backup, or move the file away to begin anew.",
            exit_code=EXIT_UNAVAILABLE,
        )


def _check_references(connection: Connection) -> None:
    """Find rows that refer to a row that is not there: the migrations on SQLite ran without that check."""
    if connection.dialect.name == "postgresql":
        return
    broken = connection.execute(text("PRAGMA foreign_key_check")).first()
    if broken is not None:
        raise StartupError(
            f"DATABASE_URL: the table {broken[0]} refers to rows of {broken[2]} that are not there. The database was "
            "left as it is: restore a backup.",
            exit_code=EXIT_UNAVAILABLE,
        )


def _check_age(scripts: ScriptDirectory, present: tuple[str, ...]) -> None:
    known = [script.revision for script in scripts.walk_revisions()]
    unknown = sorted(set(present) - set(known))
    if unknown:
        raise StartupError(
            f"DATABASE_URL: the database was written by a newer version of the bot (schema {', '.join(unknown)}; this "
            f"version knows {known[0]} and older). It was left as it is: run the newer version again, or restore the "
            "backup that was made before it.",
            exit_code=EXIT_CONFIG,
        )
