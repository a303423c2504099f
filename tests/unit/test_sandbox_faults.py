"""Faults: which request they meet, how often, and as JSON."""

from __future__ import annotations

import json
import re

import pytest

from sandbox.faults import Fault, FaultKind, Faults


def test_a_fault_meets_only_its_method_and_route() -> None:
    faults = Faults()
    fault = faults.add(Fault.drop(method="GET", route="/v1/requests/{id}/status"))

    assert faults.take("POST", "/v1/requests/a/status") is None
    assert faults.take("GET", "/v1/requests/a/b/status") is None
    assert faults.take("GET", "/v1/requests/a/status/more") is None
    assert faults.take("GET", "/v1/requests/a/status") == fault


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("*", "/anything/at/all"),
        ("/outputs/*", "/outputs/a/0.jpg"),
        ("/v1/models/{model_id:.*}", "/v1/models/bytedance/dreamina-4-0/edit"),
        ("re:/v1/requests/[^/]+/(status|result)", "/v1/requests/a/result"),
    ],
)
def test_a_route_is_a_template_or_a_regular_expression(route: str, path: str) -> None:
    assert Fault(FaultKind.DROP, route=route).fits("GET", path)


def test_a_fault_comes_as_often_as_it_says_after_those_it_lets_pass() -> None:
    faults = Faults()
    faults.add(Fault.server_error(route="/a", skip=1, times=2))

    met = [faults.take("GET", "/a") is not None for _ in range(5)]

    assert met == [False, True, True, False, False]
    assert faults.armed == []
    assert [(fired.method, fired.path) for fired in faults.fired] == [("GET", "/a"), ("GET", "/a")]


def test_a_fault_without_count_comes_until_it_is_removed() -> None:
    faults = Faults()
    fault = faults.add(Fault.server_error(times=None))

    assert all(faults.take("GET", "/a") for _ in range(20))
    faults.remove(fault.fault_id)
    assert faults.take("GET", "/a") is None


def test_the_first_fault_added_goes_first() -> None:
    faults = Faults()
    first, second = faults.add(Fault.too_many_requests()), faults.add(Fault.drop())

    assert [faults.take("GET", "/a"), faults.take("GET", "/a")] == [first, second]


def test_clear_disarms_everything_but_keeps_the_record() -> None:
    faults = Faults()
    faults.add(Fault.drop(times=None))
    faults.take("GET", "/a")

    faults.clear()

    assert faults.take("GET", "/a") is None
    assert len(faults.fired) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault.late(1.5, route="/a"),
        Fault.too_many_requests(3),
        Fault.server_error(503, after_commit=True, times=None),
        Fault.malformed_json(method="POST"),
        Fault.drop(after_commit=True, skip=2),
        Fault.hang(2),
    ],
)
def test_a_fault_survives_the_way_through_json(fault: Fault) -> None:
    assert Fault.from_json(json.loads(json.dumps(fault.to_json()))) == fault


@pytest.mark.parametrize("data", [{}, {"kind": "earthquake"}, {"kind": "drop", "colour": "red"}])
def test_what_is_no_fault_is_refused(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"kind|earthquake"):
        Fault.from_json(data)


def test_a_route_that_is_no_expression_is_refused_when_added() -> None:
    with pytest.raises(re.error):
        Faults().add(Fault.drop(route="re:("))


def test_retry_after_is_sent_only_when_asked_for() -> None:
    assert Fault.too_many_requests().headers.get("Retry-After") is None
    assert Fault.too_many_requests(0.5).headers["Retry-After"] == "0.5"
