"""Ready or not, and why: each reason by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from bot.domain.policy import Pause, PauseReason
from bot.errors import ProviderUnavailable, StoreUnavailable
from bot.ops.data_folder import DataFolder
from bot.ops.loop_lag import measured
from bot.ops.metrics import Metrics
from bot.ops.provider_watch import ProviderWatch
from bot.ops.readiness import LOOP_SILENCE, PROBE_EVERY, STUCK_AFTER, DatabaseProbe, Readiness
from tests.fakes import FakeClock, FakeProvider
from tests.unit.engine_bench import MODEL_ID

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class Patient:
    """A bot whose parts a test makes ill."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.provider = FakeProvider()
        self.watch = ProviderWatch(self.provider, metrics=Metrics(CollectorRegistry()), clock=self.clock)
        self.is_connected = True
        self.turned_at: datetime | None = self.clock.now()
        self.refreshed_at: datetime | None = self.clock.now()
        self.unreadable: list[str] = []
        self.other_process: str | None = None
        self.pause: Pause | None = None
        self.output_hosts: str | None = None
        self.publication: str | None = None
        self.lack: str | None = None
        self.writes = 0
        self.error: Exception | None = None
        self.answer = asyncio.Event()
        self.answer.set()
        self.probe = DatabaseProbe(self._write, clock=self.clock, patience_seconds=0.01)
        self.storage: str | None = None
        self.readiness = Readiness(
            is_connected=lambda: self.is_connected,
            turned_at=lambda: self.turned_at,
            refreshed_at=lambda: self.refreshed_at,
            unreadable=lambda: self.unreadable,
            other_process=lambda: self.other_process,
            pause=lambda: self.pause,
            output_hosts=lambda: self.output_hosts,
            publication=lambda: self.publication,
            storage=lambda: self.storage,
            room=lambda: self.lack,
            database=self.probe,
            provider=self.watch,
            clock=self.clock,
        )

    async def _write(self) -> None:
        self.writes += 1
        await self.answer.wait()
        if self.error is not None:
            raise self.error


@pytest.fixture
async def patient() -> Patient:
    """A bot that is well."""
    return Patient()


async def test_a_bot_that_is_well_is_ready_and_says_so_of_each_part(patient: Patient) -> None:
    report = await patient.readiness.ready()

    assert (report.live, report.ready) == (True, True)
    assert report.notes == {
        "gateway": "connected",
        "loop": "turns",
        "database": "writable",
        "provider": "not asked yet",
    }


async def test_a_data_folder_that_is_gone_is_named_and_it_is_not_ready(patient: Patient) -> None:
    patient.storage = "data is gone"

    report = await patient.readiness.ready()

    assert (report.live, report.ready, report.notes["data_folder"]) == (True, False, "data is gone")


