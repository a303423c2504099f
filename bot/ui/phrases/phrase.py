"""What a phrase is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plural:
    """A phrase with a form for each kind of number.

    Args:
        other: The form that every language has.
        one: For one.
        few: For a few, in the languages that know it.
        many: For many, in the languages that know it.
        by: The value that is counted.
    """

    other: str
    one: str | None = None
    few: str | None = None
    many: str | None = None
    by: str = "count"

    def form(self, name: str) -> str:
        """Answer the form of that name, or the one that every language has."""
        forms = {"one": self.one, "few": self.few, "many": self.many}
        return forms.get(name) or self.other


Phrase = str | Plural
