"""Files in a conversation: what members sent, fetched from the provider at the moment, and what staff sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from bot.channels import Fetched, MediaGone
from bot.desk._call import Call, Refused
from bot.desk._context import DeskContext
from bot.desk._members import seen_member
from bot.desk._routes import DeskRoute, Permission
from bot.desk._words import N_
from bot.media import SHOWN, UNKNOWN, clean_name
from bot.message import Event, Media
from storage import attachments, members, timeline
from storage.attachments import AttachmentRow
from storage.database import Transaction
from storage.timeline import Entry

MOST_BYTES = 16 * 1024 * 1024
"""The largest file of a member's that is shown."""
_PLAYED = frozenset({"audio/ogg", "audio/mpeg", "audio/mp4", "video/mp4"})
_GONE = {
    "gone": N_("The file is not there any more."),
    "too_large": N_("The file is too large to be shown here."),
    "not_allowed": N_("The file lies where we do not fetch from."),
    "unavailable": N_("The file cannot be had just now. Try again later."),
}
_STATUS = {"gone": 404, "too_large": 413, "not_allowed": 403, "unavailable": 503}
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"


@dataclass(frozen=True, slots=True)
class Files:
    """Gives out files to those who may see their member."""

    desk: DeskContext

    async def inbound(self, call: Call) -> Response:
        """The n-th file of a member's message."""
        member_id, inbox_id, place = call.number("id"), call.number("inbox"), call.number("n")

        def read(transaction: Transaction) -> Entry | None:
            return timeline.find(transaction, seen_member(call, transaction, member_id).id, "in", inbox_id)

        entry = await self.desk.database.read(read)
        channel: Any = self.desk.channels.get(entry.channel) if entry is not None else None
        media = _media(channel, entry, place) if entry is not None and channel is not None else None
        if media is None:
            raise Refused(404)
        await call.saw("media_seen", member_id)
        try:
            found: Fetched = await channel.fetch(media, most=MOST_BYTES)
        except MediaGone as gone:
            raise Refused(_STATUS[gone.reason], call.gettext(_GONE[gone.reason])) from None
        return file_response(found.content, found.type, found.name or f"file-{inbox_id}-{place}")

    async def sent(self, call: Call) -> Response:
        """A file that a colleague sent."""
        member_id, file_id = call.number("id"), call.number("file")

        def read(transaction: Transaction) -> AttachmentRow | None:
            member = seen_member(call, transaction, member_id)
            row = attachments.get(transaction, file_id)
            owner = members.current(transaction, row.member_id) if row is not None else None
            return row if owner is not None and owner.id == member.id else None

        row = await self.desk.database.read(read)
        if row is None:
            raise Refused(404)
        await call.saw("attachment_seen", member_id)
        return file_response(row.content, row.type, row.name)


def _media(channel: Any, entry: Entry, place: int) -> Media | None:
    if entry.raw is None:
        return None
    events: list[Event] = channel.parse(entry.raw)
    found = next((event.media for event in events if event.kind.value == entry.what), ())
    return found[place] if place < len(found) else None


def file_response(content: bytes, kind: str, name: str) -> Response:
    """A file that a browser shows only if it is a picture, a sound or a film; everything else it keeps."""
    is_shown = kind in SHOWN or kind in _PLAYED
    file_name = clean_name(name, kind)
    plain = "".join(one if one.isascii() and one not in '"\\%' else "_" for one in file_name)
    how = "inline" if is_shown else "attachment"
    headers = {
        "content-disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}",
        "content-security-policy": _POLICY,
        "cache-control": "private, no-store",
    }
    return Response(content, headers=headers, media_type=kind if is_shown else UNKNOWN)


def routes(desk: DeskContext) -> list[DeskRoute]:
    """Files in and out."""
    files = Files(desk)
    return [
        DeskRoute("GET", "/members/{id}/media/{inbox}/{n}", Permission.READ, files.inbound),
        DeskRoute("GET", "/members/{id}/attachments/{file}", Permission.READ, files.sent),
    ]
