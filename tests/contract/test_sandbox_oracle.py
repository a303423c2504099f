"""The oracle says where an exchange departs from Discord's published description, and why."""

import pytest

from sandbox.discord.components import check_message, form_errors_tree
from sandbox.discord.oracle import Oracle
from tests.contract.exchanges import CALLBACK, MESSAGES, ORIGINAL, Json, answered, asked, message
from tests.contract.published import PUBLISHED_DESCRIPTION


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    """Discord's description, read once."""
    return Oracle(PUBLISHED_DESCRIPTION)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/users/@me", None),
        ("GET", "/oauth2/applications/@me", None),
        ("GET", "/gateway/bot", None),
        ("POST", "/users/@me/channels", {"recipient_id": 7}),
        ("POST", "/channels/1/typing", None),
        ("PATCH", "/channels/1", {"archived": False}),
        ("POST", f"{MESSAGES}/1/threads", {"name": "a", "auto_archive_duration": 60, "rate_limit_per_user": None}),
        ("POST", "/channels/1/threads", {"name": "a", "auto_archive_duration": 1440, "type": 11, "invitable": True}),
        ("POST", CALLBACK, {"type": 5}),
        ("POST", CALLBACK, {"type": 5, "data": {"flags": 64}}),
        ("POST", CALLBACK, {"type": 6}),
        ("POST", CALLBACK, {"type": 4, "data": {"tts": False, "content": "x", "flags": 64}}),
        ("POST", CALLBACK, {"type": 7, "data": {"tts": False, "content": "x"}}),
        ("POST", CALLBACK, {"type": 8, "data": {"choices": [{"name": "Large", "value": "l"}]}}),
        ("DELETE", ORIGINAL, None),
        ("POST", "/attachments/refresh-urls", {"attachment_urls": ["https://cdn.discordapp.com/x"]}),
    ],
)
def test_the_calls_of_a_bot_pass(oracle: Oracle, method: str, path: str, body: object) -> None:
    assert asked(oracle, method, path, body) == []


def test_history_is_asked_for_by_typed_parameters(oracle: Oracle) -> None:
    assert asked(oracle, "GET", MESSAGES, limit="100", after="55") == []
    (limit,) = asked(oracle, "GET", MESSAGES, limit="101")
    assert limit == "GET /channels/{channel_id}/messages request: query limit $ 101 is greater than the maximum of 100"
    assert len(asked(oracle, "GET", MESSAGES, limit="many", after="x")) == 2
    (unknown,) = asked(oracle, "GET", MESSAGES, since="1")
    assert "'since'" in unknown


def test_a_wrong_component_is_judged_as_the_kind_that_it_names(oracle: Oracle) -> None:
    button = {"type": 2, "style": 9, "custom_id": "x" * 101, "colour": "red"}
    found = asked(oracle, "POST", MESSAGES, {"components": [{"type": 1, "components": [button]}]})
    place = "POST /channels/{channel_id}/messages request: $.components[0].components[0]"
    assert sorted(found) == [
        f"{place} has properties that are not published: colour",
        f"{place}.custom_id has length 101, and maxLength is 100",
        f"{place}.style 9 is not one of [1, 2, 3, 4, 5, 6]",
    ]


def test_a_component_in_the_wrong_place_is_told_what_may_stand_there(oracle: Oracle) -> None:
    nested: Json = {"type": 17, "components": [{"type": 17, "components": []}]}
    (found,) = asked(oracle, "POST", MESSAGES, {"components": [nested]})
    assert "request: $.components[0].components[0].type type 17" in found
    assert found.endswith("may not stand here, only 1, 9, 10, 12, 13, 14")


def test_a_union_without_types_is_judged_by_the_nearest_branch(oracle: Oracle) -> None:
    (found,) = asked(oracle, "POST", "/channels/1/threads", {"name": "a", "type": 99})
    assert "$.type 99 is not one of [10, 11, 12]" in found


