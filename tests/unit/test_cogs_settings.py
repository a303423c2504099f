"""``/settings``: what those who manage a server choose for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest

from tests.unit.discord_bench import DiscordBench, discord_bench, private_text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import simcord


@pytest.fixture
async def bench() -> AsyncGenerator[DiscordBench]:
    """A server with the bot in it."""
    async with discord_bench() as made:
        yield made


@pytest.fixture
def manager(bench: DiscordBench) -> simcord.MemberActor:
    """Somebody who manages the server."""
    role = bench.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return bench.guild.add_member(bench.env.create_user("olga"), roles=[role])


async def settings(bench: DiscordBench, person: simcord.MemberActor, **options: str) -> str:
    """Use the command and read its private answer."""
    return private_text(await person.slash(bench.art, "settings gallery", **options))


async def test_asked_without_a_choice_it_says_what_holds(bench: DiscordBench, manager: simcord.MemberActor) -> None:
    assert "The gallery is **on**" in await settings(bench, manager)


async def test_it_is_switched_off_and_on_again(bench: DiscordBench, manager: simcord.MemberActor) -> None:
    assert "The gallery is **off**" in await settings(bench, manager, keep="off")
    assert not await bench.servers.keeps_inputs(bench.guild.id)
    assert "The gallery is **off**" in await settings(bench, manager)
    assert "The gallery is **on**" in await settings(bench, manager, keep="on")
    assert await bench.servers.keeps_inputs(bench.guild.id)


async def test_who_does_not_manage_the_server_changes_nothing(bench: DiscordBench) -> None:
    data = {
        "id": "1",
        "name": "settings",
        "type": 1,
        "options": [{"name": "gallery", "type": 1, "options": [{"name": "keep", "type": 3, "value": "off"}]}],
    }
    said = private_text(await bench.send_raw(bench.mo, bench.art, 2, data))
    assert "Manage Server" in said
    assert await bench.servers.keeps_inputs(bench.guild.id)
