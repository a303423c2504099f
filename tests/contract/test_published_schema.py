"""The catalog's first model against the page where RunComfy publishes its input schema."""

from __future__ import annotations

import json
from importlib import resources

from tests.contract.published import PUBLISHED_DESCRIPTION

PAGE = PUBLISHED_DESCRIPTION.with_name("reference") / "000_1a27f330ecbd96c9.txt"


def test_the_packaged_schema_is_the_published_one_to_the_letter() -> None:
    text = PAGE.read_text(encoding="utf-8")
    start = text.index('{\n"type": "object",\n"title"')
    published, _ = json.JSONDecoder().raw_decode(text[start:])
    file = resources.files("bot.domain") / "catalog" / "dreamina-4-0-edit.json"
    ours = json.loads(file.read_text(encoding="utf-8"))["input_schema"]
    assert json.dumps(ours, ensure_ascii=False) == json.dumps(published, ensure_ascii=False)
