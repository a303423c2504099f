"""The rule that holds for every layer of tests: nothing is skipped silently.

A skipped test proves nothing and looks green, so any skip turns the run red; the summary (`-ra`) names each with its
reason. What cannot run on a machine is left out by its own conftest, which says so by name.
"""

from pathlib import Path

import pytest

from tests.contract.published import absence


def pytest_report_header() -> list[str]:
    """Name the tests that this machine cannot run."""
    return absence(Path(__file__).parent / "contract")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run that is green but for skipped tests.

    Args:
        session: The run; under xdist, the controller's as well as each worker's (a worker has no terminal reporter).
        exitstatus: What the run would end with.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not isinstance(reporter, pytest.TerminalReporter):
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped and exitstatus == pytest.ExitCode.OK:
        reporter.ensure_newline()
        reporter.write_line(f"{len(skipped)} skipped: here a skipped test is a failed one.", red=True, bold=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
