"""A whole conversation as a file: as text to read, or as a table. Each one given out is written into the audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from bot.desk._call import Call
from bot.desk._context import DeskContext
from bot.desk._conversation import reader_of
from bot.desk._csv import csv_text
from bot.desk._members import seen_member
from bot.desk._names import Names
from bot.desk._routes import DeskRoute, Permission
from bot.desk._thread import Reader, Shown, shown
from bot.desk._words import N_
from loyalty.days import local_time
from storage import timeline
from storage.database import Transaction
from storage.members import MemberRow
from storage.timeline import Entry

MOST = 20_000
"""Entries; the newest of a longer conversation."""
_PAGE = 500
_COLUMNS = ("at_utc", "at_local", "zone", "channel", "side", "author", "kind", "text", "status", "id")
_MEMBER = N_("Member")
_INSIDE = ("note", "event")
"""What only staff see."""


def _entries(transaction: Transaction, member_id: int) -> list[Entry]:
    found: list[Entry] = []
    before: int | None = None
    while len(found) < MOST:
        page = timeline.page(transaction, member_id, before=before, most=_PAGE)
        found = page + found
        if len(page) < _PAGE:
            break
        before = page[0].id
    return found[-MOST:]


def _words(one: Shown) -> str:
    parts = ["".join(piece.text for piece in one.pieces)]
    parts += [f"[{chip}]" for chip in one.chips]
    parts += [f"<{file.name}>" for file in one.files]
    parts += [part for part in (one.place, one.phone) if part]
    return " ".join(part for part in parts if part)


def _author(entry: Entry, one: Shown, reader: Reader) -> str:
    return reader.voice.say(_MEMBER) if entry.kind == "in" else one.author


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _local(at: int, zone: str) -> str:
    return local_time(at, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def table(entries: list[Entry], reader: Reader) -> str:
    """As CSV, a row an entry."""
    rows = []
    for entry in entries:
        one = shown(entry, reader)
        times = (_utc(entry.at), _local(entry.at, reader.zone), reader.zone)
        said = (entry.channel, entry.kind, _author(entry, one, reader), entry.what, _words(one), entry.status)
        rows.append((*times, *said, str(entry.id)))
    return csv_text(_COLUMNS, rows)


def text(member: MemberRow, entries: list[Entry], reader: Reader, now: int) -> str:
    """To read: every line says when, who and on which channel; what has several lines is indented."""
    return "\n".join(
        [f"{member.id} · {member.market} · {member.locale} · {_utc(now)} UTC", "", *_lines(entries, reader)]
    )


def _lines(entries: list[Entry], reader: Reader) -> Iterator[str]:
    for entry in entries:
        one = shown(entry, reader)
        times = f"{_utc(entry.at)} UTC | {_local(entry.at, reader.zone)} {reader.zone}"
        who = " · ".join(part for part in (_author(entry, one, reader), one.channel, one.tag) if part)
        words = _words(one).replace("\n", "\n    ")
        failed = f" ({one.state_words})" if one.state == "failed" else ""
        yield f"[{times}] {who}: {words}{failed}"
        yield ""


def routes(desk: DeskContext) -> list[DeskRoute]:
    """Both forms of the file."""
    names = Names()

    async def give(call: Call, form: str) -> Response:
        member_id, with_notes = call.number("id"), call.query.get("notes") == "1"

        def read(transaction: Transaction) -> tuple[MemberRow, list[Entry], Reader]:
            member = seen_member(call, transaction, member_id)
            known = names.known(transaction, call.now)
            entries = _entries(transaction, member.id)
            kept = entries if with_notes else [one for one in entries if one.kind not in _INSIDE]
            return member, kept, reader_of(desk, member, call.voice.locale, known, may_resend=False)

        member, entries, reader = await desk.database.read(read)
        await call.audit("transcript_exported", member.id, form=form, notes=with_notes)
        is_csv = form == "csv"
        body = table(entries, reader) if is_csv else text(member, entries, reader, call.now)
        headers = {"content-disposition": f'attachment; filename="transcript-{member.id}.{form}"'}
        return Response(body, headers=headers, media_type=f"text/{'csv' if is_csv else 'plain'}; charset=utf-8")

    async def as_text(call: Call) -> Response:
        return await give(call, "txt")

    async def as_table(call: Call) -> Response:
        return await give(call, "csv")

    return [
        DeskRoute("GET", "/members/{id}/transcript.txt", Permission.EXPORT, as_text),
        DeskRoute("GET", "/members/{id}/transcript.csv", Permission.EXPORT, as_table),
    ]
