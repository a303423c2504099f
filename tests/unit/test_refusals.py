"""What an answer that is not the wanted one means, to the paid POST and to everything else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import (
    OutOfCredit,
    ProviderError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnauthorized,
    ProviderUnavailable,
    SubmissionUncertain,
)
from bot.runcomfy.refusals import WAIT_AFTER_A_GATEWAY, Reply, read_retry_after, refusal, submission_refusal

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SOON = timedelta(seconds=3)


def coded(http: int, code: int | str, text: str = "words") -> Reply:
    return Reply(http, {"error_code": code, "error_message": text})


@pytest.mark.parametrize(
    ("reply", "paid", "free"),
    [
        # documented codes, under their own HTTP status and under 200, as numbers and as texts
        (coded(400, 400001), ProviderRejected, ProviderRejected),
        (coded(200, 400001), ProviderRejected, ProviderRejected),
        (coded(400, 400002), OutOfCredit, OutOfCredit),
        (coded(200, "400002"), OutOfCredit, OutOfCredit),
        (coded(400, 10001), OutOfCredit, OutOfCredit),
        (coded(200, 10001), OutOfCredit, OutOfCredit),
        (coded(400, 400004), ProviderUnauthorized, ProviderUnauthorized),
        (coded(200, 400004), ProviderUnauthorized, ProviderUnauthorized),
        (coded(403, 403001), ProviderRejected, ProviderRejected),
        (coded(200, 403001), ProviderRejected, ProviderRejected),
        (coded(404, 404001), ProviderRejected, ProviderRejected),
        (coded(200, 404001), ProviderRejected, ProviderRejected),
        # names without a code
        (Reply(400, {"error": "UserAccountError"}), ProviderUnauthorized, ProviderUnauthorized),
        (Reply(400, {"error": "InsufficientResources: top up"}), OutOfCredit, OutOfCredit),
        (Reply(404, {"error": "ResourceNotFound: no"}), ProviderRejected, ProviderRejected),
        (Reply(404, {"message": "model not found"}), ProviderRejected, ProviderRejected),
        (Reply(404, {"detail": "Model bytedance/x/edit not found."}), ProviderRejected, ProviderRejected),
        (coded(401, 401001), ProviderUnauthorized, ProviderUnauthorized),
        (coded(422, 422001), ProviderRejected, ProviderRejected),
        (Reply(422, {"detail": [{"loc": ["body"], "msg": "bad"}]}), ProviderRejected, ProviderRejected),
        (coded(429, 429001), ProviderUnavailable, ProviderUnavailable),
        (coded(200, 429001), ProviderUnavailable, ProviderUnavailable),
        # an HTTP status without the provider's own format may be a gateway's, which spoke after an acceptance
        (Reply(400, None), SubmissionUncertain, ProviderRejected),
        (Reply(400, {"message": "Bad Request"}), SubmissionUncertain, ProviderRejected),
        (Reply(401, None), SubmissionUncertain, ProviderUnauthorized),
        (Reply(402, None), SubmissionUncertain, OutOfCredit),
        (Reply(403, {"message": "Forbidden"}), SubmissionUncertain, ProviderUnauthorized),
        (Reply(404, {"detail": "Not Found"}), SubmissionUncertain, ProviderRejected),
        (Reply(413, None), SubmissionUncertain, ProviderRejected),
        (Reply(422, None), SubmissionUncertain, ProviderRejected),
        (Reply(422, {"detail": "bad"}), SubmissionUncertain, ProviderRejected),
        (Reply(422, {"detail": []}), SubmissionUncertain, ProviderRejected),
        (Reply(429, None), SubmissionUncertain, ProviderUnavailable),
        (Reply(429, {"message": "Too many requests."}, SOON), SubmissionUncertain, ProviderUnavailable),
        (coded(429, 77), SubmissionUncertain, ProviderUnavailable),
        (coded(400, 400005), SubmissionUncertain, ProviderRejected),
        # what may have been accepted whoever says it
        (Reply(408, None), SubmissionUncertain, ProviderUnavailable),
        (Reply(500, None), SubmissionUncertain, ProviderUnavailable),
        (coded(500, 500001), SubmissionUncertain, ProviderUnavailable),
        (coded(500, 400004), SubmissionUncertain, ProviderUnavailable),
        (coded(200, 500001), SubmissionUncertain, ProviderUnavailable),
        (Reply(502, None), SubmissionUncertain, ProviderUnavailable),
        (Reply(503, None), SubmissionUncertain, ProviderUnavailable),
        (Reply(503, None, retry_after=SOON), SubmissionUncertain, ProviderUnavailable),
        (Reply(503, {"message": "Service Unavailable"}), SubmissionUncertain, ProviderUnavailable),
        (coded(503, 503001), SubmissionUncertain, ProviderUnavailable),
        (coded(200, 503001), SubmissionUncertain, ProviderUnavailable),
        (Reply(504, None, retry_after=SOON), SubmissionUncertain, ProviderUnavailable),
        (coded(200, 77), SubmissionUncertain, ProviderProtocolError),
        (coded(200, "Oops"), SubmissionUncertain, ProviderProtocolError),
        (Reply(302, None), SubmissionUncertain, ProviderProtocolError),
        (Reply(200, None), SubmissionUncertain, ProviderProtocolError),
    ],
)
def test_an_answer_is_classified(reply: Reply, paid: type[ProviderError], free: type[ProviderError]) -> None:
    assert type(submission_refusal(reply)) is paid
    assert type(refusal(reply)) is free


def test_both_dialects_tell_code_and_words() -> None:
    first = submission_refusal(Reply(400, {"code": 400001, "error": "InvalidResourceIdentifier"}))
    second = submission_refusal(Reply(400, {"error_code": "400001", "error_message": "no such\nmodel"}))
    assert (first.code, str(first)) == ("400001", "HTTP 400, code 400001, InvalidResourceIdentifier")
    assert (second.code, str(second)) == ("400001", "HTTP 400, code 400001, no such model")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, "404"),
        ({"detail": "Not Found"}, "404"),
        ({"message": "no Route matched with those values"}, "404"),
        ({"code": 404, "error": "no such route"}, "404"),
        ({"error": "ResourceNotFound: no such request"}, "404001"),
        ({"code": 404001, "error": "no"}, "404001"),
    ],
)
def test_a_404_names_an_unknown_request_only_in_the_providers_own_format(
    document: dict[str, object] | None, code: str
) -> None:
    reply = Reply(404, document)
    assert refusal(reply).code == code
    assert reply.is_perhaps_a_gateways_404 == (code == "404")


@pytest.mark.parametrize("code", [400001, 400002, 400004, 429001])
def test_an_error_code_beside_the_id_of_a_request_proves_nothing_of_the_paid_post(code: int) -> None:
    error = submission_refusal(Reply(200, {"request_id": "r1", "error_code": code}))
    assert type(error) is SubmissionUncertain
    assert str(error) == f"HTTP 200, code {code}, request_id r1"


def test_a_404_that_names_the_model_has_the_documented_code_of_an_unknown_model() -> None:
    error = submission_refusal(Reply(404, {"message": "model not found"}))
    assert error.code == refusal(Reply(404, {"message": "model not found"})).code == "400001"


def test_words_of_an_error_are_cut() -> None:
    assert len(str(refusal(Reply(400, {"message": "x" * 5000})))) < 350


def test_a_refusal_carries_how_long_to_wait() -> None:
    coded_429 = Reply(429, {"error_code": 429001}, SOON)
    for error in (submission_refusal(coded_429), refusal(Reply(500, None, SOON))):
        assert isinstance(error, ProviderUnavailable)
        assert error.retry_after == SOON


@pytest.mark.parametrize(
    ("reply", "wait", "account_error"),
    [
        (Reply(429, None, SOON), SOON, type(None)),
        (Reply(429, None), WAIT_AFTER_A_GATEWAY, type(None)),
        (Reply(503, None), WAIT_AFTER_A_GATEWAY, type(None)),
        (Reply(502, None), None, type(None)),
        (Reply(401, None), None, ProviderUnauthorized),
        (Reply(402, None), None, OutOfCredit),
    ],
)
def test_a_doubt_says_how_long_to_hold_others_back_and_whether_the_account_seems_refused(
    reply: Reply, wait: timedelta | None, account_error: type[object]
) -> None:
    error = submission_refusal(reply)
    assert isinstance(error, SubmissionUncertain)
    assert error.retry_after == wait
    assert type(error.account_error) is account_error


@pytest.mark.parametrize(
    "document",
    [
        {"request_id": "r1", "status": "failed", "error_code": 500001},
        {"request_id": "r1", "status": "in_queue", "code": 200},
        {"request_id": "r1", "code": 200},
        {"request_id": "r1", "error_code": None},
        {"request_id": "r1", "error_code": 0},
    ],
)
def test_an_answer_about_a_request_is_no_refusal(document: dict[str, object]) -> None:
    assert Reply(200, document).is_good


def test_a_submission_with_an_id_and_an_error_code_is_no_acceptance() -> None:
    assert not Reply(200, {"request_id": "r1", "error_code": 400002}).is_good


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0.5 ", timedelta(seconds=0.5)),
        ("0", timedelta()),
        ("86400", timedelta(hours=1)),
        ("Mon, 04 May 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Mon, 04 May 2026 12:00:30 -0000", timedelta(seconds=30)),
        ("Mon, 04 May 2026 11:00:00 GMT", timedelta()),
        ("Tue, 05 May 2099 12:00:00 GMT", timedelta(hours=1)),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("nan", None),
        ("1e9", None),
        ("9" * 400, None),
        ("Mon, 99 May 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_up_to_an_hour(header: str | None, wait: timedelta | None) -> None:
    assert read_retry_after(header, now=NOW) == wait
