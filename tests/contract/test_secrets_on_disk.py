"""What the database file itself holds of secrets: what was erased must not linger in its free pages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.remix_request import Input, RemixRequest
from tests.contract.store_cases import sql_bench

if TYPE_CHECKING:
    from pathlib import Path

SIGNATURE = "c0ffee" * 10 + "cafe"
TOKEN = "aW50ZXJhY3Rpb246c2VjcmV0-of-a-member"


async def test_an_interaction_token_that_was_erased_is_gone_from_the_files_too(tmp_path: Path) -> None:
    file = tmp_path / "remix.db"
    async with sql_bench(f"sqlite+aiosqlite:///{file}", tmp_path) as bench:
        for _ in range(30):
            await bench.accepted(interaction_token=TOKEN, token_expires_at=bench.clock.now() + timedelta(minutes=14))
        bench.clock.forward(timedelta(minutes=14))
        assert await bench.store.erase_tokens(now=bench.clock.now()) == 30

    left = [one.name for one in tmp_path.iterdir() if TOKEN.encode() in one.read_bytes()]
    assert left == []


async def test_a_signature_that_was_erased_is_gone_from_the_files_too(tmp_path: Path) -> None:
    file = tmp_path / "remix.db"
    async with sql_bench(f"sqlite+aiosqlite:///{file}", tmp_path) as bench:
        until = bench.clock.now() + timedelta(days=1)
        url = f"https://cdn.discordapp.com/a/b/cat.png?ex={int(until.timestamp()):x}&is=1&hm={SIGNATURE}"
        one = Input(url, "cat.png", "image/png", 1000, 640, 480)
        for _ in range(30):
            job = await bench.accepted(request=RemixRequest("a/b", "as a fossil", (one,)))
            await bench.store.request_cancel(job.id, by=job.origin.user_id, at=bench.clock.now())
        bench.clock.forward(timedelta(days=1))
        assert await bench.store.erase_signatures(now=bench.clock.now(), limit=100) == 30

    left = [one.name for one in tmp_path.iterdir() if SIGNATURE.encode() in one.read_bytes()]
    assert left == []
