"""Telegram's HTML, read as strictly as the Bot API reads it: text and entities, or the error it answers."""

import re
from dataclasses import dataclass, field
from typing import Any

Entity = dict[str, Any]

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)"
    r"(?P<attributes>(?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=]+))?)*)\s*>"
)
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>=]+)))?")
_REFERENCE = re.compile(r"&(?:#(?P<decimal>[0-9]{1,7})|#x(?P<hex>[0-9a-fA-F]{1,6})|(?P<name>lt|gt|amp|quot));?")
_SPECIAL = re.compile(r"[<&]")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

_TYPES = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("span", "tg-spoiler"), "spoiler"),
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NEEDED = {"a": ("href", "url"), "tg-emoji": ("emoji-id", "custom_emoji_id")}
"""An entity of these tags needs this attribute, shown under that name; without it there is no entity."""


class MarkupError(ValueError):
    """The text is not Telegram HTML; the message is the part after "can't parse entities: "."""


@dataclass(slots=True)
class _Open:
    tag: str
    offset: int
    attributes: dict[str, str]


@dataclass(slots=True)
class _Reading:
    pieces: list[str] = field(default_factory=list)
    units: int = 0
    opened: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.pieces.append(text)
        self.units += utf16_units(text)


def utf16_units(text: str) -> int:
    """The length Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(html: str) -> tuple[str, list[Entity]]:
    """Text and entities. Raises `MarkupError`."""
    reading = _Reading()
    position = 0
    while special := _SPECIAL.search(html, position):
        reading.add(html[position : special.start()])
        read = _read_tag if special[0] == "<" else _read_reference
        position = read(html, special.start(), reading)
    reading.add(html[position:])
    if reading.opened:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{reading.opened[-1].tag}"')
    entities = sorted(reading.entities, key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(reading.pieces), entities


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without the white space around, as Telegram shows it; entities move along."""
    lead = utf16_units(text) - utf16_units(text.lstrip())
    text = text.strip()
    end = utf16_units(text)
    return text, [moved for entity in entities if (moved := _moved(entity, lead, end))["length"] > 0]


def _moved(entity: Entity, lead: int, end: int) -> Entity:
    start = max(entity["offset"] - lead, 0)
    stop = min(entity["offset"] + entity["length"] - lead, end)
    return {**entity, "offset": start, "length": stop - start}


def _read_reference(html: str, at: int, reading: _Reading) -> int:
    """A character reference; any other ampersand stands for itself."""
    found = _REFERENCE.match(html, at)
    code = 0
    if found:
        code = int(found["hex"], 16) if found["hex"] else int(found["decimal"] or 0)
    is_character = 0 < code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    if found is None or not (found["name"] or is_character):
        reading.add("&")
        return at + 1
    reading.add(_NAMED[found["name"]] if found["name"] else chr(code))
    return found.end()


def _read_tag(html: str, at: int, reading: _Reading) -> int:
    found = _TAG.match(html, at)
    where = f"at byte offset {len(html[:at].encode('utf-8', 'surrogatepass'))}"
    if found is None:
        raise MarkupError(f"Unclosed or malformed tag {where}")
    name = found["name"].lower()
    if found["end"]:
        _close(name, where, reading)
        return found.end()
    attributes = {key.lower(): a or b or c for key, a, b, c in _ATTRIBUTE.findall(found["attributes"])}
    if name not in _TYPES or (name == "span" and attributes.get("class") != "tg-spoiler"):
        raise MarkupError(f'Unsupported start tag "{name}" {where}')
    reading.opened.append(_Open(name, reading.units, attributes))
    return found.end()


def _close(name: str, where: str, reading: _Reading) -> None:
    if not reading.opened:
        raise MarkupError(f'Unexpected end tag {where}, found "</{name}>"')
    opened = reading.opened.pop()
    if opened.tag != name:
        raise MarkupError(f'Unmatched end tag {where}, expected "</{opened.tag}>", found "</{name}>"')
    entity: Entity = {"type": _TYPES[name], "offset": opened.offset, "length": reading.units - opened.offset}
    attribute, shown_as = _NEEDED.get(name, ("", ""))
    if attribute and not opened.attributes.get(attribute):
        return
    if attribute:
        entity[shown_as] = opened.attributes[attribute]
    reading.entities.append(entity)
