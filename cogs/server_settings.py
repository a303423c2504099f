"""``/settings``: what those who manage a server choose for it."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.client import RemixBot, bot_of
from bot.errors import Refused
from bot.ui.commands import words
from bot.ui.replies import acknowledge
from bot.ui.texts import say

ON, OFF = "on", "off"


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.default_permissions(manage_guild=True)
class ServerSettings(
    commands.GroupCog,
    group_name=words("command.settings"),
    group_description=words("command.settings.description"),
):
    """Discord shows these to members with Manage Server; who may change what is judged anew at each use."""

    @app_commands.command(
        name=words("command.settings.gallery"), description=words("command.settings.gallery.description")
    )
    @app_commands.describe(keep=words("command.settings.gallery.keep"))
    @app_commands.choices(keep=[Choice(name=words("choice.on"), value=ON), Choice(name=words("choice.off"), value=OFF)])
    async def gallery(self, interaction: discord.Interaction[RemixBot], keep: str | None = None) -> None:
        """Switch the gallery of this server on or off, and say what holds now."""
        guild_id = interaction.guild_id
        if guild_id is None or not _manages(interaction):
            raise Refused("not_a_manager")
        await acknowledge(interaction, ephemeral=True)
        servers = bot_of(interaction).servers
        if keep is not None:
            await servers.choose_keeping(guild_id, keeps=keep == ON)
        key = "settings.gallery_on" if await servers.keeps_inputs(guild_id) else "settings.gallery_off"
        await interaction.edit_original_response(content=say(key, str(interaction.locale)))


def _manages(interaction: discord.Interaction[RemixBot]) -> bool:
    return interaction.permissions.manage_guild or interaction.permissions.administrator


async def setup(bot: RemixBot) -> None:
    """Add the commands."""
    await bot.add_cog(ServerSettings())
