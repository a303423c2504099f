"""Where Discord's published API description lies, and which tests need it.

The description (https://github.com/discord/discord-api-spec) is no part of the project. Where it is absent, the tests
that name ``PUBLISHED_DESCRIPTION`` are not collected, and the run says so by name.
"""

from pathlib import Path

PUBLISHED_DESCRIPTION = Path(__file__).resolve().parents[2].parent / "shared" / "discord-openapi.json"


def uncollectable(folder: Path, description: Path = PUBLISHED_DESCRIPTION) -> list[str]:
    """Names of the test files of a folder that cannot run because the description is absent.

    Args:
        folder: a folder of tests.
        description: the file they need.
    """
    if description.is_file():
        return []
    files = sorted(folder.glob("test_*.py"))
    return [file.name for file in files if "PUBLISHED_DESCRIPTION" in file.read_text(encoding="utf-8")]


def absence(folder: Path, description: Path = PUBLISHED_DESCRIPTION) -> list[str]:
    """The line of the run's header that names what is not collected; none when all is.

    Args:
        folder: a folder of tests.
        description: the file they need.
    """
    names = uncollectable(folder, description)
    return [f"not collected, for {description} is absent: {', '.join(names)}"] if names else []