def test_a_folder_or_a_database_that_was_deleted_or_replaced_is_noticed(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "remix.db"
    data.mkdir()
    file.touch()
    folder = DataFolder(data, url=f"sqlite+aiosqlite:///{file}")
    assert folder.trouble() is None

    kept = data.rename(tmp_path / "kept")
    assert folder.trouble() == f"{data} is gone; put it back and restart the bot"
    data.mkdir()
    assert folder.trouble() == f"{data} is another one than at the start; restart the bot"
    data.rmdir()
    kept.rename(data)
    assert folder.trouble() is None

    file.unlink()
    assert folder.trouble() == f"{file} is gone; put it back and restart the bot"


async def test_without_its_gateway_it_is_alive_and_not_ready(patient: Patient) -> None:
    patient.is_connected = False

    report = await patient.readiness.ready()

    assert (report.live, report.ready, report.notes["gateway"]) == (True, False, "not connected")


async def test_a_loop_that_does_not_turn_is_dead_and_one_that_has_not_begun_is_not_ready(patient: Patient) -> None:
    patient.clock.forward(LOOP_SILENCE)
    stuck = await patient.readiness.ready()
    assert (stuck.live, stuck.ready, stuck.notes["loop"]) == (False, False, "does not turn")

    patient.turned_at = None
    fresh = await patient.readiness.ready()
    assert (fresh.live, fresh.ready, fresh.notes["loop"]) == (True, False, "not begun")


async def test_a_loop_that_reads_no_jobs_is_not_ready_and_dead_after_some_minutes(patient: Patient) -> None:
    patient.turned_at = patient.clock.forward(LOOP_SILENCE)
    unread = await patient.readiness.ready()
    assert (unread.live, unread.ready) == (True, False)
    assert unread.notes["jobs"] == "not read from the database for 60 s"

    patient.turned_at = patient.clock.forward(STUCK_AFTER - LOOP_SILENCE)
    assert not (await patient.readiness.ready()).live

    patient.refreshed_at = patient.clock.now()
    assert (await patient.readiness.ready()).ready


async def test_a_published_schema_that_differs_is_told_and_keeps_nobody_from_work(patient: Patient) -> None:
    patient.publication = "m differs from the catalog"

    report = await patient.readiness.ready()

    assert (report.ready, report.notes["model"]) == (True, "m differs from the catalog")


async def test_another_process_with_the_same_token_makes_it_not_ready(patient: Patient) -> None:
    patient.other_process = "another process answers"

    report = await patient.readiness.ready()

    assert (report.live, report.ready, report.notes["other_process"]) == (True, False, "another process answers")


async def test_jobs_whose_rows_cannot_be_read_are_named(patient: Patient) -> None:
    patient.unreadable = [f"bad{number}" for number in range(7)]

    report = await patient.readiness.ready()

    assert (report.live, report.ready) == (True, True)
    assert report.notes["unreadable_jobs"].startswith("the rows of bad0, bad1, bad2, bad3, bad4 and 2 more cannot")


async def test_a_provider_that_does_not_answer_is_named_without_asking_it_again(patient: Patient) -> None:
    patient.provider.fail("model", ProviderUnavailable("no connection"))
    with pytest.raises(ProviderUnavailable):
        await patient.watch.model(MODEL_ID)

    for _ in range(3):
        report = await patient.readiness.ready()
        assert (report.live, report.ready) == (True, False)
        assert report.notes["provider"] == "ProviderUnavailable: no connection (0 s ago)"
    assert patient.provider.calls == ["model"]


async def test_a_pause_is_told_with_its_reason(patient: Patient) -> None:
    now = patient.clock.now()
    patient.pause = Pause(PauseReason.OUT_OF_CREDIT, "no credit", now, now + timedelta(minutes=10))

    report = await patient.readiness.ready()

    assert (report.live, report.ready) == (True, False)
    assert report.notes["paused"].startswith("out_of_credit since 2026-05-04T12:00:00")
    assert "tried again at 2026-05-04T12:10:00" in report.notes["paused"]
    assert patient.readiness.live().notes["paused"] == report.notes["paused"]


async def test_a_database_that_refuses_to_be_written_is_named_until_it_takes_a_write(patient: Patient) -> None:
    patient.error = StoreUnavailable("database or disk is full")
    report = await patient.readiness.ready()
    assert (report.live, report.ready, report.notes["database"]) == (True, False, "database or disk is full")

    patient.error = None
    patient.clock.forward(PROBE_EVERY)
    assert (await patient.readiness.ready()).ready


async def test_however_often_one_asks_the_database_is_written_to_seldom(patient: Patient) -> None:
    for _ in range(20):
        assert (await patient.readiness.ready()).ready
        patient.clock.forward(1)

    assert patient.writes == 4


async def test_a_database_that_does_not_answer_holds_up_nobody_and_is_not_asked_twice(patient: Patient) -> None:
    patient.answer.clear()
    for _ in range(3):
        report = await patient.readiness.ready()
        assert (report.ready, report.notes["database"]) == (False, "no answer within 0.01 s")
        patient.clock.forward(PROBE_EVERY)
    assert patient.writes == 1

    patient.answer.set()
    assert (await patient.readiness.ready()).ready


async def test_a_mistake_of_ours_in_the_probe_is_not_hidden(patient: Patient) -> None:
    patient.error = RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        await patient.readiness.ready()


async def test_the_lag_of_the_event_loop_is_measured_again_and_again() -> None:
    lags: list[float] = []
    enough = asyncio.Event()

    def note(lag: float) -> None:
        lags.append(lag)
        if len(lags) == 3:
            enough.set()

    async with measured(note, every_seconds=0.001):
        await enough.wait()
    assert len(lags) == 3
    assert all(0 <= lag < 5 for lag in lags)


async def test_a_bot_without_room_for_results_is_not_ready_and_says_what_is_lacking(patient: Patient) -> None:
    patient.lack = "10 MB are free"
    report = await patient.readiness.ready()

    assert (report.live, report.ready, report.notes["room"]) == (True, False, "10 MB are free")
