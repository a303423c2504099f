"""The daily look at what the provider publishes about the model."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.domain.catalog import ImageModel
from bot.engine.gate import Gate
from bot.engine.publication import ASK_AGAIN_AFTER, COMPARE_EVERY, NOT_PUBLISHED, PublicationCheck
from bot.errors import ProviderRejected, ProviderUnavailable
from tests.fake_store import FakeJobStore
from tests.fakes import FakeProvider

MODEL = ImageModel.load("dreamina-4-0-edit")


@pytest.fixture
def provider() -> FakeProvider:
    """A provider that publishes what the catalog has."""
    fake = FakeProvider()
    fake.input_schema = MODEL.input_schema
    return fake


@pytest.fixture
def check(provider: FakeProvider) -> PublicationCheck:
    """The check of the packaged model."""
    return PublicationCheck(
        provider=provider, gate=Gate(provider=provider, store=FakeJobStore(), model_id=MODEL.id), model=MODEL
    )


async def test_a_schema_that_agrees_is_looked_at_once_a_day_and_nothing_is_said(check: PublicationCheck) -> None:
    with capture_logs() as records:
        assert await check.turn() == COMPARE_EVERY
    assert check.trouble() is None
    assert records == []


async def test_a_difference_is_logged_once_told_while_it_lasts_and_never_used(
    check: PublicationCheck, provider: FakeProvider
) -> None:
    provider.input_schema = {"properties": {}, "required": []}
    with capture_logs() as records:
        await check.turn()
        await check.turn()
        told = check.trouble()
        provider.input_schema = MODEL.input_schema
        await check.turn()
    assert [record["event"] for record in records] == ["model_schema_differs", "model_schema_agrees"]
    assert told is not None
    assert "'width\u00d7height' is not published any more" in told
    assert check.trouble() is None
    assert MODEL.keys["size"] == "width\u00d7height"


async def test_an_unknown_model_is_told_and_a_service_without_a_catalog_is_not(
    check: PublicationCheck, provider: FakeProvider
) -> None:
    provider.fail("model", ProviderRejected("model not found", code="400001"), ProviderRejected("no", code="404001"))
    assert await check.turn() == COMPARE_EVERY
    assert check.differences == (NOT_PUBLISHED,)
    assert await check.turn() == COMPARE_EVERY
    assert check.trouble() is None


async def test_a_publication_without_a_schema_is_no_difference(check: PublicationCheck, provider: FakeProvider) -> None:
    provider.input_schema = None
    await check.turn()
    assert check.trouble() is None


async def test_a_question_without_an_answer_is_asked_again_soon_and_forgets_nothing(
    check: PublicationCheck, provider: FakeProvider
) -> None:
    provider.input_schema = {"properties": {}}
    await check.turn()
    provider.fail("model", ProviderUnavailable("503"))
    assert await check.turn() == ASK_AGAIN_AFTER
    assert check.trouble() is not None
