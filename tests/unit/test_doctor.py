"""What the doctor concludes from what it sees."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.doctor.discord_side import judge_clock, judge_server, judge_sessions, read_skew
from bot.doctor.finding import Level, exit_code, good, misconfigured, unavailable, warning
from bot.doctor.machine import LITTLE_BYTES, TOO_LITTLE_BYTES, check_database, judge_folder, judge_room
from bot.doctor.provider import check_hosts
from bot.doctor.running_bot import check_running_bot
from bot.engine.data_room import RoomLimits
from bot.errors import EXIT_CONFIG, EXIT_UNAVAILABLE
from bot.ops.health import HealthReport, HealthServer
from bot.settings import Settings
from bot.store.database import Database
from tests.newest_schema import NEWEST_SCHEMA

NOW = datetime(2026, 5, 4, 12, 0, 0, 500_000, tzinfo=UTC)


def _settings(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite+aiosqlite:///{folder / 'remix.db'}", data_dir=folder)


def test_the_exit_code_names_the_gravest_finding() -> None:
    assert exit_code([]) == 0
    assert exit_code([good("a", "b"), warning("c", "d")]) == 0
    assert exit_code([warning("c", "d"), unavailable("e", "f")]) == EXIT_UNAVAILABLE
    assert exit_code([misconfigured("g", "h"), unavailable("e", "f")]) == EXIT_CONFIG


def test_a_finding_is_one_line_whatever_a_server_is_called() -> None:
    line = warning('Server "\x1b[2J\nfail  Discord: gone"', "two\nlines \x1b[31m").line()

    assert line.startswith('warn  Server "')
    assert line.isprintable()


# --- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "level"), [(0, Level.OK), (1.5, Level.OK), (-5, Level.WARN), (59, Level.WARN), (-3600, Level.FAIL)]
)
def test_a_clock_that_is_off_is_said_with_its_sign(seconds: float, level: Level) -> None:
    finding = judge_clock([timedelta(seconds=seconds), timedelta(hours=9)])

    assert finding.level is level
    if level is not Level.OK:
        assert f"{seconds:+.1f} s" in finding.text
        assert "NTP" in finding.text


def test_a_date_header_is_read_in_the_middle_of_its_second() -> None:
    assert read_skew("Mon, 04 May 2026 12:00:00 GMT", now=NOW) == timedelta()
    assert read_skew("Mon, 04 May 2026 11:59:00 GMT", now=NOW) == timedelta(seconds=60)
    for unreadable in (None, "", "tomorrow", "Mon, 04 May 2026 12:00:00"):
        assert read_skew(unreadable, now=NOW) is None
    assert judge_clock([]).level is Level.WARN


# --- servers ----------------------------------------------------------------------------------------------------------


def test_a_server_in_which_the_bot_works_is_well_even_with_hidden_channels() -> None:
    finding = judge_server("S", {"#art": [], "#staff": ["view_channel", "send_messages"]})

    assert (finding.level, finding.text) == (Level.OK, "works in 1 of 2 channels, 1 are hidden from it.")


def test_what_is_missing_is_named_by_channel() -> None:
    finding = judge_server("S", {"#art": [], "#b": ["attach_files"], "#c": ["send_messages", "read_message_history"]})

    assert finding.level is Level.WARN
    assert "#b lacks Attach Files; #c lacks Send Messages, Read Message History" in finding.text


def test_what_is_missing_everywhere_is_said_once() -> None:
    finding = judge_server("S", {f"#{number}": ["attach_files"] for number in range(50)})

    assert finding.level is Level.WARN
    assert "lacks Attach Files everywhere" in finding.text
    assert "#1" not in finding.text


def test_many_flawed_channels_are_counted_after_the_first_few() -> None:
    finding = judge_server("S", {"#fine": [], **{f"#{number}": ["attach_files"] for number in range(50)}})

    assert finding.text.count("lacks") == 5
    assert "and 45 more" in finding.text


def test_few_sessions_are_a_warning() -> None:
    assert judge_sessions(1, 900, 1000).level is Level.OK
    assert judge_sessions(1, 3, 1000).level is Level.WARN
    assert judge_sessions(16, 15, 1000).level is Level.WARN


# --- this machine -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "level"),
    [(LITTLE_BYTES, Level.OK), (LITTLE_BYTES - 1, Level.WARN), (TOO_LITTLE_BYTES - 1, Level.FAIL)],
)
def test_the_room_on_the_disk_is_judged(free: int, level: Level) -> None:
    assert judge_room(free, Path("data")).level is level


def test_a_data_folder_that_is_full_by_its_setting_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\0" * 1_000_001)

    found = judge_folder(tmp_path, RoomLimits(quota_mb=1))
    assert (found.level, found.exit_code) == (Level.FAIL, EXIT_UNAVAILABLE)
    assert "DATA_QUOTA_MB" in found.text


def test_a_data_folder_is_tried_even_where_it_is_yet_to_be_made(tmp_path: Path) -> None:
    assert judge_folder(tmp_path / "a" / "b").level is not Level.FAIL
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()

    refused = judge_folder(tmp_path / "file")
    assert (refused.level, refused.exit_code) == (Level.FAIL, EXIT_UNAVAILABLE)
    assert "DATA_DIR" in refused.text


async def test_the_database_is_looked_at_while_a_bot_has_it_and_left_as_it_is(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    absent = await check_database(settings)
    assert (absent.level, absent.text) == (Level.OK, "there is none yet; the first start makes it.")
    assert list(tmp_path.iterdir()) == []

    async with Database.open(settings.database_url, data_dir=tmp_path) as database:
        found = await check_database(settings)
        assert (found.level, found.text) == (Level.OK, f"takes writes, schema {NEWEST_SCHEMA}.")
        await database.write(
            lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        )
        older = await check_database(settings)
        assert (older.level, older.text) == (
            Level.OK,
            f"takes writes; the next start brings schema 0001 to {NEWEST_SCHEMA}.",
        )
        await database.write(
            lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9'"))
        )
        newer = await check_database(settings)
        assert (newer.level, newer.exit_code) == (Level.FAIL, EXIT_CONFIG)
        assert "newer version" in newer.text


async def test_a_database_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    (tmp_path / "remix.db").write_bytes(b"These are holiday notes, not a database. " * 100)
    before = (tmp_path / "remix.db").read_bytes()

    finding = await check_database(settings)

    assert (finding.level, finding.exit_code) == (Level.FAIL, EXIT_UNAVAILABLE)
    assert "not a database" in finding.text
    assert (tmp_path / "remix.db").read_bytes() == before


async def test_looking_at_a_database_writes_nothing_into_it(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    async with Database.open(settings.database_url, data_dir=tmp_path):
        pass
    before = (tmp_path / "remix.db").read_bytes()

    assert (await check_database(settings)).level is Level.OK
    assert (tmp_path / "remix.db").read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "remix.db")) as shell:
        assert shell.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# --- hosts ------------------------------------------------------------------------------------------------------------


async def test_hosts_are_tried_and_suffixes_cannot_be() -> None:
    suffix = await check_hosts("H", [".runcomfy.net"])
    assert (suffix.level, "cannot be tried beforehand" in suffix.text) == (Level.OK, True)

    closed = await check_hosts("H", ["http://127.0.0.1:1"])
    assert closed.level is Level.WARN
    assert "127.0.0.1:1 cannot be reached" in closed.text


# --- the bot that runs ------------------------------------------------------------------------------------------------


async def test_what_a_running_bot_says_of_itself_is_told(tmp_path: Path) -> None:
    report = HealthReport(live=True, ready=False, notes={"loop": "turns", "other_process": "another one answers"})
    async with HealthServer("127.0.0.1", 0, lambda: report) as server:
        port = int(server.url.rpartition(":")[2])
        settings = Settings(data_dir=tmp_path, http_host="127.0.0.1", http_port=port)
        asked = await check_running_bot(settings)
    none_there = await check_running_bot(settings)

    assert (asked.level, asked.text) == (Level.WARN, "not ready. other_process: another one answers")
    assert (none_there.level, none_there.text) == (Level.OK, "none answers on HTTP_HOST and HTTP_PORT.")
