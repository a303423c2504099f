"""What the doctor says of RunComfy, asked over a real socket."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

from bot.doctor.finding import Level
from bot.doctor.provider import check_provider
from bot.errors import EXIT_CONFIG
from bot.settings import Settings
from sandbox.runcomfy.published import PublishedModel
from tests.contract.runcomfy_bench import MODEL, TOKEN, Bench, open_bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A simulated RunComfy of its own for every test."""
    async with open_bench() as bench:
        yield bench


def settings(bench: Bench, *, model: str = MODEL, token: str = TOKEN) -> Settings:
    return Settings.model_validate(
        {
            "discord_token": "discord-token-of-the-test",
            "runcomfy_api_token": token,
            "runcomfy_base_url": bench.sandbox.base_url,
            "default_model": model,
        }
    )


async def test_a_known_model_is_well_and_its_price_is_said(bench: Bench) -> None:
    finding = await check_provider(settings(bench))

    assert finding.level is Level.OK
    assert "from 0.03 US dollars a run" in finding.text


async def test_a_published_schema_that_differs_is_a_warning_that_names_the_difference(bench: Bench) -> None:
    page = deepcopy(dict(bench.sandbox.desk.models[MODEL].page))
    page["input_schema"]["properties"]["prompt"]["maxLength"] = 500
    bench.sandbox.desk.models[MODEL] = PublishedModel(page)

    finding = await check_provider(settings(bench))

    assert finding.level is Level.WARN
    assert "'prompt': maxLength is 500, here 800" in finding.text


@pytest.mark.parametrize("answer", ["not_found", "400001"])
async def test_an_unknown_model_is_red_and_names_the_setting(bench: Bench, answer: str) -> None:
    bench.turn(unknown_model=answer)
    finding = await check_provider(settings(bench, model="bytedance/nothing/edit"))

    assert (finding.level, finding.exit_code) == (Level.FAIL, EXIT_CONFIG)
    assert "DEFAULT_MODEL" in finding.text


async def test_a_catalog_that_is_not_there_is_only_a_warning(bench: Bench) -> None:
    bench.turn(catalog=False)

    assert (await check_provider(settings(bench))).level is Level.WARN


async def test_a_refused_token_is_red(bench: Bench) -> None:
    finding = await check_provider(settings(bench, token="another-token"))

    assert (finding.level, finding.exit_code) == (Level.FAIL, EXIT_CONFIG)
    assert "RUNCOMFY_API_TOKEN" in finding.text
