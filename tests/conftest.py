"""The rule that holds for every layer of tests: nothing is skipped silently.

A skipped test proves nothing and looks green, so any skip turns the run red; the summary (`-ra`) names each with its
reason. What cannot run on a machine is left out by its own conftest, which says so by name.
"""

from pathlib import Path

import pytest

from tests.contract.published import absence

ROW_OF_THE_CORPUS = "what became of the corpus, looked at and mended"
ROW_OF_THE_BOT = "what became of the corpus, through the bot to the provider"
"""Properties by which tests tell the tables of the summary what became of an input."""


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables that tests wrote, a line each."""
    reports = [one for key in ("passed", "failed") for one in terminalreporter.stats.get(key, [])]
    for title in (ROW_OF_THE_CORPUS, ROW_OF_THE_BOT):
        rows = sorted(str(value) for one in reports for name, value in one.user_properties if name == title)
        if rows:
            terminalreporter.section(f"{title}: {len(rows)}")
            for row in rows:
                terminalreporter.write_line(row)
