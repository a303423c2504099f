"""The least bot that can answer a command in time: what an acknowledgement costs in discord.py alone."""

from __future__ import annotations

import os
from typing import Any

import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from typing_extensions import override
from yarl import URL


class EchoBot(discord.Client):
    """Defers ``/remix``, and does nothing more."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)

    @override
    async def setup_hook(self) -> None:
        @self.tree.command(name="remix", description="Does nothing")
        async def remix(interaction: discord.Interaction[Any], prompt: str, image1: discord.Attachment) -> None:
            del prompt, image1
            await interaction.response.defer(thinking=True)

        del remix
        await self.tree.sync()


if __name__ == "__main__":
    Route.BASE = os.environ["DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = URL(os.environ["DISCORD_GATEWAY_URL"])
    EchoBot().run(os.environ["DISCORD_TOKEN"], log_handler=None)
