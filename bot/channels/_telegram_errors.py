"""The Bot API's failures, as aiogram raises them -> the closed set of send errors."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.utils.token import TokenValidationError
from aiohttp import ClientConnectorError, ConnectionTimeoutError
from pydantic import ValidationError

from bot.channels._contract import BadRequest, Config, PauseAccount, RetryAt, SendError, Unreachable

_RETRY_AFTER = re.compile(r"retry after (\d+)")
_NEVER_CONNECTED = (ClientConnectorError, ConnectionTimeoutError)

_REFUSALS: Mapping[str, str] = {
    "blocked by the user": "403 blocked",
    "user is deactivated": "403 deactivated",
    "can't initiate": "403 not started",
    "kicked": "403 kicked",
}

_GONE: Mapping[str, str] = {
    "chat not found": "400 chat not found",
    "user not found": "400 user not found",
    "user is deactivated": "400 deactivated",
    "input_user_deactivated": "400 deactivated",
    "peer_id_invalid": "400 peer invalid",
    "not enough rights to send": "400 no rights",
    "have no rights to send": "400 no rights",
}

_HARMLESS = ("message is not modified", "query is too old", "query id is invalid", "query_id_invalid")


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever a call raises into one `SendError`. Its code never holds a text, a token or a chat id."""
    try:
        yield
    except (ValidationError, UnicodeError) as error:
        raise BadRequest("malformed") from error
    except TokenValidationError as error:
        raise Config("token") from error
    except AiogramError as error:
        raise translate(error) from error
    except OSError as error:
        raise RetryAt("network", sent_perhaps=True) from error


def translate(error: AiogramError) -> SendError:
    """The send error that stands for an exception of aiogram's."""
    for kind, made in _BY_TYPE.items():
        if isinstance(error, kind):
            return made(error)
    return RetryAt("aiogram", sent_perhaps=True)


def is_markup_error(error: TelegramBadRequest) -> bool:
    """Whether Telegram could not read our HTML."""
    return "can't parse entities" in _words(error)


def is_harmless(error: TelegramBadRequest) -> bool:
    """Whether the call came too late or would change nothing."""
    words = _words(error)
    return any(phrase in words for phrase in _HARMLESS)


def _words(error: AiogramError) -> str:
    return str(getattr(error, "message", "")).lower()


def _lookup(error: AiogramError, phrases: Mapping[str, str]) -> str | None:
    words = _words(error)
    return next((code for phrase, code in phrases.items() if phrase in words), None)


def _paused(error: AiogramError) -> SendError:
    return PauseAccount("429", seconds=float(getattr(error, "retry_after", 1)))


def _forbidden(error: AiogramError) -> SendError:
    return Unreachable(_lookup(error, _REFUSALS) or "403")


def _refused(error: AiogramError) -> SendError:
    gone = _lookup(error, _GONE)
    if gone:
        return Unreachable(gone)
    return BadRequest("400 markup" if "can't parse entities" in _words(error) else "400")


def _network(error: AiogramError) -> SendError:
    cause = error.__cause__
    code = "timeout" if isinstance(cause, TimeoutError) else "network"
    return RetryAt(code, sent_perhaps=not isinstance(cause, _NEVER_CONNECTED))


def _other(error: AiogramError) -> SendError:
    """A status aiogram has no class for: 429 without parameters, or one nobody has documented."""
    words = _words(error)
    after = _RETRY_AFTER.search(words)
    if after or "too many requests" in words:
        return PauseAccount("429", seconds=float(after[1]) if after else 1.0)
    return BadRequest("other")


def _always(kind: type[SendError], code: str, *, sent_perhaps: bool = False) -> Callable[[AiogramError], SendError]:
    return lambda _error: kind(code, sent_perhaps=sent_perhaps)


_BY_TYPE: Mapping[type[AiogramError], Callable[[AiogramError], SendError]] = {
    TelegramRetryAfter: _paused,
    TelegramForbiddenError: _forbidden,
    TelegramBadRequest: _refused,
    TelegramMigrateToChat: _always(RetryAt, "400 migrated"),
    TelegramUnauthorizedError: _always(Config, "401"),
    TelegramNotFound: _always(Config, "404"),
    TelegramConflictError: _always(Config, "409"),
    TelegramEntityTooLarge: _always(BadRequest, "413"),
    TelegramServerError: _always(RetryAt, "5xx", sent_perhaps=True),
    TelegramNetworkError: _network,
    ClientDecodeError: _always(RetryAt, "unreadable answer", sent_perhaps=True),
    TelegramAPIError: _other,
}
"""First match wins: a class stands before its parents."""
