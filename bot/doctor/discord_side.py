"""Discord: the token, the intents, the clock, the gateway, and what the bot is allowed in each server.

Asked over REST alone: a second connection to the gateway would disturb a bot that runs.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
from discord.http import Route

from bot.client import may_be_brought_along
from bot.doctor.finding import Finding, good, misconfigured, unavailable, warning
from bot.doctor.provider import check_hosts
from bot.ui.access import NEEDED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
    from types import SimpleNamespace

    from bot.settings import Settings

SERVERS_AT_MOST: Final = 100
CHANNELS_NAMED: Final = 5
FEW_SESSIONS: Final = 10
PATIENCE_SECONDS: Final = 120.0
SKEW_SEEN: Final = timedelta(seconds=2)
"""The Date header counts whole seconds, so less than this cannot be told from nothing."""
SKEW_HARMFUL: Final = timedelta(seconds=60)


async def check_discord(
    settings: Settings, *, invite_to: Callable[[int], str], now: Callable[[], datetime] = discord.utils.utcnow
) -> AsyncGenerator[Finding]:
    """Log in as the bot and look around.

    Args:
        settings: Where Discord is, and the token.
        invite_to: Makes the address that lets an application into a server.
        now: The time, aware.
    """
    skews: list[timedelta] = []
    client = discord.Client(intents=discord.Intents.none())
    client.http.http_trace = _reading_dates(skews, now=now)
    Route.BASE = settings.discord_api_url
    async with client:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await client.login(settings.require_run().discord.get_secret_value())
                async for finding in _look_around(client, settings, skews=skews, invite_to=invite_to):
                    yield finding
        except discord.LoginFailure:
            yield misconfigured(
                "Discord token", "refused; reset it at https://discord.com/developers/applications (DISCORD_TOKEN)."
            )
        except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
            yield unavailable(
                "Discord",
                f"{settings.discord_api_url} does not answer as it should ({type(error).__name__}: {error}). Is "
                "DISCORD_API_URL right, is there a network?",
            )


async def _look_around(
    client: discord.Client, settings: Settings, *, skews: Sequence[timedelta], invite_to: Callable[[int], str]
) -> AsyncGenerator[Finding]:
    yield good("Discord token", f"taken; the bot is {client.user} of application {client.application_id}.")
    yield good("Intents", "the bot asks for `guilds` alone, which needs no approval.")
    yield judge_installs(client.application)
    yield judge_clock(skews)
    shards, url, limit = await client.http.get_bot_gateway()
    yield judge_sessions(shards, limit["remaining"], limit["total"])
    yield await check_hosts("Gateway", [settings.discord_gateway_url or url])
    servers = [guild async for guild in client.fetch_guilds(limit=SERVERS_AT_MOST)]
    if not servers:
        yield warning("Servers", f"the bot is in none. Let it in: {invite_to(client.application_id or 0)}")
    for server in servers:
        yield await _check_server(client, server)
    if len(servers) == SERVERS_AT_MOST:
        yield warning("Servers", f"only the first {SERVERS_AT_MOST} were looked at.")


async def _check_server(client: discord.Client, server: discord.Guild) -> Finding:
    subject = f'Server "{server.name}"'
    if client.user is None:  # pragma: no cover - logged in
        return unavailable(subject, "not logged in.")
    try:
        guild = await client.fetch_guild(server.id, with_counts=False)
        member = await guild.fetch_member(client.user.id)
        channels = await guild.fetch_channels()
    except discord.HTTPException as error:
        return warning(subject, f"could not be looked at ({error}).")
    lacking: dict[str, list[str]] = {}
    for channel in channels:
        if channel.type in NEEDED:
            allowed = channel.permissions_for(member)
            needed = () if allowed.administrator else NEEDED[channel.type]
            lacking[f"#{channel.name}"] = [name for name in needed if not getattr(allowed, name)]
    return judge_server(subject, lacking)


def judge_server(subject: str, lacking: Mapping[str, Sequence[str]]) -> Finding:
    """Say in which channels the bot can work, and what it lacks in the others.

    Args:
        subject: The server.
        lacking: What is not allowed in each channel, by discord.py's names.
    """
    open_to_us = [name for name, names in lacking.items() if not names]
    hidden = [name for name, names in lacking.items() if "view_channel" in names]
    flawed = {name: names for name, names in lacking.items() if names and name not in hidden}
    unseen = f", {len(hidden)} are hidden from it" if hidden else ""
    told = f"works in {len(open_to_us)} of {len(lacking)} channels{unseen}."
    if not flawed and open_to_us:
        return good(subject, told)
    kinds = {name for names in lacking.values() for name in names}
    everywhere = sorted(kind for kind in kinds if all(kind in names for names in lacking.values()))
    if everywhere:
        return warning(subject, f"{told} Its role lacks {_words(everywhere)} everywhere: grant that in the server.")
    named = "; ".join(f"{name} lacks {_words(names)}" for name, names in list(flawed.items())[:CHANNELS_NAMED])
    more = f"; and {len(flawed) - CHANNELS_NAMED} more" if len(flawed) > CHANNELS_NAMED else ""
    return warning(subject, f"{told} {named}{more}. Grant that to the bot's role in those channels.")


def judge_installs(application: discord.AppInfo | None) -> Finding:
    """Say whether people may bring the bot along; either is well."""
    if may_be_brought_along(application):
        return good("Installs", "servers may have the bot, and people may bring it along to others.")
    return good(
        "Installs",
        "only servers may have the bot. For people to bring it along, switch on User Install in the Developer Portal.",
    )


def judge_clock(skews: Sequence[timedelta]) -> Finding:
    """Compare this machine's clock with Discord's, by the least difference that was seen.

    Args:
        skews: Our time minus theirs, at each answer.
    """
    subject = "Clock"
    if not skews:
        return warning(subject, "Discord did not say its time.")
    skew = min(skews, key=abs)
    told = f"{skew.total_seconds():+.1f} s from Discord's"
    if abs(skew) > SKEW_HARMFUL:
        return misconfigured(subject, f"{told}: tokens and addresses would seem to die early or late. Set up NTP.")
    if abs(skew) > SKEW_SEEN:
        return warning(subject, f"{told}: set up NTP, or times of day and of life will be off.")
    return good(subject, "as Discord's, within two seconds.")


def judge_sessions(shards: int, remaining: int, total: int) -> Finding:
    """Say how many times the bot may still begin a session today."""
    told = f"{shards} shard(s); {remaining} of {total} sessions are left today"
    if remaining < max(FEW_SESSIONS, shards):
        return warning("Sessions", f"{told}: something restarts too often, and Discord would lock the bot out.")
    return good("Sessions", f"{told}.")


def _reading_dates(skews: list[timedelta], *, now: Callable[[], datetime]) -> aiohttp.TraceConfig:
    async def on_end(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        if (skew := read_skew(end.response.headers.get("Date"), now=now())) is not None:
            skews.append(skew)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(on_end)
    return trace


def read_skew(date: str | None, *, now: datetime) -> timedelta | None:
    """Read our time minus that of a Date header, which is half a second behind on average; None where it is none."""
    try:
        theirs = parsedate_to_datetime(date) if date else None
    except ValueError:
        return None
    return None if theirs is None or theirs.tzinfo is None else now - theirs - timedelta(seconds=0.5)


def _words(names: Sequence[str]) -> str:
    return ", ".join(name.replace("_", " ").title() for name in names)
