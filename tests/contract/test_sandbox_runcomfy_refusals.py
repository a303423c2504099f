"""What the simulated RunComfy refuses, and how: the documented codes, both dialects, the published schema."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.runcomfy.knobs import ErrorDialect
from sandbox.samples import sample
from tests.contract.runcomfy_bench import MODEL, SIZE, Bench, open_bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A sandbox of its own for every test."""
    async with open_bench() as bench:
        yield bench


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic c2FuZGJveA==", "sandbox-token"])
async def test_a_bad_token_is_400004_everywhere(bench: Bench, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answers = [
        await bench.open.post(f"/v1/models/{MODEL}", json=bench.body(), headers=headers),
        await bench.open.get(f"/v1/models/{MODEL}", headers=headers),
        await bench.open.get("/v1/requests/x/status", headers=headers),
        await bench.open.get("/v1/requests/x/result", headers=headers),
        await bench.open.post("/v1/requests/x/cancel", headers=headers),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(400, 400004)}
    assert bench.sandbox.ledger == []


async def test_a_revoked_token_is_refused_from_then_on(bench: Bench) -> None:
    request_id = await bench.submitted()
    bench.sandbox.account.is_active = False

    answer = await bench.client.get(f"/v1/requests/{request_id}/status")

    assert answer.json() == {"code": 400004, "error": "UserAccountError"}


async def test_somebody_elses_request_is_403001(bench: Bench) -> None:
    request_id = await bench.submitted()
    bench.sandbox.add_account("other")
    headers = {"Authorization": "Bearer other"}

    answer = await bench.open.get(f"/v1/requests/{request_id}/status", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, 403001)


async def test_an_unknown_request_is_404001(bench: Bench) -> None:
    for method, name in (("GET", "status"), ("GET", "result"), ("POST", "cancel")):
        answer = await bench.client.request(method, f"/v1/requests/nothing/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, 404001)
    assert bench.sandbox.violations == []


async def test_an_unknown_model_is_not_found_as_an_official_client_has_shown(bench: Bench) -> None:
    for answer in (
        await bench.client.get("/v1/models/nobody/nothing"),
        await bench.client.post("/v1/models/nobody/nothing", json=bench.body()),
    ):
        assert (answer.status_code, answer.json()) == (404, {"message": "model not found"})


async def test_an_unknown_model_may_be_400001_as_documented(bench: Bench) -> None:
    bench.turn(unknown_model="400001")
    asked = await bench.client.get("/v1/models/nobody/nothing")
    run = await bench.client.post("/v1/models/nobody/nothing", json=bench.body())

    assert {(answer.status_code, answer.json()["code"]) for answer in (asked, run)} == {(400, 400001)}
    assert [post.code for post in bench.sandbox.refused] == [400001]


async def test_a_picture_may_come_in_a_data_url_where_the_knob_says_so(bench: Bench) -> None:
    whole = "data:image/png;base64," + base64.b64encode(sample("chelsea.png")).decode()
    assert (await bench.submit(image_urls=[whole])).status_code == 422
    bench.turn(data_images=True)

    assert (await bench.submit(image_urls=["data:image/png;base64,AA"])).status_code == 422
    assert (await bench.submit(image_urls=["data:image/png,AAAA"])).status_code == 422
    await bench.submitted(image_urls=[whole])


async def test_an_empty_purse_is_400002_and_every_post_empties_it(bench: Bench) -> None:
    bench.sandbox.account.balance_micros = 50_000

    await bench.submitted()
    answer = await bench.submit()

    assert (answer.status_code, answer.json()["code"]) == (400, 400002)
    assert bench.sandbox.account.balance_micros == 20_000
    assert len(bench.sandbox.ledger) == 1


@pytest.mark.parametrize(
    ("dialect", "http", "keys"),
    [
        (ErrorDialect.CODE, 404, {"code", "error"}),
        (ErrorDialect.ERROR_CODE, 404, {"error_code", "error_message"}),
        (ErrorDialect.ERROR_CODE_IN_200, 200, {"error_code", "error_message"}),
    ],
)
async def test_errors_speak_each_dialect(bench: Bench, dialect: ErrorDialect, http: int, keys: set[str]) -> None:
    bench.turn(error_dialect=dialect)

    answer = await bench.client.get("/v1/requests/nothing/status")

    assert answer.status_code == http
    assert set(answer.json()) == keys
    assert 404001 in answer.json().values()


async def test_a_code_may_come_with_another_http_status(bench: Bench) -> None:
    bench.turn(error_http={400004: 401})

    assert (await bench.open.get("/v1/requests/x/status")).status_code == 401


@pytest.mark.parametrize(
    ("changes", "place", "kind"),
    [
        ({"prompt": None}, ["prompt"], "required"),
        ({"image_urls": None}, ["image_urls"], "required"),
        ({"image_urls": []}, ["image_urls"], "minItems"),
        ({"image_urls": ["http://127.0.0.1/"] * 11}, ["image_urls"], "maxItems"),
        ({"image_urls": "http://127.0.0.1/"}, ["image_urls"], "type"),
        ({"image_urls": [7]}, ["image_urls", 0], "type"),
        ({"prompt": "x" * 801}, ["prompt"], "maxLength"),
        ({"prompt": 5}, ["prompt"], "type"),
        ({SIZE: "1x1(1:1)"}, [SIZE], "enum"),
        ({"scale": 1.01}, ["scale"], "maximum"),
        ({"scale": -0.1}, ["scale"], "minimum"),
        ({"scale": "0.5"}, ["scale"], "type"),
        ({"scale": True}, ["scale"], "type"),
        ({"force_single": "yes"}, ["force_single"], "type"),
        ({"force_single": 1}, ["force_single"], "type"),
    ],
)
async def test_what_the_published_schema_forbids_is_422_and_free(
    bench: Bench, changes: dict[str, Any], place: list[str | int], kind: str
) -> None:
    answer = await bench.submit(**changes)

    assert answer.status_code == 422
    assert [(item["loc"], item["type"]) for item in answer.json()["detail"]] == [(["body", *place], kind)]
    assert bench.sandbox.ledger == []
    assert [post.code for post in bench.sandbox.refused] == [422]


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "\U0001f600" * 800},
        {"scale": 0},
        {"scale": 1},
        {"force_single": True},
        {SIZE: None},
        {SIZE: "6198x2656(21:9)"},
    ],
)
async def test_what_the_published_schema_allows_is_accepted(bench: Bench, changes: dict[str, Any]) -> None:
    bench.turn(painted=False)

    await bench.submitted(**changes)


