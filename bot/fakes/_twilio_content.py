"""The Content API's rules: what may be created, and what a content with its variables looks like when sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.fakes._twilio_model import ApiError, FakeContent, World

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_FORBIDDEN = re.compile(r"[\n\r\t]| {4,}")
BODY, TITLE, ITEM, LABEL, ID, DESCRIPTION = 1024, 20, 24, 20, 200, 72
SESSION_BUTTONS, BUTTONS, ITEMS = 3, 10, 10


def create_content(world: World, told: Any) -> FakeContent:
    """A new Content resource from a JSON body, or the API's refusal."""
    if not isinstance(told, dict) or not _LANGUAGE.fullmatch(str(told.get("language", ""))):
        raise _bad("language is required")
    types = told.get("types")
    if not isinstance(types, dict) or not types:
        raise _bad("types is required")
    for name, body in types.items():
        if name not in _RULES:
            raise _bad(f"unknown content type {name}")
        _RULES[name](body)
    variables = told.get("variables") or {}
    _check_samples(types, variables)
    made = FakeContent(
        sid=world.sid("HX"),
        name=str(told.get("friendly_name") or ""),
        language=told["language"],
        types=types,
        variables=variables,
        created=world.clock(),
    )
    world.contents[made.sid] = made
    return made


def _bad(why: str) -> ApiError:
    return ApiError(400, 20001, f"Invalid Parameter: {why}")


def _fits(value: object, most: int, name: str) -> str:
    if not isinstance(value, str) or not value or len(value) > most:
        raise _bad(f"{name} must have 1 to {most} characters")
    return value


def _several(value: object, most: int, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise _bad(f"1 to {most} {name}")
    return value


def _text(told: Mapping[str, Any]) -> None:
    _fits(told.get("body"), 1600, "body")


def _quick_reply(told: Mapping[str, Any]) -> None:
    _fits(told.get("body"), BODY, "body")
    for action in _several(told.get("actions"), BUTTONS, "actions"):
        _fits(action.get("title"), TITLE, "title")
        _fits(action.get("id"), ID, "id")


def _list_picker(told: Mapping[str, Any]) -> None:
    _fits(told.get("body"), BODY, "body")
    _fits(told.get("button"), LABEL, "button")
    for item in _several(told.get("items"), ITEMS, "items"):
        _fits(item.get("item"), ITEM, "item")
        _fits(item.get("id"), ID, "id")
        if item.get("description") is not None:
            _fits(item["description"], DESCRIPTION, "description")


_RULES: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "twilio/text": _text,
    "twilio/quick-reply": _quick_reply,
    "twilio/list-picker": _list_picker,
}


def _check_samples(types: Mapping[str, Any], variables: object) -> None:
    if not isinstance(variables, dict):
        raise _bad("variables must be an object")
    if not all(isinstance(value, str) and value for value in variables.values()):
        raise _bad("every variable needs a sample")
    used = set(_VARIABLE.findall(json.dumps(types)))
    if used - set(variables):
        raise _bad("a placeholder has no variable")


def filled_variables(content: FakeContent, told: str | None) -> dict[str, str]:
    """ContentVariables over the samples; 21656 unless it is a JSON object of non-empty one-line strings."""
    try:
        given = json.loads(told or "{}")
    except ValueError:
        given = None
    fine = isinstance(given, dict) and all(
        isinstance(value, str) and value and not _FORBIDDEN.search(value) for value in given.values()
    )
    if not fine or set(given) - set(content.variables):
        raise ApiError(400, 21656, "The ContentVariables Parameter is invalid")
    return {**content.variables, **given}


def shown(content: FakeContent, variables: Mapping[str, str]) -> tuple[str, tuple[tuple[str, str], ...], str | None]:
    """Body, (label, id) of the buttons or items, and the list's label."""

    def fill(text: str) -> str:
        return _VARIABLE.sub(lambda found: variables[found[1]], text)

    kind, told = next(iter(content.types.items()))
    body = _fits(fill(told["body"]), 1600 if kind == "twilio/text" else BODY, "body")
    if kind == "twilio/quick-reply":
        return body, tuple((fill(one["title"]), _fits(fill(one["id"]), ID, "id")) for one in told["actions"]), None
    if kind == "twilio/list-picker":
        items = tuple((fill(one["item"]), _fits(fill(one["id"]), ID, "id")) for one in told["items"])
        return body, items, fill(told["button"])
    return body, (), None


def is_sendable(content: FakeContent, *, is_open: bool) -> bool:
    """Outside the window only what is approved; a list never, and more than three buttons not unapproved."""
    if content.approval == "approved":
        return True
    actions = content.types.get("twilio/quick-reply", {}).get("actions", ())
    return is_open and len(actions) <= SESSION_BUTTONS
