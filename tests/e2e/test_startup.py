"""Starting and stopping the process: every problem at once, one process a database, and an orderly end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.bot_process import BotProcess
from tests.e2e.town import Town

if TYPE_CHECKING:
    from pathlib import Path


async def test_missing_and_bad_settings_end_the_start_with_78_and_all_their_names(tmp_path: Path) -> None:
    process = BotProcess({"MAX_IN_FLIGHT": "zero", "DATABASE_URL": "mysql://x"}, folder=tmp_path)
    await process.start()

    assert await process.wait() == 78
    for name in ("DISCORD_TOKEN", "RUNCOMFY_API_TOKEN", "MAX_IN_FLIGHT", "DATABASE_URL"):
        assert name in process.log()


async def test_a_public_url_without_a_port_to_serve_it_ends_the_start_with_78_and_both_names(tmp_path: Path) -> None:
    tokens = {"DISCORD_TOKEN": "a.discord.token", "RUNCOMFY_API_TOKEN": "a-runcomfy-token"}
    process = BotProcess({**tokens, "PUBLIC_URL": "https://bot.example.org", "HTTP_PORT": "0"}, folder=tmp_path)
    await process.start()

    assert await process.wait() == 78
    assert "PUBLIC_URL: inputs are served on HTTP_PORT, which is 0. Choose a port, or unset it." in process.log()
    assert not list(tmp_path.rglob("*.db"))


async def test_a_token_that_discord_refuses_ends_the_start_with_78(tmp_path: Path) -> None:
    async with Town(tmp_path, settings={"DISCORD_TOKEN": "not.the.token"}) as town:
        process = town.new_process()
        await process.start()

        assert await process.wait() == 78
        assert "DISCORD_TOKEN" in process.log()
        assert "not.the.token" not in process.log()


async def test_a_second_process_on_the_same_database_refuses_to_start_and_says_why(town: Town) -> None:
    second = town.new_process()
    await second.start()

    assert await second.wait() == 69
    assert "another" in second.log().lower()


async def test_a_signal_ends_the_process_in_order_within_ten_seconds(town: Town) -> None:
    town.runcomfy.timeline.hold()
    await town.card(await town.remix("ada", "as silk"))

    assert await town.bot.stop() == 0
    assert '"stopping"' in town.bot.log()


async def test_no_token_is_ever_written_to_the_log(tmp_path: Path) -> None:
    async with Town(tmp_path, settings={"LOG_LEVEL": "DEBUG"}) as town:
        await town.start_bot()
        exchange = await town.remix("ada", "as wool")
        card = await town.card(exchange)
        await town.results_in(card.id)
        await town.bot.stop()

        log = town.bot.log()
        assert town.discord.token not in log
        assert exchange.interaction.token not in log
        assert "sandbox-runcomfy-token" not in log
        assert "hm=" not in log