def test_a_misspelt_property_is_found_in_a_request(oracle: Oracle) -> None:
    (found,) = asked(oracle, "POST", MESSAGES, {"contents": "hello"})
    assert found.endswith("$ has properties that are not published: contents")


def test_an_unknown_route_an_unknown_method_and_a_path_without_an_id_are_found(oracle: Oracle) -> None:
    assert asked(oracle, "GET", "/channels/1/massages") == ["GET /channels/1/massages: Discord publishes no such route"]
    assert asked(oracle, "PUT", MESSAGES, {}) == [
        "PUT /channels/{channel_id}/messages: Discord publishes only GET, POST there"
    ]
    (found,) = asked(oracle, "GET", "/channels/general/messages")
    assert "channel_id in the path is 'general'" in found


def test_a_missing_body_and_one_too_many_are_found(oracle: Oracle) -> None:
    assert asked(oracle, "POST", MESSAGES) == ["POST /channels/{channel_id}/messages request: the body is missing"]
    (found,) = asked(oracle, "POST", "/channels/1/typing", {})
    assert found.endswith("a body is sent, but none is published")


def test_ids_and_numbers_out_of_range_are_found(oracle: Oracle) -> None:
    reference = {"message_id": "9" * 30}
    assert asked(oracle, "POST", MESSAGES, {"content": "x", "message_reference": reference})
    assert asked(oracle, "POST", MESSAGES, {"content": "x", "nonce": 2**63})
    assert asked(oracle, "POST", MESSAGES, {"content": "x", "embeds": [{"timestamp": "yesterday"}]})


def test_a_message_answers_a_message(oracle: Oracle) -> None:
    assert answered(oracle, 200, message()) == []
    assert answered(oracle, 200, [message()], "GET") == []


def test_a_field_missing_or_wrong_in_an_answer_is_found_by_its_place(oracle: Oracle) -> None:
    lacking = message(components=[{"type": 10, "content": "x"}])
    del lacking["author"]
    place = "POST /channels/{channel_id}/messages response 200: $"
    assert sorted(answered(oracle, 200, lacking)) == [
        f"{place} 'author' is a required property",
        f"{place}.components[0] 'id' is a required property",
    ]
    (found,) = answered(oracle, 200, message(id=10))
    assert found == f"{place}.id 10 is not of type 'string'"


def test_an_answer_may_carry_more_than_is_published(oracle: Oracle) -> None:
    assert answered(oracle, 200, message(guild_id="2")) == []


def test_an_error_has_code_message_and_perhaps_a_tree_of_complaints(oracle: Oracle) -> None:
    complaints = check_message({"contents": "x"}, flags=0, attachment_names=())
    body = {"code": 50035, "message": "Invalid Form Body", "errors": form_errors_tree(complaints)}
    assert answered(oracle, 400, body) == []
    assert answered(oracle, 400, body | {"errors": {"contents": {"_errors": [{"code": "LOST"}]}}})
    assert answered(oracle, 404, {"code": 10008, "message": "Unknown Message"}) == []
    assert answered(oracle, 403, {"message": "no"})
    assert answered(oracle, 404, {"code": 0, "message": "404: Not Found"}, "GET", "/nowhere") == []


def test_a_rate_limit_says_how_long_to_wait(oracle: Oracle) -> None:
    limited = {"code": 0, "message": "You are being rate limited.", "retry_after": 0.5, "global": False}
    assert answered(oracle, 429, limited) == []
    del limited["retry_after"]
    assert answered(oracle, 429, limited)


def test_no_content_means_no_body_and_an_unpublished_status_is_found(oracle: Oracle) -> None:
    assert answered(oracle, 204, None, "DELETE", ORIGINAL) == []
    (body,) = answered(oracle, 204, {}, "DELETE", ORIGINAL)
    assert body.endswith("a body is sent, but none is published")
    (status,) = answered(oracle, 201, message())
    assert status.endswith("the status is not published, only 200, 429, 4XX")
    assert answered(oracle, 502, None) == []
