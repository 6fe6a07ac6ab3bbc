"""What the Bot API checks before it takes a message: texts, keyboards, commands, webhook addresses."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from bot.fakes._telegram_html import Entity, MarkupError, parse_html, trim, utf16_units
from bot.fakes._telegram_state import Json, bad_request

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
DATA_BYTES = 64
BUTTONS = 100

Params = Mapping[str, str]

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"(?:[a-z]{2})?")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ACTIONS = ("callback_data", "url", "copy_text", "web_app", "login_url", "switch_inline_query", "pay")


def text(params: Params) -> tuple[str, list[Entity]]:
    """A message's text, 1 to 4096 UTF-16 units after its entities are parsed."""
    shown, entities = _formatted(params, "text")
    if not shown:
        raise bad_request("message text is empty")
    if utf16_units(shown) > TEXT_UNITS:
        raise bad_request("message is too long")
    return shown, entities


def caption(params: Params) -> tuple[str, list[Entity]]:
    """A picture's caption; it may be empty."""
    shown, entities = _formatted(params, "caption")
    if utf16_units(shown) > CAPTION_UNITS:
        raise bad_request("message caption is too long")
    return shown, entities


def _formatted(params: Params, name: str) -> tuple[str, list[Entity]]:
    raw = params.get(name, "")
    mode = params.get("parse_mode", "").lower()
    if mode not in ("", "html"):
        raise bad_request("unsupported parse_mode")
    if not mode:
        return trim(raw, [])
    try:
        return trim(*parse_html(raw))
    except MarkupError as error:
        raise bad_request(f"can't parse entities: {error}") from None


def markup(params: Params) -> Json:
    """The keyboard under a message, {} when there is none."""
    if not params.get("reply_markup"):
        return {}
    value = json(params["reply_markup"], "reply keyboard markup")
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    for name, check in _MARKUPS.items():
        if name in value:
            check(value)
            return value
    if value:
        raise bad_request("can't parse reply keyboard markup JSON object")
    return value


def json(text: str, what: str) -> Any:
    """A parameter's JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise bad_request(f"can't parse {what} JSON object") from None


def _rows(value: Any, name: str) -> list[Json]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise bad_request(f'field "{name}" must be an Array of Arrays')
    buttons = [{"text": one} if isinstance(one, str) else one for row in value for one in row]
    if len(buttons) > BUTTONS:
        raise bad_request("reply markup is too long")
    for button in buttons:
        if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
            raise bad_request("can't parse keyboard button: text buttons must have a non-empty text")
    return buttons


def _inline(value: Json) -> None:
    for button in _rows(value["inline_keyboard"], "inline_keyboard"):
        actions = [name for name in _ACTIONS if button.get(name) is not None]
        if len(actions) != 1:
            raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        data = button.get("callback_data")
        if actions == ["callback_data"] and not (isinstance(data, str) and 1 <= len(data.encode()) <= DATA_BYTES):
            raise bad_request("BUTTON_DATA_INVALID")


def _reply(value: Json) -> None:
    if not _rows(value["keyboard"], "keyboard"):
        raise bad_request("reply keyboard must be non-empty")


def _flag(value: Json) -> None:
    if not any(value.get(name) is True for name in ("remove_keyboard", "force_reply")):
        raise bad_request("can't parse reply keyboard markup JSON object")


_MARKUPS: Mapping[str, Callable[[Json], None]] = {
    "inline_keyboard": _inline,
    "keyboard": _reply,
    "remove_keyboard": _flag,
    "force_reply": _flag,
}


def commands(params: Params) -> list[Json]:
    """The list of setMyCommands."""
    rows = json(params.get("commands", "[]"), "commands")
    if not isinstance(rows, list) or len(rows) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for row in rows:
        described = isinstance(row, dict) and 1 <= len(str(row.get("description", ""))) <= 256
        if not described or not _COMMAND.fullmatch(str(row.get("command", ""))):
            raise bad_request("BOT_COMMAND_INVALID")
    return rows


def language(params: Params) -> str:
    """A two-letter language code or nothing."""
    code = params.get("language_code", "")
    if not _LANGUAGE.fullmatch(code):
        raise bad_request("BOT_COMMAND_LANGUAGE_INVALID")
    return code


def webhook(params: Params) -> tuple[str, str]:
    """URL and secret: https, but plain http to this very machine is the fake's own leave."""
    url = params.get("url", "")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    secret = params.get("secret_token", "")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    return url, secret


def names(listed: str) -> tuple[str, ...]:
    """The list of allowed updates."""
    value = json(listed, "allowed updates")
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise bad_request("allowed updates must be an Array of String")
    return tuple(value)


def integer(params: Params, name: str) -> int:
    """A whole number that must be there."""
    try:
        return int(params.get(name, ""))
    except ValueError:
        raise bad_request(f'invalid parameter "{name}"') from None
