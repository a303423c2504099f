"""The rule by which tests that need Discord's published description are left out."""

from pathlib import Path

from tests.contract.published import absence, uncollectable

NAME = "PUBLISHED_" + "DESCRIPTION"


def _two_files(folder: Path) -> None:
    (folder / "test_needs.py").write_text(f"from tests.contract.published import {NAME}\n")
    (folder / "test_free.py").write_text("import json\n")


def test_a_test_that_needs_the_absent_description_is_left_out_by_name(tmp_path: Path) -> None:
    _two_files(tmp_path)
    description = tmp_path / "absent.json"
    assert uncollectable(tmp_path, description) == ["test_needs.py"]
    assert absence(tmp_path, description) == [f"not collected, for {description} is absent: test_needs.py"]


def test_nothing_is_left_out_where_the_description_is_present(tmp_path: Path) -> None:
    _two_files(tmp_path)
    description = tmp_path / "present.json"
    description.write_text("{}")
    assert uncollectable(tmp_path, description) == []
    assert absence(tmp_path, description) == []
