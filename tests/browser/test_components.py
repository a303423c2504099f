"""What our bot does not use yet, proved with a puppet: modals, menus, suggestions, every kind of component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import FilePayload, expect

from sandbox.discord.composer import Draft
from sandbox.discord.kinds import CallbackType, InteractionType
from tests.browser.house import Puppet

if TYPE_CHECKING:
    from sandbox.discord.state import Interaction
    from tests.browser.house import House

V2 = 1 << 15
EPHEMERAL = 1 << 6
PICTURE = "http://127.0.0.1:1/none.png"
MODAL: dict[str, Any] = {
    "custom_id": "wishes",
    "title": "Your wishes",
    "components": [
        {"type": 10, "content": "Say **what** you want."},
        {"type": 18, "label": "Title", "component": {"type": 4, "style": 1, "custom_id": "title", "max_length": 10}},
        {
            "type": 18,
            "label": "Kind",
            "component": {
                "type": 3,
                "custom_id": "kind",
                "options": [{"label": "Oil", "value": "oil"}, {"label": "Ink", "value": "ink"}],
            },
        },
        {"type": 18, "label": "Sketch", "component": {"type": 19, "custom_id": "sketch", "required": False}},
        {"type": 18, "label": "In public", "component": {"type": 23, "custom_id": "public"}},
    ],
}
WISH: dict[str, Any] = {
    "name": "wish",
    "name_localizations": {"de": "wunsch"},
    "description": "Say a wish",
    "description_localizations": {"de": "Sag einen Wunsch"},
    "options": [
        {"type": 3, "name": "style", "description": "A style", "required": True, "autocomplete": True},
        {"type": 4, "name": "count", "description": "How many", "min_value": 1, "max_value": 3},
        {"type": 5, "name": "loud", "description": "Loud?"},
        {"type": 6, "name": "who", "description": "Who"},
        {"type": 3, "name": "size", "description": "Size", "choices": [{"name": "Large", "value": "L"}]},
    ],
}


def _button(style: int, label: str, **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": style, "label": label, **({"custom_id": label} if style < 5 else {}), **more}


ZOO: list[dict[str, Any]] = [
    {
        "type": 17,
        "accent_color": 0xFF8800,
        "components": [
            {"type": 10, "content": "# Zoo\n**bold** *slanted* __under__ ~~struck~~ `code` ||secret||"},
            {"type": 10, "content": "> quoted\n- first\n- second\n-# small\n```py\nx = 1\n```"},
            {"type": 10, "content": "[a page](https://example.com/) <t:1700000000:D> <t:1700000000:R>"},
            {
                "type": 9,
                "components": [{"type": 10, "content": "A section"}],
                "accessory": {"type": 11, "media": {"url": "attachment://zoo.png"}, "description": "Thumb"},
            },
            {"type": 14, "divider": True, "spacing": 2},
            {
                "type": 12,
                "items": [{"media": {"url": "attachment://zoo.png"}, "spoiler": True, "description": "Hidden"}],
            },
            {"type": 13, "file": {"url": "attachment://notes.txt"}},
            {
                "type": 1,
                "components": [
                    _button(1, "First"),
                    _button(2, "Second"),
                    _button(3, "Third"),
                    _button(4, "Fourth", disabled=True),
                    _button(5, "Fifth", url="https://example.com/"),
                ],
            },
            {
                "type": 1,
                "components": [
                    {"type": 3, "custom_id": "pet", "placeholder": "Pet", "options": [{"label": "Cat", "value": "cat"}]}
                ],
            },
            {"type": 1, "components": [{"type": 5, "custom_id": "friend", "placeholder": "Friend"}]},
            {"type": 1, "components": [{"type": 8, "custom_id": "place", "placeholder": "Place"}]},
        ],
    }
]


def _said(text: str) -> tuple[CallbackType, dict[str, Any]]:
    return CallbackType.MESSAGE, {"content": text, "flags": EPHEMERAL}


def _wishes(interaction: Interaction) -> tuple[CallbackType, dict[str, Any]] | None:
    match interaction.type:
        case InteractionType.AUTOCOMPLETE:
            return CallbackType.AUTOCOMPLETE, {"choices": [{"name": "Water colour", "value": "watercolour"}]}
        case InteractionType.COMMAND:
            return CallbackType.MODAL, MODAL
        case InteractionType.MODAL:
            return _said("So be it.")
        case _:
            return _said("Pressed.")


async def test_options_suggestions_and_a_modal_reach_the_bot(empty_house: House) -> None:
    puppet = Puppet(empty_house.town, [WISH], _wishes)
    ada = await empty_house.visit("ada")
    form = await ada.begin("wish")
    await ada.field(form, "style").press_sequentially("wat")
    await expect(form.locator("datalist option")).to_have_attribute("value", "watercolour")
    await ada.field(form, "style").fill("watercolour")
    for option in ("count", "loud", "who", "size"):
        await form.get_by_role("button", name=f"+ {option}").click()
    await ada.field(form, "count").fill("2")
    await ada.field(form, "loud").select_option("True")
    await ada.field(form, "who").select_option("Ben")
    await ada.field(form, "size").select_option("Large")
    await ada.send(form)
    modal = ada.page.get_by_role("dialog", name="Your wishes")
    await expect(modal.locator("strong")).to_have_text("what")
    entered = {one["name"]: one["value"] for one in puppet.data()["options"]}
    ben = str(empty_house.town.world.person("ben").id)
    assert entered == {"style": "watercolour", "count": 2, "loud": True, "who": ben, "size": "L"}
    await modal.get_by_label("Title").fill("Sea")
    await modal.get_by_label("Kind").select_option("Ink")
    sketch = FilePayload(name="sketch.png", mimeType="image/png", buffer=b"png")
    await modal.get_by_label("Sketch").set_input_files(sketch)
    await modal.get_by_label("In public").check()
    await modal.get_by_role("button", name="Submit").click()
    await expect(ada.private).to_contain_text("So be it.")
    fields = [one["component"] for one in puppet.data()["components"] if "component" in one]
    assert [one.get("value", one.get("values")) for one in fields[:2]] == ["Sea", ["ink"]]
    assert len(fields[2]["values"]) == 1
    assert fields[3]["value"] is True


async def test_what_is_out_of_bounds_is_refused_by_the_client(empty_house: House) -> None:
    Puppet(empty_house.town, [WISH], _wishes)
    ada = await empty_house.visit("ada")
    form = await ada.begin("wish")
    await ada.field(form, "style").fill("ink")
    await form.get_by_role("button", name="+ count").click()
    await ada.field(form, "count").fill("7")
    await ada.send(form)
    await expect(form.get_by_role("alert")).to_contain_text("must be from 1 to 3")


async def test_names_are_shown_in_the_persons_language(empty_house: House) -> None:
    puppet = Puppet(empty_house.town, [WISH], _wishes)
    ada = await empty_house.visit("ada")
    await ada.page.get_by_label("Language").select_option("de")
    form = await ada.begin("wunsch")
    await expect(form).to_contain_text("Sag einen Wunsch")
    await ada.field(form, "style").fill("Tinte")
    await ada.send(form)
    await expect(ada.page.get_by_role("dialog")).to_be_visible()
    assert puppet.asked[-1].locale == "de"


async def test_every_kind_of_component_is_drawn_and_works(empty_house: House) -> None:
    puppet = Puppet(empty_house.town, [WISH], lambda _interaction: _said("Pressed."))
    ada = await empty_house.visit("ada")
    empty_house.post(ZOO)
    zoo = ada.middle.locator(".message .container")
    await expect(zoo.get_by_role("heading", name="Zoo")).to_be_visible()
    for tag in ("strong", "em", "u", "s", "blockquote", "small", "pre code", "li", "time"):
        await expect(zoo.locator(tag).first).to_be_visible()
    await expect(zoo.get_by_role("link", name="a page")).to_have_attribute("href", "https://example.com/")
    await expect(zoo.get_by_text("November 14, 2023")).to_be_visible()
    await expect(zoo.locator("time[data-format=R]")).to_contain_text("years ago")
    await zoo.get_by_role("button", name="Spoiler", exact=True).click()
    await expect(zoo.get_by_text("secret")).to_be_visible()
    await zoo.get_by_role("button", name="Show spoiler").click()
    await zoo.get_by_role("button", name="Open picture: Hidden").click()
    await expect(ada.page.get_by_role("dialog", name="Picture").get_by_role("img")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(zoo.get_by_role("link", name="notes.txt")).to_be_visible()
    await expect(zoo.get_by_role("button", name="Fourth")).to_be_disabled()
    await expect(zoo.get_by_role("link", name="Fifth")).to_have_attribute("rel", "noreferrer noopener")
    await ada.press(zoo, "Third")
    await expect(ada.private).to_contain_text("Pressed.")
    assert puppet.data()["custom_id"] == "Third"
    await zoo.get_by_label("Pet").select_option("Cat")
    await expect(ada.page.locator(".message.ephemeral")).to_have_count(2)
    assert puppet.data()["values"] == ["cat"]
    await zoo.get_by_label("Friend").select_option("Ben")
    await expect(ada.page.locator(".message.ephemeral")).to_have_count(3)
    assert puppet.data()["values"] == [str(empty_house.town.world.person("ben").id)]


async def test_galleries_of_one_to_ten_pictures_fit_and_can_be_leafed_through(empty_house: House) -> None:
    ada = await empty_house.visit("ada")
    for count in range(1, 11):
        items = [{"media": {"url": "attachment://zoo.png"}, "description": f"No. {n}"} for n in range(1, count + 1)]
        note = {"type": 13, "file": {"url": "attachment://notes.txt"}}
        empty_house.post([{"type": 12, "items": items}, note])
    last = ada.middle.locator(".gallery").last
    await expect(last.get_by_role("img")).to_have_count(10)
    await last.get_by_role("button", name="Open picture: No. 10").click()
    viewer = ada.page.get_by_role("dialog", name="Picture")
    await expect(viewer).to_contain_text("10 of 10")
    await ada.page.keyboard.press("ArrowRight")
    await expect(viewer).to_contain_text("1 of 10")
    widths = await ada.page.evaluate("[...document.querySelectorAll('.gallery')].map(one => one.offsetWidth)")
    assert len(widths) == 10
    assert max(widths) <= 550


async def test_what_the_page_cannot_draw_is_a_loud_box(empty_house: House) -> None:
    ada = await empty_house.visit("ada")
    empty_house.post([{"type": 10, "content": "fine"}, *ZOO])
    await expect(ada.middle.get_by_text("fine")).to_be_visible()
    await expect(ada.page.locator(".unknown-component")).to_have_count(0)
    (message,) = empty_house.town.world.messages_in(empty_house.town.channel("art").id)
    message.components.append({"type": 77, "id": 99})
    message.revision += 1
    empty_house.town.world.touch()
    await expect(ada.page.locator(".unknown-component")).to_have_text(
        "The page cannot draw this yet: a component of type 77"
    )
    assert any("a component of type 77" in one for one in ada.complaints)
    ada.complaints.clear()
    message.components.pop()
    message.revision += 1
    empty_house.town.world.touch()
    await expect(ada.page.locator(".unknown-component")).to_have_count(0)


async def test_nobody_answers_and_the_person_is_told(empty_house: House) -> None:
    Puppet(empty_house.town, [WISH], lambda _interaction: None)
    ada = await empty_house.visit("ada")
    empty_house.post(ZOO)
    await ada.press(ada.middle.locator(".container"), "First")
    await expect(ada.middle.get_by_role("alert")).to_have_text("The application did not respond")


async def test_thinking_answers_replies_pings_and_edits_are_marked(empty_house: House) -> None:
    puppet = Puppet(empty_house.town, [WISH], lambda _interaction: (CallbackType.DEFERRED_MESSAGE, {}))
    ada, ben = await empty_house.visit("ada"), await empty_house.visit("ben")
    form = await ada.begin("wish")
    await ada.field(form, "style").fill("ink")
    await ada.send(form)
    await expect(ben.middle.get_by_text("Remixer is thinking…")).to_be_visible()
    services, art = empty_house.town.discord.services, empty_house.town.channel("art")
    asked = puppet.asked[-1]
    assert asked.original is not None
    mention = f"<@{empty_house.town.world.person('ben').id}>"
    for words in ("first", "second"):
        draft = Draft({"content": f"{words} {mention}"}, {})
        services.messages.edit(asked.original, draft, limit_bytes=1)
    await expect(ben.middle.locator(".message")).to_contain_text("second @Ben")
    await expect(ben.middle.get_by_text("(edited)")).to_be_visible()
    await ben.choose_from_menu(ben.middle.locator(".message"), "Reply")
    await ben.middle.get_by_role("combobox").fill(f"thanks <@{empty_house.town.world.person('ada').id}>")
    await ben.middle.get_by_role("combobox").press("Enter")
    await expect(ada.middle.locator(".message.pinged")).to_contain_text("thanks @Ada")
    await expect(ada.middle.locator(".message.pinged .reply")).to_contain_text("second")
    assert len(empty_house.town.world.messages_in(art.id)) == 2
