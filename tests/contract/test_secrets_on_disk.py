"""What the database file itself holds of secrets: what was erased must not linger in its free pages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.contract.store_cases import sql_bench

if TYPE_CHECKING:
    from pathlib import Path

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
