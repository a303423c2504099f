"""The database: opened by its address, brought up to date, and used in whole transactions only."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog
from sqlalchemy import event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import EXIT_CONFIG, EXIT_UNAVAILABLE, StartupError, StoreUnavailable
from bot.store.private_files import close_to_others
from bot.store.process_lock import locked
from bot.store.schema import migrate, touch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Generator

    from sqlalchemy import URL, Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

_T = TypeVar("_T")

BUSY_SECONDS: Final = 5.0
"""How long SQLite waits for another program (a backup, a shell) that holds the database."""
_POOL: Final = 5
"""PostgreSQL connections of one process. SQLite has one: more make it slower, and busy."""
_COMMAND_SECONDS: Final = 20.0
"""A PostgreSQL that stays silent for so long is taken for unreachable, long before other processes take over."""

_UNCHECKED: Final = "checks no foreign keys"
"""Marks the connection that has migrated, until its next transaction."""

_log = structlog.stdlib.get_logger(__name__)


class Database:
    """A database that is open and up to date. Make one with :meth:`open`.

    Args:
        engine: Its connections.
        is_shared: Whether other processes may use it too.
    """

    def __init__(self, engine: AsyncEngine, *, is_shared: bool) -> None:
        self.engine = engine
        self.is_shared = is_shared
        self._writer = engine.execution_options(is_writing=True)
        self._migrator = engine.execution_options(is_writing=True, checks_foreign_keys=False)
        self._turns = asyncio.Semaphore(_POOL if is_shared else 1)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, data_dir: Path, busy_seconds: float = BUSY_SECONDS) -> AsyncGenerator[Database]:
        """Open a database, migrate it, and close it at the end.

        Args:
            url: ``sqlite+aiosqlite:///FILE`` or ``postgresql+asyncpg://...``.
            data_dir: The data folder; made if it is not there. With SQLite it belongs to this process from now on.
            busy_seconds: How long SQLite waits for another program that holds the database.

        Raises:
            StartupError: It cannot be had, another process has it, it is damaged, or newer than this program.
        """
        address = make_url(url)
        is_shared = address.get_backend_name() == "postgresql"
        async with AsyncExitStack() as stack:
            for lock_file in _lock_files(address, data_dir):
                stack.enter_context(locked(lock_file))
            if not is_shared:
                _try_file(address)
            close_to_others(url, data_dir)
            database = cls(_engine(address, busy_seconds=busy_seconds), is_shared=is_shared)
            stack.push_async_callback(database.engine.dispose)
            with startup_errors(address):
                await database._run(migrate, database._migrator)
            yield database

    async def read(self, work: Callable[[Connection], _T]) -> _T:
        """Run a function in a transaction that only reads.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        with _store_errors():
            return await self._run(work, self.engine)

    async def write(self, work: Callable[[Connection], _T]) -> _T:
        """Run a function in a transaction, which is committed as a whole or not at all.

        A cancellation that comes while it runs takes effect after it: a transaction is never cut in two.

        Raises:
            StoreUnavailable: The database did not take it.
            ValueError: A value cannot be stored, for example a time without zone.
        """
        with _store_errors():
            return await self._run(work, self._writer)

    async def prove_writable(self) -> None:
        """Write what changes nothing: a full disk or a lost permission shows only in a write.

        Raises:
            StoreUnavailable: The database did not take it.
        """
        await self.write(touch)

    async def _run(self, work: Callable[[Connection], _T], engine: AsyncEngine) -> _T:
        async with self._turns:
            return await _unbroken(_transact(engine, work))


async def _transact(engine: AsyncEngine, work: Callable[[Connection], _T]) -> _T:
    async with engine.begin() as connection:
        return await connection.run_sync(work)


