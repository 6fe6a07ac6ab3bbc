"""Files as they are: what the first bytes say, which uploads are taken, and the link under which one can be fetched."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from loyalty import tokens
from loyalty.tokens import Keyring

MOST_BYTES = 5 * 1024 * 1024
"""The largest file we send."""
UNKNOWN = "application/octet-stream"
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Pictures, which a browser may show in a page of ours."""
TAKEN = SHOWN | {"application/pdf"}
"""What staff may send, and what goes out under its own type."""
LINK_LIFE = 7 * 24 * 3600 * 1_000_000
"""Microseconds for which a link to a file is good."""
LONGEST_NAME = 100

_AUDIENCE = "file"
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_HEAD = 1024
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|object|embed|\?php)", re.IGNORECASE)
_ZIP_END = b"PK\x05\x06"
_ZIP_TAIL, _ZIP_LONGEST = 22, 65_535
_VIDEO = frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"3gp4", b"3gp5"})
_AUDIO = frozenset({b"M4A ", b"M4B "})
_EXTENSIONS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}


class Refusal(StrEnum):
    """Why an upload is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An upload that may be kept: a clean name, and the type its bytes show."""

    name: str
    type: str


def accept(name: str, content: bytes) -> Accepted | Refusal:
    """Judge an upload: at most 5 MB, of a type we send, told by its bytes. The name ends as its type does."""
    if not content:
        return Refusal.EMPTY
    if len(content) > MOST_BYTES:
        return Refusal.TOO_LARGE
    kind = sniff(content)
    return Accepted(clean_name(name, kind), kind) if kind in TAKEN else Refusal.TYPE


def clean_name(name: str, kind: str) -> str:
    """The last part of a path without control, format or surrogate characters, at most 100 characters."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(one for one in last if unicodedata.category(one)[0] != "C")
    stem = re.sub(r'[<>:"|?*;\s]+', " ", kept).strip(" .") or "file"
    endings = _EXTENSIONS.get(kind, ())
    if not endings or stem.lower().endswith(endings):
        known = next((end for end in endings if stem.lower().endswith(end)), "")
        return stem[: len(stem) - len(known)][: LONGEST_NAME - len(known)] + stem[len(stem) - len(known) :]
    return stem[: LONGEST_NAME - len(endings[0])] + endings[0]


def sniff(content: bytes) -> str:
    """The MIME type the bytes show; `application/octet-stream` for text, and for whatever is two things at once.

    A picture or PDF that begins with markup, or ends as a ZIP archive, is none: some reader would take it for that.
    """
    found = next((kind for kind, shows in _SHAPES if shows(content)), UNKNOWN)
    if found in TAKEN and (_MARKUP.search(content[:_HEAD]) or _ends_as_zip(content)):
        return UNKNOWN
    return found


def link_for(public_url: str, keyring: Keyring, attachment_id: int, now: int) -> str:
    """Where a file can be fetched by whoever has the link, for seven days."""
    return f"{public_url}/files/{tokens.proof(keyring, attachment_id, _AUDIENCE, now + LINK_LIFE)}"


def read_link(keyring: Keyring, token: str, now: int) -> int | None:
    """The attachment of a link's token; None if it is not ours, was changed or is over."""
    return tokens.read_proof(keyring, token, _AUDIENCE, now)


def disposition(name: str, *, shown: bool) -> str:
    """Content-Disposition: a plain name for old readers, the whole one as RFC 5987 has it."""
    plain = "".join(one if one in _PLAIN else "_" for one in name)
    how = "inline" if shown else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _ends_as_zip(content: bytes) -> bool:
    """Whether an archive's directory ends exactly where the file does."""
    tail = content[-(_ZIP_TAIL + _ZIP_LONGEST) :]
    place = tail.rfind(_ZIP_END)
    if place < 0 or len(tail) - place < _ZIP_TAIL:
        return False
    comment = int.from_bytes(tail[place + 20 : place + 22], "little")
    return len(tail) - place - _ZIP_TAIL == comment


def _is_png(content: bytes) -> bool:
    return content[:8] == b"\x89PNG\r\n\x1a\n" and content[8:16] == b"\x00\x00\x00\rIHDR"


def _is_jpeg(content: bytes) -> bool:
    return content[:3] == b"\xff\xd8\xff" and len(content) > 3 and content[3] >= 0xC0


def _is_gif(content: bytes) -> bool:
    return content[:6] in (b"GIF87a", b"GIF89a") and any(content[6:8]) and any(content[8:10])


def _is_webp(content: bytes) -> bool:
    told = int.from_bytes(content[4:8], "little") + 8
    is_whole = len(content) <= told + 1 if content[:4] == b"RIFF" else False
    return is_whole and content[8:12] == b"WEBP" and content[12:16] in (b"VP8 ", b"VP8L", b"VP8X")


def _is_pdf(content: bytes) -> bool:
    return re.match(rb"%PDF-[12]\.\d", content) is not None


def _is_ogg(content: bytes) -> bool:
    return content[:5] == b"OggS\x00"


def _is_mp3(content: bytes) -> bool:
    """An ID3 tag, or a frame of MPEG layer III with a bit rate and a sample rate that there are."""
    if content[:3] == b"ID3":
        return len(content) > 3 and content[3] in (2, 3, 4)
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE6 != 0xE2 or content[1] & 0x18 == 0x08:
        return False
    return content[2] >> 4 not in (0, 15) and content[2] & 0x0C != 0x0C


def _branded(brands: frozenset[bytes]) -> Callable[[bytes], bool]:
    return lambda content: content[4:8] == b"ftyp" and content[8:12] in brands


_SHAPES: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("image/png", _is_png),
    ("image/jpeg", _is_jpeg),
    ("image/gif", _is_gif),
    ("image/webp", _is_webp),
    ("application/pdf", _is_pdf),
    ("audio/ogg", _is_ogg),
    ("video/mp4", _branded(_VIDEO)),
    ("audio/mp4", _branded(_AUDIO)),
    ("audio/mpeg", _is_mp3),
)
"""The first that holds decides."""
