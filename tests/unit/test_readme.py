"""The README says what stands."""

from __future__ import annotations

import re
from pathlib import Path

from bot.domain.status import TRANSITIONS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_state_diagram_is_the_table_of_transitions() -> None:
    drawn = {tuple(pair) for pair in re.findall(r"^ +([A-Z_]+) --> ([A-Z_]+)", README, re.MULTILINE)}
    known = {(before.name, after.name) for before, follow in TRANSITIONS.items() for after in follow}

    assert drawn == known


def test_every_place_that_the_readme_names_exists() -> None:
    named = re.findall(r"`((?:bot|cogs|sandbox|tests)/[\w./*-]*)`", README)

    assert named
    assert [one for one in named if not list(ROOT.glob(one.rstrip("/")))] == []


def test_every_command_of_make_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)", README, re.MULTILINE))

    assert {first or second for first, second in named} <= targets
