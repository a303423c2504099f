"""``/jobs``: one's own remixes, and results shown once more."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RemixBot, bot_of
from bot.ui.access import person_of
from bot.ui.commands import MAX_CHOICES, job_choices, words
from bot.ui.links import links_to
from bot.ui.lists import own_jobs
from bot.ui.replies import acknowledge
from bot.ui.showing import show_here


class Jobs(commands.GroupCog, group_name=words("command.jobs"), group_description=words("command.jobs.description")):
    """What a member asks about their own jobs, and about results that they may see."""

    @app_commands.command(name=words("command.jobs.list"), description=words("command.jobs.list.description"))
    async def list_jobs(self, interaction: discord.Interaction[RemixBot]) -> None:
        """List one's own open and recent jobs."""
        await acknowledge(interaction, ephemeral=True)
        jobs = await bot_of(interaction).service.jobs_of(interaction.user.id)
        links, hidden = await links_to(interaction, jobs), person_of(interaction).hidden_here(jobs)
        view = own_jobs(jobs, links=links, locale=str(interaction.locale), hidden=hidden)
        await interaction.edit_original_response(view=view)

    @app_commands.command(name=words("command.jobs.show"), description=words("command.jobs.show.description"))
    @app_commands.rename(job_id=words("command.jobs.show.id"))
    @app_commands.describe(job_id=words("command.jobs.show.id.description"))
    async def show(self, interaction: discord.Interaction[RemixBot], job_id: app_commands.Range[str, 1, 100]) -> None:
        """Show a result here."""
        await show_here(interaction, job_id)

    @show.autocomplete("job_id")
    async def suggest(self, interaction: discord.Interaction[RemixBot], typed: str) -> list[app_commands.Choice[str]]:
        """Suggest one's own recent jobs, those first that wait to be shown."""
        jobs = await bot_of(interaction).service.jobs_of(interaction.user.id, limit=MAX_CHOICES)
        hidden, locale = person_of(interaction).hidden_here(jobs), str(interaction.locale)
        return job_choices(jobs, typed=typed, now=discord.utils.utcnow(), locale=locale, hidden=hidden)


async def setup(bot: RemixBot) -> None:
    """Add the commands."""
    await bot.add_cog(Jobs())