async def _unbroken(work: Coroutine[Any, Any, _T]) -> _T:
    """Await work to its end, even when the awaiting task is cancelled meanwhile; then the cancellation goes on."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if (error := task.exception()) is not None:
        _log.warning("transaction_failed_while_cancelled", error=repr(error))
    raise cancelled


# --- connections ------------------------------------------------------------------------------------------------------


def _engine(address: URL, *, busy_seconds: float) -> AsyncEngine:
    if address.get_backend_name() == "postgresql":
        return postgresql_engine(address)
    engine = create_async_engine(
        address,
        hide_parameters=True,
        pool_size=1,
        max_overflow=0,
        pool_reset_on_return=None,
        connect_args={"timeout": busy_seconds},
    )
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)
    return engine


def postgresql_engine(address: URL) -> AsyncEngine:
    """Make the connections to a PostgreSQL database.

    Raises:
        StartupError: Its driver is not installed.
    """
    try:
        return create_async_engine(
            address,
            hide_parameters=True,
            pool_size=_POOL,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"timeout": _COMMAND_SECONDS, "command_timeout": _COMMAND_SECONDS},
        )
    except ModuleNotFoundError as error:
        raise StartupError(
            f"DATABASE_URL: PostgreSQL needs the package {error.name}: install remix-bot[postgres].",
            exit_code=EXIT_CONFIG,
        ) from error


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Take the reins from Python's driver; let SQLite keep what it confirmed, and wipe what it erased (tokens)."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    """Begin a writing transaction as one: a reader that turns writer fails at once, whatever the busy timeout.

    A migration rebuilds tables, and the table that it drops may be referred to: foreign keys are off meanwhile, which
    can only be said outside a transaction. Source: https://www.sqlite.org/lang_altertable.html#otheralter
    """
    options = connection.get_execution_options()
    is_writing = options.get("is_writing", False)
    if not options.get("checks_foreign_keys", True):
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.info[_UNCHECKED] = True
    elif connection.info.pop(_UNCHECKED, False):
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _lock_files(address: URL, data_dir: Path) -> list[Path]:
    """Name the lock files of a SQLite database: its own, and that of the data folder, which may lie elsewhere."""
    if address.get_backend_name() == "postgresql":
        _make_folder(data_dir)
        return []
    file = Path(str(address.database)).resolve()
    for folder in (data_dir, file.parent):
        _make_folder(folder)
    return [data_dir / "remix.lock", file.with_name(f"{file.name}.lock")]


def _try_file(address: URL) -> None:
    """Open the file once without aiosqlite, whose thread would outlive a failure to open it."""
    with startup_errors(address):
        sqlite3.connect(str(address.database)).close()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"{folder}: this folder cannot be made ({error.strerror}). See DATA_DIR and DATABASE_URL.",
            exit_code=EXIT_UNAVAILABLE,
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StartupError(
            f"{folder}: this user may not write in this folder. Give it to the user that the bot runs as, or see "
            "DATA_DIR and DATABASE_URL.",
            exit_code=EXIT_UNAVAILABLE,
        )


# --- errors -----------------------------------------------------------------------------------------------------------


@contextmanager
def _store_errors() -> Generator[None]:
    """Let no exception of a library through."""
    try:
        yield
    except StatementError as error:
        if isinstance(error, DBAPIError):
            # SQLite answers in this process, and after an error nothing of the transaction is there.
            nothing_stored = isinstance(error.orig, sqlite3.Error)
            raise StoreUnavailable(_words(error), nothing_stored=nothing_stored) from error
        raise ValueError(str(error.orig)) from error
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailable(_words(error)) from error


@contextmanager
def startup_errors(address: URL) -> Generator[None]:
    """Turn what a database refuses at the start into a text for the operator.

    Raises:
        StartupError: It cannot be used.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError, ValueError) as error:
        raise StartupError(
            f"DATABASE_URL: {address.render_as_string(hide_password=True)} cannot be used: {_words(error)}. It was "
            "left as it is. Does it exist, may this user read and write it, and does no other program hold it?",
            exit_code=EXIT_UNAVAILABLE,
        ) from error


def _words(error: BaseException) -> str:
    """Say what went wrong in one line: the driver's words, without our statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(cause).split()).rstrip(".") or type(cause).__name__
