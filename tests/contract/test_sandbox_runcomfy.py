"""The simulated RunComfy, asked over real sockets by a plain HTTP client: the way of a request."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import pytest
from PIL import Image

from sandbox.runcomfy.knobs import OutputShape
from sandbox.runcomfy.timeline import Fate
from tests.contract.runcomfy_bench import MODEL, Bench, open_bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


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


async def test_a_submit_answers_the_id_and_three_urls_under_the_host_that_was_asked(bench: Bench) -> None:
    port = httpx.URL(bench.sandbox.base_url).port
    answer = await bench.client.post(
        f"http://127.0.0.1:{port}/v1/models/{MODEL}", json=bench.body(), headers={"Host": "runcomfy.test:99"}
    )
    body = answer.json()

    assert re.fullmatch(r"[A-Za-z0-9_-]{1,128}", body["request_id"])
    base = f"http://runcomfy.test:99/v1/requests/{body['request_id']}"
    links = {f"{name}_url": f"{base}/{name}" for name in ("status", "result", "cancel")}
    assert body == {"request_id": body["request_id"], **links}


async def test_the_queue_shows_positions_and_moves_up(bench: Bench) -> None:
    first, second, third = [await bench.submitted() for _ in range(3)]

    assert "queue_position" not in await bench.status(first)
    assert [(await bench.status(name))["queue_position"] for name in (second, third)] == [1, 2]
    bench.pass_time(3)
    assert (await bench.status(second))["status"] == "in_progress"
    assert (await bench.status(third))["queue_position"] == 1
    bench.turn(first_position=0)
    assert (await bench.status(third))["queue_position"] == 0


async def test_a_status_has_the_documented_keys(bench: Bench) -> None:
    request_id = await bench.submitted()
    bench.sandbox.timeline.hold()
    queued = await bench.submitted()

    assert set(await bench.status(request_id)) == {"request_id", "status", "status_url", "result_url"}
    assert set(await bench.status(queued)) == {"request_id", "status", "queue_position", "status_url", "result_url"}


async def test_a_result_before_the_end_tells_the_current_state(bench: Bench) -> None:
    bench.sandbox.timeline.hold()
    request_id = await bench.submitted()

    assert (await bench.result(request_id))["status"] == "in_queue"
    bench.sandbox.timeline.start_next()
    assert (await bench.result(request_id))["status"] == "in_progress"
    bench.sandbox.timeline.finish(request_id)
    assert (await bench.result(request_id))["status"] == "succeeded"


async def test_a_result_may_lag_behind_completed(bench: Bench) -> None:
    bench.turn(result_lag_seconds=5)
    request_id = await bench.submitted()
    bench.pass_time(4)

    assert (await bench.status(request_id))["status"] == "completed"
    lagging = await bench.result(request_id)
    assert lagging["status"] == "in_progress"
    assert "output" not in lagging
    bench.pass_time(4)
    assert (await bench.result(request_id))["status"] == "succeeded"


async def test_a_result_says_when_and_costs_only_if_asked(bench: Bench) -> None:
    request_id = await bench.submitted()
    bench.pass_time(3)
    plain = await bench.result(request_id)
    with_cost = (await bench.client.get(f"/v1/requests/{request_id}/result?include_cost=true")).json()

    ran = datetime.fromisoformat(plain["finished_at"]) - datetime.fromisoformat(plain["created_at"])
    assert ran == timedelta(seconds=3)
    assert "cost" not in plain
    assert with_cost["cost"] == pytest.approx(0.03)


async def test_the_default_output_keeps_the_published_schema(bench: Bench) -> None:
    published = (await bench.client.get(f"/v1/models/{MODEL}")).json()
    bench.turn(slots=2)
    one = await bench.submitted()
    bench.turn(images_per_run=3)
    several = await bench.submitted()
    bench.pass_time(3)

    outputs = [(await bench.result(request_id))["output"] for request_id in (one, several)]

    for output in outputs:
        jsonschema.validate(output, published["output_schema"])
    assert set(outputs[0]) == {"image"}
    assert len(outputs[1]["images"]) == 3


async def test_force_single_makes_one_picture_whatever_the_usual_number(bench: Bench) -> None:
    bench.turn(images_per_run=4, slots=9)
    single, several = await bench.submitted(force_single=True), await bench.submitted(force_single=False)
    bench.pass_time(3)

    assert set((await bench.result(single))["output"]) == {"image"}
    urls = (await bench.result(several))["output"]["images"]
    assert len({(await bench.open.get(url)).content for url in urls}) == 4
    assert [post.charged_micros for post in bench.sandbox.ledger] == [30_000, 120_000]


@pytest.mark.parametrize("shape", OutputShape)
async def test_an_output_takes_every_shape_seen_in_the_wild(bench: Bench, shape: OutputShape) -> None:
    bench.turn(output_shape=shape, images_per_run=2, painted=False)
    request_id = await bench.submitted()
    bench.pass_time(3)
    output = (await bench.result(request_id))["output"]
    urls = [f"{bench.sandbox.base_url}/outputs/{request_id}/{index}.jpg" for index in range(2)]

    expected: dict[OutputShape, Any] = {
        OutputShape.AUTO: {"images": urls},
        OutputShape.IMAGE: {"image": urls[0]},
        OutputShape.IMAGES: {"images": urls},
        OutputShape.VIDEO: {"video": urls[0]},
        OutputShape.VIDEOS: {"videos": urls},
        OutputShape.LIST: urls,
        OutputShape.STRING: urls[0],
    }
    assert output == expected[shape]


async def test_a_result_may_echo_the_inputs(bench: Bench) -> None:
    request_id = await bench.submitted(prompt="echo")
    bench.pass_time(3)

    assert "input" not in await bench.result(request_id)
    bench.turn(echo_inputs=True)
    assert (await bench.result(request_id))["input"] == bench.body(prompt="echo")


@pytest.mark.parametrize("error", ["model refused the prompt", {"code": "nsfw", "message": "refused"}])
async def test_a_failed_run_is_completed_and_its_result_failed(bench: Bench, error: str | dict[str, Any]) -> None:
    bench.sandbox.timeline.fail_next(error)
    request_id = await bench.submitted()
    bench.pass_time(3)

    assert (await bench.status(request_id))["status"] == "completed"
    result = await bench.result(request_id)
    assert (result["status"], result["error"]) == ("failed", error)
    assert "output" not in result


async def test_a_failed_run_may_show_on_status_and_may_be_free(bench: Bench) -> None:
    bench.turn(failed_on_status=True, failed_runs_are_charged=False)
    bench.sandbox.timeline.fail_next()
    request_id = await bench.submitted()
    bench.pass_time(3)

    assert (await bench.status(request_id))["status"] == "failed"
    assert [post.charged_micros for post in bench.sandbox.ledger] == [0]


async def test_states_may_be_called_by_other_words(bench: Bench) -> None:
    bench.turn(words={"in_progress": "warming_up", "completed": "COMPLETED", "succeeded": "success"})
    request_id = await bench.submitted()

    assert (await bench.status(request_id))["status"] == "warming_up"
    bench.pass_time(3)
    assert (await bench.status(request_id))["status"] == "COMPLETED"
    assert (await bench.result(request_id))["status"] == "success"


def _slow_if_it_says_so(body: Mapping[str, Any]) -> float:
    return 100 if "slow" in body["prompt"] else 1


async def test_a_run_takes_as_long_as_planned_or_as_its_body_says(bench: Bench) -> None:
    bench.turn(run_seconds=_slow_if_it_says_so, slots=9)
    slow, fast = await bench.submitted(prompt="slow"), await bench.submitted(prompt="fast")
    bench.sandbox.timeline.next_takes(1000)
    slowest = await bench.submitted()
    bench.pass_time(100)

    states = [(await bench.status(name))["status"] for name in (slow, fast, slowest)]
    assert states == ["completed", "completed", "in_progress"]


async def test_a_plan_may_ask_for_more_pictures_and_a_lag(bench: Bench) -> None:
    bench.sandbox.timeline.plan(Fate(images=2, result_lag_seconds=9, run_seconds=1))
    request_id = await bench.submitted()
    bench.pass_time(2)
    assert (await bench.result(request_id))["status"] == "in_progress"
    bench.pass_time(8)
    assert len((await bench.result(request_id))["output"]["images"]) == 2
