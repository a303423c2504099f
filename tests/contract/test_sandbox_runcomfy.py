"""The simulated RunComfy, asked over real sockets by a plain HTTP client."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.contract.runcomfy_bench import Bench, open_bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A sandbox of its own for every test."""
    async with open_bench() as bench:
        yield bench


async def test_a_remix_goes_from_submit_to_a_picture(bench: Bench) -> None:
    request_id = await bench.submitted(prompt="a cat at night")

    assert (await bench.status(request_id))["status"] == "in_progress"
    bench.pass_time(3)
    assert (await bench.status(request_id))["status"] == "completed"
    result = await bench.result(request_id)

    assert result["status"] == "succeeded"
    picture = await bench.open.get(result["output"]["image"])
    assert picture.status_code == 200
    assert picture.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(picture.content)).size == (1024, 1024)
    assert bench.sandbox.output_sha256(request_id) == [hashlib.sha256(picture.content).hexdigest()]
    assert len(bench.sandbox.ledger) == 1
    assert bench.sandbox.violations == []
