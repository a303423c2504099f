"""The version of the newest schema, read from the files of the migrations."""

from pathlib import Path
from typing import Final

VERSIONS: Final = Path(__file__).parents[1] / "bot" / "store" / "migrations" / "versions"
NEWEST_SCHEMA: Final = max(path.name for path in VERSIONS.glob("0*.py"))[:4]
