"""The page's server and the weather, without a browser: who may ask, what each sees, how the world is bent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientConnectionError, ClientSession, FormData, WSServerHandshakeError

from sandbox.discord.permissions import Permission
from sandbox.discord.state import Upload
from sandbox.faults import Faults
from sandbox.servers import Servers
from sandbox.weather import Weather
from sandbox.web.server import ChatPage, PortTakenError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sandbox.discord.world import World


class Bench:
    """Both services and the page, without a bot."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.faults = Faults()
        self.servers = Servers(discord_faults=self.faults)
        self.page = ChatPage(self.servers.discord, Weather(self.servers, bot=None, discord_faults=self.faults))

    @property
    def world(self) -> World:
        """The simulated Discord's."""
        return self.servers.discord.world

    async def bend(self, name: str, **told: Any) -> dict[str, Any]:
        """Bend the world by HTTP."""
        async with self.session.post(f"{self.page.url}/weather/{name}", json=told) as answer:
            return await answer.json()

    async def do(self, username: str, deed: str, **sent: Any) -> dict[str, Any]:
        """Let somebody do something."""
        form = FormData({"as": username, "sent": json.dumps(sent)})
        async with self.session.post(f"{self.page.url}/deeds/{deed}", data=form) as answer:
            return await answer.json()

    async def screen(self, username: str) -> dict[str, Any]:
        """The pieces that somebody's screen shows at first."""
        async with self.session.ws_connect(f"{self.page.url}/socket?as={username}") as socket:
            return (await socket.receive_json())["put"]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A page that listens."""
    async with ClientSession() as session:
        bench = Bench(session)
        async with bench.servers, bench.page:
            yield bench


# --- the server ---


async def test_other_sites_are_refused(bench: Bench) -> None:
    strangers = [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}]
    for headers in strangers:
        async with bench.session.post(f"{bench.page.url}/weather/hold", json={"on": True}, headers=headers) as answer:
            assert answer.status == 403
        with pytest.raises(WSServerHandshakeError):
            await bench.session.ws_connect(f"{bench.page.url}/socket?as=ada", headers=headers)
    async with bench.session.get(bench.page.url, headers={"Origin": bench.page.url}) as answer:
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_taken_port_is_told(bench: Bench) -> None:
    port = int(bench.page.url.rpartition(":")[2])
    other = ChatPage(bench.servers.discord, Weather(bench.servers, bot=None, discord_faults=bench.faults))
    with pytest.raises(PortTakenError, match=str(port)):
        await other.start(port=port)


@pytest.mark.parametrize("path", ["/page/..%2Fserver.py", "/page/server.py", "/vendor/x.js", "/samples/x.png", "/no"])
async def test_nothing_else_is_served(bench: Bench, path: str) -> None:
    async with bench.session.get(f"{bench.page.url}{path}") as answer:
        assert answer.status == 404


async def test_an_uploaded_page_is_served_as_text(bench: Bench) -> None:
    upload = Upload("page.html", b"<script>alert(1)</script>", "text/html")
    ada = bench.servers.discord.actor("ada")
    message = await ada.say(bench.world.channel("art").id, "see", files=[upload])
    path = message.attachments[0].file.path
    async with bench.session.get(f"{bench.page.url}{path}") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with bench.session.get(f"{bench.page.url}{path}x") as answer:
        assert answer.status == 404


async def test_a_screen_shows_what_its_person_may_see(bench: Bench) -> None:
    seen = {name: await bench.screen(name) for name in ("ada", "mira", "piet")}
    mods, pond = (f"channel:{bench.world.channel(name).id}" for name in ("mods", "pond"))
    assert mods not in seen["ada"]
    assert mods in seen["mira"]
    assert pond in seen["piet"]
    assert sum(name.startswith("guild:") for name in seen["piet"]) == 1
    personas = {one["username"]: one["is"] for one in seen["ada"]["people"]["personas"]}
    expected = {"olga": "admin", "ada": "member", "ben": "member", "mira": "moderator", "nico": "newcomer"}
    assert personas == {**expected, "piet": "admin", "cora": "admin", "uma": "member"}


async def test_a_message_travels_once_and_again_only_when_it_changed(bench: Bench) -> None:
    art = bench.world.channel("art").id
    async with bench.session.ws_connect(f"{bench.page.url}/socket?as=ben") as socket:
        await socket.receive_json()
        await bench.do("ada", "say", channel=str(art), content="first")
        put = (await socket.receive_json())["put"]
        (name,) = [one for one in put if one.startswith("message:")]
        assert put[name]["content"] == "first"
        await bench.do("ada", "say", channel=str(art), content="second")
        told = await socket.receive_json()
        assert name not in told["put"]
        message_id = name.rpartition(":")[2]
        await bench.do("ada", "delete", channel=str(art), message=message_id)
        told = await socket.receive_json()
        assert name in told["drop"]


async def test_what_a_client_would_not_do_is_refused_in_words(bench: Bench) -> None:
    art = str(bench.world.channel("art").id)
    assert "cannot write" in (await bench.do("nico", "slash", channel=art, name="remix"))["refused"]
    assert "no command" in (await bench.do("ada", "slash", channel=art, name="remix"))["refused"]
    assert "gone" in (await bench.do("ada", "click", channel=art, message="1", custom_id="x"))["refused"]
    for path in ("deeds/dance", "socket?as=nobody"):
        method = "GET" if path.startswith("socket") else "POST"
        form = None if method == "GET" else FormData({"as": "ada"})
        async with bench.session.request(method, f"{bench.page.url}/{path}", data=form) as answer:
            assert answer.status == 404


# --- weather ---


async def test_the_queue_holds_strangers_and_lets_them_go(bench: Bench) -> None:
    await bench.bend("hold", on=True)
    now = await bench.bend("queue", length=3)
    assert (now["waiting"], now["strangers"], now["is_held"]) == (3, 3, True)
    assert (await bench.bend("queue", length=1))["waiting"] == 1
    now = await bench.bend("hold", on=False)
    assert (now["waiting"], now["running"]) == (0, 1)
    assert (await bench.bend("run-time", seconds=7))["run_seconds"] == 7
    for fate in ("fails", "refused", "slow"):
        now = await bench.bend("next", fate=fate)
    assert now["planned"] == 3
    assert [one.run_seconds for one in (bench.servers.runcomfy.timeline.next_fate() for _ in range(3))][2] == 600


@pytest.mark.parametrize(("answers", "status"), [("429", 429), ("503", 503)])
async def test_the_provider_answers(bench: Bench, answers: str, status: int) -> None:
    await bench.bend("provider", answers=answers)
    url = f"{bench.servers.runcomfy.base_url}/v1/models/x"
    async with bench.session.get(url) as answer:
        assert answer.status == status
        assert "Retry-After" in answer.headers
    await bench.bend("provider", answers="well")
    async with bench.session.get(url) as answer:
        assert answer.status not in {429, 503}


async def test_the_provider_goes_down_and_comes_back(bench: Bench) -> None:
    url = f"{bench.servers.runcomfy.base_url}/v1/models/x"
    async with bench.session.get(url) as answer:
        await answer.read()
    assert (await bench.bend("provider", answers="down"))["provider"] == "down"
    for _held_connection_then_new_one in range(2):
        with pytest.raises(ClientConnectionError):
            await bench.session.get(url)
    await bench.bend("provider", answers="well")
    async with bench.session.get(url) as answer:
        assert answer.status < 500


async def test_discord_answers_the_bot_with_errors(bench: Bench) -> None:
    url = f"{bench.servers.discord.api_url}/users/@me"
    await bench.bend("discord", answers="502")
    async with bench.session.get(url) as answer:
        assert answer.status == 502
    await bench.bend("discord", answers="well")
    async with bench.session.get(url) as answer:
        assert answer.status == 401


async def test_limits_permissions_and_links_are_bent(bench: Bench) -> None:
    art, bot = bench.world.channel("art"), bench.world.bot.id
    await bench.bend("upload-limit", guild="Remix Garden", level=2)
    assert bench.world.guild("Remix Garden").upload_limit_bytes == 50 * 1024 * 1024
    await bench.bend("permissions", channel="art", take=["attach_files", "send_messages"])
    assert not bench.world.can(bot, art, Permission.ATTACH_FILES)
    assert not bench.world.can(bot, art, Permission.SEND_MESSAGES)
    await bench.bend("permissions", channel=str(art.id), take=[])
    assert bench.world.can(bot, art, Permission.ATTACH_FILES)
    stored = bench.world.cdn.put(b"x", filename="x", content_type=None, folder="attachments/1", attachment_id=7)
    link = bench.world.cdn.sign(stored, base_url=bench.servers.discord.base_url)
    await bench.bend("links")
    async with bench.session.get(link) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("snow", {}),
        ("queue", {"length": 99}),
        ("run-time", {"seconds": "long"}),
        ("next", {"fate": "odd"}),
        ("provider", {"answers": "418"}),
        ("discord", {"answers": "200"}),
        ("bot", {"do": "kill"}),
        ("upload-limit", {"guild": "Remix Garden", "level": 9}),
        ("upload-limit", {"guild": "Nowhere", "level": 1}),
        ("permissions", {"channel": "art", "take": ["administrator"]}),
        ("permissions", {"channel": "nowhere", "take": []}),
    ],
)
async def test_weather_that_there_is_not_is_refused_in_words(bench: Bench, name: str, told: dict[str, Any]) -> None:
    before = await bench.bend("hold", on=False)
    assert "refused" in await bench.bend(name, **told)
    async with bench.session.get(f"{bench.page.url}/weather") as answer:
        assert await answer.json() == before
