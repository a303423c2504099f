"""Chromium for all, and a house for each test. A machine without Chromium fails here, and is told what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from tests.browser.chromium import chromium
from tests.browser.house import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests of this folder share one loop, as they share one browser."""
    here = str(__file__).removesuffix("conftest.py")
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    async with async_playwright() as playwright, await chromium(playwright) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def empty_house(browser: Browser, tmp_path: Path) -> AsyncIterator[House]:
    """A house without a bot; nobody in it may have had to complain."""
    async with House(browser, tmp_path) as house:
        yield house
        assert house.town.servers.violations == []
        for visitor in house.visitors:
            assert visitor.complaints == []
            assert await visitor.page.locator(".unknown-component").count() == 0


@pytest_asyncio.fixture(loop_scope="session")
async def house(empty_house: House) -> House:
    """A house with the real bot."""
    await empty_house.start_bot()
    return empty_house
