"""Money before it is spent: what the account holds, and what a remix is taken to cost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from bot.domain.ledger import balance
from bot.domain.status import JobStatus
from bot.engine.credit import CreditCheck
from bot.engine.publication import PublicationCheck
from bot.errors import OutOfCredit, ProviderUnavailable
from tests.fakes import FakeProvider
from tests.unit.engine_bench import ASSUMED_PRICE, MODEL_ID, EngineBench

if TYPE_CHECKING:
    from pathlib import Path

DOLLAR = 1_000_000


async def test_credit_that_runs_low_is_told_once_until_it_was_topped_up() -> None:
    provider = FakeProvider()
    check = CreditCheck(provider=provider, low_micros=5 * DOLLAR)
    with capture_logs() as logs:
        for dollars in (6, 4, 3, -1, 20, 4):
            provider.balance_micros = dollars * DOLLAR
            await check.turn()
    told = [one["balance_micros"] for one in logs if one["event"] == "credit_low"]
    assert told == [4 * DOLLAR, 4 * DOLLAR]


async def test_credit_that_cannot_be_asked_for_is_unknown_and_no_trouble() -> None:
    provider = FakeProvider()
    provider.balance_micros = 3 * DOLLAR
    check = CreditCheck(provider=provider, low_micros=0)
    await check.turn()
    assert check.balance_micros == 3 * DOLLAR
    provider.fail("balance", ProviderUnavailable("502"))
    await check.turn()
    assert check.balance_micros is None


async def test_an_empty_account_is_asked_for_its_balance_and_no_post_is_risked(bench: EngineBench) -> None:
    bench.provider.fail("submit", OutOfCredit("402"))
    bench.provider.balance_micros = 0
    job = await bench.remix()
    await bench.pass_time(timedelta(hours=2))
    assert bench.provider.calls.count("submit") == 1
    assert bench.gate.pause is not None
    assert "holds 0.00 US dollars" in bench.gate.pause.detail

    bench.provider.balance_micros = 2 * DOLLAR
    await bench.pass_time(timedelta(minutes=11))
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE


async def test_a_balance_that_nobody_answers_lets_the_pause_end_as_without_it(bench: EngineBench) -> None:
    bench.provider.fail("submit", OutOfCredit("402"))
    bench.provider.fail("balance", *[ProviderUnavailable("404")] * 100)
    job = await bench.remix()
    await bench.pass_time(timedelta(minutes=11))
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE


async def test_the_first_remix_after_a_start_holds_the_published_price_or_the_assumed_one(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path)
    await bench.loop.start()
    first = await bench.remix()
    assert balance(await bench.store.entries(first.id)) == ASSUMED_PRICE

    await PublicationCheck(provider=bench.provider, gate=bench.gate, model=bench.models[MODEL_ID]).turn()
    second = await bench.remix()
    assert balance(await bench.store.entries(second.id)) == 30_000
