"""The simulators without the bot: any other client of Discord or RunComfy can be pointed at them."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]


async def test_they_print_their_addresses_as_one_line_and_serve_there_until_told_to_end() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--no-bot", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    addresses = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    bearer = {"Authorization": f"Bearer {addresses['runcomfy_api_token']}"}
    bot = {"Authorization": f"Bot {addresses['discord_token']}"}
    async with httpx.AsyncClient() as client:
        url = f"{addresses['runcomfy_base_url']}/v1/models/bytedance/dreamina-4-0/edit"
        model = (await client.get(url, headers=bearer)).json()
        me = (await client.get(f"{addresses['discord_api_url']}/users/@me", headers=bot)).json()
        gateway = (await client.get(f"{addresses['discord_api_url']}/gateway")).json()
    process.terminate()

    assert model["model_id"] == "bytedance/dreamina-4-0/edit"
    assert me["bot"] is True
    assert gateway["url"].split("/")[2] == addresses["discord_gateway_url"].split("/")[2]
    assert await asyncio.wait_for(process.wait(), 10) == 0
