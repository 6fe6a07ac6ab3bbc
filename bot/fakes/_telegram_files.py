"""Files in the fake Bot API: pictures and documents out, checked; what people sent by getFile and its download."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from aiohttp import web

from bot.fakes import _telegram_checks as checks
from bot.fakes._telegram_html import Entity
from bot.fakes._telegram_methods import chat_of, new_message, received, shown, spend
from bot.fakes._telegram_state import ApiError, BotState, Incoming, Json, StoredFile, bad_request

DOWNLOAD_BYTES = 20 * 1024 * 1024
PHOTO_BYTES = 10 * 1024 * 1024
NAME_UNITS = 60

_numbers = count(1)


class Upload(bytes):
    """A file of a multipart form, with its name."""

    name: str = ""


def upload(content: bytes, name: str | None) -> Upload:
    """The content under the name it came with."""
    made = Upload(content)
    made.name = name or "file"
    return made


def keep_file(bot: BotState, content: bytes, kind: str, name: str = "") -> Json:
    """Store a file; what every message says of one."""
    number = next(_numbers)
    file_id = f"{kind}-{bot.id}-{number}"
    ending = name.rpartition(".")[2].lower() if "." in name else "jpg"
    bot.files[file_id] = StoredFile(f"{kind}s/file_{number}.{ending}", content)
    return {"file_id": file_id, "file_unique_id": f"u{number}", "file_size": len(content)}


def photo_sizes(bot: BotState, content: bytes) -> list[Json]:
    """A picture as a message has it: a small copy and the picture itself, which is refused if it is none."""
    width, height = dimensions(content)
    small = {**keep_file(bot, content[:100], "thumb"), "width": max(1, width // 4), "height": max(1, height // 4)}
    return [small, {**keep_file(bot, content, "photo"), "width": width, "height": height}]


def dimensions(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG, JPEG or WEBP; the real one refuses what it cannot open, and odd shapes."""
    if len(content) > PHOTO_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    width, height = _png(content) or _jpeg(content) or _webp(content) or (0, 0)
    if not width or not height:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height


def _png(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or len(content) < 33:
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _jpeg(content: bytes) -> tuple[int, int] | None:
    """The first frame header, found from segment to segment."""
    place = 2
    while content[:2] == b"\xff\xd8" and place + 9 < len(content) and content[place] == 0xFF:
        if content[place + 1] in (0xC0, 0xC1, 0xC2):
            height, width = content[place + 5 : place + 7], content[place + 7 : place + 9]
            return int.from_bytes(width), int.from_bytes(height)
        place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return None


def _webp(content: bytes) -> tuple[int, int] | None:
    if content[:4] != b"RIFF" or content[8:16] != b"WEBPVP8X" or len(content) < 30:
        return None
    return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1


def _send_photo(bot: BotState, call: Incoming) -> Json:
    chat_id, user = chat_of(bot, call)
    caption, entities = checks.caption(call.params)
    keyboard = checks.markup(call.params)
    picture = _file(call, "photo")
    dimensions(picture)
    spend(bot, call, chat_id)
    content: Json = {"photo": photo_sizes(bot, picture)[1:]}
    content |= _captioned(caption, entities) | shown(keyboard)
    message = new_message(bot, chat_id, user, content)
    user.receive(received(message, call, keyboard, photo=bytes(picture)))
    return message


def _send_document(bot: BotState, call: Incoming) -> Json:
    chat_id, user = chat_of(bot, call)
    caption, entities = checks.caption(call.params)
    keyboard = checks.markup(call.params)
    file = _file(call, "document")
    spend(bot, call, chat_id)
    name = getattr(file, "name", "file")[:NAME_UNITS]
    content: Json = {"document": {**keep_file(bot, file, "document", name), "file_name": name}}
    content |= _captioned(caption, entities) | shown(keyboard)
    message = new_message(bot, chat_id, user, content)
    user.receive(received(message, call, keyboard, document=bytes(file)))
    return message


def _captioned(caption: str, entities: list[Entity]) -> Json:
    return ({"caption": caption} if caption else {}) | ({"caption_entities": entities} if entities else {})


def _file(call: Incoming, name: str) -> bytes:
    """An uploaded file: a part of the same name, or the part that `attach://` names."""
    part = call.params.get(name, "").removeprefix("attach://") or name
    if part not in call.files:
        raise bad_request(f"there is no {name} in the request")
    if not call.files[part]:
        raise bad_request("file must be non-empty")
    return call.files[part]


def _get_file(bot: BotState, call: Incoming) -> Json:
    file_id = call.params.get("file_id", "")
    found = bot.files.get(file_id)
    if found is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if found.size > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    found.is_asked_for = True
    return {"file_id": file_id, "file_unique_id": "u", "file_size": found.size, "file_path": found.path}


def downloaded(bot: BotState | None, path: str) -> web.StreamResponse | None:
    """The answer to a download; None where nothing is to be had."""
    files = bot.files.values() if bot is not None else ()
    found = next((one for one in files if one.path == path and one.is_asked_for), None)
    return None if found is None else web.Response(body=found.content, content_type="application/octet-stream")


FILE_METHODS: Mapping[str, Callable[[BotState, Incoming], Any]] = {
    "getfile": _get_file,
    "sendphoto": _send_photo,
    "senddocument": _send_document,
}
"""Lower-cased name -> method."""
