"""The rules of the house that a test can hold (that `.env.example` is in step is held by `test_settings`)."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "cogs", "sandbox", "tests")
LONGEST = {"bot": 300, "cogs": 150, "sandbox": 300}


def sources() -> list[Path]:
    """Return every Python file of the project."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name(path: Path) -> str:
    """Return a file's name as seen from the root."""
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_its_package_allows() -> None:
    too_long = {
        name(path): length
        for package, longest in LONGEST.items()
        for path in (ROOT / package).rglob("*.py")
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > longest
    }
    assert too_long == {}


def test_every_folder_of_code_is_a_package_that_says_what_it_is_for() -> None:
    silent: list[str] = []
    for folder in {path.parent for path in sources() if "migrations" not in path.parts}:  # Alembic's are scripts
        package = folder / "__init__.py"
        if not package.is_file() or not ast.get_docstring(ast.parse(package.read_text(encoding="utf-8"))):
            silent.append(name(package))
    assert silent == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [
        name(path) for path in sources() if re.search(r"(utils?|helpers?|common|core|manager|misc)$", path.stem)
    ] == []


def test_nothing_is_mocked() -> None:
    users = [
        name(path)
        for path in sources()
        if re.search(r"^\s*(from|import) (unittest\.)?mock\b", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert users == []


def test_the_locks_hold_hashes_and_no_address_of_an_index() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert [lock.stem for lock in locks] == ["dev", "postgres", "run"]
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        pins = re.findall(r"^[^ #\n].*?(?=^\S|\Z)", text, flags=re.MULTILINE | re.DOTALL)
        assert [pin for pin in pins if not re.match(r"[\w.-]+==.*--hash=sha256:", pin, flags=re.DOTALL)] == []


def test_the_product_runs_on_the_versions_that_were_tested() -> None:
    tested, *shipped = (
        set(re.findall(r"^([\w.-]+==\S+)", (ROOT / f"requirements/{lock}.txt").read_text("utf-8"), re.MULTILINE))
        for lock in ("dev", "run", "postgres")
    )
    for lock in shipped:
        assert lock <= tested


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)(?=`| ARGS|$|\s+#)", readme, flags=re.MULTILINE))
    assert named >= {"demo", "test", "check", "setup"}
    assert named <= targets


def test_a_run_with_a_skipped_test_is_red(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "import pytest\ndef test_good(): pass\ndef test_absent(): pytest.skip('no such database')\n", encoding="utf-8"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -ra\n", encoding="utf-8")
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert "here a skipped test is a failed one" in run.stdout
    assert "no such database" in run.stdout
