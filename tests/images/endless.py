"""A program in the place of the one that decodes, which answers without end."""

from __future__ import annotations

import sys

while True:
    sys.stdout.write("x" * 65_536)
