"""The pace of cards, end to end: many old ones in one channel hold up no result, there or in another."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sandbox.discord.actor import UploadedFile
from sandbox.discord.ratelimit import OBSERVED
from tests.e2e.test_places import small_picture
from tests.e2e.town import Town

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord.state import Channel, Message

OLD: Final = 30


async def remix(town: Town, channel: Channel, prompt: str) -> Message:
    """Let Ada remix a picture that is quickly read, and wait for the card."""
    options = {"prompt": prompt, "image1": UploadedFile("small.png", small_picture())}
    return await town.card(await town.person("ada").slash(channel.id, "remix", options))


def forget_tokens(town: Town) -> None:
    """Let every card be older than its token, as after a quarter of an hour."""
    database = sqlite3.connect(town.data_dir / "remix.db")
    with database:
        database.execute("UPDATE jobs SET interaction_token = NULL, token_expires_at = NULL")
    database.close()


async def test_thirty_old_cards_in_one_channel_do_not_hold_up_results_there_or_in_another(tmp_path: Path) -> None:
    async with Town(tmp_path, settings={"MAX_IN_FLIGHT": "60"}) as town:
        town.runcomfy.knobs = replace(town.runcomfy.knobs, slots=OLD + 1, run_seconds=0.0, painted=False)
        town.runcomfy.timeline.hold()
        await town.start_bot()
        old = [await remix(town, town.channel("lobby"), f"as number {number}") for number in range(OLD)]
        await town.until_written("kept_at", lambda found: None not in found)
        await town.until_written("status", lambda found: set(found) == {"in_queue"})
        await town.bot.kill()
        await asyncio.to_thread(forget_tokens, town)
        town.discord.limiter.limits = OBSERVED
        await town.restart_bot()
        awaited = await remix(town, town.channel("art"), "as the one that is awaited")
        await town.until_written("status", lambda found: set(found) == {"in_queue"})
        town.runcomfy.timeline.release()
        for card in (awaited, *old):
            await town.results_in(card.id)
        done = sum("Done" in town.text(one) for one in old)

        assert done < OLD // 2
        assert town.servers.violations == []
        assert "We are being rate limited" not in town.bot.log()
