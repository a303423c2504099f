"""The provider's own words, wherever the operator reads them: no secret that they repeat is ever shown or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from bot.doctor.visit import visit
from bot.engine.gate import Gate
from bot.errors import OutOfCredit, ProviderError, ProviderRejected, ProviderUnauthorized
from bot.log import Redactor
from bot.ops.health import HealthReport, HealthServer
from bot.ops.metrics import Metrics
from bot.ops.provider_watch import ProviderWatch
from bot.runcomfy.client import RunComfyClient
from bot.settings import Settings
from tests.contract.runcomfy_bench import MODEL
from tests.contract.scripted_server import ScriptedServer, answer, open_server
from tests.fakes import FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.contract.store_cases import StoreBench

TOKEN: Final = "runcomfy-token-0123456789"
DISCORD_TOKEN: Final = "discord-token-0123456789"
SIGNATURE: Final = "5ecre75ecre7"
SECRETS: Final = (TOKEN, DISCORD_TOKEN, SIGNATURE)
WORDS: Final = f"no, Bearer {TOKEN} may not fetch https://cdn.discordapp.com/a/b.png?ex=1&hm={SIGNATURE}"
REFUSALS: Final = {
    "a refused token": answer({"error_code": 401001, "error_message": WORDS}, status=401),
    "an empty account": answer({"error_code": 400002, "message": WORDS}, status=402),
    "an unknown model": answer({"error_code": 400001, "detail": WORDS}, status=404),
    "a code that is none": answer({"code": TOKEN, "message": WORDS}, status=401),
    "a fault": answer({"detail": [{"loc": [TOKEN], "msg": WORDS}]}, status=500),
    "a page": answer(WORDS.encode(), status=502),
    "a success of another kind": answer({"error": {"message": WORDS}, "code": TOKEN}),
    "an id that is none": answer({"request_id": f"{TOKEN} and more"}),
    "a line that is no header": f"HTTP/1.1 200 OK\r\n{TOKEN} is wrong\r\n\r\n".encode(),
    "a line that is no status": f"HTTP/{TOKEN}\r\n\r\n".encode(),
}


@pytest.fixture
async def server() -> AsyncGenerator[ScriptedServer]:
    """What stands in RunComfy's place."""
    async with open_server() as opened:
        yield opened


def _reveals(*texts: str) -> list[str]:
    return [secret for secret in SECRETS for text in texts if secret in text]


@pytest.mark.parametrize("kind", REFUSALS)
async def test_no_error_holds_what_the_provider_repeats(server: ScriptedServer, kind: str) -> None:
    server.script = lambda _: REFUSALS[kind]
    clock, said = FakeClock(), list[str]()
    async with RunComfyClient(base_url=server.base_url, token=TOKEN, user_agent="remix-bot/0") as client:
        watch = ProviderWatch(client, metrics=Metrics(CollectorRegistry()), clock=clock)
        for ask in (watch.submit(MODEL, {}), watch.model(MODEL), watch.status("r1"), watch.result("r1")):
            try:
                await ask
            except ProviderError as error:
                said += [str(error), repr(error), watch.describe(), str(watch.trouble())]

    assert said
    assert _reveals(*said) == []


@pytest.mark.parametrize("kind", ["a refused token", "an empty account", "an unknown model"])
async def test_the_detail_of_a_pause_holds_no_secret(bench: StoreBench, server: ScriptedServer, kind: str) -> None:
    server.script = lambda _: REFUSALS[kind]
    async with RunComfyClient(base_url=server.base_url, token=TOKEN, user_agent="remix-bot/0") as client:
        gate = Gate(provider=client, store=bench.store, model_id=MODEL)
        with pytest.raises((ProviderUnauthorized, OutOfCredit, ProviderRejected)) as refused:
            await client.submit(MODEL, {})
        await gate.close(refused.value, now=bench.clock.now())
    kept = await bench.store.load_pause()

    assert kept is not None
    assert "may not fetch" in kept.detail
    assert _reveals(kept.detail) == []


async def test_what_health_and_readiness_say_is_masked_whatever_it_is() -> None:
    report = HealthReport(live=True, ready=True, notes={"paused": WORDS, "model": f"'{DISCORD_TOKEN}': maxLength"})
    mask = Redactor((TOKEN, DISCORD_TOKEN)).text
    async with HealthServer("127.0.0.1", 0, lambda: report, mask=mask) as health, aiohttp.ClientSession() as http:
        said = [await (await http.get(f"{health.url}{path}")).text() for path in ("/healthz", "/readyz")]

    assert all("may not fetch" in text for text in said)
    assert _reveals(*said) == []


@pytest.mark.parametrize("kind", REFUSALS)
async def test_the_doctor_repeats_no_secret(server: ScriptedServer, tmp_path: Path, kind: str) -> None:
    refused = answer({"message": WORDS, "code": 0}, status=401)
    server.script = lambda request: REFUSALS[kind] if "/v1/models/" in request.target else refused
    report = HealthReport(live=True, ready=False, notes={"paused": WORDS, "provider": DISCORD_TOKEN})
    lines: list[str] = []
    async with HealthServer("127.0.0.1", 0, lambda: report) as older:
        settings = Settings.model_validate(
            {
                "discord_token": DISCORD_TOKEN,
                "discord_api_url": server.base_url,
                "discord_cdn_hosts": server.base_url,
                "runcomfy_api_token": TOKEN,
                "runcomfy_base_url": server.base_url,
                "runcomfy_balance_url": f"{server.base_url}/balance",
                "runcomfy_output_hosts": server.base_url,
                "database_url": f"sqlite+aiosqlite:///{tmp_path}/remix.db",
                "data_dir": tmp_path,
                "http_host": "127.0.0.1",
                "http_port": older.url.rpartition(":")[2],
                "default_model": MODEL,
            }
        )
        await visit(settings, invite_to=str, say=lines.append)

    assert any("may not fetch" in line for line in lines)
    assert any(" RunComfy: " in line for line in lines)
    assert _reveals(*lines) == []
