"""Twilio's error codes -> the closed set, for refused calls and for the ErrorCode of a receipt alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError

from aiohttp import ClientConnectorError, ClientError, ConnectionTimeoutError

from bot.channels._contract import (
    BadRequest,
    Config,
    NeedsTemplate,
    OptedOut,
    PauseAccount,
    RetryAt,
    SendError,
    Unreachable,
)
from bot.twilio_client import TwilioException

Meaning = tuple[type[SendError], float | None]
"""What a code means for us, and the seconds to wait where that is known beforehand."""

_HOUR, _DAY = 3600.0, 86_400.0

MEANINGS: dict[str, Meaning] = {
    "20003": (Config, None),  # authentication
    "20005": (Config, None),  # account not active
    "20429": (PauseAccount, 2.0),
    "21201": (Unreachable, None),
    "21604": (Unreachable, None),  # no recipient, as newer versions of the API put 21201
    "21211": (Unreachable, None),
    "21217": (Unreachable, None),
    "21614": (Unreachable, None),  # not a mobile number
    "21612": (Unreachable, None),
    "21408": (BadRequest, None),  # one country is switched off: no reason to stop the others, as Config would
    "21603": (Config, None),
    "21606": (Config, None),
    "21703": (Config, None),
    "21712": (Config, None),
    "21610": (OptedOut, None),
    "21611": (PauseAccount, 60.0),  # the sender's queue is full
    "21617": (BadRequest, None),
    "30001": (PauseAccount, 60.0),  # queue overflow
    "30003": (RetryAt, _HOUR),  # handset off or out of reach, for now
    "30004": (Unreachable, None),
    "30005": (RetryAt, _HOUR),  # unknown handset, perhaps roaming
    "30006": (Unreachable, None),
    "30007": (BadRequest, None),  # filtered by the carrier
    "30008": (RetryAt, 60.0),
    "30032": (Config, None),  # toll-free number not verified
    "30034": (Config, None),  # US A2P 10DLC not registered
    "63003": (Unreachable, None),
    "63024": (Unreachable, None),
    "63007": (Config, None),  # no such WhatsApp sender
    "63016": (NeedsTemplate, None),
    "63018": (PauseAccount, 5.0),
    "63049": (RetryAt, _DAY),  # Meta holds marketing back from this member
    "63005": (BadRequest, None),
    "63013": (BadRequest, None),
    "63032": (BadRequest, None),
}

_BY_STATUS: dict[int, Meaning] = {401: (Config, None), 429: (PauseAccount, 2.0)}

_PASSED_ON = frozenset({502, 504})
"""A gateway answered, so the message may have got through behind it."""

CONTENT_REFUSED = frozenset({"21654", "21655", "21656", "21657", "63021"})
"""ContentSid or its variables not accepted: the same words still go as plain text."""


def error_for_receipt(code: str | None) -> type[SendError] | None:
    """What a receipt's ErrorCode means; None when it names none."""
    told = (code or "").strip()
    if told in ("", "0"):
        return None
    return MEANINGS.get(told, (BadRequest, None))[0]


def refused(status: int, code: str) -> SendError:
    """The error for a call that Twilio answered with this HTTP status and code."""
    if code in MEANINGS:
        found, seconds = MEANINGS[code]
        return found(code, seconds=seconds)
    if status >= 500:
        return RetryAt(code, sent_perhaps=status in _PASSED_ON)
    found, seconds = _BY_STATUS.get(status, (BadRequest, None))
    return found(code, seconds=seconds)


@contextmanager
def mapped_errors(*, sends: bool = True) -> Iterator[None]:
    """Turn what the library and the network raise into the closed set. `sends`: the call would send a message.

    The causes are left out: they hold the request's URL and the provider's words, phone numbers among them.
    """
    try:
        yield
    except TwilioException as error:
        raise _told(error, sends) from None
    except ConnectionTimeoutError:
        raise RetryAt("connect-timeout") from None
    except TimeoutError:
        raise RetryAt("timeout", sent_perhaps=sends) from None
    except ClientConnectorError:
        raise RetryAt("no-connection") from None
    except (ClientError, OSError):
        raise RetryAt("connection-lost", sent_perhaps=sends) from None
    except JSONDecodeError:
        # A success whose body is no JSON: somebody between us and Twilio answered.
        raise RetryAt("no-json", sent_perhaps=sends) from None


def _told(error: Exception, sends: bool) -> SendError:
    status, code = getattr(error, "status", None), getattr(error, "code", None)
    if status is None:
        # The library's pages raise a bare exception that carries the response.
        status = next((one.status_code for one in error.args if hasattr(one, "status_code")), 0)
    found = refused(int(status), str(code or status))
    found.sent_perhaps = found.sent_perhaps and sends
    return found
