"""The Grafana dashboard asks only for what the bot counts, and shows all of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily

from bot.ops.census import Census, State
from bot.ops.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

DASHBOARD = Path(__file__).resolve().parents[2] / "ops" / "grafana-dashboard.json"
NAME = re.compile(r"\b(?:remix|process|python)_[a-z_]+")
LABEL = re.compile(r"[{,]([a-z]+)=|by \(([^)]*)\)|\{\{([a-z]+)\}\}")


def _counted() -> CollectorRegistry:
    registry = CollectorRegistry()
    Metrics(registry)
    state = State(jobs={}, in_flight=0, max_in_flight=1, pause=None, silence=None)
    registry.register(Census(lambda: state))
    return registry


def _names(registry: CollectorRegistry) -> Iterator[str]:
    """Every name that a query may use."""
    for metric in registry.collect():
        if metric.type == "counter":
            yield f"{metric.name}_total"
        elif metric.type == HistogramMetricFamily("x", "x").type:
            yield from (f"{metric.name}_{end}" for end in ("bucket", "count", "sum"))
        else:
            yield metric.name


def _panels() -> list[dict[str, Any]]:
    return [one for one in json.loads(DASHBOARD.read_text("utf-8"))["panels"] if one["type"] != "row"]


def _queries() -> list[str]:
    return [target["expr"] for panel in _panels() for target in panel["targets"]]


def test_every_metric_that_the_dashboard_asks_for_exists() -> None:
    known = set(_names(_counted()))
    asked = {name for query in _queries() for name in NAME.findall(query)}

    assert len(asked) > 15
    assert asked - known == set()


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    text = " ".join(_queries())
    ours = {metric.name for metric in _counted().collect() if metric.name.startswith("remix_")}

    assert len(ours) == 21
    assert {name for name in ours if name not in text} == set()


def test_every_label_that_the_dashboard_asks_for_exists() -> None:
    known = {"le", "job"}
    for metric in _counted().collect():
        for sample in metric.samples:
            known |= sample.labels.keys()
    known |= {"step", "outcome", "verb", "status", "reason", "failure"}  # of series that begin with their first event
    asked: set[str] = set()
    for panel in _panels():
        for target in panel["targets"]:
            for one, several, legend in LABEL.findall(target["expr"] + target["legendFormat"]):
                asked |= {one, legend, *several.replace(" ", "").split(",")}

    assert asked - known - {""} == set()


def test_no_two_panels_share_a_place_or_a_number() -> None:
    panels = _panels()
    places = [(one["gridPos"]["x"], one["gridPos"]["y"]) for one in panels]

    assert len(set(places)) == len(places) == len({one["id"] for one in panels})
    assert all(one["gridPos"]["x"] + one["gridPos"]["w"] <= 24 for one in panels)
