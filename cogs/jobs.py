"""``/jobs``: one's own remixes."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RemixBot, bot_of
from bot.ui.commands import words
from bot.ui.lists import own_jobs
from bot.ui.replies import acknowledge


class Jobs(commands.Cog):
    """What a member asks about their own jobs."""

    @app_commands.command(name=words("command.jobs"), description=words("command.jobs.description"))
    async def jobs(self, interaction: discord.Interaction[RemixBot]) -> None:
        """List one's own open and recent jobs."""
        await acknowledge(interaction, ephemeral=True)
        jobs = await bot_of(interaction).service.jobs_of(interaction.user.id)
        await interaction.edit_original_response(view=own_jobs(jobs, locale=str(interaction.locale)))


async def setup(bot: RemixBot) -> None:
    """Add the command."""
    await bot.add_cog(Jobs())
