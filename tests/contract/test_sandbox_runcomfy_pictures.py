"""The simulated RunComfy over real sockets: how it fetches and judges pictures, and what its catalog says."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from sandbox.samples import sample
from tests.contract.runcomfy_bench import MODEL, Bench, open_bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A sandbox of its own for every test."""
    async with open_bench() as bench:
        yield bench


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#336699").save(out, kind)
    return out.getvalue()


async def test_pictures_are_fetched_by_the_service_itself_without_credentials(bench: Bench) -> None:
    signed = bench.pictures.url("chelsea.png?ex=1&hm=a%2Fb+c")
    await bench.submitted(image_urls=[signed, bench.pictures.url("rocket.jpg")])

    asked = {request.raw_path for request in bench.pictures.asked}
    assert asked == {"/chelsea.png?ex=1&hm=a%2Fb+c", "/rocket.jpg"}
    for request in bench.pictures.asked:
        assert not {"Authorization", "Cookie"} & set(request.headers)


BAD_FILES = {
    "gif": (picture(50, 50, "GIF"), "Only JPEG and PNG"),
    "webp": (picture(50, 50, "WEBP"), "Only JPEG and PNG"),
    "text": (b"<html>please log in</html>", "not a picture"),
    "empty": (b"", "not a picture"),
    "cut": (sample("chelsea")[:5000], "not a picture"),
    "wide": (picture(4097, 2000), "Maximum resolution"),
    "high": (picture(2000, 4097), "Maximum resolution"),
    "flat": (picture(301, 100), "aspect ratio"),
    "thin": (picture(100, 304), "aspect ratio"),
    "heavy": (sample("chelsea") + b"\0" * 15_000_000, "15 MB"),
}


@pytest.mark.parametrize("name", BAD_FILES)
async def test_a_picture_that_breaks_the_rules_is_refused_at_submit(bench: Bench, name: str) -> None:
    bench.pictures.files[name], text = BAD_FILES[name]

    answer = await bench.submit(image_urls=[bench.pictures.url("chelsea.png"), bench.pictures.url(name)])

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "image_urls"]
    assert text in answer.json()["detail"][0]["msg"]
    assert bench.sandbox.ledger == []


@pytest.mark.parametrize("size", [(4096, 4096), (300, 100), (100, 300), (1, 1)])
async def test_a_picture_at_the_edge_of_the_rules_is_accepted(bench: Bench, size: tuple[int, int]) -> None:
    bench.pictures.files["edge"] = picture(*size, kind="JPEG")
    bench.turn(painted=False)

    await bench.submitted(image_urls=[bench.pictures.url("edge")])


async def test_a_bad_picture_fails_the_run_when_files_are_looked_at_later(bench: Bench) -> None:
    bench.turn(check_files_at_submit=False)
    bench.pictures.files["gif"], _ = BAD_FILES["gif"]
    request_id = await bench.submitted(image_urls=[bench.pictures.url("gif")])
    bench.pass_time(3)

    result = await bench.result(request_id)

    assert result["status"] == "failed"
    assert "Only JPEG and PNG" in result["error"]
    assert len(bench.sandbox.ledger) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/nobody.png",
        "http://192.0.2.1/outside.png",
        "https://example.com/outside.png",
        "http://user:secret@127.0.0.1/login.png",
        "ftp://127.0.0.1/a.png",
        "file:///etc/passwd",
        "chelsea.png",
        "http://[::1",
        "",
    ],
)
async def test_a_url_that_cannot_be_fetched_is_refused(bench: Bench, url: str) -> None:
    answer = await bench.submit(image_urls=[url])

    assert answer.status_code == 422
    assert bench.sandbox.ledger == []


async def test_a_missing_picture_and_plain_http_are_refused(bench: Bench) -> None:
    missing = await bench.submit(image_urls=[bench.pictures.url("missing.png")])
    bench.turn(require_https=True)
    plain = await bench.submit()

    assert "HTTP 404" in missing.json()["detail"][0]["msg"]
    assert "HTTPS" in plain.json()["detail"][0]["msg"]


async def test_the_model_is_published_with_schema_and_price(bench: Bench) -> None:
    model = (await bench.client.get(f"/v1/models/{MODEL}")).json()

    properties = model["input_schema"]["properties"]
    assert model["model_id"] == MODEL
    assert set(properties) == {"image_urls", "prompt", "width\u00d7height", "scale", "force_single"}
    assert len(properties["width\u00d7height"]["enum"]) == 11
    assert (model["base_price_usd"], model["price_unit"]) == (0.03, "output")
    assert "Invented" in model["pricing_note"]


async def test_the_catalog_lists_models_and_categories(bench: Bench) -> None:
    listed = (await bench.client.get("/v1/models", params={"search": "dreamina", "category": "image-to-image"})).json()
    full = (await bench.client.get("/v1/models?include_schema=true")).json()
    nothing = (await bench.client.get("/v1/models?search=nothing")).json()
    categories = (await bench.client.get("/v1/models/categories")).json()

    assert [entry["model_id"] for entry in listed["models"]] == [MODEL]
    assert "input_schema" not in listed["models"][0]
    assert "input_schema" in full["models"][0]
    assert nothing == {"models": [], "total": 0}
    assert categories == {"categories": ["image-to-image"]}


async def test_the_catalog_may_be_absent(bench: Bench) -> None:
    bench.turn(catalog=False)

    assert (await bench.client.get(f"/v1/models/{MODEL}")).status_code == 404
    await bench.submitted()
