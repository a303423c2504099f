"""Contract tests that need Discord's published description are collected only where it is present."""

from pathlib import Path

from tests.contract.published import uncollectable

# The header of the run names them: tests/conftest.py, for this file is read too late for a header.
collect_ignore = uncollectable(Path(__file__).parent)
