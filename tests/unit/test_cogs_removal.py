"""The bot is removed from a server while it answers a command there: nothing more is written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from bot.domain.job import Artifact
from bot.domain.status import JobStatus
from bot.errors import StoreUnavailable
from tests.fake_store import FakeJobStore
from tests.unit.discord_bench import PICTURE, DiscordBench, discord_bench, png

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    import simcord

    from bot.domain.job import Job
    from bot.domain.ledger import Entry


class LeavingStore(FakeJobStore):
    """Lets the bot be removed while a command waits for the database."""

    bench: DiscordBench | None = None

    @override
    async def accept(self, job: Job, entries: Sequence[Entry]) -> Job:
        """Accept a job, or let the bot be removed and fail."""
        if self.bench is None:
            return await super().accept(job, entries)
        await self._leave(self.bench)
        raise StoreUnavailable("broken", nothing_stored=True)

    @override
    async def artifacts(self, job_id: str) -> list[Artifact]:
        """Read outputs; the bot may be removed meanwhile."""
        if self.bench is not None:
            await self._leave(self.bench)
        return await super().artifacts(job_id)

    async def _leave(self, bench: DiscordBench) -> None:
        if bench.bot.get_guild(bench.guild.id) is None:
            return
        hearing = asyncio.ensure_future(bench.bot.wait_for("guild_remove"))
        await asyncio.sleep(0)
        bench.env.backend.emit("GUILD_DELETE", {"id": str(bench.guild.id)})
        await hearing


def is_untouched(said: simcord.InteractionResult) -> bool:
    """Whether nothing followed the acknowledgement."""
    assert said.response is not None
    written = (said.response.content, said.response.components, said.response.attachments, said.followups)
    return said.deferred and not any(written)


@pytest.fixture
async def bench() -> AsyncGenerator[DiscordBench]:
    """A server with the bot in it."""
    async with discord_bench(LeavingStore()) as made:
        yield made


async def test_a_result_that_was_asked_for_is_not_shown(bench: DiscordBench) -> None:
    job = await bench.store.advance(await bench.run(await bench.remix()), JobStatus.SUCCEEDED)
    (bench.shows_folder / job.id).write_bytes(png())
    await bench.store.save_artifacts([Artifact(job.id, 0, "https://x", job.id, "image/png", 1000, "00", 640, 480)])
    await bench.store.note(job.id, delivered_at=bench.now())
    assert isinstance(bench.store, LeavingStore)
    bench.store.bench = bench
    said = await bench.mira.slash(bench.art, "jobs show", id=job.id)

    assert is_untouched(said)


async def test_a_command_that_fails_meanwhile_is_not_withdrawn_in_public(bench: DiscordBench) -> None:
    assert isinstance(bench.store, LeavingStore)
    bench.store.bench = bench
    said = await bench.mira.slash(bench.art, "remix", prompt="as an oil painting", image1=PICTURE)

    assert is_untouched(said)