@pytest.mark.parametrize("is_ascii", [True, False])
async def test_the_key_with_the_multiplication_sign_may_come_raw_or_escaped(bench: Bench, *, is_ascii: bool) -> None:
    content = json.dumps(bench.body(**{SIZE: "9x9"}), ensure_ascii=is_ascii).encode()

    answer = await bench.client.post(
        f"/v1/models/{MODEL}", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.json()["detail"][0]["loc"] == ["body", "width\u00d7height"]


async def test_unknown_keys_are_ignored_or_refused(bench: Bench) -> None:
    await bench.submitted(width=1024)
    bench.turn(unknown_keys="reject")

    answer = await bench.submit(width=1024)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "width"]


@pytest.mark.parametrize("content", [b"", b"prompt=cat", b"[1]", b'{"scale": NaN}', b"\xff"])
async def test_a_body_that_is_no_json_object_is_refused_and_noted(bench: Bench, content: bytes) -> None:
    answer = await bench.client.post(
        f"/v1/models/{MODEL}", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 422
    assert len(bench.sandbox.violations) == 1
    assert bench.sandbox.ledger == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("DELETE", "/v1/requests/x"), ("GET", "/v2/models"), ("PUT", f"/v1/models/{MODEL}")],
)
async def test_an_unknown_route_is_noted_loudly(bench: Bench, method: str, path: str) -> None:
    answer = await bench.client.request(method, path)

    assert answer.status_code in {404, 405}
    assert bench.sandbox.violations == [f"{method} {path}: is no route of this service"]


async def test_a_refusal_can_be_planned(bench: Bench) -> None:
    bench.sandbox.timeline.refuse_next("This prompt is not allowed.")

    answer = await bench.submit()

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["msg"] == "This prompt is not allowed."
    assert bench.sandbox.ledger == []
    await bench.submitted()


async def test_the_same_post_twice_is_paid_twice_and_is_no_violation(bench: Bench) -> None:
    first, second = await bench.submitted(prompt="twice"), await bench.submitted(prompt="twice")

    assert [post.request_id for post in bench.sandbox.accepted_for("twice")] == [first, second]
    assert bench.sandbox.violations == []
