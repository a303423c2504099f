"""The connection to Discord: what it subscribes to and keeps, and where it looks for Discord."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.gateway import DiscordWebSocket
from discord.http import Route
from typing_extensions import override

from bot.client import RemixBot, bot_of
from tests.unit.discord_bench import API_URL, discord_bench

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from yarl import URL

    from bot.engine.moderation import ModerationLog
    from bot.engine.servers import Servers
    from bot.engine.service import JobService
    from bot.engine.shows import Shows

NO_SERVICE = cast("JobService", None)
NO_SERVERS = cast("Servers", None)
NO_SHOWS = cast("Shows", None)
NO_LOG = cast("ModerationLog", None)
USER = {"id": "42", "username": "remix", "discriminator": "0", "avatar": None, "bot": True}
APPLICATION = {
    "id": "42",
    "name": "remix",
    "description": "",
    "icon": None,
    "bot_public": True,
    "bot_require_code_grant": False,
    "owner": USER,
    "verify_key": "00",
}
DISCORDS_GATEWAY = "wss://gateway.example.invalid"
OUR_GATEWAY = "ws://127.0.0.1:9/gateway"
ANSWERS: dict[tuple[str, str], Any] = {
    ("GET", "/api/users/@me"): USER,
    ("GET", "/api/oauth2/applications/@me"): APPLICATION,
    ("PUT", "/api/applications/42/commands"): [],
    ("GET", "/api/gateway/bot"): {"url": DISCORDS_GATEWAY, "shards": 3, "session_start_limit": {}},
}


@pytest.fixture(autouse=True)
def addresses() -> Iterator[None]:
    """Put Discord's addresses back, which are one per process."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@pytest.fixture
async def rest() -> AsyncGenerator[TestServer]:
    """A REST API that answers what a login asks for."""

    async def answer(request: web.Request) -> web.Response:
        body = json.dumps(ANSWERS[request.method, request.path]).encode()
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    server = TestServer(app)
    async with server:
        yield server


class CountingBot(RemixBot):
    """Notes where each shard would connect, and does not."""

    connected: list[tuple[str, int]]

    @override
    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        self.connected = [*getattr(self, "connected", []), (str(gateway), shard_id)]


@pytest.mark.parametrize(
    ("gateway_url", "shard_count", "expected"),
    [
        (OUR_GATEWAY, None, [(OUR_GATEWAY, 0), (OUR_GATEWAY, 1), (OUR_GATEWAY, 2)]),
        (OUR_GATEWAY, 1, [(OUR_GATEWAY, 0)]),
        (None, None, [(DISCORDS_GATEWAY, 0), (DISCORDS_GATEWAY, 1), (DISCORDS_GATEWAY, 2)]),
    ],
)
async def test_our_gateway_wins_and_discord_says_how_many_shards(
    rest: TestServer, gateway_url: str | None, shard_count: int | None, expected: list[tuple[str, int]]
) -> None:
    bot = CountingBot(
        service=NO_SERVICE,
        shows=NO_SHOWS,
        servers=NO_SERVERS,
        moderation=NO_LOG,
        api_url=str(rest.make_url("/api")),
        gateway_url=gateway_url,
        shard_count=shard_count,
        extensions=(),
    )
    async with bot:
        await bot.login("token")
        await bot.launch_shards()
        assert bot.connected == expected
        assert bot.shard_count == len(expected)


@pytest.mark.parametrize(
    ("told", "contexts", "installs"),
    [
        ({}, [0, 1, 2], [0, 1]),
        ({"integration_types_config": {"0": {}, "1": {}}}, [0, 1, 2], [0, 1]),
        ({"integration_types_config": {"0": {}}}, [0, 1], [0]),
    ],
)
async def test_people_are_offered_the_commands_unless_the_switch_is_off(
    told: dict[str, Any], contexts: list[int], installs: list[int]
) -> None:
    published: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        known = ANSWERS[request.method, request.path]
        if request.method == "PUT":
            published.extend(await request.json())
        body = json.dumps(known | told if known is APPLICATION else known).encode()
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        bot = CountingBot(
            service=NO_SERVICE,
            shows=NO_SHOWS,
            servers=NO_SERVERS,
            moderation=NO_LOG,
            api_url=str(server.make_url("/api")),
            extensions=("cogs.jobs",),
        )
        async with bot:
            await bot.login("token")
    (jobs,) = published
    assert (jobs["name"], jobs["contexts"], jobs["integration_types"]) == ("jobs", contexts, installs)


async def test_without_our_own_gateway_the_librarys_stands() -> None:
    before = DiscordWebSocket.DEFAULT_GATEWAY
    RemixBot(service=NO_SERVICE, shows=NO_SHOWS, servers=NO_SERVERS, moderation=NO_LOG, api_url=API_URL)
    assert before == DiscordWebSocket.DEFAULT_GATEWAY


async def test_the_bot_subscribes_to_servers_alone_and_keeps_next_to_nothing() -> None:
    async with discord_bench() as bench:
        assert bench.bot.intents == discord.Intents(guilds=True)
        assert list(bench.bot.cached_messages) == []
        guild = bench.bot.get_guild(bench.guild.id)
        assert guild is not None
        assert [member.id for member in guild.members] == [bench.bot_user.id]
        assert bench.bot.allowed_mentions is not None
        assert bench.bot.allowed_mentions.to_dict() == {"parse": []}


async def test_another_client_is_a_mistake_in_how_the_parts_were_put_together() -> None:
    class Stray:
        client = discord.Client(intents=discord.Intents.none())

    with pytest.raises(TypeError, match="Client is no RemixBot"):
        bot_of(cast("discord.Interaction[Any]", Stray()))
