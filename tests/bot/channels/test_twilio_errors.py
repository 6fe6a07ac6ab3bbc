"""Twilio's codes and the network's failures into the closed set."""

from json import JSONDecodeError

import pytest
from aiohttp import ClientPayloadError, ConnectionTimeoutError, ServerDisconnectedError

from bot.channels import BadRequest, Config, NeedsTemplate, OptedOut, PauseAccount, RetryAt, SendError, Unreachable
from bot.channels._twilio_errors import MEANINGS, error_for_receipt, mapped_errors, refused
from bot.twilio_client import TwilioException

ROWS = {
    Unreachable: "21211 21217 21201 21614 21612 30004 30006 63003 63024",
    Config: "21606 21603 21703 21712 20003 30034 30032",
    OptedOut: "21610",
    BadRequest: "21408 21617 30007 63032 63013 63005",
    PauseAccount: "20429 30001 63018",
    RetryAt: "30003 30005 30008 63049",
    NeedsTemplate: "63016",
}
CODES = [(code, kind) for kind, codes in ROWS.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "kind"), CODES)
def test_every_code_has_its_meaning(code, kind):
    assert type(refused(400, code)) is kind
    assert error_for_receipt(code) is kind
    assert (refused(400, code).seconds is None) == (MEANINGS[code][1] is None)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "401", Config),
        (429, "429", PauseAccount),
        (500, "20500", RetryAt),
        (503, "503", RetryAt),
        (404, "20404", BadRequest),
        (400, "99999", BadRequest),
    ],
)
def test_an_unknown_code_goes_by_its_status(status, code, kind):
    assert type(refused(status, code)) is kind


@pytest.mark.parametrize("code", [None, "", "0", " "])
def test_a_receipt_without_a_code_means_nothing(code):
    assert error_for_receipt(code) is None


@pytest.mark.parametrize(
    ("error", "code", "sent_perhaps"),
    [
        (TimeoutError(), "timeout", True),
        (ConnectionTimeoutError(), "connect-timeout", False),
        (ServerDisconnectedError(), "connection-lost", True),
        (ClientPayloadError(), "connection-lost", True),
        (ConnectionResetError(), "connection-lost", True),
        (JSONDecodeError("x", "<html>", 0), "no-json", True),
    ],
)
def test_the_networks_failures_say_whether_a_message_may_be_out(error, code, sent_perhaps):
    for sends in (True, False):
        with pytest.raises(RetryAt) as caught, mapped_errors(sends=sends):
            raise error
        assert (caught.value.code, caught.value.sent_perhaps) == (code, sent_perhaps and sends)


@pytest.mark.parametrize(("status", "sent_perhaps"), [(500, False), (502, True), (503, False), (504, True)])
def test_a_gateways_failure_may_hide_a_success(status, sent_perhaps):
    assert refused(status, str(status)).sent_perhaps is sent_perhaps


def test_an_exception_without_a_code_is_a_bad_request():
    with pytest.raises(BadRequest), mapped_errors():
        raise TwilioException("Page Records can not be deserialized")


def test_our_own_mistakes_pass_through():
    with pytest.raises(KeyError), mapped_errors():
        raise KeyError("x")


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in MEANINGS.values()}, key=lambda kind: kind.__name__))
def test_every_meaning_is_of_the_closed_set(kind):
    assert issubclass(kind, SendError)
    assert kind.staff
