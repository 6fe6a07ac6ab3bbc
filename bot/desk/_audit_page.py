"""The audit as a page and as CSV: who saw whose personal data, who changed what; to each as far as their markets go."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.responses import Response

from bot.desk._call import Call
from bot.desk._context import DeskContext
from bot.desk._csv import csv_text
from bot.desk._roles import Permission, markets_of, reaches
from bot.desk._routes import DeskRoute
from storage import audit, caseload, staff
from storage.audit import AuditRow, Within
from storage.database import Transaction

_PAGE = 100
_MOST_ROWS = 10_000
_HEADER = ("id", "at", "staff", "action", "member", "detail")


def routes(_: DeskContext) -> list[DeskRoute]:
    """The page and the table."""
    return [
        DeskRoute("GET", "/audit", Permission.AUDIT, show),
        DeskRoute("GET", "/audit.csv", Permission.AUDIT, table),
    ]


async def show(call: Call) -> Response:
    """A page of entries, newest first."""
    rows = await call.desk.database.read(partial(_rows, call=call, most=_PAGE + 1))
    everybody = await call.desk.database.read(staff.everybody)
    values: dict[str, Any] = {
        "rows": rows[:_PAGE],
        "older": rows[_PAGE - 1].id if len(rows) > _PAGE else None,
        "names": {one.id: one.name for one in everybody},
        "member": call.asked("member"),
        "by": call.asked("staff"),
    }
    return call.render("audit.html", **values)


async def table(call: Call) -> Response:
    """The same entries for a spreadsheet; taking them away is written down too."""
    rows = await call.desk.database.read(partial(_rows, call=call, most=_MOST_ROWS))
    await call.audit("audit_exported", call.asked("member"), rows=len(rows))
    iso = call.voice.templates.filters["iso"]
    cells = ((str(one.id), iso(one.at), one.staff_id, one.action, one.member_id, one.detail) for one in rows)
    text = csv_text(_HEADER, ([str(cell) if cell is not None else "" for cell in row] for row in cells))
    headers = {"content-disposition": 'attachment; filename="audit.csv"'}
    return Response(text, headers=headers, media_type="text/csv; charset=utf-8")


def _rows(transaction: Transaction, call: Call, most: int) -> list[AuditRow]:
    """The newest entries of those that whoever asks may read."""
    about, by, before = call.asked("member"), call.asked("staff"), call.asked("before")
    within = _within(transaction, call)
    if within is None:
        return audit.page(transaction, member_id=about, staff_id=by, before=before, most=most)
    seen: dict[int | None, bool] = {None: True}
    found: list[AuditRow] = []
    while len(found) < most:
        rows = audit.page(transaction, member_id=about, staff_id=by, within=within, before=before, most=most)
        for member_id in {one.member_id for one in rows} - seen.keys():
            seen[member_id] = _is_seen(transaction, call, member_id)
        found += [one for one in rows if seen[one.member_id]]
        if len(rows) < most:
            break
        before = rows[-1].id
    return found[:most]


def _within(transaction: Transaction, call: Call) -> Within | None:
    """What somebody who is limited to markets may read; None for everything."""
    markets = markets_of(call.staff)
    if not markets:
        return None
    colleagues = [one.id for one in staff.everybody(transaction) if reaches(call.staff, markets_of(one))]
    return Within(markets, [call.staff.id, *colleagues])


def _is_seen(transaction: Transaction, call: Call, member_id: int | None) -> bool:
    """Not of a member whose heir is somebody of another market."""
    kept = caseload.kept_of(transaction, member_id or 0)
    return kept is not None and all(call.sees(market) for market in kept.markets)
