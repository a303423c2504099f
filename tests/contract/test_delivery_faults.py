"""One fault of Discord each, between us and the message that is owed: it is posted once, whatever was answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import discord
import pytest

from bot.domain.job import Artifact
from bot.domain.status import JobStatus
from bot.engine.deliver import DeliverStep
from bot.engine.fitting import Fitting
from bot.ui.courier import DiscordCourier
from sandbox.faults import Fault, Faults
from tests.contract.discord_bench import picture
from tests.contract.post_office import PostOffice
from tests.fake_inspector import FakeInspector
from tests.fake_store import FakeJobStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bot.domain.job import Job

ATTEMPTS: Final = 6
"""How often the engine would try within the first minute."""


@pytest.fixture
def faults() -> Faults:
    """What Discord does wrong on demand."""
    return Faults()


@pytest.fixture
async def office(tmp_path: Path, faults: Faults) -> AsyncIterator[PostOffice]:
    """A courier at work."""
    async with PostOffice.open(tmp_path, faults=faults) as opened:
        yield opened


class RealTime:
    """The machine's time, or another machine's."""

    def __init__(self, *, ahead: timedelta = timedelta()) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """Tell the time."""
        return discord.utils.utcnow() + self._ahead


async def delivered(office: PostOffice, job: Job, folder: Path, *, ahead: timedelta = timedelta()) -> Job:
    """Let the engine's step try until the job is delivered."""
    clock = RealTime(ahead=ahead)
    store = FakeJobStore(clock=clock.now)
    done = replace(job, status=JobStatus.SUCCEEDED, created_at=job.created_at + ahead)
    await store.accept(done, ())
    (folder / "picture").write_bytes(picture())
    await store.save_artifacts([Artifact(job.id, 0, "https://x", "picture", "image/png")])
    courier = DiscordCourier(office.client, model_names=str, now=clock.now)
    fitting = Fitting(store=store, inspector=FakeInspector(), permits=bool, data_dir=folder, clock=clock)
    step = DeliverStep(store=store, courier=courier, fitting=fitting, models={}, data_dir=folder, clock=clock)
    for _ in range(ATTEMPTS):
        try:
            done = await step.run(done)
        except Exception:  # noqa: BLE001, S112 - the loop tries again whatever it was
            continue
        if done.delivered_at is not None:
            break
    return done


def limited(scope: str) -> Fault:
    """Discord's own 429 with its body, which discord.py waits for."""
    is_global = "true" if scope == "global" else "false"
    headers = {"X-RateLimit-Scope": scope, "Retry-After": "1", "Via": "1.1 google", "Content-Type": "application/json"}
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    body = f'{{"message": "You are being rate limited.", "retry_after": 0.05, "global": {is_global}}}'
    return Fault.answer(429, body, headers=headers, times=2)


FAULTS: Final[Mapping[str, Fault]] = {
    "a limit of the route": limited("user"),
    "a limit shared by all": limited("shared"),
    "the global limit": limited("global"),
    "a limit at the edge, which is no JSON": Fault.answer(429, "error code: 1015", headers={"Retry-After": "1"}),
    "an error before it was posted": Fault.server_error(503),
    "an error after it was posted": Fault.server_error(503, after_commit=True),
    "an error that the library tries again itself": Fault.server_error(500, after_commit=True),
    "a reset before it was posted": Fault.drop(),
    "a reset after it was posted": Fault.drop(after_commit=True),
    "two resets after it was posted": Fault.drop(after_commit=True, times=2),
    "an answer that breaks off": Fault.answer(
        200, '{"id": "1', headers={"Content-Type": "application/json"}, after_commit=True
    ),
    "an answer without an id": Fault.answer(200, "{}", headers={"Content-Type": "application/json"}, after_commit=True),
    "a page of somebody else's": Fault.answer(200, "<html>", headers={"Content-Type": "text/html"}, after_commit=True),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_result_is_posted_once_through(office: PostOffice, faults: Faults, tmp_path: Path, name: str) -> None:
    job = await office.opened()
    faults.add(replace(FAULTS[name], method="POST", route="/api/v10/channels/{id}/messages"))

    done = await delivered(office, job, tmp_path)

    assert done.delivered_at is not None
    assert len(office.posted(job.origin.target_id)) == 1
    assert faults.fired


@pytest.mark.parametrize("ahead", [timedelta(minutes=-30), timedelta(minutes=30)])
async def test_a_lost_answer_is_found_although_our_clock_and_discords_differ(
    office: PostOffice, faults: Faults, tmp_path: Path, ahead: timedelta
) -> None:
    job = await office.opened()
    office.sandbox.services.messages.nonce_window = timedelta()
    faults.add(Fault.drop(method="POST", route="/api/v10/channels/{id}/messages", after_commit=True))

    done = await delivered(office, job, tmp_path, ahead=ahead)

    assert done.delivered_at is not None
    assert len(office.posted(job.origin.target_id)) == 1
